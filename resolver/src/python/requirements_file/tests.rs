use std::collections::BTreeMap;
use std::io;

use super::*;

const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Files in memory, and one variable.
struct Memory(BTreeMap<&'static str, String>);

impl Surroundings for Memory {
    fn read(&self, path: &str) -> io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "hunter2".to_owned())
    }
}

fn read_files<const N: usize>(files: [(&'static str, &str); N]) -> Result<Requirements, RequirementsError> {
    let memory = Memory(files.into_iter().map(|(path, text)| (path, text.to_owned())).collect());
    Requirements::of_file(files[0].0, &memory)
}

fn read(text: &str) -> Result<Requirements, RequirementsError> {
    read_files([("r.txt", text)])
}

fn texts(wanted: &[Wanted]) -> Vec<String> {
    wanted.iter().map(|wanted| format!("{} {}", wanted.place, wanted.text)).collect()
}

#[test]
fn requirements_keep_their_text_and_place() {
    let text = "\u{feff}# head\r\nsix>=1.0\r\nRequests [Security,tests] ~= 2.8.1 ; python_version > '3' # why\n\n\
                url @ https://h.test/url-1-py3-none-any.whl\nhttps://h.test/bare-1-py3-none-any.whl\nold (==2.32.3)";
    let requirements = read(text).expect("requirements");
    assert_eq!(
        texts(&requirements.wanted),
        [
            "r.txt:2 six>=1.0",
            "r.txt:3 Requests [Security,tests] ~= 2.8.1 ; python_version > '3'",
            "r.txt:5 url @ https://h.test/url-1-py3-none-any.whl",
            "r.txt:6 https://h.test/bare-1-py3-none-any.whl",
            "r.txt:7 old (==2.32.3)",
        ]
    );
    let names: Vec<_> = requirements.wanted.iter().map(|wanted| wanted.project.to_string()).collect();
    assert_eq!(names, ["six", "requests", "url", "bare", "old"]);
    assert!(requirements.hash_mode.is_none());
}

/// Files by number, each of which includes the next one twice, and the last nothing.
struct Doubling;

impl Surroundings for Doubling {
    fn read(&self, path: &str) -> io::Result<String> {
        let number: u32 = path.parse().map_err(io::Error::other)?;
        Ok(if number < 16 { format!("-r {0}\n-r {0}\n", number + 1) } else { String::new() })
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

#[test]
fn files_that_include_others_often_end() {
    let error = Requirements::of_file("1", &Doubling).expect_err("too many files").to_string();
    assert!(error.contains("more than 512 files"), "{error}");
    let requirements = Requirements::of_file("9", &Doubling).expect("255 files");
    assert!(requirements.wanted.is_empty());
}

#[test]
fn files_include_each_other() {
    let requirements = read_files([
        ("dir/a.txt", "-r sub/b.txt\n-c 'c c.txt'\nlast"),
        ("dir/sub/b.txt", "b\n-r ../../d.txt"),
        ("dir/sub/../../d.txt", "d"),
        ("dir/c c.txt", "c<2\n-r e.txt"),
        ("dir/e.txt", "e<2"),
    ])
    .expect("requirements");
    assert_eq!(
        texts(&requirements.wanted),
        ["dir/sub/b.txt:1 b", "dir/sub/../../d.txt:1 d", "dir/a.txt:3 last"]
    );
    assert_eq!(texts(&requirements.constraints), ["dir/c c.txt:1 c<2", "dir/e.txt:1 e<2"]);
}

#[test]
fn loops_and_missing_files_are_errors() {
    let error = read_files([("a.txt", "-r b.txt"), ("b.txt", "x\n-r a.txt")]).expect_err("a loop");
    assert!(error.to_string().starts_with("b.txt:2: `a.txt` includes itself"), "{error}");
    let error = read("-r nowhere.txt").expect_err("no such file");
    assert_eq!(error.to_string(), "r.txt:1: cannot read `nowhere.txt`");
    assert!(read("-r https://h.test/r.txt").is_err());
    assert!(read_files([("a.txt", "-r b.txt\n-r b.txt"), ("b.txt", "x")]).is_ok());
}

#[test]
fn one_hash_turns_hash_mode_on() {
    let sha512 = SHA.repeat(2);
    let text = format!("six==1 --hash=sha256:{SHA} \\\n  --hash sha512:{sha512}\nseven==1");
    let requirements = read(&text).expect("hashes");
    assert_eq!(requirements.hash_mode.map(|place| place.to_string()).as_deref(), Some("r.txt:1"));
    assert_eq!(requirements.wanted[0].hashes.len(), 2);
    assert!(requirements.wanted[1].hashes.is_empty());
    assert!(read("six\n--require-hashes").expect("an option").hash_mode.is_some());
}

#[test]
fn indexes_keep_their_secrets_to_themselves() {
    let text = "--index-url https://u:${TOKEN}@h.test/simple\n--extra-index-url=https://x.test/simple";
    let requirements = read(text).expect("indexes");
    let roles: Vec<_> = requirements.indexes.iter().map(|index| (index.role, index.url.password())).collect();
    assert_eq!(roles, [(IndexRole::Default, Some("hunter2")), (IndexRole::Extra, None)]);
    assert!(!format!("{requirements:?}").contains("hunter2"));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let check = |line: &str, reason: &str| {
        let error = read(&format!("six\n{line}\n")).expect_err(line).to_string();
        assert!(error.starts_with("r.txt:2: "), "{error}");
        assert!(error.contains(reason), "{line}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    };
    check("-e .", "editable");
    check("--editable=git+https://h.test/x", "editable");
    check(".", "a path of this machine");
    check("./x-1-py3-none-any.whl", "a path of this machine");
    check("x-1-py3-none-any.whl", "a local wheel");
    check("dir/x", "a path of this machine");
    check("x @ file:///x-1-py3-none-any.whl", "a path of this machine");
    check("git+https://u:${TOKEN}@h.test/x", "checkout");
    check("x @ git+https://h.test/x", "checkout");
    check("x @ https://u:${TOKEN}@h.test/x-1-py3-none-any.whl", "credentials");
    check("x @ https://h.test/x-1.tar.gz", "only wheels");
    check("https://h.test/x-1.tar.gz", "only wheels");
    check("x @ https://h.test/y-1-py3-none-any.whl", "of project `y`");
    check("six#x", "expected a requirement");
    check("requests=2", "expected a requirement");
    check("requests>=2.31<3", "expected a requirement");
    check("x~=1", "expected a requirement");
    check(&format!("x --hash=md5:{}", &SHA[..32]), "`md5` is not taken");
    check(&format!("x --hash=sha384:{}", &SHA.repeat(2)[..96]), "`sha384` is not taken");
    check("x --hash=sha256:0", "no sha256");
    check("x --global-option=y", "for builds");
    check("x @ https://h.test/x-1.tar.gz?token=hunter2", "holds a token");
    check("--extra-index-url=https://h.test:hunter2", "not well-formed");
    check("--frob:https://u:hunter2@h.test", "unknown");
    check("-c https://u:${TOKEN}@h.test/c.txt", "on a server");
}

#[test]
fn constraints_are_plain() {
    let check = |line: &str, reason: &str| {
        let error = read_files([("r.txt", "-c c.txt"), ("c.txt", line)]).expect_err(line).to_string();
        assert!(error.starts_with("c.txt:1: ") && error.contains(reason), "{error}");
    };
    check("x[y]<2", "extras");
    check("x @ https://h.test/x-1-py3-none-any.whl", "URL");
}

fn read_list(line: &str) -> Result<Requirements, RequirementsError> {
    let files = [("/etc/passwd", "root:x:0:0"), ("b.txt", "-r sub/c.txt"), ("sub/c.txt", "-r ../../secret")];
    let files = files.into_iter().chain([("i.txt", "-i https://u:${TOKEN}@h.test/"), ("ok.txt", "six")]);
    let memory = Memory(files.map(|(path, text)| (path, text.to_owned())).collect());
    Requirements::of_list(&[line.to_owned()], "spec.requirements", &memory)
}

#[test]
fn variables_are_put_into_urls_of_indexes_alone() {
    let line = "hunter-x ; os_name == '${TOKEN}'";
    for requirements in [read(line), read_list(line)] {
        assert_eq!(requirements.expect("a marker").wanted[0].text, line);
    }
    for text in
        ["x-${TOKEN}", "--${TOKEN}", "-r ${TOKEN}.txt", "six --hash=sha256:${TOKEN}", "-i https://[${TOKEN}"]
    {
        for error in [read(text), read_list(text)] {
            let error = format!("{:?}", error.expect_err(text));
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
    for line in ["-i https://h.test/${TOKEN}/", "--extra-index-url=https://u:${TOKEN}@h.test/", "-r i.txt"] {
        let error = read_list(line).expect_err(line).to_string();
        assert!(
            error.contains("variables are put in only in files") && !error.contains("hunter2"),
            "{error}"
        );
    }
}

#[test]
fn lists_include_only_files_beside_them() {
    for line in ["-r /etc/passwd", "-c /etc/passwd", "-r ../b.txt", "-r sub/../../x", "--requirement=b.txt"] {
        let error = read_list(line).expect_err(line).to_string();
        assert!(error.contains("only files beside it") && !error.contains("root:"), "{error}");
    }
    assert_eq!(texts(&read_list("-r ok.txt").map(|read| read.wanted).unwrap_or_default()), ["ok.txt:1 six"]);
    assert!(
        read_files([("/a/r.txt", "-r ../b/s.txt\n-c /c.txt"), ("/a/../b/s.txt", "six"), ("/c.txt", "six")])
            .is_ok()
    );
}

#[test]
fn lists_name_their_entries() {
    let lines = ["six".to_owned(), "a\nb==\n".to_owned()];
    let error =
        Requirements::of_list(&lines, "spec.requirements", &Memory(BTreeMap::new())).expect_err("no version");
    assert!(error.to_string().starts_with("spec.requirements[1]:2: `b==`"), "{error}");
}
