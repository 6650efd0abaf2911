use super::*;

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn read(text: &str, content_type: &str) -> Result<Vec<File>, PageError> {
    let url = Url::parse("https://index.test/simple/six/").expect("a URL");
    parse(text.as_bytes(), Some(content_type), &url, PackageName::from_str("six").ok().as_ref())
}

#[test]
fn json_and_html_say_the_same() {
    let json = format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "Six", "files": [{{"filename": "six-1-py3-none-any.whl",
        "url": "../../f/six-1-py3-none-any.whl", "hashes": {{"sha256": "{SHA}"}}, "requires-python": ">=3.8",
        "yanked": "broken", "core-metadata": {{"sha256": "{SHA}"}}, "size": null}}]}}"#
    );
    let html = format!(
        "<html><a href='../../f/six-1-py3-none-any.whl#sha256={SHA}' data-requires-python='&gt;=3.8' \
         data-yanked=broken data-core-metadata='sha256={SHA}'>six</a>"
    );
    let file = File {
        name: "six-1-py3-none-any.whl".to_owned(),
        url: Url::parse("https://index.test/f/six-1-py3-none-any.whl").expect("a URL"),
        size: None,
        sha256: SHA.parse().ok(),
        sha512: None,
        requires_python: Some(">=3.8".to_owned()),
        yanked: Some("broken".to_owned()),
        metadata: SeparateMetadata::Yes { sha256: SHA.parse().ok() },
    };
    assert_eq!(read(&json, JSON).expect("JSON"), std::slice::from_ref(&file));
    assert_eq!(read(&html, "text/html; charset=utf-8").expect("HTML"), [file]);
}

#[test]
fn flags_come_in_several_shapes() {
    let check = |fields: &str, yanked: Option<&str>, metadata: SeparateMetadata| {
        let json = format!(
            r#"{{"meta": {{"api-version": "1.0"}}, "files": [{{"filename": "f", "url": "f", {fields}}}]}}"#
        );
        let file = read(&json, JSON).expect(fields).remove(0);
        assert_eq!((file.yanked.as_deref(), file.metadata), (yanked, metadata), "{fields}");
    };
    let yes = SeparateMetadata::Yes { sha256: None };
    check(r#""yanked": false, "core-metadata": false"#, None, SeparateMetadata::No);
    check(r#""yanked": true, "core-metadata": true"#, Some(""), yes);
    check(r#""dist-info-metadata": {}"#, None, yes);
    check(r#""core-metadata": false, "dist-info-metadata": true"#, None, SeparateMetadata::No);
    check(r#""hashes": {"md5": "0"}, "unknown": [1]"#, None, SeparateMetadata::No);
}

#[test]
fn links_are_made_absolute_and_lose_their_secrets() {
    let check = |href: &str, url: &str, name: &str| {
        let files = read(&format!("<a href='{href}'>"), "text/html").expect(href);
        assert_eq!((files[0].url.as_str(), files[0].name.as_str()), (url, name));
    };
    check("/x/a-1.whl#md5=0", "https://index.test/x/a-1.whl", "a-1.whl");
    check("https://u:p@files.test/a%2Bb.whl", "https://files.test/a%2Bb.whl", "a+b.whl");
    check("//files.test/a.whl?sig=1", "https://files.test/a.whl?sig=1", "a.whl");
}

#[test]
fn what_is_no_index_page_says_why() {
    let check = |text: &str, content_type: &str, reason: &str| {
        let error = read(text, content_type).expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
    };
    check("<html>please log in</html>", "text/html", "login");
    check("<html>", JSON, "no PEP 691 JSON");
    check("{}", "text/plain", "content type `text/plain`");
    check(r#"{"meta": {"api-version": "2.0"}, "files": []}"#, JSON, "version `2.0`");
    check("<meta name=pypi:repository-version content=2.1>", "text/html", "version `2.1`");
    check(r#"{"meta": {"api-version": "1.0"}, "name": "seven", "files": []}"#, JSON, "project `seven`");
    check("<a href=http://index.test/a.whl>", "text/html", "over https");
    check("<a href=file:///etc/a.whl>", "text/html", "over https");
    assert_eq!(read("<title>Links for six</title>", "text/html").expect("an empty page"), []);
}
