//! Files to keep: a receipt, who looked, and a copy of everything.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::form::Form;
use super::said::Said;
use super::visitor::Visitor;
use super::{fill, prove, registry, serve};
use crate::deps::Deps;
use crate::http::gateway::Gateway;
use crate::http::verdict::Verdict;

/// GET /receipts/{id}/file: the signed receipt, for `rapport receipt verify`.
pub async fn receipt(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    if !visitor.is_signed_in() {
        return serve::to_sign_in(&visitor);
    }
    let document = registry::RECEIPT.read(visitor.folder());
    let variables = fill::variables(gateway.inputs(), &document, &visitor.parameters());
    match Said::of(&visitor.call(&document, variables, true).await) {
        Said::Data(data) => match data.pointer("/me/receipt/file").and_then(Value::as_str) {
            Some(content) => file("receipt.json").body(content.to_owned()),
            None => HttpResponse::NotFound().finish(),
        },
        unsaid => serve::unanswered(&mut visitor, &unsaid),
    }
}

fn file(name: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header(("Cache-Control", "no-store"));
    response
}

/// GET /looked/file: who looked, as far as the filter of the page lets through, as one list in JSON, the newest first. What
/// comes after the first page is read while it is sent; a connection that breaks off leaves a list without its end.
pub async fn looked(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let reading = Reading { request, gateway, deps };
    if !reading.visitor().is_signed_in() {
        return serve::to_sign_in(&reading.visitor());
    }
    let (first, after) = match reading.page(None).await {
        Ok(page) => page,
        Err(unsaid) => return serve::unanswered(&mut reading.visitor(), &unsaid),
    };
    let rest = stream::try_unfold((reading, after), async |(reading, after)| {
        let Some(after) = after else { return Ok(None) };
        let (reads, after) = reading.page(Some(after)).await.map_err(|_| BrokenOff)?;
        let text: String = reads.iter().map(|read| format!(",\n{read}")).collect();
        Ok(Some((Bytes::from(text), (reading, after))))
    });
    let first: Vec<String> = first.iter().map(Value::to_string).collect();
    let piece = |text: String| stream::iter([Ok::<_, BrokenOff>(Bytes::from(text))]);
    let list = piece(format!("[{}", first.join(",\n"))).chain(rest).chain(piece("]\n".into()));
    file("who-looked.json").streaming(list)
}

/// The rest of the list could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the list broke off")]
struct BrokenOff;

/// Whoever reads who looked.
struct Reading {
    request: HttpRequest,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
}

impl Reading {
    fn visitor(&self) -> Visitor<'_> {
        Visitor::of(&self.request, &self.gateway, &self.deps)
    }

    /// A page of the list, and where the next begins.
    async fn page(&self, after: Option<String>) -> Result<(Vec<Value>, Option<String>), Said> {
        let mut visitor = self.visitor();
        let document = registry::LOOKED.read(visitor.folder());
        let mut pairs = visitor.parameters();
        pairs.retain(|(name, _)| name != "after");
        pairs.extend(after.map(|after| ("after".to_owned(), after)));
        let variables = fill::variables(self.gateway.inputs(), &document, &pairs);
        match Said::of(&visitor.call(&document, variables, true).await) {
            Said::Data(mut data) => {
                let reads = data.pointer_mut("/me/disclosures/nodes").and_then(Value::as_array_mut);
                let reads = reads.map(std::mem::take).unwrap_or_default();
                let goes_on = data.pointer("/me/disclosures/pageInfo/hasNextPage").and_then(Value::as_bool);
                let next = data.pointer("/me/disclosures/pageInfo/endCursor").and_then(Value::as_str);
                Ok((reads, next.filter(|_| goes_on == Some(true)).map(str::to_owned)))
            }
            unsaid => Err(unsaid),
        }
    }
}

/// POST /data/copy: everything that is held of the customer, as `POST /export` gives it.
pub async fn everything(
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    serve::receive(&mut visitor, payload, async |visitor, form| export(visitor, &form).await).await
}

async fn export(visitor: &mut Visitor<'_>, form: &Form) -> HttpResponse {
    if let Err(asked) = prove::take(visitor, form).await {
        return *asked;
    }
    match visitor.proven_owner().await {
        Ok(owner) => crate::http::send_export(visitor.deps, owner),
        Err(answer) if answer.verdict == Verdict::ProofNeeded => prove::ask(visitor, StatusCode::OK, form, &[], None),
        Err(answer) => {
            let said = Said::of(&answer);
            serve::unanswered(visitor, &said)
        }
    }
}
