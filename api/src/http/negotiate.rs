//! Media types: what a body is, and what the caller wants back (RFC 9110 section 12.5.1, GraphQL over HTTP section 5).

use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

/// In what form an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says what happened.
    GraphqlResponse,
    /// `application/json`: what plain clients ask for.
    Json,
}

impl MediaType {
    /// As a header value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What the caller wants back: of both the one that they accept with more weight, or that they named first. `None`:
/// neither.
#[must_use]
pub fn wanted(headers: &HeaderMap) -> Option<MediaType> {
    let mut accepts = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return Some(MediaType::Json);
    }
    let ranges: Vec<Range> = accepts.flat_map(|value| value.split(',')).filter_map(range).collect();
    let json = acceptance(&ranges, MediaType::Json);
    let graphql = acceptance(&ranges, MediaType::GraphqlResponse);
    match (json, graphql) {
        (None, None) => None,
        (Some(json), Some(graphql)) if graphql > json => Some(MediaType::GraphqlResponse),
        (None, Some(_)) => Some(MediaType::GraphqlResponse),
        (Some(_), _) => Some(MediaType::Json),
    }
}

/// Whether the caller wants events as they come: by that very name, whatever they accept beside.
#[must_use]
pub fn wants_events(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut names = accepts.filter_map(|range| range.split(';').next());
    names.any(|name| name.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// How much a type is wanted, and how early it was named. The range that names it most exactly counts.
fn acceptance(ranges: &[Range], media: MediaType) -> Option<(u16, std::cmp::Reverse<usize>)> {
    let fitting = ranges.iter().enumerate().filter(|(_, range)| range.media.is_none_or(|named| named == media));
    let (at, range) = fitting.max_by_key(|(at, range)| (range.exactness, std::cmp::Reverse(*at)))?;
    (range.weight > 0).then_some((range.weight, std::cmp::Reverse(at)))
}

/// A media range that covers one of the types or both.
struct Range {
    media: Option<MediaType>,
    exactness: u8,
    weight: u16,
}

/// One media range with its weight in thousandths.
fn range(text: &str) -> Option<Range> {
    let mut parts = text.split(';').map(str::trim);
    let (media, exactness) = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => (Some(MediaType::GraphqlResponse), 2),
        "application/json" => (Some(MediaType::Json), 2),
        "application/*" => (None, 1),
        "*/*" => (None, 0),
        _ => return None,
    };
    let mut weight = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some(Range { media, exactness, weight })
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{decimals:0<3}");
    (decimals.len() <= 3 && digits.len() == 4).then(|| digits.parse().ok()).flatten().filter(|weight| *weight <= 1000)
}

/// Whether the body is declared as exactly this type, in UTF-8.
#[must_use]
pub fn is_declared_as(headers: &HeaderMap, expected: &str) -> bool {
    let Some(declared) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = declared.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(expected));
    named
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf8(value),
            _ => true,
        })
}

/// Whether the body is declared to be compressed or otherwise encoded (RFC 9110 section 8.4).
#[must_use]
pub fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn accepting(value: &'static str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        wanted(&headers)
    }

    #[test]
    fn the_best_accepted_type_is_chosen() {
        assert_eq!(wanted(&HeaderMap::new()), Some(MediaType::Json));
        assert_eq!(accepting("*/*"), Some(MediaType::Json));
        assert_eq!(accepting("application/graphql-response+json"), Some(MediaType::GraphqlResponse));
        let both = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(accepting(both), Some(MediaType::GraphqlResponse));
        assert_eq!(
            accepting("application/json;q=0.2, Application/GraphQL-Response+JSON;q=0.3"),
            Some(MediaType::GraphqlResponse)
        );
    }

    #[test]
    fn the_range_that_names_a_type_most_exactly_counts() {
        assert_eq!(accepting("*/*, application/json;q=0"), Some(MediaType::GraphqlResponse));
        assert_eq!(accepting("application/json;q=0.1, application/*"), Some(MediaType::GraphqlResponse));
        assert_eq!(accepting("application/*;q=0, */*"), None);
        assert_eq!(accepting("text/html, application/graphql-response+json;q=0, */*;q=0.1"), Some(MediaType::Json));
    }

    #[test]
    fn what_is_not_accepted_is_not_sent() {
        assert_eq!(accepting("text/html"), None);
        assert_eq!(accepting("application/json;q=0"), None);
        assert_eq!(accepting("application/json;charset=iso-8859-1"), None);
        assert_eq!(accepting("application/json;q=7"), None);
    }

    #[test]
    fn a_body_must_be_declared_exactly() {
        let declared = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            is_declared_as(&headers, "application/json")
        };
        assert!(declared("application/json"));
        assert!(declared("Application/JSON; charset=UTF-8"));
        assert!(!declared("text/plain"));
        assert!(!declared("application/json; charset=latin1"));
        assert!(!is_declared_as(&HeaderMap::new(), "application/json"));
    }
}
