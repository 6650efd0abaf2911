use super::super::graph::{Node, Requester};
use super::fixture::{Asked, Fixture, shown};
use super::*;
use crate::requirements::Rules;

/// The root is the first POM.
fn resolve(poms: &str) -> Result<Graph, ResolutionError> {
    let root = poms.split_whitespace().next().expect("a root");
    Asked::new(root).resolve(&Fixture::new(poms))
}

fn askers(node: &Node) -> Vec<Requester> {
    node.demands.iter().map(|demand| demand.by).collect()
}

fn check(poms: &str, expected: &str) {
    match resolve(poms) {
        Ok(graph) => assert_eq!(shown(&graph), expected, "{poms}"),
        Err(error) => panic!("{error}: {poms}"),
    }
}

fn check_error(poms: &str, expected: &str) {
    let error = resolve(poms).expect_err(poms).to_string();
    assert!(error.contains(expected), "{error}: {poms}");
}

#[test]
fn properties_are_those_of_the_child() {
    check("a:1 parent:p:1 prop:v=2\n p:1 prop:v=1 dep:c:${v}\n c:2", "a:1 c:2");
    check("a:2 parent:p:1\n p:1 dep:c:${project.version}\n c:2", "a:2 c:2");
    check("a:2 dep:c:${version}\n c:2", "a:2 c:2");
    check("a:2 dep:c:${pom.version}\n c:2", "a:2 c:2");
    check("a:1 parent:p:2 dep:c:${project.parent.version}\n p:2\n c:2", "a:1 c:2");
    check("a:1 parent:p:2 dep:c:${parent.version}\n p:2\n c:2", "a:1 c:2");
    check("a:2 own: parent:p:2 dep:c:${project.version}\n p:2\n c:2", "a:2 c:2");
    check("a:1 prop:java.version=1.5 dep:c:${java.version}\n c:1.5", "a:1 c:1.5");
    check("a:1 own:<version>${revision}</version> prop:revision=1 dep:c:${revision}\n c:1", "a:1 c:1");
    check("a:1 prop:x=${y} prop:y=1 dep:c:${x}\n c:1", "a:1 c:1");
    check("a:1 prop:k=x dep:c:1[classifier=${k}]\n c:1", "a:1 c:1:x");
    check("a:1 prop:n=c dep:${n}:1\n c:1", "a:1 c:1");
    check("a:1 prop:r=3 parent:p:${r}\n p:3 dep:c:1\n c:1", "a:1 c:1");
}

#[test]
fn a_property_without_a_value_fails_only_where_it_is_used() {
    check_error("a:1 prop:x=${y} prop:y=${x} dep:c:${x}\n c:1", "`t:a:1` depends on `t:c` as `${");
    check_error("a:1 dep:b:1\n b:1 dep:c:${nope}", "reached by t:a:1 > t:b:1");
    check("a:1 dep:c:${nope}[scope=test] man:d:${nope} prop:x=${nope}", "a:1");
}

#[test]
fn parents_bring_dependencies_and_may_be_ranges() {
    check("a:1 parent:p:1\n p:1 dep:c:1\n c:1", "a:1 c:1");
    check("a:1 parent:p:1 dep:c:2\n p:1 dep:c:1 dep:d:1\n c:1\n c:2\n d:1", "a:1 c:2 d:1");
    check("a:1 parent:p:[1,2)\n p:1\n p:1.5 dep:c:1\n p:2\n c:1", "a:1 c:1");
    check_error("a:1 parent:p:1\n p:1 parent:a:1", "the POM of `t:a:1` is its own ancestor");
    check_error("a:1 parent:p:1", "the POM of `t:p:1`, parent of `t:a:1` is in none of the repositories");
    check_error("a:1 parent:p:[7,8)\n p:1", "no repository lists a version in that range");
    check_error("a:1 parent:../p:1", "no complete coordinate");
    let tower: Vec<String> = (1..40).map(|level| format!("a:{level} parent:a:{}\n", level + 1)).collect();
    check_error(&tower.concat(), "more than 32 parents");
}

