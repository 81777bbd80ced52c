//! Which characters may stand in a value: those that a reader can see, and none that reorder or hide others.

/// Whether the character sets, isolates or overrides text direction (Unicode property `Bidi_Control`).
pub(super) fn is_bidi_control(character: char) -> bool {
    is_bidi_override(character) || matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}')
}

/// Whether the character opens or closes a run whose direction is embedded, overridden or isolated.
///
/// Such runs can make a text read differently from what it is; the plain marks (LRM, RLM, ALM) cannot, and Arabic and
/// Hebrew texts need them.
pub(super) fn is_bidi_override(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether the character is a line or paragraph separator outside ASCII.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether a reader sees the character: no white space, no control, none that is ignorable by default
/// (Unicode property `Default_Ignorable_Code_Point`, which covers every bidi control).
pub(super) fn is_visible(character: char) -> bool {
    !(character.is_whitespace() || character.is_control() || is_bidi_control(character) || is_ignorable(character))
}

fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_marks_and_signs_are_visible() {
        for character in ['a', 'Z', '0', '-', 'é', '\u{301}', 'ß', '山', 'ن', '🦀'] {
            assert!(is_visible(character), "{character:?}");
        }
    }

    #[test]
    fn spaces_controls_and_zero_width_characters_are_not_visible() {
        for character in [
            ' ', '\n', '\0', '\u{7F}', '\u{85}', '\u{A0}', '\u{AD}', '\u{200B}', '\u{202E}', '\u{2028}', '\u{3000}',
            '\u{FEFF}',
        ] {
            assert!(!is_visible(character), "{character:?}");
        }
    }

    #[test]
    fn the_plain_direction_marks_are_controls_but_not_overrides() {
        assert!(is_bidi_control('\u{200F}') && !is_bidi_override('\u{200F}'));
        assert!(is_bidi_control('\u{202E}') && is_bidi_override('\u{202E}'));
    }
}
