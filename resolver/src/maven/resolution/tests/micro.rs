//! One feature of Maven's a row, in both modes, against what the tools themselves answer.
//!
//! The answers are those of Maven 3.8.7 and of coursier 2.1.24 to POMs of the same structure. Mode `maven` is
//! Maven's; mode `spark` is coursier's, but for what the rows state. Both modes refuse what would make a closure
//! depend on luck: an undefined property, a POM that is not there.

use super::*;

/// The roots are those before `|`, or else the first POM.
fn resolved(mode: Mode, poms: &str) -> String {
    let (roots, poms) = match poms.split_once('|') {
        Some((roots, poms)) => (roots.trim(), poms),
        None => (poms.split_whitespace().next().expect("a root"), poms),
    };
    let asked = Asked { rules: Rules { mode, ..Rules::default() }, ..Asked::new(roots) };
    match asked.resolve(&Fixture::new(poms)) {
        Ok(graph) => shown(&graph),
        Err(error) => error.to_string(),
    }
}

/// The closures in class path order; where there is none, `!` and what the error says.
#[track_caller]
fn check(name: &str, poms: &str, spark: &str, maven: &str) {
    for (mode, expected) in [(Mode::Spark, spark), (Mode::Maven, maven)] {
        let actual = resolved(mode, poms);
        match expected.strip_prefix('!') {
            Some(text) => assert!(actual.contains(text), "{name} {mode:?}: {actual}"),
            None => assert_eq!(actual, expected, "{name} {mode:?}"),
        }
    }
}

#[track_caller]
fn agree(name: &str, poms: &str, expected: &str) {
    check(name, poms, expected, expected);
}

#[test]
fn interpolation() {
    let overrides = "a:1 parent:p:1 prop:v=2\n p:1 packaging:pom prop:v=1 dep:c:${v}\n c:2";
    agree("interp-child-overrides-parent-prop", overrides, "a:1 c:2");
    let parent = |text: &str| format!("a:1 parent:p:2 dep:c:{text}\n p:2 packaging:pom\n c:2");
    agree("interp-project-parent-version", &parent("${project.parent.version}"), "a:1 c:2");
    agree("interp-parent-version", &parent("${parent.version}"), "a:1 c:2");
    let inherited = "a:2 own: parent:p:2 dep:c:${project.version}\n p:2 packaging:pom\n c:2";
    agree("interp-inherited-version", inherited, "a:2 c:2");
    let in_parent = "a:2 parent:p:1\n p:1 packaging:pom dep:c:${project.version}\n c:2";
    agree("interp-project-in-parent", in_parent, "a:2 c:2");
    agree("interp-bare-version", "a:2 dep:c:${version}\n c:2", "a:2 c:2");
    agree("interp-pom-version", "a:2 dep:c:${pom.version}\n c:2", "a:2 c:2");
    let java = "a:1 prop:java.version=1.5 dep:c:${java.version}\n c:1.5";
    agree("interp-java-version-prop", java, "a:1 c:1.5");
    let revision = "a:1 own:<version>${revision}</version> prop:revision=1 dep:c:${revision}\n c:1";
    agree("interp-ci-revision", revision, "a:1 c:1");
    agree("interp-whitespace", "a:1 dep:\tt\r/\r\tc\t:\r1\t[scope=\tcompile\r]\n c:1", "a:1 c:1");
    agree("interp-nested", "a:1 prop:x=${y} prop:y=1 dep:c:${x}\n c:1", "a:1 c:1");
    let group = "a:1 prop:g=u prop:n=c dep:${g}/${n}:1\n u/c:1";
    agree("interp-group-artifact", group, "a:1 c:1");
    agree("interp-classifier", "a:1 prop:k=x dep:c:1[classifier=${k}]\n c:1", "a:1 c:1:x");
    // Maven drops the dependencies of the one and keeps the text of the other: refused in both modes.
    let recursive = "a:1 prop:x=${y} prop:y=${x} dep:c:${x}\n c:1";
    agree("interp-recursive", recursive, "!`t:a:1` depends on `t:c` as `${x}`");
    agree("interp-undefined", "a:1 dep:c:${nope}\n c:1", "!`t:a:1` depends on `t:c` as `${nope}`");
}

