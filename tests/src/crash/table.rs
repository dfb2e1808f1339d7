//! What a run says of itself.

use super::verdict::RoundReport;

/// One round in a line.
pub(super) fn line(report: &RoundReport) -> String {
    let findings = &report.findings;
    format!(
        "{:>4}  {:<14} acknowledged {:>5}  refused {:>5}  posts {:>6}  died {:>4}  doubled {:>4} of {:>4}  lost {}  twins {}  disordered {}  altered {}  other {}  settled {:>6.2} s  fresh {:>5} ms",
        report.number,
        report.fault,
        report.acknowledged,
        report.refused,
        report.posts,
        report.deaths,
        report.doubled,
        report.may_double,
        findings.lost.len(),
        findings.twins.len(),
        findings.disordered.len(),
        findings.altered.len(),
        findings.other.len(),
        report.settled.as_secs_f64(),
        report.fresh.as_millis(),
    )
}

/// All rounds, by fault, as one table.
pub fn print(reports: &[RoundReport]) {
    let mut faults: Vec<&str> = reports.iter().map(|report| report.fault.as_str()).collect();
    faults.sort_unstable();
    faults.dedup();
    println!();
    println!(
        "{:<14} {:>6} {:>12} {:>9} {:>18} {:>5} {:>6} {:>11} {:>8} {:>6} {:>13} {:>13}",
        "fault",
        "rounds",
        "acknowledged",
        "posts",
        "doubled, most, may",
        "lost",
        "twins",
        "disordered",
        "altered",
        "other",
        "settled, most",
        "fresh, median"
    );
    for fault in faults {
        row(fault, &reports.iter().filter(|report| report.fault == fault).collect::<Vec<_>>());
    }
    row("all", &reports.iter().collect::<Vec<_>>());
}

fn row(name: &str, reports: &[&RoundReport]) {
    let sum = |count: fn(&RoundReport) -> usize| reports.iter().map(|report| count(report)).sum::<usize>();
    let doubled: u64 = reports.iter().map(|report| report.doubled).sum();
    let most = reports.iter().map(|report| report.doubled).max().unwrap_or(0);
    let may = reports.iter().map(|report| report.may_double).max().unwrap_or(0);
    let settled = reports.iter().map(|report| report.settled).max().unwrap_or_default();
    let mut fresh: Vec<u128> = reports.iter().map(|report| report.fresh.as_millis()).collect();
    fresh.sort_unstable();
    println!(
        "{:<14} {:>6} {:>12} {:>9} {:>18} {:>5} {:>6} {:>11} {:>8} {:>6} {:>11.1} s {:>10} ms",
        name,
        reports.len(),
        reports.iter().map(|report| report.acknowledged).sum::<u64>(),
        reports.iter().map(|report| report.posts).sum::<u64>(),
        format!("{doubled}, {most}, {may}"),
        sum(|report| report.findings.lost.len()),
        sum(|report| report.findings.twins.len()),
        sum(|report| report.findings.disordered.len()),
        sum(|report| report.findings.altered.len()),
        sum(|report| report.findings.other.len()),
        settled.as_secs_f64(),
        fresh.get(fresh.len() / 2).copied().unwrap_or(0),
    );
}
