//! Mode `maven`: nearest wins, by Maven 3's rules.

use super::*;

fn in_maven_mode(roots: &str, poms: &str) -> Result<Graph, ResolutionError> {
    let rules = Rules { mode: Mode::Maven, ..Rules::default() };
    Asked { rules, ..Asked::new(roots) }.resolve(&Fixture::new(poms))
}

fn check(poms: &str, expected: &str) {
    let root = poms.split_whitespace().next().expect("a root");
    match in_maven_mode(root, poms) {
        Ok(graph) => assert_eq!(shown(&graph), expected, "{poms}"),
        Err(error) => panic!("{error}: {poms}"),
    }
}

#[test]
fn the_nearest_declaration_wins_and_then_the_first() {
    check("a:1 dep:b:1 dep:c:1\n b:1 dep:c:2\n c:1\n c:2", "a:1 b:1 c:1");
    check("a:1 dep:b:1 dep:d:1\n b:1 dep:c:1\n d:1 dep:c:2\n c:1\n c:2", "a:1 b:1 c:1 d:1");
    check("a:1 dep:b:1 dep:d:1\n b:1 dep:x:1\n x:1 dep:c:1\n d:1 dep:c:2\n c:1\n c:2", "a:1 b:1 x:1 d:1 c:2");
    // What only a loser asks for is not there, and does not compete.
    let losers = "a:1 dep:x:1 dep:y:1 dep:z:1\n x:1 dep:l:1\n y:1 dep:l:2\n l:1 dep:g:1\n l:2 dep:h:1 dep:g:2\n \
                  z:1 dep:p:1\n p:1 dep:g:3\n g:1\n h:1";
    check(losers, "a:1 x:1 l:1 g:1 y:1 z:1 p:1");
    check("a:1 dep:b:1\n b:1 dep:a:1 dep:c:1\n c:1", "a:1 b:1 c:1");
    let roots = in_maven_mode("c:1 b:1", "b:1 dep:c:2\n c:1\n c:2").expect("a closure");
    assert_eq!((shown(&roots).as_str(), roots.notes.len()), ("c:1 b:1", 0));
}

#[test]
fn management_reaches_no_further_than_its_own_pom() {
    check("a:1 dep:m:1\n m:1 dep:l:1 man:c:2\n l:1 dep:c:1\n c:1", "a:1 m:1 l:1 c:1");
    check("a:1 dep:l:1 man:c:1\n l:1 dep:c:3\n c:3", "a:1 l:1 c:3");
    check("a:1 dep:c bom:b:1\n b:1 man:c:3\n c:3", "a:1 c:3");
    check("a:1 dep:c man:c:1[optional=true]\n c:1", "a:1 c:1");
}

#[test]
fn own_exclusions_replace_managed_ones() {
    let h = "h:1 dep:d:1 dep:e:1\n d:1\n e:1";
    check(&format!("a:1 dep:h man:h:1[not=t:d]\n {h}"), "a:1 h:1 e:1");
    check(&format!("a:1 dep:h[not=t:e] man:h:1[not=t:d]\n {h}"), "a:1 h:1 d:1");
}

#[test]
fn an_exclusion_without_a_part_excludes_nothing() {
    let h = "h:1 dep:d:1 dep:e:1\n d:1\n e:1";
    check(&format!("a:1 dep:h:1[not=t:]\n {h}"), "a:1 h:1 d:1 e:1");
    check(&format!("a:1 dep:h:1[not=:d]\n {h}"), "a:1 h:1 d:1 e:1");
    // It is one of its own all the same.
    check(&format!("a:1 dep:h[not=t:] man:h:1[not=t:d]\n {h}"), "a:1 h:1 d:1 e:1");
}

#[test]
fn exclusions_are_those_of_the_path_that_wins() {
    let b = "b:1 dep:d:1 dep:e:1\n d:1\n e:1";
    check(&format!("a:1 dep:b:1[not=t:d] dep:x:1\n x:1 dep:b:1\n {b}"), "a:1 b:1 e:1 x:1");
    check(&format!("a:1 dep:x:1 dep:b:1\n x:1 dep:b:1[not=t:d]\n {b}"), "a:1 x:1 b:1 d:1 e:1");
    check(&format!("a:1 dep:b:1[not=*:*]\n {b}"), "a:1 b:1");
}

