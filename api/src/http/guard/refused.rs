//! Why the guard did not let a query through, in words for the person who wrote the query.

use async_graphql::{Pos, parser};

use super::{
    MAX_ALIASES, MAX_BYTES, MAX_DIRECTIVES, MAX_INTROSPECTION_LISTS, MAX_LEVELS, MAX_NESTING, MAX_SELECTIONS,
    MAX_TOKENS,
};

/// A query that the guard did not let through.
///
/// The text names the limit and the mend. It never repeats a string value of the query: these hold handles and
/// addresses, and the text goes to logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More bytes than [`MAX_BYTES`].
    #[error("The query has {bytes} bytes; the limit is {MAX_BYTES}. Pass long values as variables.")]
    TooLarge {
        /// The size of the query.
        bytes: usize,
    },
    /// More brackets open at once than [`MAX_NESTING`].
    #[error("The query nests brackets more than {MAX_NESTING} deep. Pass deep values as variables, or ask in steps.")]
    TooNested {
        /// The bracket that is one too many.
        at: Pos,
    },
    /// More tokens than [`MAX_TOKENS`].
    #[error("The query has more than {MAX_TOKENS} tokens. Pass values as variables, or ask in several queries.")]
    TooManyTokens {
        /// The token that is one too many.
        at: Pos,
    },
    /// Not a GraphQL document.
    #[error("The query is not valid GraphQL: {message}.")]
    Syntax {
        /// What is wrong, as part of a sentence.
        message: String,
        /// Where it is wrong; absent when the document as a whole is.
        at: Option<Pos>,
    },
    /// A fragment that contains itself.
    #[error("The fragment `{fragment}` spreads itself, directly or through others. Remove one of these spreads.")]
    FragmentCycle {
        /// The name of the fragment, cut when long.
        fragment: String,
        /// A spread that closes the circle.
        at: Pos,
    },
    /// More selections after expansion than [`MAX_SELECTIONS`].
    #[error(
        "The query has more than {MAX_SELECTIONS} selections once its fragments are expanded. Ask in several queries."
    )]
    TooManySelections {
        /// The operation or fragment that goes over the limit.
        at: Pos,
    },
    /// More selection sets inside one another than [`MAX_LEVELS`].
    #[error("The query nests selection sets and fragments more than {MAX_LEVELS} deep. Spread fewer through others.")]
    TooManyLevels {
        /// The selection or definition that goes over the limit.
        at: Pos,
    },
    /// More fields inside one another than allowed.
    #[error("The query is {depth} fields deep; the limit is {limit}. Ask for inner objects by `node` or in steps.")]
    TooDeep {
        /// The depth once fragments are expanded.
        depth: usize,
        /// The limit that holds there: introspection may go deeper.
        limit: usize,
        /// The operation.
        at: Pos,
    },
    /// More lists inside one another in introspection than [`MAX_INTROSPECTION_LISTS`].
    #[error(
        "The introspection has lists of fields or types more than {MAX_INTROSPECTION_LISTS} deep. Ask for inner types by `__type`."
    )]
    TooManyLists {
        /// The operation.
        at: Pos,
    },
    /// More aliases after expansion than [`MAX_ALIASES`].
    #[error("The query has more than {MAX_ALIASES} aliases once its fragments are expanded. Use a list field instead.")]
    TooManyAliases {
        /// The operation or fragment that goes over the limit.
        at: Pos,
    },
    /// More directives in one place than [`MAX_DIRECTIVES`].
    #[error("There are {directives} directives in one place; the limit is {MAX_DIRECTIVES}. Remove some.")]
    TooManyDirectives {
        /// How many there are.
        directives: usize,
        /// What they are attached to.
        at: Pos,
    },
}

impl Refused {
    /// The value for `extensions.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "PAYLOAD_TOO_LARGE",
            Self::Syntax { .. } => "GRAPHQL_PARSE_FAILED",
            _ => "QUERY_TOO_COMPLEX",
        }
    }

    /// The value for `locations`, when one place is to blame.
    #[must_use]
    pub fn location(&self) -> Option<Pos> {
        match self {
            Self::TooLarge { .. } => None,
            Self::Syntax { at, .. } => *at,
            Self::TooNested { at }
            | Self::TooManyTokens { at }
            | Self::FragmentCycle { at, .. }
            | Self::TooManySelections { at }
            | Self::TooManyLevels { at }
            | Self::TooDeep { at, .. }
            | Self::TooManyLists { at }
            | Self::TooManyAliases { at }
            | Self::TooManyDirectives { at, .. } => Some(*at),
        }
    }
}

impl From<parser::Error> for Refused {
    /// The parser's own text shows the offending line of the query, string values included, so it is not passed on.
    fn from(error: parser::Error) -> Self {
        let message = match &error {
            parser::Error::Syntax { message, .. } => expectation(message),
            parser::Error::MultipleOperations { .. } => "an operation without a name must be the only one".to_owned(),
            parser::Error::OperationDuplicated { .. } => "two operations have the same name".to_owned(),
            parser::Error::FragmentDuplicated { .. } => "two fragments have the same name".to_owned(),
            parser::Error::MissingOperation => "it holds fragments but no operation".to_owned(),
            _ => "it cannot be read".to_owned(),
        };
        let at = error.positions().next();
        Self::Syntax { message, at }
    }
}

/// A name of the query for a message: short, whatever its author chose.
pub(super) fn clipped(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Keeps of the parser's report only the rules that it expected, which are words of the grammar.
fn expectation(report: &str) -> String {
    let last = report.lines().next_back().unwrap_or_default().trim_start();
    let rules = last
        .strip_prefix("= expected ")
        .filter(|rules| rules.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b',' | b' ')));
    match rules {
        Some(rules) => {
            let rules = rules.replace("EOI", "the end of the query").replace("type_", "type");
            format!("here it should go on with {}", rules.replace('_', " "))
        }
        None => "it cannot be read from here on".to_owned(),
    }
}
