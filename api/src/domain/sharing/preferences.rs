//! What customers like: set or removed one by one, by category and key.

use entity::access::Owner;
use entity::values::Text;
use entity::vault::{Preference, write};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Preferences that a customer can hold.
const MOST: usize = 200;

/// One preference, as typed. Without a value it is removed.
pub struct PreferenceInput {
    /// A group, such as `travel`.
    pub category: String,
    /// What about it, such as `seat`.
    pub key: String,
    /// The preference, such as `aisle`; none removes it.
    pub value: Option<String>,
}

/// Sets or removes preferences; others stay.
///
/// # Errors
/// When a text is malformed or there would be too many.
pub async fn set_preferences(deps: &Deps, owner: &Owner, inputs: Vec<PreferenceInput>) -> Result<(), Refusal> {
    if inputs.len() > MOST {
        let message = format!("{MOST} preferences are the most in one call");
        return Err(Mistake::new(MistakeCode::TooLong, "preferences", message).into());
    }
    let mut mistakes = Mistakes::default();
    let mut changes = Vec::with_capacity(inputs.len());
    for (place, input) in inputs.into_iter().enumerate() {
        let field = |name: &str| format!("preferences.{place}.{name}");
        let category = mistakes.parse::<Text<40>>(&field("category"), &input.category);
        let key = mistakes.parse::<Text<40>>(&field("key"), &input.key);
        let wanted = input.value.map(|value| mistakes.parse::<Text<200>>(&field("value"), &value));
        if let (Some(category), Some(key)) = (category, key) {
            changes.push((category.as_str().to_owned(), key.as_str().to_owned(), wanted.flatten()));
        }
    }
    mistakes.done()?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let mut count = 0;
    write::update(&transaction, owner, |preferences: &mut Vec<Preference>| {
        for (category, key, wanted) in changes {
            preferences.retain(|known| known.category != category || known.key != key);
            if let Some(value) = wanted {
                preferences.push(Preference { category, key, value: value.as_str().to_owned() });
            }
        }
        count = preferences.len();
    })
    .await?;
    if count > MOST {
        let message = format!("{MOST} preferences are the most; this would make {count}");
        return Err(Mistake::new(MistakeCode::TooLong, "preferences", message).into());
    }
    transaction.commit().await?;
    Ok(())
}
