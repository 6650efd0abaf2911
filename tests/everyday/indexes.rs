//! What indexes are asked for, and how often.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::{Environment, Fatwood, Fault, Index, Server, Site, Wheel, sha256_hex};

const REPORT: &str = "resolve --requirement report --python 3.11 -o manifest.json";

fn index() -> Index {
    Index::new()
        .wheel(Wheel::new("report", "1.0").requires("tables>=2"))
        .wheel(Wheel::new("tables", "2.4.0"))
        .wheel(Wheel::new("tables", "1.9.0"))
}

fn machine() -> (Server, Fatwood) {
    let pypi = index().serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    (pypi, fatwood)
}

#[test]
fn a_cold_resolve_asks_for_each_url_once() {
    let (pypi, fatwood) = machine();
    fatwood.run(REPORT).exits(0);
    let exchanges = pypi.exchanges();
    let urls: BTreeSet<_> = exchanges.iter().map(|exchange| &exchange.path).collect();
    assert_eq!(urls.len(), exchanges.len(), "{exchanges:#?}");
}

#[test]
fn a_warm_resolve_asks_whether_pages_have_changed_and_nothing_else() {
    for index in [index(), index().without_metadata()] {
        let pypi = index.serve();
        let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
        fatwood.run(REPORT).exits(0);
        let first = fatwood.read("manifest.json");
        pypi.forget();
        fatwood.run(REPORT).exits(0).says(&["2 requests"]);
        let mut asked: Vec<_> = pypi.exchanges().into_iter().map(|e| (e.path, e.status, e.sent)).collect();
        asked.sort();
        let unchanged = |path: &str| (path.to_owned(), 304, 0);
        assert_eq!(asked, [unchanged("/simple/report/"), unchanged("/simple/tables/")]);
        assert_eq!(fatwood.read("manifest.json"), first);
    }
}

/// An index of HTML pages, which say no size, with these versions of `report`.
fn html(versions: &[&str]) -> Server {
    let wheels: Vec<_> = versions.iter().map(|version| Wheel::new("report", version)).collect();
    let link = |wheel: &Wheel| {
        let (path, digest) = (wheel.path(), sha256_hex(&wheel.bytes()));
        format!("<a href='../..{path}#sha256={digest}'>a wheel</a>\n")
    };
    let page: String = wheels.iter().map(link).collect();
    let site = Site::new().typed("/simple/report/", "text/html", page);
    Server::start(wheels.iter().fold(site, |site, wheel| site.file(&wheel.path(), wheel.bytes())))
}

#[test]
fn a_page_that_changed_is_read_anew_and_wheels_are_asked_for_their_size_once() {
    let (server, newer) = (html(&["1.0"]), html(&["1.0", "1.1"]));
    let fatwood = Fatwood::new(Environment::new().pypi(&server));
    let names = || {
        let manifest: serde_json::Value = serde_json::from_str(&fatwood.read("manifest.json")).unwrap();
        manifest["artifacts"][0]["file"].as_str().unwrap().to_owned()
    };
    fatwood.run(REPORT).exits(0);
    assert_eq!(names(), "report-1.0-py3-none-any.whl");
    server.forget();
    fatwood.run(REPORT).exits(0).says(&["1 requests"]);
    assert_eq!(server.exchanges().len(), server.count("/simple/report/"));
    server.fail("/simple/report/", [Fault::Body(newer.published("/simple/report/"))]);
    let wheel = Wheel::new("report", "1.1").path();
    server.always(&wheel, Fault::Body(newer.published(&wheel)));
    fatwood.run(REPORT).exits(0);
    assert_eq!(names(), "report-1.1-py3-none-any.whl");
}

#[test]
fn a_wrong_page_is_not_kept() {
    let (pypi, fatwood) = machine();
    pypi.fail("/simple/tables/", [Fault::Html]);
    fatwood.run(REPORT).exits(76).says(&["/simple/tables/", "a login or an error page?"]);
    fatwood.run(&format!("{REPORT} --offline")).exits(69);
    fatwood.run(REPORT).exits(0);
}

#[test]
fn offline_a_warm_cache_gives_the_same_manifest() {
    let (pypi, fatwood) = machine();
    // It has neither project, which is believed too.
    let own = Index::new().wheel(Wheel::new("other", "1")).serve();
    let command = format!("{REPORT} --extra-index-url {}/simple/", own.url());
    fatwood.run(&command).exits(0);
    let first = fatwood.read("manifest.json");
    pypi.forget();
    own.forget();
    fatwood.run(&format!("{command} --offline")).exits(0).says(&["0 requests"]);
    assert_eq!(fatwood.read("manifest.json"), first);
    assert_eq!((pypi.exchanges().len(), own.exchanges().len()), (0, 0));
}

