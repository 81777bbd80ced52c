//! Reading a body within a limit: memory stays flat whatever is sent.

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
pub async fn read(mut payload: Payload, limit: usize) -> Result<Bytes, Unread> {
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

async fn discard(mut payload: Payload) {
    let mut discarded = 0;
    while let Some(Ok(chunk)) = payload.next().await {
        discarded += chunk.len();
        if discarded > DISCARDED {
            return;
        }
    }
}
