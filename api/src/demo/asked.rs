//! A request that waits for the first persona's answer: a brand asks, and they have opened its link.

use entity::access::{Caller, Owner, ReaderClaim};
use entity::kinds::Purpose;
use entity::scope::Scope;
use entity::values::Unchecked;

use super::world::World;
use crate::cli::Failure;
use crate::deps::Deps;
use crate::domain::accounts::{self, Client, Entrance};
use crate::domain::apps;
use crate::domain::requests::{self, NewRequest, WantedScope};

/// Who asks.
const BRAND: &str = "brightwater-energy";

/// Asks by the doors that an app and a customer use.
pub async fn ask(deps: &Deps, world: &World) -> Result<(), Failure> {
    let nobody = || Failure(format!("the demo's {BRAND} asks nobody"));
    let brand = world.brands.iter().find(|line| line.brand.slug == BRAND);
    let (app, persona) = brand.and_then(|line| line.apps.first()).zip(world.personas.first()).ok_or_else(nobody)?;
    let (connection, clock) = (deps.vault.store.reader(), &deps.vault.clock);

    let claim = apps::sign_in(deps, &app.client_id, &app.client_secret).await.map_err(Failure::of)?;
    let (claim, _) = claim.ok_or_else(nobody)?;
    let caller = Caller::check(connection, &ReaderClaim::App(claim), clock).await.map_err(Failure::of)?;
    let created = requests::create(deps, &caller.ok_or_else(nobody)?, wish()).await.map_err(Failure::of)?;

    let email = Unchecked::from(persona.email.clone());
    let input = accounts::SignIn { email, password: persona.password.clone(), device_token: None };
    let entrance = accounts::sign_in(deps, &Client::own(), input).await.map_err(Failure::of)?;
    let Entrance::Open(signed_in) = entrance else { return Err(nobody()) };
    let owner = Owner::check(connection, &signed_in.session.claim, clock).await.map_err(Failure::of)?;
    let secret = created.link.rsplit('/').next().unwrap_or_default();
    requests::open(deps, &owner.ok_or_else(nobody)?, secret).await.map_err(Failure::of)?;
    Ok(())
}

fn wish() -> NewRequest {
    let wanted = |scope, required, reason: &str| WantedScope { scope, required, reason: reason.to_owned() };
    NewRequest {
        purpose: Purpose::CustomerCare,
        scopes: vec![
            wanted(Scope::Name, true, "to greet you"),
            wanted(Scope::Context, true, "to know what is wrong before we call"),
            wanted(Scope::Area, false, "to send the technician who is nearest"),
        ],
        duration_days: Some(30),
        offer: "A technician's time of arrival within the hour when your power is out".to_owned(),
        return_to: None,
        notice: None,
        handle: None,
        lapses_at: None,
    }
}
