//! What processes have used, as the kernel counts it.

use std::fs;

/// Ticks a second: the kernel's USER_HZ.
const TICKS: f64 = 100.0;

/// Microseconds of processor time that a process and the children that it still has have used.
pub fn processor(pid: u32) -> f64 {
    own(pid) + children(pid).into_iter().map(own).sum::<f64>()
}

/// Resident memory of a process in MB.
pub fn megabytes(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// The fields of its line, from the third on: the second is a name that may hold anything.
fn stat(pid: u32) -> Option<Vec<f64>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').skip(1).map(|field| field.parse().unwrap_or_default()).collect())
}

fn own(pid: u32) -> f64 {
    let fields = stat(pid).unwrap_or_default();
    let ticks = |place: usize| fields.get(place).copied().unwrap_or_default();
    (ticks(10) + ticks(11)) / TICKS * 1e6
}

fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).and_then(|fields| fields.first().copied()) == Some(f64::from(parent))).collect()
}
