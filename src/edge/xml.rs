//! An electronic invoice as a file.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::customer_documents::Einvoice;

/// Sent as XML, and kept under its own name.
pub struct XmlFile(pub Einvoice);

impl IntoResponse for XmlFile {
    fn into_response(self) -> Response {
        let Einvoice { file_name, xml } = self.0;
        let name = format!("attachment; filename=\"{file_name}\"");
        let kind = "text/xml; charset=utf-8".to_owned();
        ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], xml).into_response()
    }
}