#[test]
fn offline_what_is_missing_is_named() {
    let (pypi, fatwood) = machine();
    let check = |missing: &str, expected: &str| {
        fatwood.forget_cache();
        pypi.fail(missing, [Fault::status(403)]);
        fatwood.run(REPORT).exits(77);
        pypi.forget();
        let outcome = fatwood.run(&format!("{REPORT} --offline")).exits(69);
        outcome.says(&[expected, "is not in the cache, and `--offline` forbids to ask for it"]);
        assert_eq!(pypi.exchanges().len(), 0);
    };
    check("report-1.0-py3-none-any.whl.metadata", "METADATA of `report-1.0-py3-none-any.whl`");
    check("/simple/tables/", "the page of project `tables` on index pypi");
    check("/simple/report/", "the page of project `report` on index pypi");
}

#[test]
fn a_project_that_appears_is_found() {
    let (pypi, fatwood) = machine();
    pypi.fail("/simple/report/", [Fault::status(404)]);
    fatwood.run(REPORT).exits(65).says(&["no index has report; asked: pypi"]);
    fatwood.run(&format!("{REPORT} --offline")).exits(65).says(&["no index has report; asked: pypi"]);
    fatwood.run(REPORT).exits(0);
}

#[test]
fn a_claimed_project_comes_from_its_index_alone() {
    // Each index has both projects, and the one that must not be asked has the higher versions.
    let public = index().wheel(Wheel::new("tables", "9.0")).serve();
    let own = index().wheel(Wheel::new("report", "9.0")).serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&public));
    let set = |claims: &str, requirement: &str| {
        let url = format!("{}/simple/", own.url());
        fatwood.write(
            "set.yaml",
            format!(
                "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: report\nspec:\n  \
                 target:\n    python: \"3.11\"\n  requirements: [{requirement}]\n  indexes:\n    - pypi\n    \
                 - {{id: own, url: '{url}', packages: [{claims}]}}\n"
            ),
        );
    };
    set("'Tab*'", "report");
    let manifest = fatwood.resolved("set.yaml");
    let files: Vec<_> =
        manifest["artifacts"].as_array().unwrap().iter().map(|wheel| &wheel["file"]).collect();
    assert_eq!(files, ["report-1.0-py3-none-any.whl", "tables-2.4.0-py3-none-any.whl"]);
    assert_eq!((public.count("/simple/tables/"), own.count("/simple/report/")), (0, 0));

    set("missing", "missing");
    fatwood.run("resolve set.yaml").exits(65).says(&["asked: own, since the project `missing` is claimed"]);
    set("tables", "missing");
    fatwood.run("resolve set.yaml").exits(65).says(&["asked: pypi, since the others claim other projects"]);
    set("tables==2", "report");
    fatwood.run("resolve set.yaml").exits(65).says(&["set.yaml:11", "`tables==2` claims no projects"]);
}

/// A page of links as people write them, and the wheels of `index` behind it.
fn links() -> Server {
    let wheels = [Wheel::new("report", "1.5").requires("tables>=2"), Wheel::new("tables", "2.1")];
    let mut page =
        "<h1>Our wheels</h1> <a href='mailto:a@example.org'>ask</a> <a href='../'>up</a>".to_owned();
    let mut site = Site::new();
    for wheel in wheels {
        let digest = sha256_hex(&wheel.bytes());
        write!(page, "<a href='..{}#sha256={digest}'>x</a>", wheel.path()).expect("a string takes text");
        site = site.file(&wheel.path(), wheel.bytes());
    }
    Server::start(site.typed("/wheels/", "text/html", page + "<a href='http://other.example.org/'>other</a>"))
}

#[test]
fn a_page_of_links_is_an_index_before_the_others() {
    let (pypi, links) = (index().wheel(Wheel::new("tables", "9.0")).serve(), links());
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    let check = |command: &str| {
        let manifest = fatwood.resolved(command);
        let artifacts = manifest["artifacts"].as_array().unwrap();
        let files: Vec<_> = artifacts.iter().map(|wheel| &wheel["file"]).collect();
        assert_eq!(files, ["report-1.5-py3-none-any.whl", "tables-2.1-py3-none-any.whl"], "{command}");
        assert_eq!((links.count("/wheels/"), pypi.exchanges().len()), (1, 0), "{command}");
        links.forget();
    };
    let url = format!("{}/wheels/", links.url());
    check(&format!("--requirement report --python 3.11 --find-links {url}"));
    fatwood.write("requirements.txt", format!("-f {url}\nreport\n"));
    check("-r requirements.txt --python 3.11");
    fatwood.write(
        "set.yaml",
        format!(
            "apiVersion: fatwood.dev/v1alpha1\nkind: DependencySet\nmetadata:\n  name: report\nspec:\n  \
             target:\n    python: \"3.11\"\n  requirements: [report]\n  indexes:\n    - findLinks: {url}\n    \
             - pypi\n"
        ),
    );
    check("set.yaml");
    fatwood.run("populate manifest.json --volume volume").exits(0);
    fatwood.run("resolve set.yaml --offline").exits(0);

    // What the page lacks comes from the next.
    let lamp = Index::new().wheel(Wheel::new("lamp", "1").requires("tables")).serve();
    let fatwood = fatwood.with(Environment::new().pypi(&lamp));
    let manifest = fatwood.resolved(&format!("--requirement lamp --python 3.11 --find-links {url}"));
    assert_eq!(manifest["artifacts"][0]["file"], "lamp-1-py3-none-any.whl");
    assert_eq!(manifest["artifacts"][1]["file"], "tables-2.1-py3-none-any.whl");
}

