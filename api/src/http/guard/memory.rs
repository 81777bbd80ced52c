//! Documents that were admitted before: an app sends the same one over and over, and guarding and parsing it costs more than
//! executing it. What is remembered is the text and its parsed form, nothing of who sent it or what came of it; and no text
//! that has a string in it, which may be somebody's handle. Whoever wants it fast sends variables.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use hashlink::LruCache;

use super::{Refused, admit};

/// Documents that are remembered; the least recently used goes first.
const MOST: usize = 500;
/// Bytes of a document that is remembered. With [`MOST`] this bounds what they take to some ten megabytes.
const LONGEST: usize = 4 * 1024;

/// The documents that were admitted lately.
pub struct Documents(Mutex<LruCache<Box<str>, Arc<ExecutableDocument>>>);

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
    pub fn admit(&self, query: &str) -> Result<ExecutableDocument, Refused> {
        if query.len() > LONGEST || query.contains('"') {
            return admit(query);
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(query).map(Arc::clone);
        if let Some(document) = known {
            return Ok(document.as_ref().clone());
        }
        let document = Arc::new(admit(query)?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(query.into(), Arc::clone(&document));
        Ok(document.as_ref().clone())
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
        let first = format!("{:?}", documents.admit(query).unwrap());
        assert_eq!(first, format!("{:?}", admit(query).unwrap()));
        assert_eq!(first, format!("{:?}", documents.admit(query).unwrap()));
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
