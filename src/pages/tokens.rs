//! The ends of customers' addresses, by which pages are found that nobody guesses.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

use crate::app::AppError;
use crate::domain::ids::is_valid_id;

/// As it stands in the address.
pub(super) type TokenPath = Result<Path<String>, PathRejection>;

/// What may lead to such a thing: not every text is one to the database.
pub(super) fn known(token: TokenPath, what: &'static str) -> Result<String, AppError> {
    let token = token.ok().map(|Path(token)| token).filter(|token| is_valid_id(token));
    token.ok_or(AppError::NotFound(what))
}
