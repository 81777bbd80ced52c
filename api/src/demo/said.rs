//! What the demo's people have written to the brands, and what some of them were answered: by the door that channels use.

use entity::values::{Channel, Timestamp};

use super::world::{ContextSeed, Person, World};
use crate::cli::Failure;
use crate::deps::Deps;
use crate::domain::conversations::{self, Event, Party, Verb};
use crate::import::line::{BrandLine, Link};

/// Enough for a queue of some length; more would make the start slow.
const MOST: usize = 24;
/// What was written by then is answered, all but some.
const ANSWERED_AFTER: i64 = 6 * 3_600_000;
/// How long an answer took.
const TOOK: i64 = 47 * 60_000;

/// Lets them write.
pub async fn say(deps: &Deps, world: &World) -> Result<(), Failure> {
    let now = deps.vault.now().await.map_err(Failure::of)?;
    let said = world.people.iter().flat_map(|person| written(world, person)).take(MOST);
    for (number, Written { from, brand, channel, need }) in (0..).zip(said) {
        let at = need.stated_at_ms;
        let post = |id: String, author: &Party, to: &Party, text: &str, at: i64| Event {
            channel,
            verb: Verb::Created,
            delivery: id.clone(),
            id: Some(id),
            author: Some(author.clone()),
            to: Some(to.clone()),
            text: text.to_owned(),
            visibility: None,
            url: None,
            subject: None,
            names_accounts: false,
            occurred_at: Some(Timestamp::from_millis(at).to_string()),
        };
        let question = post(format!("demo-{number}"), &from, &brand, &need.text, at);
        conversations::receive(deps, &question).await.map_err(Failure::of)?;
        if at + ANSWERED_AFTER < now.as_millis() && number % 4 != 0 {
            let text = "Thank you for telling us. We are on it and will come back to you today.";
            let answer = post(format!("demo-{number}-answer"), &brand, &from, text, at + TOOK);
            conversations::receive(deps, &answer).await.map_err(Failure::of)?;
        }
    }
    Ok(())
}

/// Something that somebody has written to a brand.
struct Written<'w> {
    from: Party,
    brand: Party,
    channel: Channel,
    need: &'w ContextSeed,
}

/// What somebody needs of a brand, they write to it from the first of their accounts where it has one too.
fn written<'w>(world: &'w World, person: &'w Person) -> impl Iterator<Item = Written<'w>> {
    person.contexts.iter().filter_map(|need| {
        let brand = world.brands.iter().find(|line| need.brand.as_ref() == Some(&line.brand.slug))?;
        let (link, account) = person.line.links.iter().find_map(|link| Some((link, account(brand, link)?)))?;
        let from = Party {
            account: link.account_id.clone(),
            handle: link.handle.clone(),
            name: person.line.customer.name.as_ref().and_then(|name| name.display_name.clone()),
        };
        let brand = Party { handle: account.to_owned(), ..Party::default() };
        Some(Written { from, brand, channel: link.channel.parse().ok()?, need })
    })
}

fn account<'w>(brand: &'w BrandLine, link: &Link) -> Option<&'w str> {
    brand.accounts.iter().find(|account| account.channel == link.channel).map(|account| account.handle.as_str())
}
