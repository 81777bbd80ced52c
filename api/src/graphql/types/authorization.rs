//! What an app asks of a customer whom it has sent to `/oauth/authorize`, as they see it.

use async_graphql::{Enum, Object, Result};
use entity::kinds::Purpose;
use entity::values::{Locale, Timestamp};

use super::brand::Brand;
use super::notice::{Notice, best};
use super::pending_request::ScopeChoice;
use crate::deps::Deps;
use crate::domain::authorizations::{Screen, Standing};

/// How it stands with what an app asks.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum AuthorizationState {
    /// Something is asked that the customer does not share yet.
    Asks,
    /// All of it is shared already: nothing is asked but whether to go back to the app.
    Shared,
    /// They have refused this brand for this purpose less than 90 days ago: it may not ask.
    Rests,
}

/// What an app asks at `/oauth/authorize`. For the customer whom it has sent there.
pub struct Authorization {
    screen: Screen,
    brand: Brand,
}

/// What an app asks at `/oauth/authorize`. For the customer whom it has sent there.
#[Object]
impl Authorization {
    /// How it stands.
    async fn state(&self) -> AuthorizationState {
        match self.screen.standing {
            Standing::Asks => AuthorizationState::Asks,
            Standing::Shared => AuthorizationState::Shared,
            Standing::Rests(_) => AuthorizationState::Rests,
        }
    }

    /// Who asks.
    async fn brand(&self) -> &Brand {
        &self.brand
    }

    /// With which app: its public identifier.
    async fn app(&self) -> &str {
        &self.screen.ask.client_id
    }

    /// For what.
    async fn purpose(&self) -> Purpose {
        self.screen.ask.purpose
    }

    /// For what, in plain words.
    async fn purpose_label(&self) -> &str {
        self.screen.ask.purpose.label()
    }

    /// What is asked for, in the app's order. None is chosen beforehand; what is shared already stays so.
    async fn scopes(&self) -> Vec<ScopeChoice> {
        let held = self.screen.held.as_ref().map(|held| &held.pins);
        let choice = |scope| ScopeChoice::asked_by_app(scope, self.screen.ask.purpose, &self.screen.wordings, held);
        self.screen.ask.scopes.iter().copied().map(choice).collect()
    }

    /// Until when it would be shared.
    async fn expires_at(&self) -> Timestamp {
        self.screen.until
    }

    /// Until when what is shared already is shared; null if nothing is.
    async fn shared_until(&self) -> Option<Timestamp> {
        self.screen.held.as_ref().map(|held| held.expires_at)
    }

    /// While the brand may not ask: from then on it may.
    async fn rests_until(&self) -> Option<Timestamp> {
        match self.screen.standing {
            Standing::Rests(until) => Some(until),
            Standing::Asks | Standing::Shared => None,
        }
    }

    /// The host that the customer goes back to, to be shown.
    async fn return_host(&self) -> &str {
        self.screen.ask.redirect_uri.host()
    }

    /// The text to be shown beside the decision. Name its `locale` in the answer.
    async fn notice(
        &self,
        #[graphql(desc = "The language that the customer reads: the nearest text that there is.")] locale: Option<
            Locale,
        >,
    ) -> Option<Notice> {
        best(&self.screen.texts, locale.as_ref())
    }
}

impl Authorization {
    /// The screen with its brand.
    pub async fn show(deps: &Deps, screen: Screen) -> Result<Option<Self>> {
        let brand = Brand::load(deps, [screen.ask.brand]).await?.remove(&screen.ask.brand);
        Ok(brand.map(|brand| Self { screen, brand }))
    }
}
