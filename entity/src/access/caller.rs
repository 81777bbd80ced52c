//! The calling app: what its token claims, and the witness that its row still says so.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::app;
use crate::clock::Clock;
use crate::consent::AppStanding;
use crate::ids::{AppId, BrandId};
use crate::kinds::AppStatus;
use crate::scope::ScopeSet;

/// What a verified token says. It permits nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppClaim {
    /// The brand.
    pub brand: BrandId,
    /// The app.
    pub app: AppId,
    /// The epoch of the secret that the token was issued for.
    pub secret_epoch: i32,
}

/// An app whose row was found active, with the secret that its token was issued for.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    brand: BrandId,
    app: AppId,
    standing: AppStanding,
}

impl Caller {
    /// Checks the claim against the app's row.
    ///
    /// # Errors
    /// When the database cannot be asked. An app that is gone, suspended or has a newer secret is `None`; during a rotation
    /// the secret before it holds too, by the database's clock.
    pub async fn check(
        connection: &impl ConnectionTrait,
        claim: &AppClaim,
        clock: &Clock,
    ) -> Result<Option<Self>, DbErr> {
        let now = clock.expression(connection.get_database_backend());
        let row = app::Entity::find_by_id((claim.brand, claim.app))
            .filter(app::Column::Status.eq(AppStatus::Active))
            .filter(secret_holds(claim.secret_epoch, &now))
            .one(connection)
            .await?;
        Ok(row.map(|row| Self::from_live_row(claim, row.scopes, row.purposes)))
    }

    /// For the statement that reads the app's row together with what is asked.
    pub(crate) const fn from_live_row(claim: &AppClaim, scopes: ScopeSet, purposes: i64) -> Self {
        Self { brand: claim.brand, app: claim.app, standing: AppStanding { active: true, scopes, purposes } }
    }

    /// The brand it reads for.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        self.brand
    }

    /// The app.
    #[must_use]
    pub const fn app(&self) -> AppId {
        self.app
    }

    /// The app as the law sees it.
    #[must_use]
    pub const fn standing(&self) -> AppStanding {
        self.standing
    }
}

/// Whether the secret of that epoch is the app's newest, or the one before it and not over yet.
fn secret_holds(epoch: i32, now: &str) -> SimpleExpr {
    let is_before = app::Column::SecretEpoch.into_expr().sub(1).eq(epoch);
    app::Column::SecretEpoch.eq(epoch).or(is_before.and(Expr::cust(format!("{now} < previous_secret_until"))))
}