#[test]
fn imports() {
    let boms = "old:1 packaging:pom man:c:1\n new:1 packaging:pom man:c:2\n c:1\n c:2\n c:3";
    let row = |name: &str, poms: &str, expected: &str| agree(name, &format!("{poms}\n {boms}"), expected);
    row("bom-order-first-wins", "a:1 dep:c bom:new:1 bom:old:1", "a:1 c:2");
    row("bom-own-entry-wins", "a:1 dep:c bom:old:1 man:c:2", "a:1 c:2");
    // coursier takes what the child imports; Maven, and with it mode `spark`, what the parent states.
    let plain = "a:1 parent:p:1 dep:c bom:new:1\n p:1 packaging:pom man:c:3";
    row("bom-child-import-vs-parent-plain", plain, "a:1 c:3");
    let import = "a:1 parent:p:1 dep:c bom:new:1\n p:1 packaging:pom bom:old:1";
    row("bom-child-import-vs-parent-import", import, "a:1 c:2");
    let properties = "a:1 prop:z=1 dep:c bom:b:1\n b:1 packaging:pom prop:z=3 man:c:${z}";
    row("bom-own-properties", properties, "a:1 c:3");
    let with_parent = "a:1 dep:c bom:b:1\n b:1 parent:p:1 packaging:pom\n p:1 packaging:pom man:c:3";
    row("bom-with-parent", with_parent, "a:1 c:3");
    row("bom-nested", "a:1 dep:c bom:b:1\n b:1 packaging:pom bom:new:1", "a:1 c:2");
    row("bom-version-property", "a:1 prop:b=1 dep:c bom:new:${b}", "a:1 c:2");
}

#[test]
fn management() {
    agree("mgmt-own", "a:1 dep:c man:c:2\n c:2", "a:1 c:2");
    agree("mgmt-own-explicit", "a:1 dep:c:1 man:c:2\n c:1\n c:2", "a:1 c:1");
    agree("mgmt-over-parent", "a:1 parent:p:1 dep:c man:c:2\n p:1 man:c:1\n c:1\n c:2", "a:1 c:2");
    let middle = "a:1 dep:m:1\n m:1 dep:l:1 man:c:2\n l:1 dep:c:1\n c:1\n c:2";
    check("mgmt-transitive-mid", middle, "a:1 m:1 l:1 c:2", "a:1 m:1 l:1 c:1");
    let down = "m:1 dep:l:1 man:c:1\n l:1 dep:c:3\n c:1\n c:3";
    check("mgmt-transitive-downgrade", down, "m:1 l:1 c:1", "m:1 l:1 c:3");
    agree("mgmt-two-paths", &format!("a:1 dep:m:1 dep:l:1\n {down}"), "a:1 m:1 l:1 c:3");
    agree("mgmt-scope-test", "a:1 dep:c man:c:1[scope=test]\n c:1", "a:1");
    agree("mgmt-scope-explicit", "a:1 dep:c[scope=compile] man:c:1[scope=test]\n c:1", "a:1 c:1");
    // coursier leaves it out; Maven and Ivy do not.
    agree("mgmt-optional", "a:1 dep:c man:c:1[optional=true]\n c:1", "a:1 c:1");
    let h = "h:1 dep:d:1 dep:e:1\n d:1\n e:1";
    agree("mgmt-exclusion", &format!("a:1 dep:h man:h:1[not=t:d]\n {h}"), "a:1 h:1 e:1");
    let plus_own = format!("a:1 dep:h[not=t:e] man:h:1[not=t:d]\n {h}");
    check("mgmt-exclusion-plus-own", &plus_own, "a:1 h:1", "a:1 h:1 d:1");
    let classifier = "a:1 dep:c:1 dep:c[classifier=x] man:c:2[classifier=x]\n c:1\n c:2";
    check("mgmt-key-classifier", classifier, "a:1 c:2 c:2:x", "a:1 c:1 c:2:x");
}

#[test]
fn scopes() {
    let all =
        "dep:c:1 dep:d:1[scope=runtime] dep:e:1[scope=provided] dep:f:1[scope=test] dep:g:1[optional=true]";
    let poms = format!("s:1 {all}\n c:1\n d:1\n e:1\n f:1\n g:1");
    agree("scopes", &poms, "s:1 c:1 d:1");
    agree("scope-runtime", &format!("a:1 dep:s:1[scope=runtime]\n {poms}"), "a:1 s:1 c:1 d:1");
    let system = "a:1 dep:h:1[scope=system,systemPath=/nowhere.jar] dep:c:1\n c:1";
    agree("scope-system", system, "a:1 c:1");
}

