//! A bar that grows while something long is at work. It is drawn on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// Less than this is done before anybody could look.
const WORTH_SHOWING: u64 = 200;

/// A bar for `total` things, hidden where there are few.
pub(super) fn bar(total: u64, what: &'static str) -> ProgressBar {
    if total < WORTH_SHOWING {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total).with_message(what);
    let style = "{msg} {wide_bar} {human_pos}/{human_len}, {per_sec}, {eta} left";
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
