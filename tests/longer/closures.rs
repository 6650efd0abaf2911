//! Resolves real sets of packages and compares their closures with those that another resolver has.
//!
//! No jar is fetched: [`maven::closure`] ends where locking begins. Directory `FATWOOD_CLOSURES` holds what
//! is to be resolved, and what the other resolver answers:
//!
//! ```text
//! sets.tsv         a set a line, with tabs between them: its name, its coordinates, the Java of its target, the
//!                  modules that it excludes; the last may be missing, lists have blanks between them
//! answers/NAME     a release a line, `group:artifact:version[:classifier]`; no such file where the other resolver
//!                  has no answer
//! ```
//!
//! `FATWOOD_CLOSURES_MODE` is the mode, `spark` or `maven`. `FATWOOD_DIFFERENCES` names the list of differences that
//! are known, each with the rule that explains it. A difference that is not on the list fails, and so does an entry
//! of the list that does not occur.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test, which tells what it did"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use fatwood_resolver::cache::Cache;
use fatwood_resolver::fetch::Fetcher;
use fatwood_resolver::maven::{self, Graph, Node, Request};
use fatwood_resolver::pin::Context;
use fatwood_resolver::progress::Silent;
use fatwood_resolver::requirements::{Coordinate, Mode, ModulePattern, Rules, Spec, Target};
use fatwood_resolver::sources::{Environment, Flags, Repository, Sources};

/// How long one resolution may take; cold, the largest needs 20 s.
const PATIENCE: Duration = Duration::from_mins(3);

/// By set, words of the list: `+` is what fatwood has and the other has not, `-` the other way round.
type Differences = BTreeMap<String, BTreeSet<String>>;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs sets and answers in FATWOOD_CLOSURES, and their repository"]
async fn closures_are_those_of_the_oracle() {
    let ground = PathBuf::from(variable("FATWOOD_CLOSURES"));
    let known = known_differences(Path::new(&variable("FATWOOD_DIFFERENCES")));
    let mode = match variable("FATWOOD_CLOSURES_MODE").as_str() {
        "spark" => Mode::Spark,
        "maven" => Mode::Maven,
        other => panic!("there is no mode `{other}`"),
    };
    let rules = Rules { mode, pin_roots: false, spark_excludes: Some(false), ..Rules::default() };
    let (repositories, context) = means(Path::new(&variable("FATWOOD_CACHE")));
    let (mut found, mut releases) = (Differences::new(), 0);
    let sets = sets(&ground.join("sets.tsv"));
    for set in &sets {
        let name = &set.name;
        let theirs = answer_of_oracle(&ground.join("answers").join(name));
        let request = set.request(&rules);
        let closure = maven::closure(&request, &repositories, &context);
        let ours = match tokio::time::timeout(PATIENCE, closure).await.unwrap() {
            Ok(graph) => Some(releases_of(&graph)),
            Err(error) => {
                println!("{name}: {error}");
                None
            }
        };
        releases += ours.as_ref().map_or(0, BTreeSet::len);
        let differences = differences(ours.as_ref(), theirs.as_ref());
        if !differences.is_empty() {
            found.insert(name.clone(), differences);
        }
    }
    assert!(!sets.is_empty(), "there is no set in {}", ground.display());
    let unknown = without(&found, &known);
    let outdated = without(&known, &found);
    assert!(
        unknown.is_empty() && outdated.is_empty(),
        "\nnot on the list:\n{}\non the list and not found:\n{}",
        lines(&unknown),
        lines(&outdated)
    );
    println!("{} sets, {releases} releases, {} sets differ as listed", sets.len(), found.len());
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The machine's own repositories, and a cache that runs share.
fn means(cache: &Path) -> (Vec<Repository>, Context) {
    let sources = Sources::discover(&Spec::default(), &Flags::default(), &Environment::of_process()).unwrap();
    let context =
        Context { fetcher: Fetcher::new(), cache: Cache::open(cache).unwrap(), observer: Arc::new(Silent) };
    (sources.repositories().unwrap(), context)
}

/// What to resolve.
struct Set {
    name: String,
    packages: Vec<Coordinate>,
    excludes: Vec<ModulePattern>,
    target: Target,
}

impl Set {
    fn request<'a>(&'a self, rules: &'a Rules) -> Request<'a> {
        Request {
            packages: &self.packages,
            excludes: &self.excludes,
            transitive: true,
            target: &self.target,
            rules,
        }
    }
}

fn sets(path: &Path) -> Vec<Set> {
    let set = |row: Vec<String>| Set {
        name: row[0].clone(),
        packages: words(&row[1]).map(|word| word.parse().unwrap()).collect(),
        target: Target { java: Some(row[2].clone()), ..Target::default() },
        excludes: row
            .get(3)
            .into_iter()
            .flat_map(|list| words(list))
            .map(|word| word.parse().unwrap())
            .collect(),
    };
    rows(path).into_iter().map(set).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

fn answer_of_oracle(path: &Path) -> Option<BTreeSet<String>> {
    fs::read_to_string(path).ok().map(|text| text.lines().map(str::to_owned).collect())
}

/// What each has and the other has not. Who has no answer has that one word instead of all that it lacks, also
/// where neither has one, so that nothing is equal by failing.
fn differences(ours: Option<&BTreeSet<String>>, theirs: Option<&BTreeSet<String>>) -> BTreeSet<String> {
    let word = |sign: char| move |release: &String| format!("{sign}{release}");
    if let (Some(ours), Some(theirs)) = (ours, theirs) {
        let added = ours.difference(theirs).map(word('+'));
        return added.chain(theirs.difference(ours).map(word('-'))).collect();
    }
    let silent = [(ours, "+no-answer"), (theirs, "-no-answer")];
    silent.iter().filter(|(answer, _)| answer.is_none()).map(|(_, word)| (*word).to_owned()).collect()
}

fn releases_of(graph: &Graph) -> BTreeSet<String> {
    let of_node = |node: &Node| {
        let gav = node.gav.to_string();
        let of_file = |classifier: Option<&str>| match classifier {
            Some(classifier) => format!("{gav}:{classifier}"),
            None => gav.clone(),
        };
        match node.files.as_slice() {
            [] => vec![of_file(None)],
            files => files.iter().map(|file| of_file(file.classifier.as_deref())).collect(),
        }
    };
    graph.nodes.iter().flat_map(of_node).collect()
}

/// The list: a set, words of differences with a blank between them, and the rule, with tabs between them.
fn known_differences(path: &Path) -> Differences {
    let mut known = Differences::new();
    for row in rows(path) {
        assert!(row.len() == 3 && !row[2].is_empty(), "no rule: {row:?}");
        known.entry(row[0].clone()).or_default().extend(words(&row[1]).map(str::to_owned));
    }
    known
}

/// The lines that are neither empty nor a comment, each cut at its tabs.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// What `these` has and `those` has not.
fn without(these: &Differences, those: &Differences) -> Differences {
    let none = BTreeSet::new();
    let rest = these.iter().map(|(name, words)| {
        let others = those.get(name).unwrap_or(&none);
        (name.clone(), words.difference(others).cloned().collect::<BTreeSet<_>>())
    });
    rest.filter(|(_, words)| !words.is_empty()).collect()
}

fn lines(differences: &Differences) -> String {
    let line = |(name, words): (&String, &BTreeSet<String>)| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        format!("{name}\t{}", words.join(" "))
    };
    differences.iter().map(line).collect::<Vec<_>>().join("\n")
}