#[test]
fn links_that_cannot_serve_are_refused() {
    let (pypi, fatwood) = machine();
    let gone = format!("{}/gone/", pypi.url());
    let outcome = fatwood.run(&format!("{REPORT} --find-links {gone}")).exits(78);
    outcome.says(&["page of links", "/gone/ answers 404", "check the URL"]);
    fatwood.run(&format!("{REPORT} --find-links wheels")).exits(64).says(&["`--find-links`"]);
    for local in ["-f wheels", "--find-links=./wheels", "-f file:///opt/wheels"] {
        fatwood.write("requirements.txt", format!("six\n{local}\n"));
        let outcome = fatwood.run("resolve -r requirements.txt --python 3.11").exits(65);
        outcome.says(&[
            "requirements.txt:2",
            "a directory of this machine means nothing",
            "serve it over https",
        ]);
    }
}

#[test]
fn what_cannot_be_had_is_told_with_its_place_and_its_remedy() {
    let (pypi, fatwood) = machine();
    let zeros = "0".repeat(64);
    let check = |requirements: &str, code: i32, texts: &[&str]| {
        fatwood.write("requirements.txt", requirements);
        let outcome = fatwood.run("resolve -r requirements.txt --python 3.11").exits(code).says(texts);
        assert_eq!(outcome.stdout, "");
    };
    check(
        "six\nreprot\n",
        65,
        &["`reprot` (requirements.txt:2) is required", "no index has reprot; asked: pypi"],
    );
    check("tables>=3\n", 65, &["`tables>=3` (requirements.txt:1)", "2 releases of tables", "1.9.0 to 2.4.0"]);
    check(
        &format!("report==1.0 --hash=sha256:{zeros}\n"),
        65,
        &["report 1.0 has no fitting wheel with one of the hashes given", "requirements.txt:1"],
    );
    check("-r requirements.txt\n", 65, &["requirements.txt:1: `requirements.txt` includes itself"]);
    check(
        "-r https://example.org/r.txt\n",
        65,
        &["requirements.txt:1", "a file on a server may change unseen; fetch it and name the local file"],
    );
    for status in [401, 403] {
        pypi.fail("/simple/report/", [Fault::status(status)]);
        let answers = format!("index pypi answers {status}");
        check("report\n", 77, &[&answers, "project `report`", "a netrc file", "`pypi/token`"]);
    }
    let other = r#"{"meta": {"api-version": "1.0"}, "name": "other", "files": []}"#;
    let site = Site::new().typed("/simple/report/", "application/vnd.pypi.simple.v1+json", other);
    let server = Server::start(site.typed("/simple/tables/", "text/plain", "a page"));
    let fatwood = Fatwood::new(Environment::new().pypi(&server));
    let outcome = fatwood.run(REPORT).exits(76);
    outcome.says(&["index pypi says of project `report`", "the answer is for project `other`"]);
    let outcome = fatwood.run("resolve --requirement tables --python 3.11").exits(76);
    outcome.says(&[
        "expected PEP 691 JSON or PEP 503 HTML, got content type `text/plain`",
        "is the index' URL right?",
    ]);
}

#[test]
fn a_release_without_a_wheel_for_the_target_says_which_there_are() {
    let wheel = |tag: &str| Wheel::new("tables", "1").tag(tag);
    let pypi = Index::new()
        .wheel(wheel("cp311-cp311-win_amd64"))
        .wheel(wheel("cp39-cp39-manylinux_2_17_x86_64"))
        .serve();
    let fatwood = Fatwood::new(Environment::new().pypi(&pypi));
    let outcome = fatwood.run("resolve --requirement tables --python 3.11").exits(65);
    outcome.says(&["tables 1 has wheels only for cp311-cp311-win_amd64, cp39-cp39-manylinux_2_17_x86_64"]);
}
