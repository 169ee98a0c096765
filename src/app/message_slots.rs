//! Whose messages are handed over next: there are so many slots for a channel, and they are given
//! to the merchants who have something to say, to whoever has the fewest first. So nobody waits
//! until another has said all, or for an endpoint of another that does not answer.

use std::collections::BTreeMap;

use crate::domain::automation::Channel;
use crate::domain::ids::MerchantId;

/// How many mails are handed over at a time: as many as there are connections to the mail server,
/// so that one that is taken in hand is handed over at once.
pub(super) const MAILS: usize = crate::gateway::mail::CONNECTIONS_MAX;
/// How many calls of endpoints there are at a time.
const CALLS: usize = 32;
/// Of these, how many are one merchant's.
const CALLS_OF_ONE: usize = 8;

/// How many slots a channel has, and how many of them are one merchant's.
fn slots(channel: Channel) -> (usize, usize) {
    match channel {
        Channel::Email => (MAILS, MAILS),
        Channel::Webhook => (CALLS, CALLS_OF_ONE),
    }
}

/// How many more messages of each merchant are taken in hand, of those who have some that are due.
pub(super) fn shares(
    channel: Channel,
    in_hand: &BTreeMap<MerchantId, usize>,
    due: &[MerchantId],
) -> Vec<(MerchantId, usize)> {
    let (all, of_one) = slots(channel);
    let mut free = all.saturating_sub(in_hand.values().sum());
    let mut given = vec![0; due.len()];
    let has = |place: usize, given: &[usize]| {
        given[place] + in_hand.get(&due[place]).copied().unwrap_or_default()
    };
    while free > 0 {
        let open = (0..due.len()).filter(|place| has(*place, &given) < of_one);
        let Some(next) = open.min_by_key(|place| has(*place, &given)) else { break };
        given[next] += 1;
        free -= 1;
    }
    let shares = due.iter().cloned().zip(given);
    shares.filter(|(_, share)| *share > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channel; who has how many; who has some that are due; how many more each is given.
    type Case<'c> = (Channel, &'c [(&'c str, usize)], &'c [&'c str], &'c [(&'c str, usize)]);

    #[test]
    fn slots_are_given_to_whoever_has_the_fewest() {
        let id = |name: &str| MerchantId::stored(name.to_owned());
        let table: &[Case<'_>] = &[
            (Channel::Email, &[], &["a"], &[("a", 8)]),
            (Channel::Email, &[], &["a", "b", "c"], &[("a", 3), ("b", 3), ("c", 2)]),
            (Channel::Email, &[("a", 7)], &["a", "b"], &[("b", 1)]),
            (Channel::Email, &[("a", 8)], &["a", "b"], &[]),
            (Channel::Webhook, &[], &["a"], &[("a", 8)]),
            (Channel::Webhook, &[("a", 8)], &["a", "b"], &[("b", 8)]),
            (Channel::Webhook, &[], &[], &[]),
        ];
        for (channel, in_hand, due, wanted) in table {
            let in_hand = in_hand.iter().map(|(name, count)| (id(name), *count)).collect();
            let due: Vec<_> = due.iter().map(|name| id(name)).collect();
            let wanted: Vec<_> = wanted.iter().map(|(name, count)| (id(name), *count)).collect();
            assert_eq!(shares(*channel, &in_hand, &due), wanted);
        }
    }
}