#[test]
fn classifiers_are_decided_each_for_itself() {
    check("a:1 dep:c:1 dep:b:1\n b:1 dep:c:2[classifier=x]\n c:1\n c:2", "a:1 c:1 b:1 c:2:x");
    check("a:1 dep:c:1 dep:c:1[classifier=x]\n c:1", "a:1 c:1 c:1:x");
    check("a:1 dep:c:1[type=test-jar] dep:b:1\n b:1 dep:c:2\n c:1\n c:2", "a:1 c:1:tests b:1 c:2");
}

#[test]
fn ranges_are_conditions_on_the_nearest() {
    let versions = "c:1\n c:1.2\n c:1.5\n c:2\n c:3";
    check(&format!("a:1 dep:c:[1;2)\n {versions}"), "a:1 c:1.5");
    check(&format!("a:1 dep:b:1 dep:d:1\n b:1 dep:c:2\n d:1 dep:c:{{1}}\n {versions}"), "a:1 b:1 d:1 c:1");
    check(&format!("a:1 dep:c:1.2 dep:d:1\n d:1 dep:c:{{1;1.5}}\n {versions}"), "a:1 c:1.2 d:1");
    check(&format!("a:1 dep:c:[1;) dep:d:1\n d:1 dep:c:2\n {versions}"), "a:1 c:3 d:1");
    let poms = format!("a:1 dep:c:{{1;1.5}} dep:b:1\n b:1 dep:c:{{2;3}}\n {versions}");
    let error = in_maven_mode("a:1", &poms).expect_err(&poms).to_string();
    assert!(error.contains("`[1,1.5]` (asked for by `t:a:1`) and `[2,3]` (asked for by `t:b:1`)"), "{error}");
}

#[test]
fn a_release_that_has_moved_is_as_near_as_it_was() {
    check("a:1 dep:x:1 dep:o:1\n x:1 dep:n:1\n o:1 moved::n:2\n n:1\n n:2", "a:1 x:1 n:2");
    check("a:1 dep:o:1[classifier=k]\n o:1 moved::c:2\n c:2", "a:1 c:2:k");
    // Beside a declaration of the same module the newer one wins, whichever comes first.
    for (declared, moved, expected) in [(1, 2, 2), (3, 2, 3)] {
        let (own, old) = (format!("dep:n:{declared}"), "dep:o:1");
        for body in [format!("{own} {old}"), format!("{old} {own}")] {
            check(
                &format!("a:1 {body}\n o:1 moved::n:{moved}\n n:1\n n:2\n n:3"),
                &format!("a:1 n:{expected}"),
            );
        }
    }
    // An exclusion of the new name counts from above, and not beside the old one.
    check("a:1 dep:o:1[not=t:n]\n o:1 moved::n:2\n n:2", "a:1 n:2");
    check("a:1 dep:h:1[not=t:n]\n h:1 dep:o:1\n o:1 moved::n:2\n n:2", "a:1 h:1");
    check("o:1 moved::o:2\n o:2 dep:e:1\n e:1", "o:2 e:1");
}

#[test]
fn spark_is_left_out_where_the_user_says_so() {
    let poms = "a:1 dep:scala-library:1\n scala-library:1";
    check(poms, "a:1 scala-library:1");
    let rules = Rules { mode: Mode::Maven, spark_excludes: Some(true), ..Rules::default() };
    let graph = Asked { rules, ..Asked::new("a:1") }.resolve(&Fixture::new(poms)).expect("a closure");
    assert_eq!(shown(&graph), "a:1");
}

#[test]
fn nothing_that_is_asked_for_vanishes_in_a_circle() {
    // The release that asks for a newer one goes where the newer one comes.
    check("a:1 dep:a:[3;)\n a:3", "a:3");
    check("r:1 dep:a:1\n a:1 dep:b:1\n b:1 dep:a:[3;)\n a:3", "r:1 a:3");
    // The newer one has moved to the older.
    let graph = in_maven_mode("a:2", "a:2 dep:a:[3;)\n a:3 moved:::2").expect("a closure");
    assert_eq!(shown(&graph), "a:2");
}
