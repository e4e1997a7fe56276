//! A scripted server on loopback: it answers what a test says, in bytes, so that faults are real ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What came in.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What goes out.
pub enum Reply {
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The connection stays open and silent.
    Hang,
    /// A good status and half of what was promised.
    DropMidBody,
    /// The connection closes before anything is said.
    Close,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("x-amzn-requestid", "11111111-2222".to_owned()),
        ];
        Self::Http(status, headers, body.as_bytes().to_vec())
    }

    /// An error in rest-json, as Lambda writes it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "Message": message, "Type": "User" }).to_string();
        match Self::json(status, &body) {
            Self::Http(status, mut headers, body) => {
                headers.push(("x-amzn-errortype", code.to_owned()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }

    pub fn xml(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "text/xml".to_owned())];
        Self::Http(status, headers, body.as_bytes().to_vec())
    }

    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Http(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }
}

/// What a TLS server shows.
#[derive(Debug, Clone, Copy)]
pub enum Certificate {
    /// For localhost and 127.0.0.1, by the authority in `testdata/ca.pem`.
    Signed,
    /// By itself, an authority's, and for another name: all that AWS Emulator and its like do.
    SelfSigned,
}

/// Listens until the test's process ends.
pub struct Server {
    pub endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// `answer` gets the number of the request, from 0, and the request.
    pub fn start(answer: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen("http", answer, |mut stream, seen, answer| {
            serve(&mut stream, seen, answer)?;
            stream.shutdown(Shutdown::Write)
        })
    }

    /// The same over TLS.
    pub fn start_tls(
        certificate: Certificate,
        answer: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let (chain, key) = match certificate {
            Certificate::Signed => (
                include_str!("connection/testdata/server.pem"),
                include_str!("connection/testdata/server.key"),
            ),
            Certificate::SelfSigned => (
                include_str!("connection/testdata/selfsigned.pem"),
                include_str!("connection/testdata/selfsigned.key"),
            ),
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        Self::listen("https", answer, move |stream, seen, answer| {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            serve(&mut stream, seen, answer)?;
            stream.conn.send_close_notify();
            stream.flush()
        })
    }

    fn listen(
        scheme: &str,
        answer: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
        serve: impl Fn(TcpStream, &Mutex<Vec<Seen>>, &Answer) -> std::io::Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, serve) = (Arc::new(answer), Arc::new(serve));
        let kept = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                stream
                    .set_read_timeout(Some(Duration::from_secs(30)))
                    .unwrap();
                let (seen, answer, serve) = (kept.clone(), answer.clone(), serve.clone());
                std::thread::spawn(move || {
                    let _ = serve(stream, &seen, answer.as_ref());
                });
            }
        });
        Self { endpoint, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

type Answer = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

fn serve(
    stream: &mut (impl Read + Write),
    seen: &Mutex<Vec<Seen>>,
    answer: &Answer,
) -> std::io::Result<()> {
    let request = read_request(stream)?;
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    match answer(number, &request) {
        Reply::Http(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\n");
            if !headers.iter().any(|(name, _)| *name == "content-length") {
                head += &format!("content-length: {}\r\n", body.len());
            }
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            stream.write_all(&body)?;
        }
        Reply::Hang => {
            let _ = stream.read(&mut [0; 16]);
        }
        Reply::DropMidBody => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            stream.write_all(br#"{"Functions":[{"FunctionName":"half"#)?;
        }
        Reply::Close => {}
    }
    stream.flush()
}

fn read_request(stream: &mut impl Read) -> std::io::Result<Seen> {
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    let end = loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&piece[..count]);
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut seen = Seen {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: bytes[end + 4..].to_vec(),
    };
    let length = seen.header("content-length").and_then(|l| l.parse().ok());
    while seen.body.len() < length.unwrap_or(0) {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        seen.body.extend_from_slice(&piece[..count]);
    }
    Ok(seen)
}

/// Fetches a query through a store and its tasks, as a window would, and gives what is known when it has ended.
pub async fn fetch<Q: crate::store::Query<crate::cloud::Cloud>>(
    cloud: crate::cloud::Cloud,
    query: &Q,
) -> crate::store::Loadable<Q::Output> {
    let ended = |known: &crate::store::Loadable<Q::Output>| {
        !known.loading && (known.value.is_some() || known.error.is_some())
    };
    fetch_until(cloud, query, ended).await
}

/// The same until `enough`, for those that never end. Gives up after ten seconds.
pub async fn fetch_until<Q: crate::store::Query<crate::cloud::Cloud>>(
    cloud: crate::cloud::Cloud,
    query: &Q,
    mut enough: impl FnMut(&crate::store::Loadable<Q::Output>) -> bool,
) -> crate::store::Loadable<Q::Output> {
    use crate::store::{ConnectionKey, Store};
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
    let handle = tokio::runtime::Handle::current();
    let mut tasks = crate::tasks::Tasks::new(handle, wake.clone(), None);
    let mut store = Store::new(tasks.outbox(), wake);
    let key = ConnectionKey(1);
    store.connect(key, Arc::new(cloud), "test".into(), false);
    store.switch(key);
    for _ in 0..5_000 {
        tasks.deliver(&mut store, 0);
        let known = store.want(query, 0);
        tasks.run(&mut store);
        if enough(&known) {
            return known;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{query:?} did not come to what was waited for");
}

/// Applies an action without a store.
pub async fn apply(
    cloud: crate::cloud::Cloud,
    action: impl crate::store::Action<crate::cloud::Cloud>,
) -> Result<crate::store::Applied, crate::model::error::CloudError> {
    let progress = crate::store::Progress::new(Arc::new(|| {}));
    let action = Arc::new(action);
    crate::store::Action::apply(action, Arc::new(cloud), Arc::new(progress)).await
}
