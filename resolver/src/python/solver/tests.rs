use std::collections::BTreeMap;
use std::io;
use std::str::FromStr as _;

use pep440_rs::Version;
use proptest::prelude::*;
use proptest::test_runner::TestRng;

use super::*;
use crate::manifest::SourceId;
use crate::python::index_page::{File, SeparateMetadata};
use crate::python::project::Origin;
use crate::python::requirements_file::{Requirements, Surroundings};
use crate::requirements::Target;

/// An index in memory: the files of each project, and what each wheel requires.
#[derive(Debug, Clone, Default)]
struct Memory {
    files: BTreeMap<PackageName, Vec<File>>,
    metadata: BTreeMap<String, String>,
}

impl Memory {
    /// Adds `name-version` as a pure wheel with these lines of METADATA.
    fn add(&mut self, release: &str, headers: &[&str]) -> &mut File {
        let (name, version) = release.split_once(' ').expect("a name and a version");
        self.add_file(&format!("{name}-{version}-py3-none-any.whl"), headers)
    }

    /// Adds any file.
    fn add_file(&mut self, file_name: &str, headers: &[&str]) -> &mut File {
        let mut parts = file_name.split('-');
        let (name, version) = (parts.next().expect("a name"), parts.next().expect("a version"));
        let metadata = format!("Name: {name}\nVersion: {version}\n{}\n", headers.join("\n"));
        self.metadata.insert(file_name.to_owned(), metadata);
        let files = self.files.entry(project_name(name)).or_default();
        files.push(File {
            name: file_name.to_owned(),
            url: Url::parse(&format!("https://files.test/{file_name}")).expect("a URL"),
            size: Some(1),
            sha256: None,
            sha512: None,
            requires_python: None,
            yanked: None,
            metadata: SeparateMetadata::No,
        });
        files.last_mut().expect("the file just added")
    }

    /// An index of releases, each with what it requires: `a 1: b>=1, c`.
    fn of(releases: &[&str]) -> Self {
        let mut memory = Self::default();
        for line in releases {
            let (release, requires) = line.split_once(':').unwrap_or((line, ""));
            let headers: Vec<_> = requires
                .split(", ")
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(|text| match text.strip_prefix("+") {
                    Some(extra) => format!("Provides-Extra: {extra}"),
                    None => format!("Requires-Dist: {text}"),
                })
                .collect();
            memory.add(release.trim(), &headers.iter().map(String::as_str).collect::<Vec<_>>());
        }
        memory
    }
}

struct Nothing;

