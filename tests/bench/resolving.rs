//! A kind of workload: a closure of Maven packages, with or without locking its jars.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use fatwood_resolver::requirements::Coordinate;
use hyper::{Method, StatusCode};

use super::limit::{self, Limit};
use super::mirror::{Exchange, Mirror};
use super::report::Finding;
use super::rounds::{self, CommandLine, Peer, Series, State};

/// The peer to which the others are compared.
pub(crate) const REFERENCE: &str = "coursier";
/// The bare transfer of the documents that count.
pub(crate) const RAW: &str = "raw";

/// What the workloads have to do with.
pub(crate) struct Bench {
    pub(crate) mirror: Mirror,
    pub(crate) rounds: u32,
    pub(crate) scratch: PathBuf,
    /// Where request logs are written.
    pub(crate) requests: Option<PathBuf>,
    /// The words that begin a command line.
    pub(crate) coursier: Vec<OsString>,
    /// The harness of another commit.
    pub(crate) other: Option<PathBuf>,
}

/// A workload that resolves.
pub(crate) struct Resolving {
    /// As the command line has it.
    pub(crate) name: &'static str,
    /// What is particular about it.
    pub(crate) about: &'static str,
    /// The roots; what is made for the workload is published on the way.
    pub(crate) packages: fn(&Mirror) -> Vec<Coordinate>,
    /// How far it goes.
    pub(crate) extent: Extent,
}

/// How far a workload goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The closure alone: the resolver's library beside `coursier resolve`.
    Closure,
    /// The manifest, with every jar hashed: `fatwood resolve` beside `coursier fetch`.
    Jars,
}

impl Resolving {
    /// Measures it.
    pub(crate) fn measure(&self, bench: &Bench) -> Finding {
        let packages = (self.packages)(&bench.mirror);
        let scratch = bench.scratch.join(self.name);
        fs::create_dir_all(&scratch).expect("a directory");
        let mut peers = self.peers(bench, &packages);
        rounds::prepare(&bench.mirror, &peers, &scratch);
        let limit = limit::of(&packages, |path| bench.mirror.recorded(path));
        peers.push(raw(&limit, &bench.mirror.url(), &scratch.join("documents")));
        let series = rounds::run(&bench.mirror, &peers, bench.rounds, &scratch);
        if let Some(directory) = &bench.requests {
            self.write_requests(&series, directory);
        }
        let violations = series.iter().filter(|series| ![REFERENCE, RAW].contains(&series.peer));
        let violations = violations.flat_map(|series| self.violations(series)).collect();
        Finding::new(self.name, &limit, &series, violations)
    }

    fn peers(&self, bench: &Bench, packages: &[Coordinate]) -> Vec<Peer> {
        let this = std::env::current_exe().expect("a process knows its program");
        let url = bench.mirror.url();
        let roots: Vec<OsString> = packages.iter().map(|root| root.to_string().into()).collect();
        let mut peers = vec![
            Peer { name: "fatwood", command: self.resolver(&this, &url, &roots), is_cached: true },
            Peer { name: REFERENCE, command: self.coursier(bench, packages), is_cached: true },
        ];
        if let Some(other) = bench.other.as_deref().filter(|_| self.extent == Extent::Closure) {
            peers.push(Peer { name: "other", command: self.resolver(other, &url, &roots), is_cached: true });
        }
        peers
    }

    fn resolver(&self, harness: &Path, url: &str, roots: &[OsString]) -> CommandLine {
        let begin: Vec<OsString> = match self.extent {
            Extent::Closure => {
                [harness.as_os_str(), "closure".as_ref(), "--repository".as_ref(), url.as_ref()]
                    .map(Into::into)
                    .to_vec()
            }
            Extent::Jars => {
                let (program, repository) = (env!("CARGO_BIN_EXE_fatwood"), format!("central={url}"));
                [program, "resolve", "--quiet", "--no-spark-excludes", "--repositories", &repository]
                    .map(Into::into)
                    .to_vec()
            }
        };
        let roots = match self.extent {
            Extent::Closure => roots.to_vec(),
            Extent::Jars => roots.iter().flat_map(|root| ["--packages".into(), root.clone()]).collect(),
        };
        Box::new(move |cache| [begin.clone(), words(&[Path::new("--cache"), cache]), roots.clone()].concat())
    }

