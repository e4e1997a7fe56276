//! A server that says what a test wants, for what the sandbox is too honest for: refused codes, expired sessions.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// What it is asked: the path and the body.
pub struct Asked {
    pub path: String,
    pub body: String,
}

/// What it says: status, content type, body.
pub type Answer = (u16, &'static str, String);

/// Answers every request with what `answer` says, until the test ends. Gives the endpoint.
pub fn serve(answer: impl Fn(&Asked) -> Answer + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || talk(stream, &answer));
        }
    });
    endpoint
}

fn talk(stream: TcpStream, answer: &impl Fn(&Asked) -> Answer) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let asked = Asked {
            path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let (status, kind, text) = answer(&asked);
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        writer.write_all(head.as_bytes()).ok()?;
        writer.write_all(text.as_bytes()).ok()?;
    }
}

/// The answer of GetCallerIdentity.
pub fn caller(name: &str) -> Answer {
    let text = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::482177391105:user/{name}</Arn><UserId>AIDA</UserId><Account>482177391105</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    (200, "text/xml", text)
}

/// An error as the query services write it.
pub fn xml_error(status: u16, code: &str, message: &str) -> Answer {
    let text = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, "text/xml", text)
}
