use proptest::prelude::*;

use super::super::samples;
use super::*;

fn text(options: Options) -> String {
    let manifest = samples::engine_room();
    tree(&Graph::of(&manifest), options).to_string()
}

#[test]
fn the_tree_says_what_was_asked_for_what_moved_and_what_is_excluded() {
    insta::assert_snapshot!(text(Options { depth: None, excluded: true }), @"
    engine-room (8 artifacts, 6.07 kB)
    ├── org.example:engine:1.0
    │   ├── ✗ org.apache.spark:spark-core_2.12 (excluded by spark)
    │   ├── ✗ org.example:paint (excluded by org.example:paint)
    │   ├── org.example:gauge:1.0
    │   ├── org.example:gear:2.1 (asked for [2,3))
    │   │   ├── ✗ org.example:paint (excluded by org.example:paint)
    │   │   ├── ✗ org.example:rust (excluded by org.example:engine:1.0)
    │   │   └── org.example.fluids:oil:0.4 (asked for 0.3; moved from org.example:oil:0.4)
    │   ├── org.example:kit:5 (no file)
    │   │   └── org.example.fluids:oil:0.4 (moved from org.example:oil:0.4) (*)
    │   └── org.example.fluids:oil:0.4 (asked for 0.2, managed; moved from org.example:oil:0.4) (*)
    ├── org.example:gauge:1.0 (named org.example:gauge:0.9) (*)
    ├── report==2.0 (named report>=1)
    │   └── clock==1.5
    └── models/model.bin (named s3://bucket/models/)
    ");
}

#[test]
fn a_tree_is_cut_at_a_depth_and_shows_what_is_nearer_in_full() {
    insta::assert_snapshot!(text(Options { depth: Some(1), excluded: false }), @"
    engine-room (8 artifacts, 6.07 kB)
    ├── org.example:engine:1.0
    │   ├── org.example:gauge:1.0
    │   ├── org.example:gear:2.1 (asked for [2,3)) …
    │   ├── org.example:kit:5 (no file) …
    │   └── org.example.fluids:oil:0.4 (asked for 0.2, managed; moved from org.example:oil:0.4)
    ├── org.example:gauge:1.0 (named org.example:gauge:0.9) (*)
    ├── report==2.0 (named report>=1)
    │   └── clock==1.5
    └── models/model.bin (named s3://bucket/models/)
    ");
}

#[test]
fn inverted_it_leads_to_what_was_named() {
    let manifest = samples::engine_room();
    let graph = Graph::of(&manifest);
    let oil = inverted(&graph, "oil", Options::default()).unwrap().to_string();
    insta::assert_snapshot!(oil, @"
    org.example.fluids:oil:0.4 (moved from org.example:oil:0.4)
    ├── org.example:engine:1.0 (asks for 0.2, managed; named)
    ├── org.example:gear:2.1 (asks for 0.3)
    │   └── org.example:engine:1.0 (asks for [2,3); named) (*)
    └── org.example:kit:5 (no file)
        └── org.example:engine:1.0 (named) (*)
    ");
    assert_eq!(inverted(&graph, "absent", Options::default()), None);
}

#[test]
fn inverted_it_leads_from_what_was_excluded_to_what_depends_on_it() {
    let manifest = samples::engine_room();
    let graph = Graph::of(&manifest);
    let paint = inverted(&graph, "paint", Options::default()).unwrap().to_string();
    insta::assert_snapshot!(paint, @"
    ✗ org.example:paint (excluded by org.example:paint)
    ├── org.example:engine:1.0 (named)
    └── org.example:gear:2.1
        └── org.example:engine:1.0 (asks for [2,3); named) (*)
    ");
    let cut = Options { depth: Some(0), ..Options::default() };
    let rust = inverted(&graph, "org.example:rust", cut).unwrap().to_string();
    assert_eq!(rust, "✗ org.example:rust (excluded by org.example:engine:1.0)\n");
}

#[test]
fn a_manifest_without_a_closure_has_a_tree_too() {
    let manifest = samples::version_1();
    insta::assert_snapshot!(tree(&Graph::of(&manifest), Options::default()).to_string(), @"
    demo (3 artifacts, 15 B)
    ├── org.example:z:1 (named a)
    ├── org.example:a:1 (named a)
    └── x.csv (named a)
    ");
}

#[test]
fn a_long_chain_goes_on_as_a_tree_of_its_own() {
    let asks: Vec<(usize, usize)> = (1..1_000).map(|index| (index - 1, index)).collect();
    let manifest = samples::releases(1_000, &asks);
    let text = tree(&Graph::of(&manifest), Options::default()).to_string();
    assert!(
        text.contains("org.example:a64:1 (no file) (continued below)\n├── org.example:a64:1 (no file)\n")
    );
    assert!(text.lines().all(|line| line.chars().count() < MAX_DEPTH * 4 + 100));
    assert_eq!(text.lines().count(), 1 + 1_000 + 999 / MAX_DEPTH);
}

/// How many rows show a release in full, by release.
fn in_full(rows: &[Row]) -> std::collections::BTreeMap<&str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        if let What::Release(Release { release, below: Below::Shown, .. }) = &row.what {
            *counts.entry(release.as_str()).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #[test]
    fn every_release_is_in_the_tree_exactly_once_in_full(
        count in 1_usize..120,
        asks in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..300),
        deep in any::<bool>(),
    ) {
        let mut asks: Vec<(usize, usize)> =
            asks.into_iter().map(|(from, to)| (from.index(count), to.index(count))).collect();
        if deep {
            asks.extend((1..count).map(|index| (index - 1, index)));
        }
        let manifest = samples::releases(count, &asks);
        let graph = Graph::of(&manifest);
        let tree = tree(&graph, Options::default());
        let counts = in_full(&tree.rows);
        prop_assert_eq!(counts.len(), count);
        prop_assert!(counts.values().all(|shown| *shown == 1), "{:?}", counts);
        prop_assert!(tree.rows.len() <= 2 * count + asks.len());
        let upwards = inverted(&graph, "a0", Options::default()).unwrap();
        prop_assert!(in_full(&upwards.rows).values().all(|shown| *shown == 1));
    }
}
