//! Asking by OAuth (RFC 6749 section 4.1 with RFC 7636, 9126 and 9207): an app sends a customer here, they give all or part
//! or refuse, and go back with a code, for which the app gets tokens that name the grant.
//!
//! It is a consent request by another door: whoever answers leaves the same request, opening, event and receipt behind as
//! by a link ([`crate::domain::requests`]). Until then nothing is written: what the app asks travels with the customer as
//! a ticket, sealed by us. Tokens permit nothing: that the grant lives is looked up with every request.

mod answer;
mod ask;
mod family;
mod pushed;
mod screen;
mod ticket;
mod tidy;

pub use answer::{Authorize, Authorized, authorize, back, refuse};
pub use ask::{Ask, Declined, SentBack, receive};
pub use family::{Redemption, Tokens, Unredeemed, find, give_back, named, redeem, refresh};
pub use pushed::{PUSHED_SECONDS, push, take};
pub use screen::{Screen, Standing, look};
pub use ticket::{open, seal};
pub use tidy::tidy;