#[test]
fn own_management_fills_in_what_is_not_stated() {
    check("a:1 dep:c man:c:2\n c:2", "a:1 c:2");
    check("a:1 dep:c:1 man:c:2\n c:1", "a:1 c:1");
    check("a:1 dep:c man:c:1[scope=test]", "a:1");
    check("a:1 dep:c[scope=compile] man:c:1[scope=test]\n c:1", "a:1 c:1");
    check("a:1 dep:c man:c:1[optional=true]\n c:1", "a:1 c:1");
    check("a:1 dep:h man:h:1[not=t:d]\n h:1 dep:d:1 dep:e:1\n d:1\n e:1", "a:1 h:1 e:1");
    check("a:1 dep:h[not=t:e] man:h:1[not=t:d]\n h:1 dep:d:1 dep:e:1\n d:1\n e:1", "a:1 h:1");
    check("a:1 dep:c:1 dep:c[classifier=x] man:c:2[classifier=x]\n c:1\n c:2", "a:1 c:2 c:2:x");
    check("a:1 dep:c man:c:1 man:c:2\n c:1", "a:1 c:1");
    check_error("a:1 dep:c", "no POM states its version");
}

#[test]
fn imports_come_after_plain_entries_and_the_first_wins() {
    let boms = "b1:1 man:c:1\n b2:1 man:c:2\n c:1\n c:2\n c:3";
    check(&format!("a:1 dep:c bom:b2:1 bom:b1:1\n {boms}"), "a:1 c:2");
    check(&format!("a:1 dep:c bom:b2:1 man:c:3\n {boms}"), "a:1 c:3");
    check(&format!("a:1 dep:c parent:p:1 bom:b2:1\n p:1 man:c:3\n {boms}"), "a:1 c:3");
    check(&format!("a:1 dep:c parent:p:1 bom:b2:1\n p:1 bom:b1:1\n {boms}"), "a:1 c:2");
    check(&format!("a:1 dep:c prop:z=1 bom:x:1\n x:1 prop:z=3 man:c:${{z}}\n {boms}"), "a:1 c:3");
    check(&format!("a:1 dep:c bom:x:1\n x:1 parent:p:1\n p:1 man:c:3\n {boms}"), "a:1 c:3");
    check(&format!("a:1 dep:c bom:x:1\n x:1 bom:b2:1\n {boms}"), "a:1 c:2");
    check(&format!("a:1 dep:c prop:z=1 bom:b1:${{z}}\n {boms}"), "a:1 c:1");
    check_error("a:1 bom:x:1", "the POM of `t:x:1`, imported by `t:a:1` is in none");
    check_error("a:1 bom:x:1\n x:1 bom:a:1", "imports itself");
    let many: Vec<String> = (0..300).map(|index| format!(" bom:x{index}:1")).collect();
    check_error(&format!("a:1{}", many.concat()), "more than 256 imports");
}

#[test]
fn management_reaches_the_whole_subtree() {
    check("a:1 dep:m:1\n m:1 dep:l:1 man:c:2\n l:1 dep:c:1\n c:1\n c:2", "a:1 m:1 l:1 c:2");
    check("a:1 dep:l:1 man:c:1\n l:1 dep:c:3\n c:1\n c:3", "a:1 l:1 c:1");
    // The nearest to the root decides, and never for what it declares itself.
    check("a:1 dep:m:1 man:c:1\n m:1 dep:l:1 man:c:2\n l:1 dep:c:3\n c:1", "a:1 m:1 l:1 c:1");
    check("a:1 dep:c:3 dep:l:1 man:c:1\n l:1\n c:3", "a:1 c:3 l:1");
    // Managed on one path and not on the other: the newest of what both ask for.
    check("a:1 dep:m:1 dep:l:1\n m:1 dep:l:1 man:c:1\n l:1 dep:c:3\n c:1\n c:3", "a:1 m:1 l:1 c:3");
    check("a:1 dep:l:1 man:h:1[not=t:d]\n l:1 dep:h:1\n h:1 dep:d:1 dep:e:1\n d:1\n e:1", "a:1 l:1 h:1 e:1");
    // A rule for another scope is none for what is below.
    for (scope, version) in [("provided", 3), ("test", 3), ("compile", 1), ("runtime", 1)] {
        let poms = format!("a:1 dep:l:1 man:c:1[scope={scope}]\n l:1 dep:c:3\n c:1\n c:3");
        check(&poms, &format!("a:1 l:1 c:{version}"));
    }
    check("a:1 dep:l:1 man:c:1[optional=true]\n l:1 dep:c:3\n c:1", "a:1 l:1 c:1");
}

