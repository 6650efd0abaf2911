//! What was measured, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::limit::Limit;
use super::resolving::{RAW, REFERENCE};
use super::rounds::{LATENCY, Sample, Series, State};

/// What was found out about a workload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    workload: &'static str,
    about: String,
    chain: usize,
    rounds: usize,
    rows: Vec<Row>,
    /// What must hold and does not.
    pub(crate) violations: Vec<String>,
}

/// One peer in one state.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    state: State,
    peer: &'static str,
    /// Seconds.
    wall: Spread,
    /// Seconds of processor time.
    processor: Spread,
    /// Bytes.
    memory: Spread,
    requests: Spread,
    connections: Spread,
    bytes: Spread,
    /// The lines that it printed: its releases, where it prints them.
    printed: usize,
    /// Seconds.
    limit: Option<f64>,
}

/// The least and the median.
#[derive(Debug, Clone, Copy, Serialize)]
struct Spread {
    min: f64,
    median: f64,
}

impl Finding {
    /// Of the runs of all peers.
    pub(crate) fn new(
        workload: &'static str,
        limit: &Limit,
        series: &[Series],
        violations: Vec<String>,
    ) -> Self {
        let mut rows: Vec<Row> = series.iter().map(Row::new).collect();
        rows.sort_by_key(|row| row.state);
        let transfer = rows.iter().find(|row| row.peer == RAW && row.state == State::Cold);
        let transfer = transfer.map(|row| row.wall.min);
        // The connection is a round trip before the first request.
        let travel = LATENCY.as_secs_f64() * (1.0 + u32::try_from(limit.chain).map_or(0.0, f64::from));
        for row in &mut rows {
            row.limit = match row.state {
                State::Warm => None,
                State::Cold => transfer,
                State::Far => transfer.map(|transfer| transfer + travel),
            };
        }
        Self { workload, about: limit.said(), chain: limit.chain, rounds: limit.rounds, rows, violations }
    }
}

impl Row {
    fn new(series: &Series) -> Self {
        let spread = |figure: fn(&Sample) -> f64| Spread::of(series.samples.iter().map(figure).collect());
        Self {
            state: series.state,
            peer: series.peer,
            wall: spread(|sample| sample.cost.wall),
            processor: spread(|sample| sample.cost.processor),
            memory: spread(|sample| number(sample.cost.memory)),
            requests: spread(|sample| number(sample.traffic.exchanges.len())),
            connections: spread(|sample| number(sample.traffic.connections)),
            bytes: spread(|sample| {
                number(sample.traffic.exchanges.iter().map(|exchange| exchange.bytes).sum::<usize>())
            }),
            printed: series.samples.first().map_or(0, |sample| sample.output.lines().count()),
            limit: None,
        }
    }
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self { min: figures[0], median: figures[figures.len() / 2] }
    }
}

/// Counts and bytes are far below where a float would lose one.
fn number(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::INFINITY, f64::from)
}

/// The table.
pub(crate) fn markdown(findings: &[Finding]) -> String {
    let mut text = String::new();
    let head = [
        "workload",
        "state",
        "peer",
        "wall s: min (median)",
        "of coursier's: min (median)",
        "CPU s",
        "of coursier's",
        "peak MB",
        "of coursier's",
        "requests",
        "connections",
        "kB",
        "limit s",
        "wall / limit",
    ];
    writeln!(text, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len())).expect("a string takes text");
    for finding in findings {
        for row in &finding.rows {
            let reference =
                finding.rows.iter().find(|other| other.peer == REFERENCE && other.state == row.state);
            let cells = cells(row, reference.filter(|_| row.peer != REFERENCE));
            writeln!(text, "| {} | {} |", finding.workload, cells.join(" | ")).expect("a string takes text");
        }
    }
    text.push('\n');
    for finding in findings {
        writeln!(text, "- {}: {}.", finding.workload, finding.about).expect("a string takes text");
    }
    text
}

fn cells(row: &Row, reference: Option<&Row>) -> Vec<String> {
    let ratio = |figure: fn(&Row) -> f64| {
        reference.map_or_else(String::new, |reference| format!("{:.3}", figure(row) / figure(reference)))
    };
    let walls = match reference {
        Some(_) => format!("{} ({})", ratio(|row| row.wall.min), ratio(|row| row.wall.median)),
        None => String::new(),
    };
    vec![
        row.state.label().to_owned(),
        row.peer.to_owned(),
        format!("{:.3} ({:.3})", row.wall.min, row.wall.median),
        walls,
        format!("{:.3}", row.processor.median),
        ratio(|row| row.processor.median),
        format!("{:.1}", row.memory.median / 1e6),
        ratio(|row| row.memory.median),
        format!("{:.0}", row.requests.median),
        format!("{:.0}", row.connections.median),
        format!("{:.0}", row.bytes.median / 1e3),
        row.limit.map_or_else(String::new, |limit| format!("{limit:.3}")),
        row.limit.map_or_else(String::new, |limit| format!("{:.2}", row.wall.min / limit)),
    ]
}

/// The same for programs.
pub(crate) fn json(findings: &[Finding]) -> String {
    serde_json::to_string_pretty(findings).expect("findings are JSON") + "\n"
}
