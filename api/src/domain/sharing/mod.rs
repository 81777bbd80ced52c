//! What customers say about themselves: profile, preferences, and what they need right now.

mod context;
mod preferences;
mod profile;

pub use context::{ContextInput, clear_context, state_context};
pub use preferences::{PreferenceInput, set_preferences};
pub use profile::{AreaChange, Change, ContactChange, LanguageChange, NameChange, ProfileChange, update_profile};