#[test]
fn scopes_and_optional() {
    let all = "dep:c:1[scope=compile] dep:d:1[scope=runtime] dep:x:1[scope=provided] dep:x:1[scope=test] \
               dep:x:1[scope=system] dep:y:1[optional=true]";
    check(&format!("a:1 {all}\n c:1\n d:1"), "a:1 c:1 d:1");
    let graph = resolve("a:1 dep:c:1[scope=weird]\n c:1").expect("a closure");
    assert_eq!(shown(&graph), "a:1 c:1");
    assert_eq!(
        graph.notes,
        ["in the POM of t:a:1, the scope `weird` of `t:c` is none of Maven's and counts as compile"]
    );
}

#[test]
fn exclusions_hold_below_and_only_if_every_path_has_them() {
    let b = "b:1 dep:d:1 dep:e:1\n d:1\n e:1";
    check(&format!("a:1 dep:b:1[not=*:*]\n {b}"), "a:1 b:1");
    check(&format!("a:1 dep:b:1[not=*:d]\n {b}"), "a:1 b:1 e:1");
    check(&format!("a:1 dep:b:1[not=t:*]\n {b}"), "a:1 b:1");
    // A part that is missing stands for any.
    check(&format!("a:1 dep:b:1[not=t:]\n {b}"), "a:1 b:1");
    check(&format!("a:1 dep:b:1[not=:d]\n {b}"), "a:1 b:1 e:1");
    check(&format!("a:1 dep:x:1[not=t:d]\n x:1 dep:b:1\n {b}"), "a:1 x:1 b:1 e:1");
    check(&format!("a:1 dep:b:1[not=t:d] dep:x:1\n x:1 dep:b:1\n {b}"), "a:1 b:1 x:1 e:1 d:1");
    check(&format!("a:1 dep:b:1[not=t:d] dep:x:1\n x:1 dep:b:1[not=t:e]\n {b}"), "a:1 b:1 x:1 e:1 d:1");
    check(&format!("a:1 dep:b:1[not=t:b]\n {b}"), "a:1 b:1 d:1 e:1");
    // Each path is judged for itself: one leaves out the middle, the other the end.
    let poms =
        "a:1 dep:x:1[not=t:m] dep:y:1[not=t:d]\n x:1 dep:p:1\n y:1 dep:p:1\n p:1 dep:m:1\n m:1 dep:d:1\n d:1";
    check(poms, "a:1 x:1 y:1 p:1 m:1");
}

#[test]
fn the_newest_version_wins_and_the_losers_subtree_goes() {
    check("a:1 dep:b:1 dep:c:1\n b:1 dep:c:2\n c:1\n c:2", "a:1 b:1 c:2");
    check("a:1 dep:c:1 dep:c:2\n c:2", "a:1 c:2");
    check(
        "a:1 dep:x:1 dep:y:1\n x:1 dep:l:1\n y:1 dep:l:2\n l:1 dep:g:1\n l:2 dep:h:1\n g:1\n h:1",
        "a:1 x:1 y:1 l:2 h:1",
    );
    check("a:1 dep:c:1.0 dep:b:1\n b:1 dep:c:1\n c:1.0\n c:1", "a:1 c:1.0 b:1");
    check("a:1 dep:b:1\n b:1 dep:a:1 dep:c:1\n c:1", "a:1 b:1 c:1");
}

