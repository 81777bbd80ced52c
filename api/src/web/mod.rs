//! Pages for people. A page is a client of the public schema: a folder with `page.graphql`, `page.html` and one `.graphql`
//! per act, executed by the gateway with the visitor's own rights. What it shows is what the schema says.
//!
//! One way: `registry` says which pages there are, `serve` looks at a page (GET) and acts on it (POST) for a `visitor`,
//! `fill` turns a form into the operation's variables, and `library` turns what the schema said into HTML.

mod assets;
mod copy;
mod fill;
pub mod form;
mod library;
mod prove;
mod registry;
pub mod said;
pub mod serve;
mod times;
pub mod visitor;
mod words;

pub use registry::routes;
