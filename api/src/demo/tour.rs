//! What the demo tells a newcomer: where to look, as whom, and three things to try.

use entity::values::Unchecked;
use std::sync::Arc;

use super::world::{Persona, World};
use crate::auth::tokens::Subject;
use crate::cli::Failure;
use crate::deps::Deps;
use crate::domain::accounts::{Client, Entrance};
use crate::domain::{accounts, apps};
use crate::http::graphiql::{People, Person};

/// Signs everybody in, so that the explorer has their tokens at hand.
pub async fn people(deps: &Deps, world: &World) -> Result<People, Failure> {
    let mut people = Vec::new();
    for persona in &world.personas {
        let email = Unchecked::from(persona.email.clone());
        let input = accounts::SignIn { email, password: persona.password.clone(), device_token: None };
        let signed_in = accounts::sign_in(deps, &Client::own(), input).await;
        let signed_in =
            signed_in.map_err(|_| Failure(format!("the demo's {} cannot sign in", persona.customer_key)))?;
        let Entrance::Open(signed_in) = signed_in else { continue };
        let mut person = Person::customer(label(persona), signed_in.session.claim);
        person.placeholders = placeholders(world, persona);
        people.push(person);
    }
    for app in world.brands.iter().flat_map(|line| &line.apps) {
        let claim = apps::sign_in(deps, &app.client_id, &app.client_secret).await.map_err(Failure::of)?;
        if let Some((claim, _)) = claim {
            let label = format!("{} (app)", app.client_id);
            people.push(Person { label, role: "app", subject: Subject::App(claim), placeholders: Vec::new() });
        }
    }
    Ok(People(Arc::new(people)))
}

fn label(persona: &Persona) -> String {
    format!("{} (customer)", persona.customer_key)
}

fn placeholders(world: &World, persona: &Persona) -> Vec<(&'static str, String)> {
    let person = world.people.iter().find(|person| person.line.customer.key == persona.customer_key);
    let link = person.and_then(|person| person.line.links.first());
    link.map(|link| vec![("channel", link.channel.clone()), ("handle", link.handle.clone())]).unwrap_or_default()
}

/// The text on the terminal. Each of the three is one command that works when it is pasted.
pub fn text(deps: &Deps, url: &str, world: &World, fresh: bool) -> String {
    let Some((ada, app)) = world.personas.first().zip(world.brands.first().and_then(|line| line.apps.first())) else {
        return String::new();
    };
    let handle = placeholders(world, ada).into_iter().find(|(name, _)| *name == "handle");
    let handle = handle.map(|(_, handle)| handle).unwrap_or_default();
    let (email, password) = (&ada.email, &ada.password);
    let (client, secret) = (&app.client_id, &app.client_secret);
    let state = if fresh { "seeded just now" } else { "as you left it; --reset makes it anew" };
    let mail = deps.mailer.folder().map(|folder| format!("mail goes to {}", folder.display())).unwrap_or_default();
    let personas: String =
        world.personas.iter().map(|who| format!("    {:<28} {:<32} {}\n", who.email, who.password, who.note)).collect();
    let token = r#"sed -E 's/.*"access_?[tT]oken":"([^"]+)".*/\1/'"#;
    let graphql = format!("curl -s {url}/graphql -H 'Content-Type: application/json'");
    let as_app = format!("curl -s -u {client}:{secret} -d grant_type=client_credentials {url}/oauth/token | {token}");
    let sign_in = format!(
        r#"{graphql} -d '{{"query":"mutation {{ signIn(input: {{email: \"{email}\", password: \"{password}\"}}) {{ session {{ accessToken }} }} }}"}}' | {token}"#
    );
    let who = format!(
        r#"{{"query":"{{ profile(by: {{handle: {{channel: X, handle: \"{handle}\"}}}}, purpose: CUSTOMER_CARE) {{ id name {{ displayName }} context {{ topic text wishedOutcome }} contact {{ phone }} access {{ scope status }} }} }}"}}"#
    );
    let looked = r#"{"query":"{ me { disclosures(first: 3) { nodes { at brand { name } purpose answered fields { path outcome } } } } }"}"#;
    let stop = r#"{"query":"mutation { withdrawEverything(input: {}) { grants { brand { name } purpose state } } }"}"#;
    format!(
        "
  Rapport demo ({state}), {} people and {} brands
  {mail}

  Pages  {url}/  for customers: what they share, with whom, and who looked
  Open   {url}/graphiql

  Sign in as (address, password)
{personas}
  1. Larkfield Bank's app asks who @{handle} is, and gets what Ada shares (her phone number she does not):

curl -s {url}/graphql -H 'Content-Type: application/json' -H \"Authorization: Bearer $({as_app})\" -d '{who}'

  2. Ada sees who looked:

curl -s {url}/graphql -H 'Content-Type: application/json' -H \"Authorization: Bearer $({sign_in})\" -d '{looked}'

  3. Ada stops sharing with everybody; run 1 again and the bank gets nothing:

curl -s {url}/graphql -H 'Content-Type: application/json' -H \"Authorization: Bearer $({sign_in})\" -d '{stop}'

  Stop with Ctrl-C.

",
        world.people.len(),
        world.brands.len(),
    )
}
