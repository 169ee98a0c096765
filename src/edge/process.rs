//! Metrics of the process itself, by the names that Prometheus's own clients give them. They are
//! read from `/proc`; where there is none, they are not there.

use std::fs;

/// What one page of memory is on the machines that we are built for, in bytes.
const PAGE_BYTES: u64 = 4096;
/// How many ticks of its clock the kernel counts in a second.
const TICKS_A_SECOND: u64 = 100;

/// Says what the metrics are.
pub(crate) fn describe() {
    metrics::describe_gauge!("process_resident_memory_bytes", "Memory that the process holds.");
    metrics::describe_counter!("process_cpu_seconds_total", "Time on all processors.");
    metrics::describe_gauge!("process_open_fds", "Files and connections that are open.");
    metrics::describe_gauge!("process_threads", "Threads.");
}

/// Takes them now.
pub fn note() {
    if let Some(Usage { pages, ticks, threads }) = usage() {
        metrics::gauge!("process_resident_memory_bytes").set(number(pages * PAGE_BYTES));
        metrics::counter!("process_cpu_seconds_total").absolute(ticks / TICKS_A_SECOND);
        metrics::gauge!("process_threads").set(threads);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(u32::try_from(open.count()).unwrap_or(u32::MAX));
    }
}

/// A whole number as a gauge takes it, to the nearest that it can hold.
fn number(of: u64) -> f64 {
    of.to_string().parse().unwrap_or(f64::MAX)
}

#[derive(Debug, PartialEq, Eq)]
struct Usage {
    pages: u64,
    ticks: u64,
    threads: u32,
}

fn usage() -> Option<Usage> {
    parsed(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Of a line of `/proc/self/stat`: behind the name, which may hold anything, the fields from the
/// third on.
fn parsed(stat: &str) -> Option<Usage> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |place: usize| fields.get(place - 3)?.parse::<u64>().ok();
    Some(Usage {
        ticks: field(14)? + field(15)?,
        threads: u32::try_from(field(20)?).ok()?,
        pages: field(24)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel_is_read_behind_whatever_name() {
        let line = "7 (a) b) c) S 1 7 7 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 9 0 12345 \
                    1000000 321 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0";
        assert_eq!(parsed(line), Some(Usage { pages: 321, ticks: 300, threads: 9 }));
        assert_eq!(parsed(""), None);
    }
}
