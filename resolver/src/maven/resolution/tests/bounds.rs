//! What never ends, and what nothing satisfies.

use super::*;

#[test]
fn a_range_that_a_circle_breaks_is_no_closure() {
    let poms = "a:1 dep:b:2\n b:2 dep:a:2\n a:2 dep:b:{1}\n b:1";
    check_error(poms, "satisfies `[1]`");
}

#[test]
fn what_goes_on_without_an_end_is_refused() {
    let moves: Vec<String> = (0..40).map(|n| format!("a{n}:1 moved::a{}:1\n", n + 1)).collect();
    check_error(&moves.concat(), "without an end");
    let moves: Vec<String> = (0..40).map(|n| format!("a:{n} moved:::{}\n", n + 1)).collect();
    check_error(&moves.concat(), "without an end");
    check_error("a:1 dep:o:1\n o:1 moved::x/../y:1", "no Maven name has");
    // Each level manages another module: as many sets of overrides as there are paths.
    let level = |n: usize| {
        let next = format!("dep:l{}:1 dep:r{}:1", n + 1, n + 1);
        format!("l{n}:1 {next} man:x{n}:1\n r{n}:1 {next} man:y{n}:1\n")
    };
    let all: Vec<String> = (0..24).map(|n| format!("dep:x{n}:2[optional=false] dep:y{n}:2")).collect();
    let levels: Vec<String> = (0..24).map(level).collect();
    let leaves: Vec<String> = (0..24).map(|n| format!("x{n}:1\n x{n}:2\n y{n}:1\n y{n}:2\n ")).collect();
    let poms = format!(
        "a:1 dep:l0:1 dep:r0:1\n {0} l24:1 {1}\n r24:1 {1}\n {2}",
        levels.concat(),
        all.join(" "),
        leaves.concat()
    );
    check_error(&poms, "beyond any bound");
}

#[test]
fn a_message_has_one_line_and_an_end() {
    let check = |poms: &str| {
        let error = resolve(poms).expect_err(poms).to_string();
        assert!(error.lines().count() == 1 && !error.contains('\u{1b}') && error.len() < 10_000, "{error}");
    };
    check("a:1 dep:c:1&#10;error:&#27;x");
    check("a:1 dep:c:[1&#10;x");
    check("a:1 dep:c:${&#10;x}");
    check("a:1 parent:p:1&#10;x");
    check(&format!("a:1 dep:c:{}x/", "1".repeat(100_000)));
    let chain: Vec<String> = (0..300).map(|n| format!("a{n}:1 dep:a{}:1\n", n + 1)).collect();
    check(&chain.concat());
}
