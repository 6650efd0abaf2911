//! The servers do what the other tests rely on: a fault that injects nothing proves nothing.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Fault, Index, Maven, S3, Server, Site, Wheel, bytes_of};

/// What a plain client sees: the head, the body, and how the connection ended.
struct Seen {
    head: String,
    body: Vec<u8>,
    end: Result<(), ErrorKind>,
}

fn get(server: &Server, path: &str, headers: &str) -> Seen {
    let url = server.url();
    let host = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(host).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")
        .expect("a request");
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).map(|_| ()).map_err(|error| error.kind());
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let body = answer.split_off(split);
    Seen { head: String::from_utf8(answer).expect("a head in ASCII").to_lowercase(), body, end }
}

#[test]
fn faults_break_a_body_at_their_byte() {
    let bytes = bytes_of("any", 300_000);
    let server = Server::start(Site::new().file("/file", bytes.clone()));
    let get = |fault: Fault| {
        server.fail("/file", [fault]);
        get(&server, "/file", "")
    };
    for after in [0, 1, 150_000, 299_999] {
        let length = usize::try_from(after).unwrap();
        let seen = get(Fault::Cut { after });
        assert!(seen.head.contains("content-length: 300000"), "{}", seen.head);
        assert!(seen.body == bytes[..length] && seen.end == Ok(()), "{after} {:?}", seen.end);
        let seen = get(Fault::Reset { after });
        assert!(
            bytes.starts_with(&seen.body) && seen.end == Err(ErrorKind::ConnectionReset),
            "{:?}",
            seen.end
        );
        let seen = get(Fault::Stall { after });
        assert!(seen.body == bytes[..length] && seen.end == Err(ErrorKind::WouldBlock), "{:?}", seen.end);
        let seen = get(Fault::Flip { at: after });
        let wrong: Vec<_> = (0..bytes.len()).filter(|at| seen.body[*at] != bytes[*at]).collect();
        assert_eq!(wrong, [length]);
    }
    server.assert_script_played();
    assert!(get(Fault::Html).head.contains("200 ok"));
    assert_eq!(get(Fault::Body("other".into())).body, b"other");
    assert!(
        get(Fault::Redirect("http://elsewhere/".to_owned())).head.contains("location: http://elsewhere/")
    );
    let busy = get(Fault::Status { code: 429, retry_after: Some(7) }).head;
    assert!(busy.starts_with("http/1.1 429") && busy.contains("retry-after: 7"), "{busy}");
}

#[test]
fn ranges_are_answered_as_rfc_9110_says() {
    let server = Server::start(Site::new().file("/file", "0123456789"));
    let check = |headers: &str, status: &str, body: &str| {
        let seen = get(&server, "/file", headers);
        assert!(seen.head.starts_with(&format!("http/1.1 {status}")), "{headers:?}: {}", seen.head);
        assert_eq!(String::from_utf8(seen.body).unwrap(), body, "{headers:?}");
    };
    check("", "200", "0123456789");
    check("Range: bytes=2-4\r\n", "206", "234");
    check("Range: bytes=7-\r\n", "206", "789");
    check("Range: bytes=-3\r\n", "206", "789");
    check("Range: bytes=8-99\r\n", "206", "89");
    check("Range: bytes=10-\r\n", "416", "");
    check("Range: bytes=7-\r\nIf-Range: \"another\"\r\n", "200", "0123456789");
    assert_eq!(server.exchanges().iter().map(|exchange| exchange.sent).sum::<u64>(), 10 + 3 + 3 + 3 + 2 + 10);
}

#[test]
fn each_kind_of_source_publishes_its_files() {
    let maven = Maven::new().jar("g.h:a:1", &["g.h:b:2"]).serve();
    assert!(get(&maven, "/g/h/a/1/a-1.jar", "").body.starts_with(b"PK"));
    assert_eq!(get(&maven, "/g/h/a/1/a-1.jar.sha1", "").body.len(), 40);
    assert!(get(&maven, "/g/h/b/2/b-2.pom", "").head.starts_with("http/1.1 404"));

    let index = Index::new().wheel(Wheel::new("My.Clock", "1.5")).serve();
    let page = get(&index, "/simple/my-clock/", "");
    assert!(page.head.contains("application/vnd.pypi.simple.v1+json"), "{}", page.head);
    let page: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    assert_eq!(page["files"][0]["filename"], "My.Clock-1.5-py3-none-any.whl");

    let s3 = S3::start().object("data", "a.csv", "private").object(S3::PUBLIC, "a.csv", "open");
    assert!(get(&s3.server, "/data/a.csv", "").head.starts_with("http/1.1 403"));
    assert_eq!(get(&s3.server, "/public/a.csv", "").body, b"open");
    let wrong = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAFATWOODTESTS/20260101/us-east-1/s3/aws4_request, \
                 SignedHeaders=host, Signature=00\r\n";
    assert!(!get(&s3.server, "/data/a.csv", wrong).head.starts_with("http/1.1 200"));
}
