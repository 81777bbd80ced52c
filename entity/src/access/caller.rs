//! The calling app or member of staff: what the token claims, and the witness that its row still says so.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Clock;
use crate::consent::AppStanding;
use crate::ids::{AppId, BrandId, FamilyId, GrantId, TokenId};
use crate::jwk::Thumbprint;
use crate::kinds::{AppStatus, StaffRole};
use crate::scope::ScopeSet;
use crate::{app, grant, revoked_token, token_family};

use super::staff::{self, Staff, StaffClaim};

/// What a verified token says. It permits nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppClaim {
    /// The brand.
    pub brand: BrandId,
    /// The app.
    pub app: AppId,
    /// The epoch of the secret that the token was issued for.
    pub secret_epoch: i32,
    /// The token itself; none before it is issued.
    pub token: TokenId,
    /// The one grant that it was issued for; none: it is the app's own.
    pub bound: Option<GrantClaim>,
    /// The key that whoever brings the token has shown (RFC 9449); none: whoever has the token may use it.
    pub key: Option<Thumbprint>,
}

/// The grant that a token names. It is looked up with every request: a token never outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantClaim {
    /// The grant.
    pub grant: GrantId,
    /// The family of tokens that it is one of.
    pub family: FamilyId,
}

impl AppClaim {
    /// What a token that is about to be issued to this app will say, for the secret of this epoch.
    #[must_use]
    pub const fn of(app: &app::Model, secret_epoch: i32) -> Self {
        Self { brand: app.brand_id, app: app.id, secret_epoch, token: TokenId(Uuid::nil()), bound: None, key: None }
    }
}

/// Who reads as a brand, as a verified token says: an app, or a member of staff, who acts through the brand's console app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderClaim {
    /// An app.
    App(AppClaim),
    /// A member of staff.
    Staff(StaffClaim),
}

impl ReaderClaim {
    /// The brand.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        match self {
            Self::App(claim) => claim.brand,
            Self::Staff(claim) => claim.brand,
        }
    }
}

/// An app whose row was found active, with the secret that its token was issued for; or a member of staff whose session was
/// found alive, with the console app through which they act.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    brand: BrandId,
    app: AppId,
    standing: AppStanding,
    staff: Option<Staff>,
}

impl Caller {
    /// Checks the claim against the live rows.
    ///
    /// # Errors
    /// When the database cannot be asked. An app that is gone, suspended or has a newer secret is `None`; during a rotation
    /// the secret before it holds too, by the database's clock. So is one that has given this token back or whose token's
    /// grant has ended, and somebody whose session is over, who was removed, or whose brand's console app is suspended.
    pub async fn check(
        connection: &impl ConnectionTrait,
        claim: &ReaderClaim,
        clock: &Clock,
    ) -> Result<Option<Self>, DbErr> {
        let now = clock.expression(connection.get_database_backend());
        match claim {
            ReaderClaim::App(claim) => {
                let mut query = app::Entity::find_by_id((claim.brand, claim.app))
                    .filter(app::Column::Status.eq(AppStatus::Active))
                    .filter(secret_holds(claim.secret_epoch, &now))
                    .filter(Expr::exists(given_back(claim)).not());
                if let Some(bound) = &claim.bound {
                    query = query.filter(Expr::exists(live(claim, bound, &now)));
                }
                let row = query.one(connection).await?;
                Ok(row.map(|row| Self::of_app(claim, row.scopes, row.purposes)))
            }
            ReaderClaim::Staff(claim) => {
                let row = staff::console(claim, &now).one(connection).await?;
                Ok(row.map(|(app, scopes, purposes, role)| Self::of_staff(claim, (app, role), scopes, purposes)))
            }
        }
    }

    /// For the statement that reads the app's row together with what is asked.
    pub(crate) const fn of_app(claim: &AppClaim, scopes: ScopeSet, purposes: i64) -> Self {
        let standing = AppStanding { active: true, scopes, purposes };
        Self { brand: claim.brand, app: claim.app, standing, staff: None }
    }

    /// The same for a member of staff: the console app's registration, as far as the role goes.
    pub(crate) const fn of_staff(
        claim: &StaffClaim,
        (app, role): (AppId, StaffRole),
        scopes: ScopeSet,
        purposes: i64,
    ) -> Self {
        let standing = AppStanding { active: true, scopes, purposes: purposes & role.purposes() };
        Self { brand: claim.brand, app, standing, staff: Some(Staff::found(claim, role)) }
    }

    /// The brand it reads for.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        self.brand
    }

    /// The app; of staff, the console.
    #[must_use]
    pub const fn app(&self) -> AppId {
        self.app
    }

    /// The app as the law sees it.
    #[must_use]
    pub const fn standing(&self) -> AppStanding {
        self.standing
    }

    /// The member of staff who is calling; none if a program is.
    #[must_use]
    pub const fn staff(&self) -> Option<Staff> {
        self.staff
    }
}

/// Whether the secret of that epoch is the app's newest, or the one before it and not over yet.
fn secret_holds(epoch: i32, now: &str) -> SimpleExpr {
    let is_before = app::Column::SecretEpoch.into_expr().sub(1).eq(epoch);
    app::Column::SecretEpoch.eq(epoch).or(is_before.and(Expr::cust(format!("{now} < previous_secret_until"))))
}

fn given_back(claim: &AppClaim) -> SelectStatement {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from(revoked_token::Entity)
        .and_where(revoked_token::Column::BrandId.eq(claim.brand))
        .and_where(revoked_token::Column::Id.eq(claim.token));
    query
}

/// The family of the token and its grant, while both live. A grant that is halted does.
fn live(claim: &AppClaim, bound: &GrantClaim, now: &str) -> SelectStatement {
    use token_family::Column as Family;
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from(token_family::Entity)
        .inner_join(
            grant::Entity,
            Expr::col((grant::Entity, grant::Column::CustomerId))
                .equals((token_family::Entity, Family::CustomerId))
                .and(Expr::col((grant::Entity, grant::Column::Id)).equals((token_family::Entity, Family::GrantId))),
        )
        .and_where(Expr::col((token_family::Entity, Family::BrandId)).eq(claim.brand))
        .and_where(Expr::col((token_family::Entity, Family::Id)).eq(bound.family))
        .and_where(Expr::col((token_family::Entity, Family::AppId)).eq(claim.app))
        .and_where(Expr::col((token_family::Entity, Family::EndedAt)).is_null())
        .and_where(Expr::col((grant::Entity, grant::Column::Id)).eq(bound.grant))
        .and_where(Expr::col((grant::Entity, grant::Column::BrandId)).eq(claim.brand))
        .and_where(Expr::col((grant::Entity, grant::Column::EndedAt)).is_null())
        .and_where(Expr::cust(format!(r#""grant"."valid_from" <= {now} and {now} < "grant"."expires_at""#)));
    query
}
