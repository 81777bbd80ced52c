//! Documents that were admitted before: an app sends the same one over and over, and guarding and parsing it costs more than
//! executing it. What is remembered is the text, its parsed form, and whether it has passed validation; nothing of who sent it
//! or what came of it; and no text that has a string in it, which may be somebody's handle. Whoever wants it fast sends
//! variables.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use hashlink::LruCache;

use super::{Refused, admit};

/// Documents that are remembered; the least recently used goes first.
const MOST: usize = 500;
/// Bytes of a document that is remembered. With [`MOST`] this bounds what they take to some ten megabytes.
const LONGEST: usize = 4 * 1024;

/// The documents that were admitted lately.
pub struct Documents(Mutex<LruCache<Box<str>, Arc<Known>>>);

/// A text that is remembered.
pub struct Known {
    document: ExecutableDocument,
    is_valid: AtomicBool,
}

impl Known {
    /// Whether the document has passed validation, which looks at the schema besides and at nothing else that changes.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.is_valid.load(Ordering::Relaxed)
    }

    /// Notes that it has.
    pub fn has_passed(&self) {
        self.is_valid.store(true, Ordering::Relaxed);
    }
}

/// A document that may be validated and executed.
pub struct Admitted {
    /// Parsed.
    pub document: ExecutableDocument,
    /// What is known of its text, if it is remembered.
    pub known: Option<Arc<Known>>,
}

impl From<ExecutableDocument> for Admitted {
    fn from(document: ExecutableDocument) -> Self {
        Self { document, known: None }
    }
}

impl From<Arc<Known>> for Admitted {
    fn from(known: Arc<Known>) -> Self {
        Self { document: known.document.clone(), known: Some(known) }
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Documents {
    /// As [`admit`], at once for a document that was admitted before.
    ///
    /// # Errors
    /// As [`admit`]; what is refused is not remembered.
    pub fn admit(&self, query: &str) -> Result<Admitted, Refused> {
        if query.len() > LONGEST || query.contains('"') {
            return admit(query).map(Admitted::from);
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(query).map(Arc::clone);
        if let Some(known) = known {
            return Ok(known.into());
        }
        let known = Arc::new(Known { document: admit(query)?, is_valid: AtomicBool::new(false) });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(query.into(), Arc::clone(&known));
        Ok(known.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(documents: &Documents) -> usize {
        documents.0.lock().unwrap().len()
    }

    #[test]
    fn a_document_is_the_same_the_second_time() {
        let documents = Documents::default();
        let query = "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) { ...all } } fragment all on Profile { id }";
        let first = format!("{:?}", documents.admit(query).unwrap().document);
        assert_eq!(first, format!("{:?}", admit(query).unwrap()));
        assert_eq!(first, format!("{:?}", documents.admit(query).unwrap().document));
        assert_eq!(remembered(&documents), 1);
    }

    #[test]
    fn what_is_refused_or_long_or_has_a_string_is_not_remembered_and_no_more_than_so_many_are() {
        let documents = Documents::default();
        let bomb = format!("{{ a(x: {}1{}) }}", "[".repeat(100), "]".repeat(100));
        for _ in 0..2 {
            assert!(documents.admit(&bomb).is_err());
        }
        assert!(documents.admit(&format!("{{ {} }}", "scopes { label } ".repeat(300))).is_ok());
        assert!(documents.admit("{ nodes(ids: [\"grant_1\"]) { id } }").is_ok());
        assert_eq!(remembered(&documents), 0);
        for number in 0..MOST + 10 {
            documents.admit(&format!("query Number{number} {{ scopes {{ label }} }}")).unwrap();
        }
        assert_eq!(remembered(&documents), MOST);
    }
}