#[test]
fn a_newer_version_that_removes_its_own_reason_is_kept() {
    let graph = resolve("v:1 dep:w:1\n w:1 dep:v:2\n v:2 dep:h:1\n h:1").expect("a closure");
    assert_eq!(shown(&graph), "v:2 h:1");
    assert!(graph.notes.iter().any(|note| note.contains("t:v:2 is held")), "{:?}", graph.notes);
}

#[test]
fn a_root_is_raised_with_a_note_and_never_excluded() {
    let fixture = Fixture::new("b:1 dep:c:2\n c:1\n c:2");
    let graph = Asked::new("c:1 b:1").resolve(&fixture).expect("a closure");
    assert_eq!(shown(&graph), "c:2 b:1");
    assert_eq!(graph.notes, ["t:c:1 is raised to 2, which other packages ask for"]);
    let excludes = vec!["t:*".parse().expect("a pattern")];
    let graph = Asked { excludes, ..Asked::new("b:1 c:1") }.resolve(&fixture).expect("a closure");
    assert_eq!(shown(&graph), "b:1 c:1");
    assert_eq!(
        graph.notes,
        [
            "t:b:1 is named, so excluding `t:*` does not leave it out",
            "t:c:1 is named, so excluding `t:*` does not leave it out"
        ]
    );
}

#[test]
fn a_root_that_has_moved_by_itself_says_so() {
    let graph = resolve("o:1 moved:::2\n o:2 dep:e:1\n e:1").expect("a closure");
    assert_eq!(
        (shown(&graph).as_str(), graph.notes),
        ("o:2 e:1", vec!["t:o:1 says that it is to be had as 2".to_owned()])
    );
}

#[test]
fn a_pinned_root_is_final() {
    let fixture = Fixture::new("b:1 dep:c:2 dep:d:[2;)\n c:1\n c:2\n d:1\n d:2\n d:3");
    let pinned = |roots: &str| {
        let rules = Rules { pin_roots: true, ..Rules::default() };
        let graph = Asked { rules, ..Asked::new(roots) }.resolve(&fixture).expect("a closure");
        (shown(&graph), graph.notes)
    };
    let (closure, notes) = pinned("c:1 b:1 d:1");
    assert_eq!(closure, "c:1 b:1 d:1");
    assert_eq!(notes, ["t:c:1 is pinned, t:b:1 asks for 2", "t:d:1 is pinned, t:b:1 asks for [2,)"]);
    assert_eq!(pinned("c:1 b:1 c:2").0, "c:2 b:1 d:3");
}

#[test]
fn a_root_that_is_named_twice_gives_way_to_itself() {
    let check = |mode: Mode, roots: &str, expected: &str| {
        let rules = Rules { mode, ..Rules::default() };
        let asked = Asked { rules, ..Asked::new(roots) };
        let graph = asked.resolve(&Fixture::new("c:1\n c:2\n b:1 dep:c:2")).expect(roots);
        assert_eq!(graph.notes, [expected], "{roots}");
    };
    check(Mode::Spark, "c:1 c:2", "t:c:1 is raised to 2, which is named too, as t:c:2");
    check(Mode::Spark, "c:1 b:1", "t:c:1 is raised to 2, which other packages ask for");
    check(Mode::Spark, "c:2 c:[1]", "t:c:2 is lowered to 1, which is named too, as t:c:[1]");
    check(Mode::Maven, "c:2 c:1", "t:c:1 is raised to 2, which is named too, as t:c:2");
}

#[test]
fn a_pattern_that_leaves_nothing_out_has_a_note() {
    let check = |root: &str, pattern: &str, expected: &[&str]| {
        let excludes = vec![pattern.parse().expect(pattern)];
        let poms = "a:1 dep:b:1\n b:1 dep:c_2.13:1\n c_2.13:1\n m:1 dep:old:1\n old:1 moved::new:1\n new:1";
        let graph = Asked { excludes, ..Asked::new(root) }.resolve(&Fixture::new(poms)).expect(pattern);
        assert_eq!(graph.notes, expected, "{pattern}");
    };
    check("a:1", "t:b", &[]);
    check("a:1", "t:c_*", &[]);
    check("a:1", "*:c_2.13", &[]);
    check("m:1", "t:new", &[]);
    check("a:1", "t:none", &["excluding `t:none` left nothing out"]);
    check("a:1", "t:c", &["excluding `t:c` left nothing out; there is `t:c_2.13`"]);
    check("a:1", "x:b", &["excluding `x:b` left nothing out; there is `t:b`"]);
}

