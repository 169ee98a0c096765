//! A mailer that takes every mail and sends none: they are kept, and can be read.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::message::Handed;

use super::{BoxFuture, Mail, Mailer};

/// How many mails are kept: the last ones.
const MAILS_MAX: usize = 200;

/// The mails that were sent, the last first.
#[derive(Debug, Default)]
pub struct Mailbox {
    mails: Mutex<VecDeque<Mail>>,
}

impl Mailbox {
    /// What is in it, the last first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn take_in(&self, mail: Mail) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push_front(mail);
        mails.truncate(MAILS_MAX);
    }
}

impl Mailer for Mailbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Handed> {
        Box::pin(async move {
            self.take_in(mail);
            Handed::Taken
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mails_are_kept_the_last_first() {
        let mailbox = Mailbox::default();
        for number in 0..=MAILS_MAX {
            mailbox.take_in(Mail {
                id: number.to_string(),
                at: chrono::DateTime::UNIX_EPOCH,
                to: "ada@example.org".to_owned(),
                name: None,
                subject: String::new(),
                text: String::new(),
                html: None,
                unsubscribe: None,
            });
        }
        let mails = mailbox.mails();
        assert_eq!((mails.len(), mails[0].id.as_str()), (MAILS_MAX, "200"));
    }
}
