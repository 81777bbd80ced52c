//! The URL map on one screen. Everything that reads or writes data enters by the [`gateway`].

mod admission;
pub(crate) mod body;
mod channels;
pub(crate) mod client_address;
mod connectors;
mod deliveries;
mod export;
pub mod gateway;
pub mod graphiql;
mod graphql;
pub mod guard;
mod health;
mod link;
mod live;
pub(crate) mod negotiate;
mod oauth;
mod proof;
pub(crate) mod request_id;
mod trace;
pub mod verdict;
mod well_known;

use actix_web::guard::fn_guard;
use actix_web::web::{self, ServiceConfig};

/// Every URL of the server.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/graphql")
                .route(web::post().to(graphql::post))
                .route(web::get().guard(fn_guard(live::is_upgrade)).to(live::socket))
                .route(web::get().to(graphql::get))
                .default_service(web::to(graphql::other_method)),
        )
        .configure(oauth::routes)
        .service(
            web::resource("/export").route(web::post().to(export::post)).default_service(web::to(export::other_method)),
        )
        .service(
            web::resource("/channels/{channel}/inbound")
                .route(web::post().to(channels::inbound))
                .default_service(web::to(channels::other_method)),
        )
        .service(
            web::resource("/channels/{channel}/webhook")
                .route(web::get().to(connectors::challenge))
                .route(web::post().to(connectors::deliver))
                .default_service(web::to(connectors::other_method)),
        )
        .service(web::resource("/link/callback/{provider}").route(web::get().to(link::callback)))
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(well_known::jwks)))
        .service(web::resource("/log/checkpoint").route(web::get().to(well_known::checkpoint)))
        .service(web::resource("/graphiql").route(web::get().to(graphiql::page)))
        .service(web::resource("/graphiql/config.json").route(web::get().to(graphiql::config)))
        .service(web::resource("/graphiql/{asset}").route(web::get().to(graphiql::asset)))
        .configure(crate::web::routes)
        .service(web::resource("/.well-known/gpc.json").route(web::get().to(well_known::gpc)))
        .service(web::resource("/healthz").route(web::get().to(health::alive)))
        .service(web::resource("/readyz").route(web::get().to(health::ready)))
        .service(web::resource("/version").route(web::get().to(health::version)));
}

pub(crate) use export::send as send_export;
pub(crate) use graphql::privacy_signal;
pub use trace::observe;
