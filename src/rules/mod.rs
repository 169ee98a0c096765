//! The verbs: `decide_*`, from facts and a date to a plan or a refusal. No I/O.