#[test]
fn exclusions() {
    let b = "b:1 dep:d:1 dep:e:1\n d:1\n e:1";
    let row = |name: &str, poms: &str, expected: &str| agree(name, &format!("{poms}\n {b}"), expected);
    row("excl-plain", "a:1 dep:b:1[not=t:d]", "a:1 b:1 e:1");
    row("excl-star-star", "a:1 dep:b:1[not=*:*]", "a:1 b:1");
    row("excl-star-artifact", "a:1 dep:b:1[not=*:d]", "a:1 b:1 e:1");
    row("excl-group", "a:1 dep:u/b:1[not=t:*]\n u/b:1 dep:d:1 dep:e:1", "a:1 b:1");
    row("excl-deep", "a:1 dep:x:1[not=t:d]\n x:1 dep:b:1", "a:1 x:1 b:1 e:1");
    row("excl-self", "a:1 dep:b:1[not=t:b]", "a:1 b:1 d:1 e:1");
    let paths = format!("a:1 dep:b:1[not=t:d] dep:x:1\n x:1 dep:b:1\n {b}");
    check("excl-one-of-two-paths", &paths, "a:1 b:1 x:1 e:1 d:1", "a:1 b:1 e:1 x:1");
}

#[test]
fn conflicts() {
    let near = "a:1 dep:b:1 dep:c:1\n b:1 dep:c:2\n c:1\n c:2";
    check("conflict-nearest-vs-highest", near, "a:1 b:1 c:2", "a:1 b:1 c:1");
    let direct = "b:1 c:1 | b:1 dep:c:2\n c:1\n c:2";
    check("conflict-root-direct", direct, "b:1 c:2", "b:1 c:1");
    let two = "x:1 y:1 | x:1 dep:c:1\n y:1 dep:c:2\n c:1\n c:2";
    check("conflict-two-roots", two, "x:1 y:1 c:2", "x:1 c:1 y:1");
    agree("conflict-duplicate-declaration", "a:1 dep:c:1 dep:c:2\n c:1\n c:2", "a:1 c:2");
    let losers = "a:1 dep:x:1 dep:y:1\n x:1 dep:l:1\n y:1 dep:l:2\n l:1 dep:g:1\n l:2 dep:h:1\n g:1\n h:1";
    check("conflict-loser-subtree", losers, "a:1 x:1 y:1 l:2 h:1", "a:1 x:1 l:1 g:1 y:1");
    agree("cycle", "a:1 dep:b:1\n b:1 dep:a:1 dep:c:1\n c:1", "a:1 b:1 c:1");
    // coursier never ends; Ivy answers as mode `spark`.
    let newer_self = "v:1 dep:w:1\n v:2 dep:h:1\n w:1 dep:v:2\n h:1";
    check("cycle-newer-self", newer_self, "v:2 h:1", "v:1 w:1");
    agree("classifier-both", "a:1 dep:c:1 dep:c:1[classifier=x]\n c:1", "a:1 c:1 c:1:x");
    let versions = "a:1 dep:c:1 dep:b:1\n b:1 dep:c:2[classifier=x]\n c:1\n c:2";
    check("classifier-versions", versions, "a:1 c:2 c:2:x b:1", "a:1 c:1 b:1 c:2:x");
    agree("type-test-jar", "a:1 dep:c:1[type=test-jar]\n c:1", "a:1 c:1:tests");
}

#[test]
fn ranges() {
    let versions = "c:1\n c:1.0\n c:1.2\n c:1.5\n c:2.0-alpha\n c:2.0-rc1\n c:2\n c:3";
    let row = |name: &str, poms: &str, spark: &str, maven: &str| {
        check(name, &format!("{poms}\n {versions}"), spark, maven);
    };
    row("range-half-open", "a:1 dep:c:[1;2)", "a:1 c:2.0-rc1", "a:1 c:2.0-rc1");
    row("range-min", "a:1 dep:c:[1.2;)", "a:1 c:3", "a:1 c:3");
    row("range-inclusive", "a:1 dep:c:{1.0;1.5}", "a:1 c:1.5", "a:1 c:1.5");
    row("range-union", "a:1 dep:c:(;1.0};[1.5;2)", "a:1 c:2.0-rc1", "a:1 c:2.0-rc1");
    // coursier calls it a conflict; a range is a condition, and a version only a wish.
    row("range-hard-vs-soft", "a:1 dep:c:{1} dep:b:1\n b:1 dep:c:2", "a:1 c:1 b:1", "a:1 c:1 b:1");
    // coursier takes the version asked for, 1.2; Maven, and with it mode `spark`, the newest in the range.
    let soft = "a:1 dep:x:1 dep:y:1\n x:1 dep:c:{1;1.5}\n y:1 dep:c:1.2";
    row("range-soft-inside", soft, "a:1 x:1 y:1 c:1.5", "a:1 x:1 c:1.5 y:1");
    let none = "!no version of `t:c` that the repositories list (`1` … `3`) satisfies `[7,8)` (asked for by `t:a:1`)";
    row("range-empty", "a:1 dep:c:[7;8)", none, none);
    let disjoint = "a:1 dep:x:1 dep:y:1\n x:1 dep:c:{1;1.5}\n y:1 dep:c:{2;3}";
    let both = "!`[1,1.5]` (asked for by `t:x:1`) and `[2,3]` (asked for by `t:y:1`)";
    row("range-disjoint", disjoint, both, both);
    let latest = "!`t:c:LATEST` has a version that changes with time";
    row("version-LATEST", "a:1 dep:c:LATEST", latest, latest);
    let release = "!`t:c:RELEASE` has a version that changes with time";
    row("version-RELEASE", "a:1 dep:c:RELEASE", release, release);
}