#[test]
fn ranges_are_conditions() {
    let versions = "c:1\n c:1.2\n c:1.5\n c:2.0-alpha\n c:2.0-rc1\n c:2\n c:3";
    check(&format!("a:1 dep:c:[1;2)\n {versions}"), "a:1 c:2.0-rc1");
    check(&format!("a:1 dep:c:[1.2;)\n {versions}"), "a:1 c:3");
    check(&format!("a:1 dep:c:(;1.5);(1.5;2)\n {versions}"), "a:1 c:2.0-rc1");
    check(&format!("a:1 dep:c:{{1}} dep:b:1\n b:1 dep:c:2\n {versions}"), "a:1 c:1 b:1");
    check(&format!("a:1 dep:c:{{1;1.5}} dep:b:1\n b:1 dep:c:1.2\n {versions}"), "a:1 c:1.5 b:1");
    check(&format!("a:1 dep:c:{{1;1.5}} dep:b:1\n b:1 dep:c:{{1.2;3}}\n {versions}"), "a:1 c:1.5 b:1");
    check_error(
        &format!("a:1 dep:c:{{1;1.5}} dep:b:1\n b:1 dep:c:{{2;3}}\n {versions}"),
        "`[1,1.5]` (asked for by `t:a:1`) and `[2,3]` (asked for by `t:b:1`)",
    );
    check_error(
        &format!("a:1 dep:c:[7;8)\n {versions}"),
        "list (`1` … `3`) satisfies `[7,8)` (asked for by `t:a:1`) (reached by t:a:1 > t:c)",
    );
    check_error("a:1 dep:c:{{1;2", "has a range without an end");
}

#[test]
fn a_named_version_that_cannot_be_had_says_what_could() {
    let check = |root: &str, poms: &str, expected: &str| {
        let rules = Rules { allow_dynamic: true, ..Rules::default() };
        let error = Asked { rules, ..Asked::new(root) }.resolve(&Fixture::new(poms)).expect_err(root);
        assert_eq!(error.to_string(), expected);
    };
    check(
        "c:[7,8)",
        "c:3\n c:1\n c:2",
        "no version of `t:c` that the repositories list (`1` … `3`) satisfies `[7,8)` (asked for by the package \
         itself); ask for another version or range",
    );
    check(
        "c:RELEASE",
        "c:4-SNAPSHOT",
        "no version of `t:c` that the repositories list (`4-SNAPSHOT`) satisfies `RELEASE`; ask for another version or \
         range",
    );
    let ivy = "the version of `t:c:42.7.+` is written in Ivy's way; write the range `[42.7,42.8)`";
    check("c:42.7.+", "c:42.7.1", ivy);
    let latest =
        "the version of `t:c:latest.release` is written in Ivy's way; write `RELEASE` with `--allow-dynamic`";
    check("c:latest.release", "c:1", latest);
}

#[test]
fn an_exact_range_asks_for_no_list() {
    let mut resolution = Asked::new("a:1").resolution().expect("a resolution");
    let fixture = Fixture::new("a:1 dep:c:{1}\n c:1");
    while let Ok(Step::Missing(queries)) = resolution.ask() {
        for query in queries {
            assert!(matches!(query, Query::Pom(_)), "{query}");
            resolution.feed(query.clone(), fixture.answer(&query));
        }
    }
}

#[test]
fn what_changes_with_time_is_refused_and_so_are_illegal_names() {
    for version in ["LATEST", "RELEASE", "latest.release"] {
        check_error(&format!("a:1 dep:c:{version}"), "changes with time");
    }
    check_error("a:1 dep:c:../../etc", "no Maven name has");
    check_error("a:1 dep:c:1[classifier=../x]\n c:1", "no Maven name has");
    check_error("a:1 dep:c/..:1", "no Maven name has");
}

