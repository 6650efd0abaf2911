//! What holds of every closure, over random POMs.

use proptest::prelude::*;

use super::*;

/// Random POMs over a few modules and versions: dependencies, classifiers, exclusions, management, moves.
fn poms() -> impl Strategy<Value = String> {
    let module = 0..8usize;
    let version = 1..4usize;
    let part = prop_oneof![
        6 => (module.clone(), version.clone()).prop_map(|(m, v)| format!("dep:m{m}:{v}")),
        2 => (module.clone(), version.clone(), module.clone())
            .prop_map(|(m, v, x)| format!("dep:m{m}:{v}[not=t:m{x}]")),
        1 => (module.clone(), version.clone()).prop_map(|(m, v)| format!("dep:m{m}:{v}[classifier=x]")),
        1 => (module.clone(), version.clone()).prop_map(|(m, v)| format!("man:m{m}:{v}")),
        1 => (module.clone(), version.clone()).prop_map(|(m, v)| format!("moved::m{m}:{v}")),
        1 => (module, version).prop_map(|(m, v)| format!("dep:m{m}:[{v};)")),
    ];
    proptest::collection::vec(proptest::collection::vec(part, 0..4), 24).prop_map(|bodies| {
        let lines = bodies.iter().enumerate();
        let lines =
            lines.map(|(index, body)| format!("m{}:{} {}\n", index / 3, index % 3 + 1, body.join(" ")));
        lines.collect::<Vec<String>>().concat()
    })
}

/// Feeds one answer at a time, in an order that `picks` decides.
fn resolve_in_order(asked: &Asked, fixture: &Fixture, picks: &[usize]) -> Result<Graph, ResolutionError> {
    let mut resolution = asked.resolution()?;
    let mut picks = picks.iter().cycle();
    loop {
        match resolution.ask()? {
            Step::Done(graph) => return Ok(graph),
            Step::Missing(queries) => {
                let pick = picks.next().copied().unwrap_or_default() % queries.len();
                let query = queries[pick].clone();
                let answer = fixture.answer(&query);
                resolution.feed(query, answer);
            }
        }
    }
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Spark), Just(Mode::Maven)]
}

proptest! {
    #[test]
    fn the_order_of_answers_makes_no_difference(
        poms in poms(),
        mode in mode(),
        picks in proptest::collection::vec(0..100usize, 1..20),
    ) {
        let fixture = Fixture::new(&poms);
        let asked = Asked { rules: Rules { mode, ..Rules::default() }, ..Asked::new("m0:1 m1:2") };
        let at_once = asked.resolve(&fixture);
        prop_assert_eq!(&at_once, &resolve_in_order(&asked, &fixture, &picks));
        // Knowing more than is needed makes no difference either.
        let mut resolution = asked.resolution().expect("a resolution");
        for gav in fixture.poms().cloned() {
            let (pom, versions) = (Query::Pom(gav.clone()), Query::Versions(gav.module));
            resolution.feed(pom.clone(), fixture.answer(&pom));
            resolution.feed(versions.clone(), fixture.answer(&versions));
        }
        prop_assert_eq!(at_once.map(Step::Done), resolution.ask());
    }

    #[test]
    fn closures_end_and_hold_together(poms in poms(), mode in mode()) {
        let fixture = Fixture::new(&poms);
        let excludes = vec!["t:m5".parse().expect("a pattern")];
        let rules = Rules { mode, ..Rules::default() };
        let asked = Asked { excludes, rules, ..Asked::new("m0:1 m1:2") };
        let Ok(graph) = asked.resolve(&fixture) else { return Ok(()) };
        let (mut modules, mut files) = (BTreeSet::new(), BTreeSet::new());
        for (index, node) in graph.nodes.iter().enumerate() {
            let is_new = modules.insert(node.gav.module.clone());
            prop_assert!(is_new || mode == Mode::Maven, "{} is there twice", node.gav.module);
            for file in &node.files {
                let file = (node.gav.module.clone(), file.extension.clone(), file.classifier.clone());
                prop_assert!(files.insert(file), "a file of {} is there twice", node.gav.module);
            }
            prop_assert!(!node.demands.is_empty(), "nobody asks for {}", node.gav);
            for requester in &askers(node) {
                match requester {
                    Requester::Root(root) => prop_assert!(*root < asked.packages.len()),
                    Requester::Node(parent) => prop_assert!(*parent < graph.nodes.len()),
                }
            }
            let is_root = askers(node).iter().any(|by| matches!(by, Requester::Root(_)));
            prop_assert!(is_root || node.gav.module.artifact != "m5", "m5 is excluded");
            // Reached from a root without passing itself.
            prop_assert!(is_root || askers(node).iter().any(|by| *by != Requester::Node(index)));
        }
    }
}
