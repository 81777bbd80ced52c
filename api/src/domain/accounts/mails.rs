//! What customers are told by mail about their account: every change of how it is opened.

use entity::values::EmailAddress;

use crate::deps::Deps;

/// What whoever did not do it should do.
const NOT_YOU: &str = "If it was not you, set a new password by the code that \"forgotten password\" mails you: that ends every \
                       other session.";

/// Sends it; a mail that is not taken holds nothing up.
pub(super) async fn send(deps: &Deps, to: &EmailAddress, subject: &str, body: String) {
    if let Err(fault) = deps.mailer.send(to, subject, body).await {
        tracing::warn!(%fault, "a mail about an account was not taken");
    }
}

pub(super) async fn password_changed(deps: Deps, to: EmailAddress) {
    let body =
        format!("The password of your Rapport account was changed, and every other session was ended.\n\n{NOT_YOU}\n");
    send(&deps, &to, "Your Rapport password was changed", body).await;
}

/// To the new address.
pub(super) async fn email_changed(deps: Deps, to: EmailAddress) {
    let body = "You sign in to your Rapport account with this address from now on. Every other session was ended.\n";
    send(&deps, &to, "Your Rapport address was changed", body.into()).await;
}

/// To the address of before: `token` takes the change back.
pub(super) async fn email_replaced(deps: Deps, to: EmailAddress, token: String, days: i64) {
    let body = format!(
        "Your Rapport account is signed in to with another address from now on, and this one is not used any more.\n\n\
         If it was not you, take it back within {days} days with this code, at {}:\n\n\
         Code to take it back: {token}\n\n\
         That ends every session and clears the password; then set a new one by the code that \"forgotten password\" \
         mails you.\n",
        deps.config.public_url
    );
    send(&deps, &to, "Your Rapport address was changed", body).await;
}

pub(super) async fn email_restored(deps: Deps, to: EmailAddress) {
    let body = "You sign in to your Rapport account with this address again. Every session was ended and the password was \
                cleared: set a new one by the code that \"forgotten password\" mails you.\n";
    send(&deps, &to, "Your Rapport address is yours again", body.into()).await;
}

pub(super) async fn second_factor_changed(deps: Deps, to: EmailAddress, wanted: bool) {
    let (subject, what) = if wanted {
        (
            "Your Rapport account has a second factor",
            "Signing in takes your password and a code of your authenticator from now on",
        )
    } else {
        ("Your Rapport account has no second factor any more", "Signing in takes your password only from now on")
    };
    send(&deps, &to, subject, format!("{what}, and every other session was ended.\n\n{NOT_YOU}\n")).await;
}

/// There are passkeys left.
pub(super) async fn authenticator_removed(deps: Deps, to: EmailAddress) {
    let body = format!(
        "Signing in takes your password and a passkey, or a passkey alone, from now on, and every other session was \
         ended.\n\n{NOT_YOU}\n"
    );
    send(&deps, &to, "Your Rapport account has no authenticator any more", body).await;
}

pub(super) async fn passkey_added(deps: Deps, to: EmailAddress) {
    let body = format!(
        "A passkey was added to your Rapport account: it signs in by itself, and signing in with your password takes a second \
         step from now on.\n\n{NOT_YOU}\n"
    );
    send(&deps, &to, "Your Rapport account has a new passkey", body).await;
}

pub(super) async fn passkey_removed(deps: Deps, to: EmailAddress) {
    let body =
        format!("A passkey of your Rapport account was removed, and every other session was ended.\n\n{NOT_YOU}\n");
    send(&deps, &to, "A passkey of your Rapport account was removed", body).await;
}

pub(super) async fn passkey_copied(deps: Deps, to: EmailAddress, nickname: String) {
    let body = format!(
        "Somebody, perhaps you, has used the passkey \"{nickname}\" of your Rapport account, and it was refused: by its own \
         count it was used before, so there may be a copy of it.\n\nIf that may be, remove this passkey and add a new one.\n"
    );
    send(&deps, &to, "A passkey of your Rapport account may have been copied", body).await;
}

pub(super) async fn recovery_code_used(deps: Deps, to: EmailAddress, left: u64) {
    let body = format!("Somebody, probably you, signed in with a recovery code; {left} are left.\n\n{NOT_YOU}\n");
    send(&deps, &to, "A recovery code of your Rapport account was used", body).await;
}

pub(super) async fn recovery_codes_renewed(deps: Deps, to: EmailAddress) {
    let body =
        format!("Your recovery codes were replaced by new ones, and every other session was ended.\n\n{NOT_YOU}\n");
    send(&deps, &to, "Your Rapport recovery codes are new", body).await;
}
