//! The way to a host: its address, a connection, and a handshake where the URL says https.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::Broken;
use super::trace::Trace;
use crate::model::client::answer::Step;
use crate::model::client::url::Url;

/// How long one of several addresses may take before the next is tried.
const EACH: Duration = Duration::from_secs(5);

/// A connection, safe or not.
pub enum Stream {
    /// As it is.
    Plain(TcpStream),
    /// Behind TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects.
pub async fn connect(
    url: &Url,
    tls: Option<Arc<ClientConfig>>,
    trace: &Trace<'_>,
) -> Result<Stream, Broken> {
    trace.begin(Step::Dns);
    let addresses = addresses(&url.host, url.connects_to()).await;
    trace.end();
    let addresses = addresses?;
    trace.begin(Step::Connect);
    let stream = first(&addresses).await;
    trace.end();
    let stream = stream.map_err(|(at, error)| unconnected(url, at, &error))?;
    // A request is small: it should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else {
        return Ok(Stream::Plain(stream));
    };
    trace.begin(Step::Tls);
    let name = ServerName::try_from(url.host.clone()).map_err(|_| {
        let text = format!("{} is no name that a certificate could have", url.host);
        (Step::Tls, text, String::new())
    })?;
    let shaken = tokio_rustls::TlsConnector::from(config)
        .connect(name, stream)
        .await;
    trace.end();
    match shaken {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(error) => {
            let (text, advice) = unsafe_words(&url.host, &error);
            Err((Step::Tls, text, advice))
        }
    }
}

/// Every name under `localhost` is this machine (RFC 6761, section 6.3), which not every resolver knows.
async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Broken> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if host == "localhost" || host.ends_with(".localhost") {
        let both = [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ];
        return Ok(both.map(|address| SocketAddr::new(address, port)).into());
    }
    let advice =
        "Look at the API's id and the region in it, and at this machine's network".to_owned();
    match tokio::net::lookup_host((host, port)).await {
        Ok(found) => {
            let found: Vec<SocketAddr> = found.collect();
            match found.is_empty() {
                false => Ok(found),
                true => Err((Step::Dns, format!("{host} has no address"), advice)),
            }
        }
        Err(_) => Err((Step::Dns, format!("No host is named {host}"), advice)),
    }
}

/// The first address that takes the connection; else the last error, and whose it was.
async fn first(addresses: &[SocketAddr]) -> Result<TcpStream, (SocketAddr, io::Error)> {
    let mut last = None;
    for address in addresses {
        let error = match tokio::time::timeout(EACH, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error,
            Err(_) => io::Error::from(io::ErrorKind::TimedOut),
        };
        // What the first one says is what a person looks for: the others are tries.
        last.get_or_insert((*address, error));
    }
    let nobody = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    Err(last.unwrap_or((nobody, io::Error::from(io::ErrorKind::NotFound))))
}

fn unconnected(url: &Url, at: SocketAddr, error: &io::Error) -> Broken {
    let host = url.authority();
    let (text, advice) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            format!("{host} refuses the connection ({at})"),
            "Nothing listens on this port: is the sandbox running?",
        ),
        io::ErrorKind::TimedOut => (
            format!("{host} does not take the connection ({at})"),
            "A firewall may stand between, or the API is private",
        ),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => (
            format!("There is no way to {host} ({at})"),
            "Look at this machine's network",
        ),
        _ => (format!("{host} can't be reached ({at}): {error}"), ""),
    };
    let local = at.ip().is_loopback() || error.kind() != io::ErrorKind::ConnectionRefused;
    let advice = if local { advice } else { "" };
    (Step::Connect, text, advice.to_owned())
}

/// Why a handshake failed, and what to do.
fn unsafe_words(host: &str, error: &io::Error) -> (String, String) {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let why = match inner {
        Some(rustls::Error::InvalidCertificate(why)) => why,
        Some(rustls::Error::InvalidMessage(_)) => {
            return (
                format!("{host} does not speak TLS on this port"),
                "Try http:// instead of https://".to_owned(),
            );
        }
        Some(other) => return (format!("The TLS handshake failed: {other}"), String::new()),
        None => {
            return (
                format!("The TLS handshake broke off: {error}"),
                String::new(),
            );
        }
    };
    let (text, advice) = match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (format!("The certificate of {host} has run out"), "")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("The certificate of {host} is not valid yet"),
            "Look at this machine's clock",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (format!("The certificate is not for {host}"), "")
        }
        CertificateError::UnknownIssuer => (
            format!("Nobody whom this machine trusts vouches for the certificate of {host}"),
            "Where a proxy of your company opens connections, name its certificates as the connection's CA bundle",
        ),
        CertificateError::Revoked => (format!("The certificate of {host} was revoked"), ""),
        other => (
            format!("The certificate of {host} is refused: {other:?}"),
            "",
        ),
    };
    (text, advice.to_owned())
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
