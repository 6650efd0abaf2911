//! POMs as nobody should publish them: the message says whose POM it is, how it was reached and what to do, the
//! exit code is the documented one, and no manifest is written.

use crate::support::{Environment, Fatwood, Maven, Outcome, Server};

const PATH: &str = "(reached by org.example:job:1 > org.example:engine:1 > org.example:bad:1)";
const REMEDY: &str = "exclude `org.example:bad`, or name another version of it as a package";

/// A repository in which `job` depends on `engine` and that on `bad`.
fn around(maven: Maven) -> Server {
    maven
        .jar("org.example:job:1", &["org.example:engine:1"])
        .jar("org.example:engine:1", &["org.example:bad:1"])
        .jar("org.example:good:1", &[])
        .serve()
}

/// A POM of `bad` that has this below its coordinates.
fn bad(below: &str) -> Maven {
    Maven::new().described("org.example:bad:1", below, 2_000)
}

/// A file in the place of the POM of `bad`.
fn instead(bytes: &[u8]) -> Maven {
    Maven::new().bytes("org.example:bad:1", "pom", bytes).bytes("org.example:bad:1", "jar", b"")
}

fn dependency(artifact: &str, rest: &str) -> String {
    format!(
        "<dependencies><dependency><groupId>org.example</groupId><artifactId>{artifact}</artifactId>{rest}\
         </dependency></dependencies>"
    )
}

fn resolve(maven: Maven, mode: &str) -> (Fatwood, Outcome) {
    let central = around(maven);
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let outcome =
        fatwood.run(&format!("resolve --packages org.example:job:1 --mode {mode} -o manifest.json"));
    (fatwood, outcome)
}

#[track_caller]
fn refused(maven: Maven, code: i32, texts: &[&str]) {
    let (fatwood, outcome) = resolve(maven, "spark");
    let outcome = outcome.exits(code).says(texts);
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
    assert!(!fatwood.path("manifest.json").exists(), "a manifest is written whole or not at all");
}

#[test]
fn a_pom_that_cannot_be_read_is_refused_with_the_way_to_it() {
    let check = |bytes: &[u8], fault: &str| {
        refused(instead(bytes), 65, &["the POM of `org.example:bad:1`", fault, PATH, REMEDY]);
    };
    check(b"<!DOCTYPE project [<!ENTITY a \"b\">]><project/>", "declares a document type (DOCTYPE)");
    check("<project>".repeat(100).as_bytes(), "is nested more than 64 elements deep");
    check(format!("<project>{}", "<a/>".repeat(200_001)).as_bytes(), "has more than 200000 elements");
    check(b"<project><groupId>org.example</groupId>", "byte 39: it ends before its root element does");
    check(b"{\"error\": \"try again\"}", "there is no element in it");
    check(b"", "there is no element in it");
    check(&[0, 159, 146, 150], "there is no element in it");
    check(b"<metadata/>", "has the root element `metadata`, expected `project`");
}

#[test]
fn what_is_no_pom_at_all_is_the_repositorys_fault() {
    let page = b"<!DOCTYPE html><html><body>Please sign in</body></html>";
    refused(instead(page), 76, &["the POM of `org.example:bad:1`", "`central`", "web page", "credentials"]);
    let large = vec![b' '; (4 << 20) + 1];
    refused(instead(&large), 76, &["the POM of `org.example:bad:1`", "`central`", "4194304 bytes"]);
}

#[test]
fn a_pom_of_another_module_does_not_go_unnoticed() {
    let check = |group: &str, artifact: &str| {
        let pom = format!(
            "<project><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>1</version></project>"
        );
        let stated = format!("says that it is the POM of `{group}:{artifact}`");
        refused(instead(pom.as_bytes()), 65, &["the POM of `org.example:bad:1`", &stated, PATH, REMEDY]);
    };
    check("org.example", "good");
    check("com.example", "bad");
    let inherited =
        b"<project><parent><groupId>com.example</groupId><artifactId>all</artifactId><version>1</version>\
                      </parent><artifactId>bad</artifactId></project>";
    refused(instead(inherited), 65, &["says that it is the POM of `com.example:bad`", PATH]);
}

#[test]
fn a_pom_of_another_version_is_noted() {
    let pom = b"<project><groupId>org.example</groupId><artifactId>bad</artifactId><version>SNAPSHOT</version></project>";
    let maven = Maven::new().jar("org.example:bad:1", &[]).bytes("org.example:bad:1", "pom", pom);
    let note =
        "in the POM of org.example:bad:1, the version is stated as `SNAPSHOT`; the one asked for counts";
    resolve(maven, "spark").1.exits(0).says(&["note: ", note]);
}