impl Surroundings for Nothing {
    fn read(&self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

fn project_name(name: &str) -> PackageName {
    PackageName::from_str(name).expect(name)
}

/// What to solve.
struct Case {
    requirements: Requirements,
    constraints: Vec<String>,
    python: &'static str,
    provided: Vec<&'static str>,
}

impl Case {
    fn of(lines: &[&str]) -> Self {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        let requirements =
            Requirements::of_list(&lines, "spec.requirements", &Nothing).expect("requirements");
        Self { requirements, constraints: Vec::new(), python: "3.10", provided: Vec::new() }
    }

    fn constrained(mut self, lines: &[&str]) -> Self {
        self.constraints = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    fn solver(&self) -> Solver {
        let mut requirements = self.requirements.clone();
        let constraints =
            Requirements::of_list(&self.constraints, "constraints", &Nothing).expect("constraints");
        requirements.constraints = constraints.wanted;
        let python = self.python.parse().expect("a Python version");
        let target = Target { python: Some(python), ..Target::default() };
        let (policy, roots) = Policy::new(&requirements, &target, python).expect("a policy");
        let provided = self.provided.iter().map(|text| {
            let (name, version) = text.split_once("==").expect("a pin");
            let version = Version::from_str(version).expect("a version");
            (project_name(name), Project::provided(version, Place::named("spec.target.provided[0]")))
        });
        Solver::new(policy, roots, provided.collect())
    }

    /// Solves to the end; `choose` says which of the missing things are answered in a round, and in which order.
    fn run(
        &self,
        memory: &Memory,
        mut choose: impl FnMut(Vec<Want>) -> Vec<Want>,
    ) -> Result<Outcome, Unsolved> {
        let mut solver = self.solver();
        let mut rounds = 0;
        loop {
            let missing = match solver.step()? {
                Step::Done(solution) => return Ok(Outcome { solver, solution, rounds }),
                Step::Missing(missing) => missing,
            };
            rounds += 1;
            let projects = missing.projects.into_iter().map(Want::Project);
            let metadata = missing.metadata.into_iter().map(|(name, release)| Want::Metadata(name, release));
            let wants = choose(projects.chain(metadata).collect());
            assert!(!wants.is_empty(), "a step that misses something says what");
            for want in wants {
                answer(&mut solver, memory, want);
            }
        }
    }

    fn solve(&self, memory: &Memory) -> Result<Outcome, Unsolved> {
        self.run(memory, |wants| wants)
    }

    fn check(&self, memory: &Memory, expected: &[&str]) {
        let outcome = self.solve(memory).unwrap_or_else(|unsolved| panic!("{}", told(&unsolved)));
        assert_eq!(outcome.releases(), expected);
    }

    fn conflict(&self, memory: &Memory) -> String {
        match self.solve(memory) {
            Ok(outcome) => panic!("{:?}", outcome.releases()),
            Err(unsolved) => told(&unsolved),
        }
    }
}

#[derive(Debug)]
enum Want {
    Project(PackageName),
    Metadata(PackageName, u32),
}

#[derive(Debug)]
struct Outcome {
    solver: Solver,
    solution: Solution,
    rounds: usize,
}

impl Outcome {
    fn releases(&self) -> Vec<String> {
        let version = |name: &PackageName, release: u32| {
            self.solver.project(name).expect("a known project").releases[release as usize].version.to_string()
        };
        self.solution
            .releases
            .iter()
            .map(|(name, release)| format!("{name} {}", version(name, *release)))
            .collect()
    }

    fn files(&self) -> Vec<String> {
        let releases = self.solution.releases.iter();
        let wheels = releases.filter_map(|(name, release)| self.solver.project(name)?.wheel(*release));
        wheels.map(|wheel| wheel.file.name.clone()).collect()
    }
}

fn told(unsolved: &Unsolved) -> String {
    match unsolved {
        Unsolved::Conflict(explanation) => explanation.to_string(),
        Unsolved::DependsOnPatch(what) => format!("depends on patch: {}", what.what),
        Unsolved::TooHard => "too hard".to_owned(),
    }
}

fn answer(solver: &mut Solver, memory: &Memory, want: Want) {
    let index: SourceId = "memory".parse().expect("an id");
    match want {
        Want::Project(name) => {
            let project = match memory.files.get(&name) {
                Some(files) => Project::of_files(&name, Origin::Index(index), files.clone(), &solver.policy),
                None => Project::nowhere(index.to_string()),
            };
            solver.add_project(name, project);
        }
        Want::Metadata(name, release) => {
            let wheel = solver.project(&name).and_then(|project| project.wheel(release)).expect("a wheel");
            let text = memory.metadata[&wheel.file.name].as_bytes();
            let metadata = Metadata::parse(text, &wheel.name).map_err(|error| error.to_string());
            solver.add_metadata(name, release, metadata);
        }
    }
}

#[test]
fn the_newest_releases_that_fit_together_are_taken() {
    let memory = Memory::of(&["a 1: b", "a 2: b<2", "b 1", "b 2", "b 3"]);
    Case::of(&["a"]).check(&memory, &["a 2", "b 1"]);
    Case::of(&["b>1", "a"]).check(&memory, &["a 1", "b 3"]);
    Case::of(&["A", "a<2"]).check(&memory, &["a 1", "b 3"]);
    Case::of(&["a ; python_version < '3'"]).check(&memory, &[]);
    Case::of(&["b"]).constrained(&["b<3", "a<2"]).check(&memory, &["b 2"]);
}

#[test]
fn cycles_end() {
    let memory = Memory::of(&[
        "a 1: b",
        "b 1: a",
        "c 1: c",
        "d 1: +x, d[y]; extra == 'x', +y, e; extra == 'y'",
        "e 1: d[x]",
    ]);
    Case::of(&["a"]).check(&memory, &["a 1", "b 1"]);
    Case::of(&["c"]).check(&memory, &["c 1"]);
    Case::of(&["d[x]"]).check(&memory, &["d 1", "e 1"]);
    let memory = Memory::of(&["a 1: a<1", "a 0.9"]);
    Case::of(&["a"]).check(&memory, &["a 0.9"]);
}

#[test]
fn extras_add_what_they_require_and_stay_with_their_project() {
    let memory = Memory::of(&[
        "dask 1: +array, +complete, numpy<2; extra == 'array', dask[array]; extra == 'complete'",
        "dask 2: +array, +complete, numpy; extra == 'array', dask[array]; extra == 'complete', core==2",
        "core 1",
        "core 2",
        "numpy 1",
        "numpy 2",
        "user 1: dask[Complete]<2",
    ]);
    Case::of(&["dask"]).check(&memory, &["core 2", "dask 2"]);
    Case::of(&["dask[complete]"]).check(&memory, &["core 2", "dask 2", "numpy 2"]);
    Case::of(&["dask[complete]", "core<2"]).check(&memory, &["core 1", "dask 1", "numpy 1"]);
    Case::of(&["dask", "user"]).check(&memory, &["dask 1", "numpy 1", "user 1"]);
    let outcome = Case::of(&["dask[nothing]"]).solve(&memory).expect("a solution");
    assert_eq!(outcome.solution.notes, ["dask 2 has no extra `nothing`"]);
}

#[test]
fn an_extra_of_a_release_out_of_question_needs_no_metadata() {
    let releases: Vec<String> = (1..200).map(|version| format!("a {version}: +x, b; extra == 'x'")).collect();
    let mut lines: Vec<&str> = releases.iter().map(String::as_str).collect();
    lines.extend(["b 1", "c 1: a==1"]);
    let outcome = Case::of(&["a[x]", "c"]).solve(&Memory::of(&lines)).expect("a solution");
    assert_eq!(outcome.releases(), ["a 1", "b 1", "c 1"]);
    assert!(outcome.rounds < 8, "{} rounds", outcome.rounds);
}

#[test]
fn going_down_takes_few_rounds() {
    let releases: Vec<String> = (1..200).map(|version| format!("a {version}: b=={version}")).collect();
    let mut lines: Vec<&str> = releases.iter().map(String::as_str).collect();
    lines.extend(["b 1", "b 2", "b 3"]);
    let outcome = Case::of(&["a", "b"]).solve(&Memory::of(&lines)).expect("a solution");
    assert_eq!(outcome.releases(), ["a 3", "b 3"]);
    assert!(outcome.rounds < 25, "{} rounds", outcome.rounds);
}

#[test]
fn prereleases_are_taken_where_named_or_where_nothing_else_is_there() {
    let memory = Memory::of(&["a 1", "a 2rc1", "a 3.dev1", "b 1a1", "b 1a2", "c 1: a>=2rc1", "d 1: a>=1"]);
    Case::of(&["a"]).check(&memory, &["a 1"]);
    Case::of(&["a>=2rc1"]).check(&memory, &["a 3.dev1"]);
    Case::of(&["a==2rc1"]).check(&memory, &["a 2rc1"]);
    Case::of(&["a!=3.dev1"]).check(&memory, &["a 1"]);
    Case::of(&["a>1"]).check(&memory, &["a 3.dev1"]);
    Case::of(&["b"]).check(&memory, &["b 1a2"]);
    Case::of(&["c"]).check(&memory, &["a 3.dev1", "c 1"]);
    Case::of(&["d", "a>=2rc1,<3"]).check(&memory, &["a 2rc1", "d 1"]);
    Case::of(&["a"]).constrained(&["a<=2rc1"]).check(&memory, &["a 2rc1"]);
    let mut all = Case::of(&["d"]);
    all.requirements.prereleases = true;
    all.check(&memory, &["a 3.dev1", "d 1"]);
}

#[test]
fn yanked_releases_are_taken_only_for_an_exact_pin() {
    let mut memory = Memory::of(&["a 1", "b 1: a==2", "c 1: a>=1"]);
    memory.add("a 2", &[]).yanked = Some("broken".to_owned());
    Case::of(&["a"]).check(&memory, &["a 1"]);
    Case::of(&["b"]).check(&memory, &["a 2", "b 1"]);
    Case::of(&["c", "a==2"]).check(&memory, &["a 2", "c 1"]);
    let outcome = Case::of(&["a===2"]).solve(&memory).expect("a solution");
    assert_eq!(outcome.solution.notes, ["a 2 was yanked: broken"]);
    insta::assert_snapshot!(Case::of(&["a>1"]).conflict(&memory), @r"
    - `a>1` (spec.requirements[0]) is required
    - index memory has 2 releases of a for Python 3.10 on linux/amd64 with glibc 2.28: 1 to 2
    - a 2 was yanked; pin it with `==` to take it nevertheless
    ");
}

#[test]
fn the_best_wheel_of_a_release_is_taken() {
    let mut memory = Memory::default();
    let fat = "a-1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
    for name in
        ["a-1-py3-none-any.whl", "a-1-cp39-abi3-manylinux1_x86_64.whl", fat, "a-1-cp310-cp310-win_amd64.whl"]
    {
        memory.add_file(name, &[]);
    }
    for name in ["b-1-2-py3-none-any.whl", "b-1-10-py3-none-any.whl", "b-1-py3-none-any.whl"] {
        memory.add_file(name, &[]);
    }
    let outcome = Case::of(&["a", "b"]).solve(&memory).expect("a solution");
    assert_eq!(outcome.files(), [fat, "b-1-10-py3-none-any.whl"]);
}

#[test]
fn requires_python_is_checked_in_full() {
    let mut memory = Memory::of(&["a 1"]);
    memory.add("a 2", &[]).requires_python = Some(">=3.8,!=3.10.*".to_owned());
    memory.add("a 3", &["Requires-Python: >=3.11"]);
    Case::of(&["a"]).check(&memory, &["a 1"]);
    memory.add("a 4", &[]).requires_python = Some(">=3.10.5".to_owned());
    let mut case = Case::of(&["a"]);
    assert_eq!(case.conflict(&memory), "depends on patch: a 4 requires Python `>=3.10.5`");
    for (python, expected) in [("3.10.4", "a 1"), ("3.10.14", "a 4"), ("3.11.1", "a 4"), ("3.9.2", "a 2")] {
        case.python = python;
        case.check(&memory, &[expected]);
    }
    let memory = Memory::of(&["a 1: b; python_full_version < '3.10.5'", "b 1"]);
    assert_eq!(Case::of(&["a"]).conflict(&memory), "depends on patch: a 1 requires `b` by its marker");
}

#[test]
fn what_the_image_has_takes_part_and_is_not_installed() {
    let memory = Memory::of(&["delta 3: pyspark>=3.5,<3.6", "delta 4: pyspark>=4.0.0"]);
    let mut case = Case::of(&["delta"]);
    case.provided = vec!["pyspark==3.5.1"];
    case.check(&memory, &["delta 3", "pyspark 3.5.1"]);
    assert_eq!(case.solve(&memory).expect("a solution").files(), ["delta-3-py3-none-any.whl"]);
    let mut case = Case::of(&["delta>=4"]);
    case.provided = vec!["pyspark==3.5.1"];
    insta::assert_snapshot!(case.conflict(&memory), @r"
    - `delta>=4` (spec.requirements[0]) is required
    - delta 4 requires `pyspark>=4.0.0`
    - the image has pyspark 3.5.1 (spec.target.provided[0])
    ");
}

#[test]
fn hash_mode_leaves_the_files_with_a_hash() {
    let digest = |text: &str| crate::digest::Digest::of(text.as_bytes());
    let mut memory = Memory::of(&["b 1"]);
    memory.add("a 1", &["Requires-Dist: b"]).sha256 = Some(digest("one"));
    memory.add("a 2", &["Requires-Dist: b"]).sha256 = Some(digest("two"));
    let line = format!("a --hash=sha256:{} --hash=sha256:{}", digest("one"), digest("other"));
    let with_b = format!("b --hash=sha256:{}", digest("b"));
    let outcome = Case::of(&[&line, &with_b]).solve(&memory).expect("a solution");
    assert_eq!(outcome.releases(), ["a 1", "b 1"]);
    let b = outcome.solver.project(&project_name("b")).and_then(|project| project.wheel(0)).expect("a wheel");
    assert_eq!(b.file.sha256, Some(digest("b")), "the hash given is the hash to have");
    insta::assert_snapshot!(Case::of(&[&line]).conflict(&memory), @r"
    - `a` (spec.requirements[0]) is required
    - a 1 requires `b`
    - index memory has no release of b for Python 3.10 on linux/amd64 with glibc 2.28
    - b 1 has no `--hash`, and spec.requirements[0] turned hash mode on, where every project needs one
    ");
}

#[test]
fn who_asked_is_told() {
    let memory = Memory::of(&["a 1: b[x]>=1", "b 1: +x, c; extra == 'x'", "c 1"]);
    let outcome = Case::of(&["a", "C >= 1"]).solve(&memory).expect("a solution");
    let line = |text: &str| Requester::Line(text.to_owned());
    let project = |name: &str| Requester::Project(project_name(name));
    let expected =
        [("a", vec![line("a")]), ("b", vec![project("a")]), ("c", vec![line("C >= 1"), project("b")])];
    let expected = expected.into_iter().map(|(name, by)| (project_name(name), by.into_iter().collect()));
    assert_eq!(outcome.solution.requested_by, expected.collect());
}

#[test]
fn conflicts_name_both_chains() {
    let memory = Memory::of(&[
        "pandas 1.9: numpy<1.20",
        "pandas 2.0: numpy>=1.21",
        "pandas 2.1: numpy>=1.22",
        "legacy 1: core",
        "core 1: numpy<1.20",
        "numpy 1.19",
        "numpy 1.26",
    ]);
    insta::assert_snapshot!(Case::of(&["pandas>=2", "legacy"]).conflict(&memory), @r"
    - `legacy` (spec.requirements[1]) is required
    - `pandas>=2` (spec.requirements[0]) is required
    - legacy 1 requires `core`
    - pandas 2.0 requires `numpy>=1.21`
    - pandas 2.1 requires `numpy>=1.22`
    - core 1 requires `numpy<1.20`
    ");
}

#[test]
fn what_does_not_exist_is_told_with_its_chain() {
    let mut memory = Memory::of(&["a 1: b>=2", "b 1", "c 1: nowhere"]);
    memory.files.entry(project_name("b")).or_default()[0].name = "b-2.tar.gz".to_owned();
    memory.add_file("native-1-cp312-cp312-manylinux_2_28_x86_64.whl", &[]);
    memory.add_file("native-1-cp312-cp312-win_amd64.whl", &[]);
    memory.add_file("native-2-py3-none-any.whl", &[]).requires_python = Some(">=3.11".to_owned());
    insta::assert_snapshot!(Case::of(&["a"]).conflict(&memory), @r"
    - `a` (spec.requirements[0]) is required
    - a 1 requires `b>=2`
    - index memory has no release of b for Python 3.10 on linux/amd64 with glibc 2.28
    - b 2 has only a source distribution, and nothing is built here; build a wheel of it on the target's platform and put it on an index of your own, or, if the image has it, name it in `spec.target.provided`
    ");
    insta::assert_snapshot!(Case::of(&["c"]).conflict(&memory), @r"
    - `c` (spec.requirements[0]) is required
    - c 1 requires `nowhere`
    - no index has nowhere; asked: memory
    ");
    insta::assert_snapshot!(Case::of(&["native"]).conflict(&memory), @r"
    - `native` (spec.requirements[0]) is required
    - index memory has no release of native for Python 3.10 on linux/amd64 with glibc 2.28
    - native 2 requires Python `>=3.11`
    - native 1 has wheels only for cp312-cp312-manylinux_2_28_x86_64, cp312-cp312-win_amd64
    ");
    insta::assert_snapshot!(Case::of(&["native<2"]).constrained(&["native<3"]).conflict(&memory), @r"
    - `native<2` (spec.requirements[0]) is required
    - index memory has no release of native for Python 3.10 on linux/amd64 with glibc 2.28
    - native 1 has wheels only for cp312-cp312-manylinux_2_28_x86_64, cp312-cp312-win_amd64
    ");
}

#[test]
fn a_release_with_unreadable_metadata_is_passed_over() {
    let mut memory = Memory::of(&["a 1", "a 2: b=1", "c 1: d @ https://h.test/d-1-py3-none-any.whl"]);
    Case::of(&["a"]).check(&memory, &["a 1"]);
    insta::assert_snapshot!(Case::of(&["a>1"]).conflict(&memory), @r#"
    - `a>1` (spec.requirements[0]) is required
    - a 2 cannot be used: its METADATA requires `b=1`, which cannot be read: no such comparison operator "=", must be one of ~= == != <= >= < > ===
    "#);
    insta::assert_snapshot!(Case::of(&["c"]).conflict(&memory), @r"
    - `c` (spec.requirements[0]) is required
    - c 1 cannot be used: requires a file by its URL, `d`
    ");
    memory.metadata.insert("a-1-py3-none-any.whl".to_owned(), "Name: other\nVersion: 1\n".to_owned());
    assert!(Case::of(&["a<2"]).conflict(&memory).contains("its METADATA is of `other 1`"));
}

/// A random index of 5 projects with 3 releases each, and what to ask of it.
fn universes() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let names = ["a", "b", "c", "d", "e"];
    let requirement =
        (0..names.len(), prop::sample::select(vec!["", "==1", "==2", "==3", "<2", ">=2", "!=2", ">3"]))
            .prop_map(move |(name, versions)| format!("{}{versions}", names[name]));
    let requires = prop::collection::vec(requirement.clone(), 0..3);
    let releases = prop::collection::vec(prop::option::weighted(0.8, requires), names.len() * 3);
    let index = releases.prop_map(move |releases| {
        let numbered = releases.into_iter().enumerate();
        let present = numbered.filter_map(|(at, requires)| Some((at, requires?)));
        present
            .map(|(at, requires)| format!("{} {}: {}", names[at / 3], at % 3 + 1, requires.join(", ")))
            .collect()
    });
    (index, prop::collection::vec(requirement, 1..4))
}

/// Whether `chosen` (project to version) meets `requires` (project and specifier).
fn meets(chosen: &BTreeMap<String, u32>, requirement: &str) -> bool {
    let requirement = Requirement::<Url>::from_str(requirement).expect("a requirement");
    let version = chosen.get(requirement.name.as_ref());
    version.is_some_and(|version| match &requirement.version_or_url {
        None => true,
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            specifiers.contains(&Version::new([u64::from(*version)]))
        }
        Some(VersionOrUrl::Url(_)) => false,
    })
}

/// The releases as project, version, and what they require.
fn parsed(index: &[String]) -> Vec<(String, u32, Vec<String>)> {
    index
        .iter()
        .map(|line| {
            let (release, requires) = line.split_once(':').expect("a release");
            let (name, version) = release.split_once(' ').expect("a name");
            let requires = requires.split(", ").map(str::trim).filter(|text| !text.is_empty());
            (name.to_owned(), version.parse().expect("a version"), requires.map(str::to_owned).collect())
        })
        .collect()
}

fn is_solution(index: &[String], lines: &[String], chosen: &BTreeMap<String, u32>) -> bool {
    let releases = parsed(index);
    let exists = chosen.iter().all(|(name, version)| {
        releases.iter().any(|(of, number, requires)| {
            of == name && number == version && requires.iter().all(|requirement| meets(chosen, requirement))
        })
    });
    exists && lines.iter().all(|line| meets(chosen, line))
}

/// Tries every choice of releases.
fn any_solution(index: &[String], lines: &[String]) -> bool {
    let choices = |code: u32| -> BTreeMap<String, u32> {
        let digits = (0..5).map(|place| code / 4_u32.pow(place) % 4);
        ["a", "b", "c", "d", "e"]
            .into_iter()
            .zip(digits)
            .filter(|(_, digit)| *digit > 0)
            .map(|(name, digit)| (name.to_owned(), digit))
            .collect()
    };
    (0..4_u32.pow(5)).any(|code| is_solution(index, lines, &choices(code)))
}

fn solved(outcome: &Result<Outcome, Unsolved>) -> Result<(Vec<String>, Solution), String> {
    match outcome {
        Ok(outcome) => Ok((outcome.releases(), outcome.solution.clone())),
        Err(unsolved) => Err(told(unsolved)),
    }
}

proptest! {
    #[test]
    fn a_solution_is_found_where_there_is_one((index, lines) in universes()) {
        let memory = Memory::of(&index.iter().map(String::as_str).collect::<Vec<_>>());
        let outcome = Case::of(&lines.iter().map(String::as_str).collect::<Vec<_>>()).solve(&memory);
        match &outcome {
            Ok(outcome) => {
                let releases = outcome.releases();
                let chosen = releases.iter().map(|release| {
                    let (name, version) = release.split_once(' ').expect("a release");
                    (name.to_owned(), version.parse().expect("a number"))
                });
                prop_assert!(is_solution(&index, &lines, &chosen.collect()), "{:?}", releases);
            }
            Err(unsolved) => prop_assert!(!any_solution(&index, &lines), "{}", told(unsolved)),
        }
    }

    #[test]
    fn the_order_of_answers_changes_nothing((index, lines) in universes(), seed in any::<[u8; 32]>()) {
        let memory = Memory::of(&index.iter().map(String::as_str).collect::<Vec<_>>());
        let case = Case::of(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let mut random = TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &seed);
        let shuffled = case.run(&memory, |mut wants| {
            // Some of what is missing, in any order.
            let kept = 1 + random.random_range(0..wants.len());
            for at in 0..wants.len() {
                let other = random.random_range(0..wants.len());
                wants.swap(at, other);
            }
            wants.truncate(kept);
            wants
        });
        prop_assert_eq!(solved(&case.solve(&memory)), solved(&shuffled));
    }
}
