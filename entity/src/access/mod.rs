//! Witnesses: values that exist only because a live row was checked. Services ask for one instead of checking again.
//!
//! A witness has private fields and no public constructor. A forged one does not compile:
//!
//! ```compile_fail,E0451
//! use entity::access::Owner;
//! # use entity::ids::{CustomerId, SessionId};
//! fn forge(customer: CustomerId, session: SessionId) -> Owner {
//!     Owner { customer, session: Some(session), proven_at: None }
//! }
//! ```
//! What a witness says can be read:
//! ```
//! use entity::access::Owner;
//! # use entity::ids::CustomerId;
//! fn read(owner: &Owner) -> CustomerId {
//!     owner.customer()
//! }
//! ```

mod caller;
mod care;
mod operator;
mod owner;
mod staff;

pub use caller::{AppClaim, Caller, GrantClaim, ReaderClaim};
pub use care::Care;
pub use operator::Operator;
pub use owner::{Owner, SessionClaim};
pub use staff::{Admin, Staff, StaffClaim};
