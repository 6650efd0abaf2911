//! `tree`, `why` and `diff`: what a manifest says, without a network and without a cache.

use crate::support::{Environment, Fatwood, Index, Maven, Server, Wheel};

/// `engine` 1.0 asks for an older `oil` than `gear` does; 1.1 for another gear.
fn central() -> Server {
    Maven::new()
        .jar(
            "org.example:engine:1.0",
            &["org.example:gear:2.1", "org.example:oil:0.2", "org.example:paint:1"],
        )
        .jar("org.example:engine:1.1", &["org.example:gear:2.2"])
        .jar("org.example:gear:2.1", &["org.example:oil:0.3"])
        .jar("org.example:gear:2.2", &["org.example:oil:0.3"])
        .jar("org.example:oil:0.2", &[])
        .jar("org.example:oil:0.3", &[])
        .jar("org.example:paint:1", &[])
        .serve()
}

/// A machine with `old.json` and `new.json`, and without the repository that they came from.
fn resolved() -> Fatwood {
    let central = central();
    let pypi = Index::new().wheel(Wheel::new("clock", "1.5")).serve();
    let fatwood = Fatwood::new(Environment::new().central(&central).pypi(&pypi));
    let old = "--packages org.example:engine:1.0 --exclude-packages org.example:paint --requirement clock>=1 \
        --python 3.11";
    fatwood.run(&format!("resolve {old} -o old.json")).exits(0);
    fatwood.run("resolve --packages org.example:engine:1.1 -o new.json").exits(0);
    fatwood.forget_cache();
    fatwood
}

#[test]
fn a_tree_leads_from_what_was_named_to_what_it_needs() {
    let fatwood = resolved();
    let tree = fatwood.run("tree old.json").exits(0).says(&["1 module excluded"]).stdout;
    let lines: Vec<&str> = tree.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "├── org.example:engine:1.0",
            "│   ├── org.example:gear:2.1",
            "│   │   └── org.example:oil:0.3",
            "│   └── org.example:oil:0.3 (asked for 0.2) (*)",
            "└── clock==1.5 (named clock>=1)",
        ]
    );
    let excluded = fatwood.run("tree old.json --excluded").exits(0).stdout;
    assert!(excluded.contains("✗ org.example:paint (excluded by org.example:paint)"), "{excluded}");
    let inverted = fatwood.run("tree old.json --invert oil").exits(0).stdout;
    assert!(inverted.starts_with("org.example:oil:0.3\n├── org.example:engine:1.0"), "{inverted}");
    let json = fatwood.run("tree old.json --depth 0 --format json").exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"][0]["release"], "org.example:engine:1.0");
    assert_eq!(json["rows"][0]["below"], "cut");
    assert_eq!(json["rows"].as_array().unwrap().len(), 2);
    refused(&fatwood, "tree old.json --invert absent", 65, &["nothing named `absent`"]);
    refused(&fatwood, "tree", 64, &["no manifest `manifest.json`", "`fatwood resolve SET -o manifest.json`"]);
    assert_eq!(fatwood.run("tree -m old.json").exits(0).stdout, tree);
    refused(&fatwood, "tree old.json -m old.json", 64, &["cannot be used with"]);
    let oil = fatwood.run("tree old.json --invert oil --excluded").exits(0);
    assert_eq!(oil.stdout, inverted);
    let paint = fatwood.run("tree old.json -i paint").exits(0).says(&["`fatwood why paint` says by whom"]);
    assert_eq!(
        paint.stdout,
        "✗ org.example:paint (excluded by org.example:paint)\n└── org.example:engine:1.0 (named)\n"
    );
    assert!(fatwood.run("why paint --manifest old.json").exits(0).stdout.contains("excluded"));
}

#[test]
fn why_says_who_asks_which_rule_decided_and_where_it_comes_from() {
    let fatwood = resolved();
    fatwood.write("manifest.json", fatwood.read("old.json"));
    let oil = fatwood.run("why org.example:oil").exits(0).stdout;
    for text in
        ["engine:1.0  0.2", "gear:2.1    0.3", "the highest one", "selected over 0.2", "jars/oil-0.3.jar"]
    {
        assert!(oil.contains(text), "no `{text}` in\n{oil}");
    }
    let paint = fatwood.run("why paint --manifest old.json").exits(0).stdout;
    assert!(paint.contains("excluded") && paint.contains("org.example:engine:1.0"), "{paint}");
    let clock = fatwood.run("why clock --format json").exits(0).stdout;
    let clock: serde_json::Value = serde_json::from_str(&clock).unwrap();
    assert_eq!(clock["present"][0]["askedBy"][0]["words"], "clock>=1");
    refused(&fatwood, "why engien", 65, &["nothing named `engien`", "did you mean `org.example:engine`?"]);
    let absent = fatwood.run("why engien --format json").exits(65).stdout;
    let absent: serde_json::Value = serde_json::from_str(&absent).unwrap();
    assert_eq!(absent, serde_json::json!({"present": [], "excluded": [], "near": ["org.example:engine"]}));
    assert_eq!(fatwood.run("why oil old.json").exits(0).stdout, oil);
    assert_eq!(fatwood.run("why oil -m old.json").exits(0).stdout, oil);
    refused(&fatwood, "why old.json oil", 64, &["`fatwood why oil old.json`"]);
    refused(&fatwood, "why", 64, &["COORDINATE"]);
    refused(&fatwood, "why oil --manifest absent.json", 64, &["absent.json"]);
    fatwood.write("empty/notes.txt", "");
    refused(&fatwood, "why oil empty", 64, &["directory `empty` has no manifest.json"]);
    fatwood.write("volume/night/manifest.json", fatwood.read("old.json"));
    refused(&fatwood, "why oil volume", 64, &["volume `volume` holds sets", "`volume/night`"]);
    fatwood.write("broken/manifest.json", "{}");
    refused(&fatwood, "why oil --manifest broken", 65, &["broken/manifest.json"]);
}

