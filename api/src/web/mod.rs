//! Pages for people: what holds for all of them. A page is a client of the public schema: it enters by the gateway with the
//! visitor's own rights, and what it shows is what the schema says.

pub mod form;
pub mod page;
