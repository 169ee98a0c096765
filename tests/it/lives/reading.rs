//! Reads answers in the words of the oracle: names for ids, short texts for money and spans.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::oracle::money;

/// The prefixes of ids that the engine makes and a book lists.
const PREFIXES: &[&str] = &["sub_", "inv_", "crn_", "sch_", "prc_"];

/// Which id the engine gave to which thing of the oracle.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_id: BTreeMap<String, String>,
    by_name: BTreeMap<String, String>,
}

/// Whether every field expected is there; lists are sets.
pub(crate) fn fits(expected: &Value, real: &Value) -> Result<(), String> {
    match (expected, real) {
        (Value::Object(fields), _) => {
            for (name, wanted) in fields {
                let got = real.get(name).unwrap_or(&Value::Null);
                fits(wanted, got).map_err(|text| format!("{name}: {text}"))?;
            }
            Ok(())
        }
        (Value::Array(wanted), Value::Array(got)) => {
            let mut left: Vec<&Value> = got.iter().collect();
            for one in wanted {
                match left.iter().position(|real| fits(one, real).is_ok()) {
                    Some(at) => drop(left.remove(at)),
                    None if left.len() == 1 && wanted.len() == 1 => return fits(one, left[0]),
                    None => return Err(format!("{one} expected among {left:?}")),
                }
            }
            let is_all = left.is_empty();
            is_all.then_some(()).ok_or_else(|| format!("not expected: {left:?}"))
        }
        _ if expected == real => Ok(()),
        _ => Err(format!("{expected} expected, got {real}")),
    }
}

/// How many of the fields expected are there.
fn likeness(expected: &Value, real: &Value) -> usize {
    let fields = expected.as_object().into_iter().flatten();
    fields.filter(|(name, wanted)| fits(wanted, &real[name.as_str()]).is_ok()).count()
}

impl Names {
    /// The id of a thing; one that nothing has where it is unknown.
    pub(crate) fn id(&self, name: &str) -> String {
        let found = self.by_name.get(name).cloned();
        found.unwrap_or_else(|| format!("unknown-{name}"))
    }

    /// The subscriptions known: number and id.
    pub(crate) fn subs(&self) -> Vec<(usize, String)> {
        let number = |name: &str| name.strip_prefix("sub#").and_then(|it| it.parse().ok());
        self.by_id.iter().filter_map(|(id, name)| Some((number(name)?, id.clone()))).collect()
    }

    /// An answer in the words of the oracle.
    pub(crate) fn plain(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => self.plain_object(fields),
            Value::Array(values) => values.iter().map(|it| self.plain(it)).collect(),
            Value::String(text) if PREFIXES.iter().any(|it| text.starts_with(it)) => {
                json!(self.by_id.get(text))
            }
            _ => value.clone(),
        }
    }

    /// Money and spans become short texts, rates numbers of ten-thousandths.
    fn plain_object(&self, fields: &Map<String, Value>) -> Value {
        let pair = |first: &str, second: &str| {
            let is_it = fields.len() == 2;
            let texts = (fields.get(first)?.as_str()?, fields.get(second)?.as_str()?);
            is_it.then_some(texts)
        };
        if let Some((amount, currency)) = pair("amount", "currency") {
            return json!(format!("{amount} {currency}"));
        }
        if let Some((start, end)) = pair("start", "end") {
            return json!(format!("{start}/{end}"));
        }
        let read = |(name, value): (&String, &Value)| {
            let value = match (name.as_str(), value) {
                ("tax_rate", Value::String(rate)) => json!(money::rate(rate).to_string()),
                ("tax_rate", Value::Number(rate)) => {
                    json!(money::rate(&rate.to_string()).to_string())
                }
                _ => self.plain(value),
            };
            (name.clone(), value)
        };
        Value::Object(fields.iter().map(read).collect())
    }

    /// Learns the ids of what has no name yet, the best likeness first.
    pub(crate) fn learn(&mut self, expected: &[(String, Value)], real: &[Value]) {
        let id = |value: &Value| value["id"].as_str().unwrap_or_default().to_owned();
        let mut values: Vec<&Value> = real.iter().collect();
        values.retain(|value| !self.by_id.contains_key(&id(value)));
        let mut names: Vec<&(String, Value)> = expected.iter().collect();
        names.retain(|(name, _)| !self.by_name.contains_key(name));
        while !values.is_empty() && !names.is_empty() {
            let plain: Vec<Value> = values.iter().map(|value| self.plain(value)).collect();
            let mut best = (0, 0, 0);
            for (at, value) in plain.iter().enumerate() {
                for (place, (_, wanted)) in names.iter().enumerate() {
                    let score = likeness(wanted, value);
                    if score > best.0 {
                        best = (score, at, place);
                    }
                }
            }
            let (id, name) = (id(values.remove(best.1)), names.remove(best.2).0.clone());
            self.by_name.insert(name.clone(), id.clone());
            self.by_id.insert(id, name);
        }
    }

    /// Compares a list with what is expected, name by name.
    pub(crate) fn compare(
        &self,
        expected: &[(String, Value)],
        real: &[Value],
    ) -> Result<(), String> {
        for (name, wanted) in expected {
            let id = self.id(name);
            let found = real.iter().find(|it| it["id"] == json!(id));
            let found = found.ok_or_else(|| format!("{name} ({id}) is gone"))?;
            let mut plain = self.plain(found);
            if !found["chain_id"].is_null() {
                plain["chain_id"] = json!(self.first_of_chain(&found["chain_id"], real));
            }
            fits(wanted, &plain).map_err(|text| format!("{name}: {text}\nin {found}"))?;
        }
        Ok(())
    }

    /// The first subscription of a chain, whatever the chain itself is called.
    fn first_of_chain(&self, chain: &Value, real: &[Value]) -> Option<String> {
        let members = real.iter().filter(|it| it["chain_id"] == *chain);
        let names = members.filter_map(|it| self.by_id.get(it["id"].as_str()?));
        let number = |name: &&String| name.trim_start_matches("sub#").parse::<usize>().ok();
        names.min_by_key(number).cloned()
    }
}
