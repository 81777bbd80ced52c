//! The schema: one file per noun, thin. Resolvers name no table; they hand over to `domain` and to the vault's doors.
//!
//! To add a field: put it into its noun's file with a doc comment that says what it is and who may read it; if it shows
//! something of a customer to a brand it belongs into a cluster in `entity::vault::clusters` instead. Then print the
//! schema (`rapport schema > schema.graphql`).

mod context;
pub mod mutation;
mod node;
mod page;
mod query;
mod subscription;
pub mod types;

use async_graphql::{SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

pub use context::{Keepsake, RequestId};
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::{Followed, Moment, Subscription};

/// What an operation may cost: a field 1, a person looked up 10, a list its rows times what is selected of each. A page of
/// a hundred disclosures with everything costs about 1,700, fifty whole profiles about 2,000, a hundred grants with their
/// first twenty events about 15,000.
const MOST_COMPLEX: usize = 20_000;

/// The executable schema.
pub type RapportSchema = Schema<Query, Mutation, Subscription>;

/// The schema, twice: as it is entered.
#[derive(Clone)]
pub struct Schemas {
    /// Validates whatever it is given.
    pub strict: RapportSchema,
    /// For documents that have passed before, with values that are of their variables' types.
    pub validated: RapportSchema,
}

impl Schemas {
    /// Limits on what a document may cost are in `http::guard`, before the parser.
    #[must_use]
    pub fn new(introspection: bool) -> Self {
        let validated = builder(introspection).validation_mode(ValidationMode::Fast).finish();
        Self { strict: builder(introspection).finish(), validated }
    }
}

fn builder(introspection: bool) -> SchemaBuilder<Query, Mutation, Subscription> {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<node::Node>()
        .limit_complexity(MOST_COMPLEX);
    if introspection { builder } else { builder.disable_introspection().disable_suggestions() }
}

/// The schema as text, as committed in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    builder(true).finish().sdl_with_options(SDLExportOptions::new().include_specified_by())
}
