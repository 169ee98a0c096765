//! The draft of a webhook endpoint. Where one may be is for `webhooks`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::ids::EndpointId;
use crate::domain::shapes::Url;
use crate::domain::webhook::{Endpoint, EndpointStatus, Secret};
use crate::rules::webhooks::{EndpointTerms, decide_endpoint};

use super::fields::texts;
use super::{DraftFacts, Drafted};

/// An endpoint to be made or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EndpointBody)]
pub struct EndpointDraft {
    /// Where it is called. It must be on the public internet, unless the operator allows more.
    #[serde(default)]
    #[schema(value_type = Url, required)]
    pub url: String,
    /// What it is told: names of events such as `invoice.paid`, all of a noun as `invoice.*`, or
    /// all as `*`.
    #[serde(default = "everything")]
    #[schema(default = json!(["*"]), min_items = 1, max_items = 100)]
    pub events: Vec<String>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

impl From<&Endpoint> for EndpointDraft {
    fn from(endpoint: &Endpoint) -> Self {
        Self { url: endpoint.url.clone(), events: texts(&endpoint.events) }
    }
}

impl Drafted for Endpoint {
    type Draft = EndpointDraft;

    fn decide(
        id: EndpointId,
        draft: &EndpointDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        let EndpointTerms { url, events } =
            decide_endpoint(&draft.url, &draft.events, facts.reach)?;
        Ok(Self {
            id,
            url,
            events,
            secret: Secret::new(&facts.seed),
            previous: Vec::new(),
            status: EndpointStatus::Enabled,
            failing_since: None,
            silences: 0,
            resting_until: None,
            created_at: facts.outside,
        })
    }
}
