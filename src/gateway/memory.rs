//! A gateway that calls nobody: tests say what is answered, and read back what was sent.

use std::sync::{Mutex, PoisonError};

use crate::domain::webhook::Attempt;

use super::{BoxFuture, Call, Gateway};

type Answers = dyn Fn(&Call) -> Attempt + Send + Sync;

/// What was sent, and how it is answered.
pub struct Memory {
    calls: Mutex<Vec<Call>>,
    answers: Mutex<Box<Answers>>,
}

impl Memory {
    /// One whose calls are answered like this.
    #[must_use]
    pub fn answering(answers: impl Fn(&Call) -> Attempt + Send + Sync + 'static) -> Self {
        Self { calls: Mutex::default(), answers: Mutex::new(Box::new(answers)) }
    }

    /// From now on calls are answered like this.
    pub fn answer(&self, answers: impl Fn(&Call) -> Attempt + Send + Sync + 'static) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(answers);
    }

    /// The calls since this was asked last, in order.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Gateway for Memory {
    fn call(&self, call: Call) -> BoxFuture<'_, Attempt> {
        Box::pin(async move {
            let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = answers(&call);
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            answer
        })
    }
}
