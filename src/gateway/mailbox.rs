//! A mailer that takes every mail and sends none: they are kept, and can be read.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::message::HandOverResult;

use super::{BoxFuture, Mail, Mailer};

/// How many mails are kept: the last ones.
const MAILS_MAX: usize = 200;
/// How many bytes they may take.
const BYTES_MAX: usize = 16 << 20;

/// The mails that were sent, the last first.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<KeptMails>);

#[derive(Debug, Default)]
struct KeptMails {
    mails: VecDeque<Mail>,
    bytes: usize,
}

impl Mailbox {
    /// What is in it, the last first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).mails.iter().cloned().collect()
    }

    fn take_in(&self, mail: Mail) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += bytes_of(&mail);
        kept.mails.push_front(mail);
        while kept.mails.len() > MAILS_MAX || kept.bytes > BYTES_MAX {
            let Some(oldest) = kept.mails.pop_back() else { break };
            kept.bytes -= bytes_of(&oldest);
        }
    }
}

fn bytes_of(mail: &Mail) -> usize {
    let Mail { id, to, subject, text, name, html, unsubscribe, .. } = mail;
    let others = [name, html, unsubscribe].into_iter().flatten().map(String::len);
    size_of::<Mail>() + id.len() + to.len() + subject.len() + text.len() + others.sum::<usize>()
}

impl Mailer for Mailbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, HandOverResult> {
        Box::pin(async move {
            self.take_in(mail);
            HandOverResult::Taken
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(number: usize, text: String) -> Mail {
        Mail {
            id: number.to_string(),
            at: chrono::DateTime::UNIX_EPOCH,
            to: "ada@example.org".to_owned(),
            name: None,
            subject: String::new(),
            text,
            html: None,
            unsubscribe: None,
        }
    }

    #[test]
    fn the_last_mails_are_kept_the_last_first() {
        let mailbox = Mailbox::default();
        for number in 0..=MAILS_MAX {
            mailbox.take_in(mail(number, String::new()));
        }
        let mails = mailbox.mails();
        assert_eq!((mails.len(), mails[0].id.as_str()), (MAILS_MAX, "200"));
    }

    #[test]
    fn long_mails_are_kept_as_long_as_there_is_room() {
        let mailbox = Mailbox::default();
        for number in 0..20 {
            mailbox.take_in(mail(number, "x".repeat(BYTES_MAX / 10)));
            let kept = mailbox.0.lock().unwrap();
            let sum: usize = kept.mails.iter().map(bytes_of).sum();
            assert!(kept.bytes == sum && sum <= BYTES_MAX, "{sum}");
        }
        let ids: Vec<String> = mailbox.mails().into_iter().map(|it| it.id).collect();
        assert_eq!(ids, (11..20).rev().map(|it| it.to_string()).collect::<Vec<_>>());
    }
}