#[test]
fn relocations_and_packagings() {
    let old = "o:1 moved::c:2\n c:2";
    agree("relocation-full", &format!("a:1 dep:o:1\n {old}"), "a:1 c:2");
    agree("relocation-root", old, "c:2");
    agree("relocation-group-only", "a:1 dep:old/c:1\n old/c:1 moved:t::\n c:1", "a:1 c:1");
    // coursier never ends.
    agree("relocation-version-only", "a:1 dep:o:1\n o:1 moved:::2\n o:2 dep:e:1\n e:1", "a:1 o:2 e:1");
    let holder = |excluded: &str| format!("a:1 dep:h:1[not=t:{excluded}]\n h:1 dep:o:1\n {old}");
    agree("relocation-exclude-old-name", &holder("o"), "a:1 h:1");
    agree("relocation-exclude-new-name", &holder("c"), "a:1 h:1");
    agree("type-pom", "a:1 dep:p:1[type=pom]\n p:1 packaging:pom dep:c:1\n c:1", "a:1 (p:1) c:1");
    agree("packaging-bundle", "a:1 packaging:bundle dep:c:1\n c:1", "a:1 c:1");
    agree("packaging-unknown", "a:1 packaging:hk2-jar dep:c:1\n c:1", "a:1 c:1");
    let parent = "a:1 parent:p:1 dep:c:1\n p:1 packaging:pom dep:d:1\n c:1\n d:1";
    agree("parent-dependencies", parent, "a:1 c:1 d:1");
    // Maven takes the jar without its dependencies: refused in both modes.
    let missing = "!the POM of `t:n:1` is in none of the repositories (reached by t:a:1 > t:n:1)";
    agree("missing-pom", "a:1 dep:n:1 dep:c:1\n c:1", missing);
}

#[test]
fn profiles() {
    let row = |name: &str, body: &str, expected: &str| {
        agree(name, &format!("a:1 {body}\n c:1\n c:2\n d:1"), expected);
    };
    row("profile-active-by-default", "when:default?dep:c:1", "a:1 c:1");
    row("profile-jdk", "when:jdk=[9,)?dep:c:1", "a:1 c:1");
    row("profile-jdk-1.8", "when:jdk=1.8?dep:c:1", "a:1");
    // coursier knows no `!`.
    row("profile-jdk-negated", "when:jdk=!1.8?dep:c:1", "a:1 c:1");
    row("profile-os-unix", "when:os.family=unix?dep:c:1", "a:1 c:1");
    row("profile-os-windows", "when:os.family=windows?dep:c:1", "a:1");
    row("profile-property-absent", "when:property.name=!nope?dep:c:1", "a:1 c:1");
    // For coursier the POM's own properties count.
    let own = "when:property=<name>flag</name><value>on</value>?dep:c:1 prop:flag=on";
    row("profile-property-in-pom", own, "a:1");
    row("profile-property-overrides", "prop:v=1 dep:c:${v} when:jdk=[9,)?prop:v=2", "a:1 c:2");
    // coursier leaves both active.
    row("profile-default-plus-other", "when:default?dep:c:1 when:jdk=[9,)?dep:d:1", "a:1 d:1");
    // Maven looks at the machine's files, which decide nothing here.
    row("profile-file", "when:file.exists=/etc/passwd?dep:c:1", "a:1");
    let in_parent = "a:1 parent:p:1\n p:1 packaging:pom when:jdk=[9,)?dep:c:1\n c:1";
    agree("profile-in-parent", in_parent, "a:1 c:1");
}