    fn coursier(&self, bench: &Bench, packages: &[Coordinate]) -> CommandLine {
        let act = match self.extent {
            Extent::Closure => "resolve",
            Extent::Jars => "fetch",
        };
        let more = [act, "--no-default", "--repository", &bench.mirror.url()].map(OsString::from);
        let begin = [bench.coursier.clone(), more.to_vec()].concat();
        // coursier finds out by itself that a release has no jar.
        let roots = packages.iter().map(|root| format!("{}:{}", root.module, root.version).into());
        let roots: Vec<OsString> = roots.collect();
        Box::new(move |cache| [begin.clone(), words(&[Path::new("--cache"), cache]), roots.clone()].concat())
    }

    /// What must hold of every cold run, however slow the machine is.
    fn violations(&self, series: &Series) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let outputs: BTreeSet<&str> = series.samples.iter().map(|sample| sample.output.as_str()).collect();
        if outputs.len() != 1 {
            found.insert(format!("{} has {} different results", series.peer, outputs.len()));
        }
        for sample in series.samples.iter().filter(|_| series.state != State::Warm) {
            let mut asked = BTreeSet::new();
            for exchange in &sample.traffic.exchanges {
                let Exchange { method, path, status, is_known, .. } = exchange;
                if !asked.insert((path, status)) {
                    found.insert(format!("{} asked for `{path}` more than once", series.peer));
                }
                if *method != Method::GET {
                    found.insert(format!("{} asked with {method} for `{path}`", series.peer));
                }
                if self.extent == Extent::Closure && Path::new(path).extension() == Some("jar".as_ref()) {
                    found.insert(format!("{} asked for `{path}` without need", series.peer));
                }
                if !is_known && *status == StatusCode::NOT_FOUND {
                    found.insert(format!("{} asked for `{path}`, which was not recorded", series.peer));
                }
            }
        }
        found.into_iter().map(|what| format!("{}, {}: {what}", self.name, series.state.label())).collect()
    }

    /// Writes the requests of the last run from afar: when they came and were answered, in milliseconds.
    fn write_requests(&self, series: &[Series], directory: &Path) {
        fs::create_dir_all(directory).expect("a directory");
        for series in series.iter().filter(|series| series.state == State::Far) {
            let Some(sample) = series.samples.last() else { continue };
            let mut exchanges: Vec<&Exchange> = sample.traffic.exchanges.iter().collect();
            exchanges.sort_by_key(|exchange| exchange.arrived);
            let mut text = "arrived\tanswered\tconnection\tstatus\tbytes\tpath\n".to_owned();
            for Exchange { arrived, answered, connection, status, bytes, path, .. } in exchanges {
                let (arrived, answered) = (arrived.as_secs_f64() * 1e3, answered.as_secs_f64() * 1e3);
                writeln!(
                    text,
                    "{arrived:.1}\t{answered:.1}\t{connection}\t{}\t{bytes}\t{path}",
                    status.as_u16()
                )
                .expect("a string takes text");
            }
            let file = directory.join(format!("{}-{}.tsv", self.name, series.peer));
            fs::write(file, text).expect("a request log is written");
        }
    }
}

/// The transfer of the documents that count, whose list is written to a file.
fn raw(limit: &Limit, url: &str, list: &Path) -> Peer {
    let urls = limit.documents.iter().fold(String::new(), |urls, path| urls + url + path + "\n");
    fs::write(list, urls).expect("a list is written");
    let this = std::env::current_exe().expect("a process knows its program");
    let command = words(&[&this, Path::new("raw"), list]);
    Peer { name: RAW, command: Box::new(move |_| command.clone()), is_cached: false }
}

/// A command line's words.
fn words(paths: &[&Path]) -> Vec<OsString> {
    paths.iter().map(Into::into).collect()
}

/// What a table says of a limit, besides its seconds.
impl Limit {
    /// One sentence.
    pub(crate) fn said(&self) -> String {
        format!(
            "{} releases, {} POMs count; the longest chain is {} POMs (to `{}`), the state machine needs {} rounds",
            self.releases,
            self.documents.len(),
            self.chain,
            self.deepest,
            self.rounds
        )
    }
}