#[test]
fn parents_that_lead_nowhere_are_refused() {
    let parent = |artifact: &str| {
        format!(
            "<parent><groupId>org.example</groupId><artifactId>{artifact}</artifactId><version>1</version></parent>"
        )
    };
    let needed = "the POM of `org.example:gone:1`, parent of `org.example:bad:1`";
    refused(bad(&parent("gone")), 65, &[needed, "`central`", PATH]);
    let circle = bad(&parent("above")).parent("org.example:above:1", &parent("bad"));
    refused(circle, 65, &["the POM of `org.example:bad:1` is its own ancestor", PATH, REMEDY]);
    let other = bad(&parent("above")).bytes(
        "org.example:above:1",
        "pom",
        b"<project><groupId>com.example</groupId><artifactId>above</artifactId><version>1</version></project>",
    );
    let named = "the POM of `org.example:above:1`, parent of `org.example:bad:1`";
    refused(other, 65, &[named, "says that it is the POM of `com.example:above`", PATH]);
    let incomplete = "<parent><groupId>org.example</groupId><artifactId>above</artifactId></parent>";
    refused(bad(incomplete), 65, &["names `org.example:above:` as a parent or import", PATH, REMEDY]);
}

#[test]
fn a_dependency_that_cannot_be_asked_for_is_named() {
    let check = |below: &str, texts: &[&str]| refused(bad(below), 65, &[&[PATH], texts].concat());
    let version = |text: &str| dependency("good", &format!("<version>{text}</version>"));
    let open =
        ["`org.example:bad:1` depends on `org.example:good` as `${nope}`", "exclude `org.example:good`"];
    check(&version("${nope}"), &open);
    let circle = "<properties><a>${b}</a><b>${a}</b></properties>";
    check(&format!("{circle}{}", version("${a}")), &["as `${a}`, which has no value or refers to itself"]);
    check(&dependency("good", ""), &["no POM states its version", "exclude `org.example:good`"]);
    check(&version("[1,2"), &["`[1,2`, which has a range without an end", "exclude `org.example:good`"]);
    check(&dependency("..", "<version>1</version>"), &["`org.example:..`", REMEDY]);
}

#[test]
fn a_name_of_undecodable_bytes_is_refused_where_it_matters() {
    let pom = |place: &[u8]| {
        let head = b"<project><groupId>org.example</groupId><artifactId>bad</artifactId><version>1</version>";
        [&head[..], place, b"</project>"].concat()
    };
    let people = pom(b"<developers><developer><name>J\xF8rn</name></developer></developers>");
    let maven = Maven::new().jar("org.example:bad:1", &[]).bytes("org.example:bad:1", "pom", &people);
    resolve(maven, "spark").1.exits(0);
    let module = pom(b"<dependencies><dependency><groupId>j\xF8rn</groupId><artifactId>a</artifactId>\
                       <version>1</version></dependency></dependencies>");
    refused(instead(&module), 65, &["has characters that no Maven name has", PATH, REMEDY]);
}

#[test]
fn ranges_that_exclude_each_other_say_who_asks() {
    let engine = dependency("good", "<version>[2,3]</version>");
    let both = format!(
        "<dependencies>{}{}</dependencies>",
        "<dependency><groupId>org.example</groupId><artifactId>left</artifactId><version>1</version></dependency>",
        "<dependency><groupId>org.example</groupId><artifactId>right</artifactId><version>1</version></dependency>"
    );
    let maven = bad(&both)
        .described("org.example:left:1", &dependency("good", "<version>[1]</version>"), 2_000)
        .described("org.example:right:1", &engine, 2_000);
    let asked = "`[1]` (asked for by `org.example:left:1`) and `[2,3]` (asked for by `org.example:right:1`)";
    refused(maven, 65, &["no version of `org.example:good`", asked, "org.example:left:1 > org.example:good"]);
}

#[test]
fn scopes_that_need_a_word_get_one() {
    let scoped = |scope: &str| dependency("good", &format!("<version>1</version><scope>{scope}</scope>"));
    for mode in ["spark", "maven"] {
        let (fatwood, outcome) = resolve(bad(&scoped("sometimes")), mode);
        outcome.exits(0).says(&["the scope `sometimes` of `org.example:good` is none of Maven's"]);
        assert!(fatwood.read("manifest.json").contains("good-1.jar"));
        let (fatwood, outcome) = resolve(bad(&scoped("system")), mode);
        let note = "in the POM of org.example:bad:1, `org.example:good` has the scope `system`";
        outcome.exits(0).says(&["note: ", note, "left out"]);
        assert!(!fatwood.read("manifest.json").contains("good-1.jar"));
        let (_, outcome) =
            resolve(bad(&scoped("system</scope><optional>true</optional><scope>system")), mode);
        assert!(!outcome.exits(0).stderr.contains("system"), "what is optional is nobody's loss");
    }
}

#[test]
fn coordinates_that_are_none_say_which_part() {
    let fatwood = Fatwood::new(Environment::new());
    let check = |text: &str, reason: &str| {
        let outcome = fatwood.run(&format!("resolve --packages {text}")).exits(64);
        outcome.says(&[&format!("is no Maven coordinate: {reason}"), "`group:artifact:version`"]);
    };
    check("g:a", "it has 2 parts");
    check("g", "it has one part");
    check("g::v", "part 2 is empty");
    check("g:a:v:", "part 4 is empty");
    check("g:a:v,h:b", "it has 2 parts");
    check("../x:a:v", "part 1 begins with a dot");
    check("g:a:v/../w", "part 4 begins with a dot");
    check("g:a:%2f", "part 3 has a character that no Maven name has");
    check("a:b:c:d:e:f", "it has 6 parts");
    check("g:a:[1", "part 3 begins a range and does not close it");
}