#[test]
fn where_it_is_allowed_latest_stands_for_what_is_listed() {
    let check = |root: &str, poms: &str, expected: Result<&str, &str>| {
        let rules = Rules { allow_dynamic: true, ..Rules::default() };
        match (Asked { rules, ..Asked::new(root) }.resolve(&Fixture::new(poms)), expected) {
            (Ok(graph), Ok(expected)) => assert_eq!(shown(&graph), expected, "{poms}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, _) => panic!("{found:?}: {poms}"),
        }
    };
    let lists = "a:1 dep:c:LATEST\n b:1 dep:c:RELEASE\n c:1\n c:2\n c:3-SNAPSHOT\n d:1 dep:c:{1;2}";
    check("a:1", lists, Ok("a:1 c:3-SNAPSHOT"));
    check("b:1", lists, Ok("b:1 c:2"));
    check("c:RELEASE", lists, Ok("c:2"));
    check("c:LATEST b:1", lists, Ok("c:3-SNAPSHOT b:1"));
    check("a:1 c:1", lists, Ok("a:1 c:3-SNAPSHOT"));
    check("a:1 d:1", lists, Ok("a:1 d:1 c:2"));
    check("a:1", "a:1 dep:c man:c:LATEST\n c:4", Ok("a:1 c:4"));
    check("a:1", "a:1 dep:c:latest.release\n c:4", Err("no version of `t:c`"));
    check("a:1", "a:1 dep:c:RELEASE\n c:4-SNAPSHOT", Err("satisfies `RELEASE`"));
    check("x:LATEST", "a:1", Err("no version of `t:x`"));
    let rules = Rules { allow_dynamic: true, ..Rules::default() };
    let graph = Asked { rules, ..Asked::new("a:LATEST") }.resolve(&Fixture::new("a:1 dep:c:RELEASE\n c:2"));
    let notes = graph.expect("a closure").notes;
    assert_eq!(
        notes,
        ["t:a:LATEST is 1 now, which the manifest locks", "t:a:1 asks for t:c:RELEASE, which is 2 now"]
    );
}

#[test]
fn a_missing_pom_is_allowed_for_what_is_named_alone() {
    let poms = Fixture::new("a:1 dep:b:1 dep:d:1\n d:1");
    let allowing = |releases: &[&str]| {
        let allow_missing_pom = releases.iter().map(|release| release.parse().expect(release)).collect();
        let rules = Rules { allow_missing_pom, ..Rules::default() };
        Asked { rules, ..Asked::new("a:1 c:2") }.resolve(&poms)
    };
    let graph = allowing(&["t:b:1", "t:c:2", "t:d:1"]).expect("a closure");
    assert_eq!(shown(&graph), "a:1 c:2 b:1 d:1");
    let notes = ["b:1", "c:2"].map(|name| format!("t:{name} has no POM and is taken without dependencies"));
    assert_eq!(graph.notes, notes);
    assert_eq!(graph.poms.iter().map(ToString::to_string).collect::<Vec<_>>(), ["t:a:1", "t:d:1"]);
    for lacking in [&["t:c:2"][..], &["t:b:1", "t:c:1"]] {
        let error = allowing(lacking).expect_err("not allowed").to_string();
        assert!(error.contains("is in none of the repositories"), "{error}");
    }
}

#[test]
fn a_release_that_has_moved_gives_its_place() {
    check("a:1 dep:o:1 dep:d:1\n o:1 moved::c:2\n c:2\n d:1", "a:1 c:2 d:1");
    check("o:1 moved::c:2\n c:2 dep:d:1\n d:1", "c:2 d:1");
    check("a:1 dep:o:1\n o:1 moved::x:\n x:1 moved::c:\n c:1", "a:1 c:1");
    check("a:1 dep:o:1[classifier=k]\n o:1 moved::c:2\n c:2", "a:1 c:2:k");
    check("a:1 dep:o:1\n o:1 moved:::2 dep:x:1\n o:2 dep:e:1\n e:1", "a:1 o:2 e:1");
    for excluded in ["o", "c"] {
        check(&format!("a:1 dep:h:1[not=t:{excluded}]\n h:1 dep:o:1\n o:1 moved::c:2\n c:2"), "a:1 h:1");
    }
    check_error("a:1 dep:o:1\n o:1 moved::p:1\n p:1 moved::o:1", "without an end");
}

#[test]
fn types_decide_the_file() {
    let row = |kind: &str, expected: &str| {
        check(&format!("a:1 dep:c:1[type={kind}]\n c:1 dep:d:1\n d:1"), &format!("a:1 {expected} d:1"));
    };
    row("bundle", "c:1");
    row("test-jar", "c:1:tests");
    row("pom", "(c:1)");
    row("zip", "c:1@zip");
    check("a:1 dep:c:1 dep:c:1[classifier=x]\n c:1", "a:1 c:1 c:1:x");
    let graph = resolve("a:1 xml:<packaging>pom</packaging> dep:c:1\n c:1").expect("a closure");
    assert!(graph.nodes[0].files[0].may_be_absent);
    assert!(!graph.nodes[1].files[0].may_be_absent);
}

#[test]
fn profiles_follow_mavens_rules() {
    let profile = |activation: &str, artifact: &str| {
        let dependency =
            format!("<groupId>t</groupId><artifactId>{artifact}</artifactId><version>1</version>");
        format!(
            "<profile><activation>{activation}</activation><dependencies><dependency>{dependency}</dependency>\
             </dependencies></profile>"
        )
    };
    let row = |profiles: &[String], expected: &str| {
        let profiles = profiles.concat();
        check(&format!("a:1 prop:set=x xml:<profiles>{profiles}</profiles>\n c:1\n d:1"), expected);
        // The same in a parent.
        let poms = format!("a:1 parent:p:1\n p:1 prop:set=x xml:<profiles>{profiles}</profiles>\n c:1\n d:1");
        check(&poms, expected);
    };
    let by_default = profile("<activeByDefault>true</activeByDefault>", "c");
    row(std::slice::from_ref(&by_default), "a:1 c:1");
    row(&[by_default, profile("<jdk>[9,)</jdk>", "d")], "a:1 d:1");
    row(&[profile("<jdk>1.8</jdk>", "c"), profile("<jdk>!1.8</jdk>", "d")], "a:1 d:1");
    row(
        &[profile("<os><family>unix</family></os>", "c"), profile("<os><family>windows</family></os>", "d")],
        "a:1 c:1",
    );
    row(&[profile("<property><name>set</name></property>", "c")], "a:1");
    row(&[profile("<property><name>!set</name></property>", "c")], "a:1 c:1");
    row(&[profile("<file><exists>/</exists></file>", "c")], "a:1");
}

#[test]
fn a_loser_that_does_not_exist_is_no_failure() {
    check("a:1 dep:b:1 dep:c:1\n b:1 dep:c:2\n c:2", "a:1 b:1 c:2");
    check_error(
        "a:1 dep:b:1\n b:1 dep:c:2",
        "the POM of `t:c:2` is in none of the repositories (reached by t:a:1 > t:b:1 > t:c:2)",
    );
}

#[test]
fn a_missing_pom_tells_which_repositories_are_named_on_the_way() {
    let named =
        "xml:<repositories><repository><url>https://repo.example/m2</url></repository></repositories>";
    let error = resolve(&format!("a:1 dep:b:1 dep:x:1 {named}\n b:1 dep:c:2\n x:1")).expect_err("no closure");
    let ResolutionError::Pom { elsewhere, .. } = error else { panic!("{error}") };
    assert_eq!(elsewhere, ["https://repo.example/m2"]);
}

#[test]
fn without_transitivity_only_moves_are_followed() {
    let fixture = Fixture::new("a:1 parent:nowhere:1 dep:c:1\n o:1 parent:nowhere:1 moved::n:2\n n:2");
    let alone = Asked { transitive: false, ..Asked::new("a:1 o:1 unknown:7 a:jar:k:1") };
    let graph = alone.resolve(&fixture).expect("a closure");
    assert_eq!(shown(&graph), "a:1 a:1:k n:2 unknown:7");
}

#[test]
fn who_asks_for_whom_is_told() {
    let graph = resolve("a:1 dep:b:1 dep:c:1\n b:1 dep:o:1\n o:1 moved::c:1\n c:1").expect("a closure");
    let requesters: Vec<_> = graph.nodes.iter().map(askers).collect();
    assert_eq!(
        requesters,
        [vec![Requester::Root(0)], vec![Requester::Node(0)], vec![Requester::Node(0), Requester::Node(1)],]
    );
    assert_eq!(graph.nodes[2].moved_from.iter().map(ToString::to_string).collect::<Vec<_>>(), ["t:o:1"]);
}

#[test]
fn what_each_asks_for_is_told_with_what_management_made_of_it() {
    let graph = resolve("a:1 dep:b:1 dep:c:1 man:d:3\n b:1 dep:c:2 dep:d:1\n c:2\n d:3").expect("a closure");
    let shown = |node: &Node| {
        let demands = node.demands.iter();
        let words =
            demands.map(|d| format!("{:?} {} {}", d.by, d.version, d.declared.as_deref().unwrap_or("-")));
        format!("{}: {}", node.gav, words.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(
        graph.nodes.iter().map(shown).collect::<Vec<_>>(),
        ["t:a:1: Root(0) 1 -", "t:b:1: Node(0) 1 -", "t:c:2: Node(0) 1 -, Node(1) 2 -", "t:d:3: Node(1) 3 1",]
    );
}

#[test]
fn who_excludes_what_is_told() {
    let check = |asked: &Asked, poms: &str, expected: &[&str]| {
        let graph = asked.resolve(&Fixture::new(poms)).expect(poms);
        let shown = graph.excluded.iter();
        let shown =
            shown.map(|e| format!("{} below {} by {}", e.module, e.dependents.join(" "), e.by.join(" ")));
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{poms}");
    };
    let root = Asked::new("a:1");
    let b = "b:1 dep:c:1\n c:1 dep:d:1\n d:1";
    check(&root, &format!("a:1 dep:b:1[not=t:d]\n {b}"), &["t:d below t:c:1 by t:a:1"]);
    check(&root, &format!("a:1 dep:b:1 man:c:1[not=t:d]\n {b}"), &["t:d below t:c:1 by t:a:1"]);
    // Left out on one path alone: it is there.
    check(&root, &format!("a:1 dep:b:1[not=t:d] dep:c:1\n {b}"), &[]);
    let excludes = vec!["t:d".parse().expect("a pattern")];
    check(&Asked { excludes, ..Asked::new("b:1") }, b, &["t:d below t:c:1 by t:d"]);
    check(&root, "a:1 dep:scala-library:1", &["t:scala-library below t:a:1 by spark"]);
    // By its new name, and what it brings itself is nobody's loss.
    let moved = "a:1 dep:m:1[not=t:new]\n m:1 dep:old:1\n old:1 moved::new:1 dep:x:1\n new:1";
    check(&root, moved, &["t:old below t:m:1 by t:a:1"]);
}

#[test]
fn the_poms_that_have_a_part_are_told() {
    let poms = "a:1 parent:p:1 dep:b:1 dep:o:1 bom:x:1\n p:1 dep:b:2\n x:1 parent:y:1\n y:1\n b:1\n b:2\n \
                o:1 moved::n:1\n n:1";
    let graph = resolve(poms).expect("a closure");
    let poms: Vec<String> = graph.poms.iter().map(ToString::to_string).collect();
    assert_eq!(poms.join(" "), "t:a:1 t:b:1 t:n:1 t:o:1 t:p:1 t:x:1 t:y:1");
}

mod bounds;
mod laws;
mod maven_mode;
mod micro;
mod reference;