#[test]
fn what_was_asked_for_as_latest_or_as_a_range_says_so() {
    let central = central();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let check = |version: &str, engine: &str, expected: &str| {
        let set = format!("--packages org.example:engine:{version} --allow-dynamic -o manifest.json");
        fatwood.run(&format!("resolve {set}")).exits(0);
        let why = fatwood.run(&format!("why engine:{engine}")).exits(0).stdout;
        assert!(why.contains(&format!("\n  you: org.example:engine:{version}\n")), "{why}");
        assert!(why.contains(expected) && !why.contains("selected over"), "{why}");
    };
    for version in ["LATEST", "RELEASE"] {
        check(version, "1.1", &format!("version\n  {version} stood for this one when the set was locked\n"));
    }
    check("[1,1.1)", "1.0", "version\n  the newest that [1,1.1) allows\n");
}

#[test]
fn diff_says_what_changed_and_who_asks_for_it() {
    let fatwood = resolved();
    let diff = fatwood.run("diff old.json new.json").exits(0).stdout;
    for line in [
        "↑ org.example:gear 2.1 -> 2.2  (asked for by org.example:engine:1.1)",
        "↑ org.example:engine 1.0 -> 1.1  (asked for by you)",
        "~ inputs.packages: org.example:engine:1.0 -> org.example:engine:1.1",
        "- clock 1.5",
    ] {
        assert!(diff.lines().any(|found| found == line), "no `{line}` in\n{diff}");
    }
    assert!(!diff.contains("oil"), "{diff}");
    assert_eq!(fatwood.run("diff old.json new.json --exit-code").exits(1).stdout, diff);
    assert_eq!(fatwood.run("diff old.json old.json --exit-code").exits(0).stdout, "");
    let json = fatwood.run("diff old.json new.json --format json").exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["artifacts"][0]["change"], "upgraded");
    refused(&fatwood, "diff old.json", 64, &["NEW"]);
    refused(&fatwood, "diff old.json absent.json", 64, &["absent.json"]);
}

#[test]
fn other_bytes_of_the_same_release_are_said_loudly() {
    let fatwood = resolved();
    let old: serde_json::Value = serde_json::from_str(&fatwood.read("old.json")).unwrap();
    let (jar, pom) = (&old["artifacts"][1]["sha256"], &old["closure"]["poms"][0]["sha256"]);
    let edited = [jar, pom].iter().fold(fatwood.read("old.json"), |text, digest| {
        text.replace(digest.as_str().unwrap(), &"0".repeat(64))
    });
    fatwood.write("new.json", edited);
    let outcome =
        fatwood.run("diff old.json new.json").exits(0).says(&["2 things changed under the same name"]);
    assert!(outcome.stdout.contains("SAME VERSION, OTHER BYTES"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("SAME RELEASE, ANOTHER POM"), "{}", outcome.stdout);
}

#[test]
fn what_a_hostile_pom_says_moves_no_cursor() {
    let central = Maven::new()
        .jar("org.example:engine:1.0", &["org.example:oil:0.1&#155;31m&#x202e;", "org.example:gear:1"])
        .jar("org.example:gear:1", &["org.example:oil:9", "org.example:paint&#155;2J:1"])
        .jar("org.example:oil:9", &[])
        .serve();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    fatwood.resolved("--packages org.example:engine:1.0 --exclude-packages org.example:*paint*,*:paint*");
    for words in ["tree", "tree --excluded", "why oil", "why oil --format json"] {
        let said = fatwood.run(words).exits(0).stdout;
        assert!(!said.contains(['\u{9b}', '\u{202e}']), "{said:?}");
    }
    let why = fatwood.run("why oil").exits(0).stdout;
    assert!(why.contains("selected over 0.1\\u{9b}31m\\u{202e}"), "{why}");
}

#[track_caller]
fn refused(fatwood: &Fatwood, words: &str, code: i32, texts: &[&str]) {
    let outcome = fatwood.run(words).exits(code).says(texts);
    assert_eq!(outcome.stdout, "");
}
