//! The OpenAPI document.

use std::sync::OnceLock;

use super::catalog::Document;

/// Returns the document as it is served.
pub(super) fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document::new(&json()))
}

/// Makes the OpenAPI 3.1 document.
pub fn json() -> serde_json::Value {
    serde_json::json!({})
}
