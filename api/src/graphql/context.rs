//! What every resolver can ask of its request.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Error, Result};
use entity::access::{Admin, Caller, Care, Owner, Staff};

use crate::auth::{Reader, Viewer};
use crate::deps::Deps;
use crate::domain::accounts::Client;
use crate::domain::consent::PrivacySignal;
use crate::failure;

/// The id of the request, in every log line and error.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Shortcuts on async-graphql's context.
pub(super) trait ContextExt {
    /// What the server is made of.
    fn deps(&self) -> Result<&Deps>;
    /// Who is asking.
    fn viewer(&self) -> &Viewer;
    /// The customer who is asking; an error for everybody else.
    fn owner(&self) -> Result<&Owner>;
    /// Where the request comes from.
    fn client(&self) -> Client;
    /// What the request says of the customer's privacy by itself.
    fn privacy_signal(&self) -> PrivacySignal;
    /// The app that is asking; an error for everybody else.
    fn app(&self) -> Result<&Reader>;
    /// The app or the member of staff who is asking; an error for everybody else.
    fn reader(&self) -> Result<&Reader>;
    /// Lets the answer carry the cookie that ties an attempt to the browser.
    fn give_cookie(&self, value: &str);
}

/// What a browser is to keep.
#[derive(Debug, Default)]
pub struct Keepsake(Mutex<Option<String>>);

impl Keepsake {
    /// What it is, once.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ContextExt for Context<'_> {
    fn deps(&self) -> Result<&Deps> {
        self.data::<Deps>()
    }

    fn viewer(&self) -> &Viewer {
        self.data_opt::<Arc<Viewer>>().map_or(&Viewer::Nobody, Arc::as_ref)
    }

    fn owner(&self) -> Result<&Owner> {
        match self.viewer() {
            Viewer::Customer(owner) => Ok(owner),
            Viewer::App(_) => Err(failure::forbidden("this is for customers; an app's token does not open it")),
            Viewer::Staff(_) => Err(failure::forbidden("this is for customers; a token of staff does not open it")),
            Viewer::Nobody => Err(failure::unauthenticated()),
        }
    }

    fn client(&self) -> Client {
        self.data_opt::<Client>().copied().unwrap_or_else(Client::own)
    }

    fn privacy_signal(&self) -> PrivacySignal {
        self.data_opt::<PrivacySignal>().copied().unwrap_or(PrivacySignal(false))
    }

    fn give_cookie(&self, value: &str) {
        if let Some(keepsake) = self.data_opt::<Arc<Keepsake>>() {
            *keepsake.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.to_owned());
        }
    }

    fn app(&self) -> Result<&Reader> {
        match self.viewer() {
            Viewer::App(app) => Ok(app),
            Viewer::Staff(_) => Err(failure::forbidden("this is for brands' apps; a token of staff does not open it")),
            Viewer::Customer(_) => {
                Err(failure::forbidden("this is for brands' apps; a customer's token does not open it"))
            }
            Viewer::Nobody => Err(failure::unauthenticated()),
        }
    }

    fn reader(&self) -> Result<&Reader> {
        match self.viewer() {
            Viewer::Staff(staff) => Ok(staff),
            _ => self.app(),
        }
    }
}

/// The member of staff who is asking, found alive; an error for everybody else.
pub(super) async fn staff(context: &Context<'_>) -> Result<Staff> {
    let Viewer::Staff(reader) = context.viewer() else {
        return Err(match context.viewer() {
            Viewer::Nobody => failure::unauthenticated(),
            _ => failure::forbidden("this is for brands' staff; this token does not open it"),
        });
    };
    let caller = reader.caller(&context.deps()?.vault).await.map_err(fault)?;
    caller.and_then(|caller| caller.staff()).ok_or_else(failure::unauthenticated)
}

/// The administrator who is asking, found alive; an error for everybody else.
pub(super) async fn admin(context: &Context<'_>) -> Result<Admin> {
    let staff = staff(context).await?;
    staff.admin().ok_or_else(|| failure::forbidden("this is for the brand's administrators"))
}

/// The app that is asking for itself, found alive: for what it writes, and for what concerns more than one customer.
pub(super) async fn caller(context: &Context<'_>) -> Result<Caller> {
    if context.app()?.is_bound() {
        let message = "this token is for one customer's grant and opens `profile` only; get one of the app's own by \
                       client_credentials";
        return Err(failure::forbidden(message));
    }
    let (deps, app) = (context.deps()?, context.app()?);
    app.caller(&deps.vault).await.map_err(fault)?.ok_or_else(failure::unauthenticated)
}

/// The app or the member of staff who is asking, found alive, if they answer customers.
pub(super) async fn care(context: &Context<'_>) -> Result<Care> {
    let (deps, reader) = (context.deps()?, context.reader()?);
    if reader.is_bound() {
        return Err(failure::forbidden("this token is for one customer's grant and opens `profile` only"));
    }
    let found = reader.caller(&deps.vault).await.map_err(fault)?.ok_or_else(failure::unauthenticated)?;
    let message = "this is for apps that are registered for CUSTOMER_CARE, and for agents and executives";
    found.care().ok_or_else(|| failure::forbidden(message))
}

/// The same, if it is a program: people send by writing.
pub(super) async fn program(context: &Context<'_>) -> Result<Care> {
    let care = care(context).await?;
    let message = "this is for the brand's apps; a token of staff does not open it";
    if care.member().is_none() { Ok(care) } else { Err(failure::forbidden(message)) }
}

/// A database error as an answer.
pub(super) fn fault(error: sea_orm::DbErr) -> Error {
    failure::fault(&error)
}
