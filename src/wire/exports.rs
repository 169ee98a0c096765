//! Files: which days they are of.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::wire::Date;

/// The days of which a file is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The first day.
    #[param(value_type = Option<Date>, inline)]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[param(value_type = Option<Date>, inline)]
    pub to: Option<NaiveDate>,
}
