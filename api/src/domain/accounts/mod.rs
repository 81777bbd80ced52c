//! Accounts: signing up, signing in and out, continuing a session, claiming an imported account, a forgotten password,
//! changes of password and address, second factors and passkeys, and the proof that a session is still its customer's.

mod client;
mod credentials;
mod devices;
mod mails;
mod passkeys;
mod reset;
mod second_factor;
mod session;
mod sign_in;
mod sign_up;
mod step_up;

pub use client::{Client, Label};
pub use credentials::{
    AddressChallenge, ChangePassword, change_email, change_password, complete_email_change, forget_logins,
    undo_email_change,
};
pub use devices::{SessionCursor, end_other_sessions, end_session, sessions};
pub use passkeys::{
    Asked, Registered, complete_passkey_sign_in, confirm_passkey, forget_passkey_challenges, remove_passkey,
    rename_passkey, start_passkey, start_passkey_second_factor, start_passkey_sign_in, start_passkey_step_up,
};
pub use reset::{Complete, complete as complete_recovery, start as start_recovery};
pub(in crate::domain) use second_factor::second_step;
pub use second_factor::{
    CompleteSignIn, Entrance, Half, NewAuthenticator, SecondFactor, complete_sign_in, confirm_authenticator,
    remove_second_factor, renew_recovery_codes, start_authenticator,
};
pub use session::{NewSession, refresh, sign_out};
pub(in crate::domain) use session::{end as end_sessions, open as open_session};
pub(in crate::domain) use sign_in::device_token;
pub use sign_in::{SignIn, SignedIn, sign_in};
pub use sign_up::{SignUp, sign_up};
pub use step_up::{Proof, require_fresh_proof, require_fresh_proof_for, start as start_step_up, step_up};
