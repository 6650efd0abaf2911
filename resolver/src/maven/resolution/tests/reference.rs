//! Closures against what the rules say, worked out the slow way on small repositories.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// Module and version of a release, both from 0.
type Release = (usize, usize);

/// A dependency and the module that it excludes, where it excludes one.
type Dependency = (Release, Option<usize>);

/// What each release depends on.
type Poms = BTreeMap<Release, Vec<Dependency>>;

/// Random POMs; no POM names a module twice.
fn poms(modules: usize, versions: usize) -> impl Strategy<Value = Poms> {
    let dependency = ((0..modules, 0..versions), proptest::option::weighted(0.3, 0..modules));
    let count = modules * versions;
    proptest::collection::vec(proptest::collection::vec(dependency, 0..4), count).prop_map(move |bodies| {
        let releases = (0..modules).flat_map(|module| (0..versions).map(move |version| (module, version)));
        let once = |body: Vec<Dependency>| {
            let mut seen = BTreeSet::new();
            body.into_iter().filter(|((module, _), _)| seen.insert(*module)).collect()
        };
        releases.zip(bodies.into_iter().map(once)).collect()
    })
}

/// The same without exclusions.
fn without_exclusions(poms: Poms) -> Poms {
    let plain = |body: Vec<Dependency>| body.into_iter().map(|(to, _)| (to, None)).collect();
    poms.into_iter().map(|(release, body)| (release, plain(body))).collect()
}

fn name((module, version): Release) -> String {
    format!("m{module}:{version}")
}

fn text(poms: &Poms) -> String {
    let mut text = String::new();
    for (release, body) in poms {
        text.push_str(&name(*release));
        for (to, excluded) in body {
            write!(text, " dep:{}", name(*to)).expect("a string");
            if let Some(excluded) = excluded {
                write!(text, "[not=t:m{excluded}]").expect("a string");
            }
        }
        text.push('\n');
    }
    text
}

fn resolved(poms: &Poms, mode: Mode) -> Graph {
    let asked = Asked { rules: Rules { mode, ..Rules::default() }, ..Asked::new("m0:0") };
    asked.resolve(&Fixture::new(&text(poms))).expect("every release is there")
}

/// A way down from the root: for each step which dependency it is, and the release.
type Path = Vec<(usize, Release)>;

/// Nearest wins, path by path: a module belongs to the shortest path to it, the first of equally short ones, of
/// those that lead over nothing but releases that have won; and what a path excludes it does not lead to. In
/// the order of a class path: each release before what it brings.
fn nearest(poms: &Poms) -> Vec<Release> {
    let root: Path = vec![(0, (0, 0))];
    let mut winners = BTreeMap::from([(0, root.clone())]);
    let mut paths = vec![(root, BTreeSet::new())];
    while !paths.is_empty() {
        let mut longer = Vec::new();
        for (path, excluded) in paths {
            let (_, end) = path[path.len() - 1];
            if winners[&end.0] != path {
                continue;
            }
            for (step, (to, more)) in poms[&end].iter().enumerate() {
                if !excluded.contains(&to.0) {
                    let path: Path = path.iter().copied().chain([(step, *to)]).collect();
                    winners.entry(to.0).or_insert_with(|| path.clone());
                    longer.push((path, excluded.iter().chain(more).copied().collect()));
                }
            }
        }
        paths = longer;
    }
    let mut order: Vec<Path> = winners.into_values().collect();
    order.sort_by_key(|path| path.iter().map(|(step, _)| *step).collect::<Vec<_>>());
    order.into_iter().map(|path| path[path.len() - 1].1).collect()
}

/// Every choice of versions under which each module that is reached has the newest version that the releases
/// reached ask for, cut down to what is reached.
fn fixpoints(poms: &Poms, modules: usize, versions: usize) -> BTreeSet<BTreeMap<usize, usize>> {
    let choices = u32::try_from(modules).map(|modules| versions.pow(modules)).expect("a few modules");
    let mut found = BTreeSet::new();
    for choice in 0..choices {
        let mut rest = choice;
        let chosen: Vec<usize> = std::iter::repeat_with(|| {
            let digit = rest % versions;
            rest /= versions;
            digit
        })
        .take(modules)
        .collect();
        let mut newest = BTreeMap::from([(0, 0)]);
        let (mut open, mut seen) = (vec![0], BTreeSet::from([0]));
        while let Some(module) = open.pop() {
            for ((to, version), _) in &poms[&(module, chosen[module])] {
                let newest = newest.entry(*to).or_insert(*version);
                *newest = (*newest).max(*version);
                if seen.insert(*to) {
                    open.push(*to);
                }
            }
        }
        if newest.iter().all(|(module, version)| chosen[*module] == *version) {
            found.insert(newest);
        }
    }
    found
}

/// The modules that some path reaches without excluding them, where there is one version of each.
fn reached(poms: &Poms) -> BTreeSet<usize> {
    let root: (usize, BTreeSet<usize>) = (0, BTreeSet::new());
    let (mut open, mut seen) = (vec![root.clone()], BTreeSet::from([root]));
    while let Some((module, excluded)) = open.pop() {
        for ((to, _), more) in &poms[&(module, 0)] {
            let next = (*to, excluded.iter().chain(more).copied().collect());
            if !excluded.contains(to) && seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    seen.into_iter().map(|(module, _)| module).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn mode_maven_takes_the_nearest(poms in poms(6, 3)) {
        let expected: Vec<String> = nearest(&poms).into_iter().map(name).collect();
        prop_assert_eq!(shown(&resolved(&poms, Mode::Maven)), expected.join(" "), "{}", text(&poms));
    }

    #[test]
    fn mode_spark_takes_the_newest_of_what_is_there(poms in poms(4, 3).prop_map(without_exclusions)) {
        let graph = resolved(&poms, Mode::Spark);
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let closure: BTreeMap<usize, usize> = graph
            .nodes
            .iter()
            .map(|node| (number(&node.gav.module.artifact[1..]), number(&node.gav.version)))
            .collect();
        let fixpoints = fixpoints(&poms, 4, 3);
        let is_held = graph.notes.iter().any(|note| note.contains("is held"));
        prop_assert!(
            fixpoints.contains(&closure) || is_held,
            "{closure:?} is none of {fixpoints:?}\n{}", text(&poms)
        );
    }

    #[test]
    fn mode_spark_leaves_out_what_every_path_excludes(poms in poms(7, 1)) {
        let graph = resolved(&poms, Mode::Spark);
        let modules: BTreeSet<String> = graph.nodes.iter().map(|node| node.gav.module.artifact.clone()).collect();
        let expected = reached(&poms).into_iter().map(|module| format!("m{module}")).collect();
        prop_assert_eq!(modules, expected, "{}", text(&poms));
    }
}
