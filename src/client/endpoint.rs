//! Where the service is and how its certificate is checked.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::link::MAX_MESSAGE;
use crate::protocol::Shown;

/// The address of a Relay service.
#[derive(Debug, Clone)]
pub struct Endpoint {
    url: String,
    host: String,
    tls: Option<Arc<rustls::ClientConfig>>,
}

/// Why an address or certificate file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not an address.
    #[error(
        "host {0:?} is not an address; give a name like relay.signalwire.com or example.signalwire.com, with :port if needed"
    )]
    Address(String),
    /// `ws://` to somewhere else than this machine.
    #[error("ws:// to {0:?} would send the token in the clear; use wss://, or a loopback address")]
    Plain(String),
    /// The CA file is of no use.
    #[error("CA file {path}: {why}; it has to be readable and hold PEM certificates")]
    CaFile {
        /// Which.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The TLS library refused its own defaults.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}

impl Endpoint {
    /// Reads `host`, `host:port`, `wss://host[:port]` or, for loopback only, `ws://host[:port]`. `ca_file` is a
    /// PEM bundle trusted in addition to the public roots.
    ///
    /// # Errors
    /// When the address is none, would be unprotected, or the CA file cannot be read.
    pub fn new(host: &str, ca_file: Option<&PathBuf>) -> Result<Self, EndpointError> {
        let address = || EndpointError::Address(Shown::new(host).to_string());
        let (tls, rest) = match host.split_once("://") {
            Some(("wss", rest)) => (true, rest),
            Some(("ws", rest)) => (false, rest),
            Some(_) => return Err(address()),
            None => (true, host),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let bad = |c: char| c.is_control() || c.is_whitespace() || "@/?#\\\"<>".contains(c);
        if rest.is_empty() || rest.contains(bad) {
            return Err(address());
        }
        let name = host_name(rest).ok_or_else(address)?;
        if !tls && !is_loopback(name) {
            return Err(EndpointError::Plain(rest.to_owned()));
        }
        let scheme = if tls { "wss" } else { "ws" };
        let tls = if tls { Some(tls_config(ca_file)?) } else { None };
        Ok(Self { url: format!("{scheme}://{rest}/"), host: rest.to_owned(), tls })
    }

    /// Host and port, as given.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, as a URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name or address of the machine, without brackets, and the port.
    #[must_use]
    pub fn name_and_port(&self) -> (&str, u16) {
        let name = host_name(&self.host).unwrap_or(&self.host);
        let port = self.host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        (name, port.unwrap_or(if self.tls.is_some() { 443 } else { 80 }))
    }

    /// How its certificate is checked; none where there is no TLS.
    #[must_use]
    pub fn tls(&self) -> Option<&Arc<rustls::ClientConfig>> {
        self.tls.as_ref()
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// In words, when there is no connection to be had.
    pub async fn open(self) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Shown> {
        let connector = self.tls.map_or(Connector::Plain, Connector::Rustls);
        let opened = connect_async_tls_with_config(&self.url, Some(limits()), true, Some(connector)).await;
        opened.map(|(socket, _)| socket).map_err(|error| Shown::new(&error.to_string()))
    }
}

/// The limits of a socket, also for those made elsewhere: see [`Client::connect_with`](crate::calling::Client::connect_with).
#[must_use]
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
        .max_write_buffer_size(1024 * 1024)
}

/// The name without its port; `None` when a port is there but is no number.
fn host_name(address: &str) -> Option<&str> {
    if let Some(rest) = address.strip_prefix('[') {
        let (name, port) = rest.split_once(']')?;
        return (port.is_empty() || port.strip_prefix(':')?.parse::<u16>().is_ok()).then_some(name);
    }
    match address.rsplit_once(':') {
        Some((name, port)) => {
            (!name.is_empty() && !name.contains(':') && port.parse::<u16>().is_ok()).then_some(name)
        }
        None => Some(address),
    }
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() && ip != IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn tls_config(ca_file: Option<&PathBuf>) -> Result<Arc<rustls::ClientConfig>, EndpointError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let unusable = |why: String| EndpointError::CaFile { path: path.display().to_string(), why };
        let mut found = 0;
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            found += 1;
        }
        if found == 0 {
            return Err(unusable("no certificate in it".into()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| EndpointError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_and_none_that_would_leak_the_token() {
        let url = |host: &str| Endpoint::new(host, None).map(|endpoint| endpoint.url);
        assert_eq!(url("relay.signalwire.com").unwrap(), "wss://relay.signalwire.com/");
        assert_eq!(url("wss://x.example:8443/").unwrap(), "wss://x.example:8443/");
        assert_eq!(url("ws://127.0.0.1:8080").unwrap(), "ws://127.0.0.1:8080/");
        assert_eq!(url("ws://[::1]:8080").unwrap(), "ws://[::1]:8080/");
        assert!(matches!(url("ws://relay.signalwire.com"), Err(EndpointError::Plain(_))));
        assert!(matches!(url("ws://0.0.0.0:80"), Err(EndpointError::Plain(_))));
        for bad in
            ["", "a b", "user@host", "host/path", "http://host", "host:port", "ws://localhost.evil.example/x"]
        {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_and_ports_of_every_form() {
        for (host, name, port) in [
            ("relay.signalwire.com", "relay.signalwire.com", 443),
            ("h:8443", "h", 8443),
            ("ws://127.0.0.1:9", "127.0.0.1", 9),
            ("ws://localhost", "localhost", 80),
            ("ws://[::1]:8080", "::1", 8080),
            ("[::1]", "::1", 443),
        ] {
            assert_eq!(Endpoint::new(host, None).unwrap().name_and_port(), (name, port), "{host}");
        }
    }

    #[test]
    fn a_ca_file_that_holds_none_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Endpoint::new("h", Some(&file.path().to_owned())).unwrap_err();
        assert!(error.to_string().contains("no certificate"), "{error}");
    }
}
