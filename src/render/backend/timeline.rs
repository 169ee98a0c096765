//! A picture of time: lanes with bars and marks over days. It is drawn here as a tree of places,
//! in whole units; colours are for the style sheet.

use serde::Serialize;

/// The picture. Its units are those of the `viewBox`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// What it shows, in a sentence.
    pub label: String,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// Where the days begin.
    pub left: i64,
    /// Days with their dates.
    pub ticks: Vec<Tick>,
    /// Where the merchant's today is.
    pub today: Option<i64>,
    /// The lanes, from above.
    pub lanes: Vec<Lane>,
}

/// A day with its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// Where.
    pub x: i64,
    /// The date.
    pub text: String,
}

/// What belongs together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// What it is called.
    pub label: String,
    /// Where its name stands.
    pub baseline: i64,
    /// Where its bars begin.
    pub top: i64,
    /// What lasts.
    pub bars: Vec<Bar>,
    /// What happens.
    pub marks: Vec<Mark>,
}

/// Something that lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Where it begins.
    pub x: i64,
    /// How long it is.
    pub width: i64,
    /// What kind of thing it is, for the style sheet.
    pub class: &'static str,
    /// What it is, in words.
    pub title: String,
}

/// Something that happens on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Where.
    pub x: i64,
    /// The middle of the lane.
    pub y: i64,
    /// What kind of thing it is, for the style sheet.
    pub class: &'static str,
    /// What it is, in words.
    pub title: String,
}
