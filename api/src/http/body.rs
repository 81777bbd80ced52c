//! Reading a body within a limit: memory stays flat whatever is sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

/// Of what is too large, this much is read and thrown away, so that the caller can read the answer; then the
/// connection is cut.
const DISCARDED: usize = 32 * 1024 * 1024;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Larger than the limit.
    TooLarge,
    /// It broke off.
    Broken,
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// When it is larger or breaks off.
pub async fn read(payload: &mut Payload, limit: usize) -> Result<Bytes, Unread> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        if body.len() + chunk.len() > limit {
            drop(body);
            discard(payload).await;
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn discard(payload: &mut Payload) {
    let mut discarded = 0;
    while let Some(Ok(chunk)) = payload.next().await {
        discarded += chunk.len();
        if discarded > DISCARDED {
            return;
        }
    }
}

/// Leaves the body to its answer, so that the connection is closed if it was not read to its end. A body that nobody
/// holds any more is read on and thrown away, and one in chunks may have no end.
pub fn leave(response: HttpResponse, payload: Payload) -> HttpResponse {
    response.map_body(|_, body| BoxBody::new(Holding { body, _payload: payload }))
}

/// What goes out, with what came in.
struct Holding {
    body: BoxBody,
    _payload: Payload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
