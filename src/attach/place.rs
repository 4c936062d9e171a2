//! Where a hub is attached to: a unix socket on this machine, or TLS with a client certificate anywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::wire::Any;
use crate::hub::identity;
use crate::hub::settings::Identity;
use crate::protocol::Shown;

/// How long it may take to get there.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// Where a hub is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A socket on this machine: the hub knows the person by the login.
    Unix(PathBuf),
    /// Another machine: the hub knows the person by the certificate.
    Tls {
        /// Host and port.
        address: String,
        /// The host that its certificate has to name.
        name: ServerName<'static>,
        /// How it is checked, and with what this side shows who it is.
        config: Arc<rustls::ClientConfig>,
    },
}

/// The certificate of a person and what the hub's is checked with.
#[derive(Debug, Clone, Default)]
pub struct Papers {
    /// PEM certificate of the person, with those between it and its authority.
    pub certificate: Option<PathBuf>,
    /// PEM private key of it.
    pub key: Option<PathBuf>,
    /// PEM certificates that the hub's may be signed by.
    pub ca_file: Option<PathBuf>,
}

/// Why a place is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Not an address.
    #[error("{0} is no place of a hub; give the path of its socket, or tls://HOST:PORT")]
    Address(Shown),
    /// No certificate given.
    #[error("a hub on another machine knows people by their certificates; give {0} too")]
    Missing(&'static str),
    /// A file cannot be used.
    #[error("{0}")]
    Papers(Shown),
}

impl Place {
    /// Reads a path, or `tls://HOST:PORT` together with the papers for it.
    ///
    /// # Errors
    /// When it is no address, or the papers are missing or cannot be read.
    pub fn new(place: &str, papers: &Papers) -> Result<Self, PlaceError> {
        let wrong = || PlaceError::Address(Shown::new(place));
        let Some(address) = place.strip_prefix("tls://") else {
            if place.is_empty() || place.contains("://") {
                return Err(wrong());
            }
            return Ok(Self::Unix(PathBuf::from(place.strip_prefix("unix:").unwrap_or(place))));
        };
        let (host, port) = address.trim_end_matches('/').rsplit_once(':').ok_or_else(wrong)?;
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| wrong())?;
        let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(Self::Tls { address, name, config: papers.config()? })
    }

    /// Where it is, for people.
    #[must_use]
    pub fn shown(&self) -> Shown {
        match self {
            Self::Unix(path) => Shown::new(&path.display().to_string()),
            Self::Tls { address, .. } => Shown::new(&format!("tls://{address}")),
        }
    }

    /// The same, short enough for a header: `hub` for the usual socket, else `hub` and the name of the socket or host.
    #[must_use]
    pub fn title(&self) -> Shown {
        let name = match self {
            Self::Unix(path) => path.file_stem().map(|name| name.to_string_lossy().into_owned()),
            Self::Tls { address, .. } => address.rsplit_once(':').map(|(host, _)| host.to_owned()),
        };
        match name.as_deref() {
            None | Some("hub" | "") => "hub".into(),
            Some(name) => Shown::new(&format!("hub {name}")),
        }
    }

    /// Goes there.
    ///
    /// # Errors
    /// In words that name the next step.
    pub async fn open(self) -> Result<Any, Shown> {
        let opened = tokio::time::timeout(OPEN_WITHIN, self.go());
        opened.await.map_err(|_| Shown::new(&format!("no answer within {} s", OPEN_WITHIN.as_secs())))?
    }

    async fn go(self) -> Result<Any, Shown> {
        match self {
            Self::Unix(path) => match UnixStream::connect(&path).await {
                Ok(stream) => Ok(Box::new(stream)),
                Err(error) => Err(no_socket(&path, &error)),
            },
            Self::Tls { address, name, config } => {
                let said = |error: std::io::Error| Shown::new(&format!("{address}: {error}"));
                let stream = TcpStream::connect(&address).await.map_err(said)?;
                // Lines are small and somebody waits for each; without it only the timing would suffer.
                drop(stream.set_nodelay(true));
                let stream = TlsConnector::from(config).connect(name, stream).await.map_err(said)?;
                Ok(Box::new(stream))
            }
        }
    }
}

fn no_socket(path: &Path, error: &std::io::Error) -> Shown {
    let next = match error.kind() {
        std::io::ErrorKind::NotFound => "; no hub runs here: start one with `callboard hub`",
        std::io::ErrorKind::ConnectionRefused => {
            "; the hub that made it is gone: start one with `callboard hub`"
        }
        std::io::ErrorKind::PermissionDenied => {
            "; the socket belongs to somebody else: whoever runs the hub can give access to it"
        }
        _ => "",
    };
    Shown::new(&format!("{}: {error}{next}", path.display()))
}

impl Papers {
    fn config(&self) -> Result<Arc<rustls::ClientConfig>, PlaceError> {
        let certificate = self.certificate.clone().ok_or(PlaceError::Missing("--certificate FILE"))?;
        let key = self.key.clone().ok_or(PlaceError::Missing("--key FILE"))?;
        let config = identity::client_config(&Identity { certificate, key }, self.ca_file.as_deref());
        config.map_err(|error| PlaceError::Papers(Shown::new(&error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_socket_and_another_machine_wants_papers() {
        let none = Papers::default();
        assert!(
            matches!(Place::new("/run/hub.sock", &none), Ok(Place::Unix(path)) if path == Path::new("/run/hub.sock"))
        );
        assert_eq!(
            Place::new("tls://ops1:7443", &none).unwrap_err(),
            PlaceError::Missing("--certificate FILE")
        );
        for wrong in ["", "http://ops1:7443", "tls://ops1", "tls://:x", "tls://a b:1"] {
            assert!(matches!(Place::new(wrong, &none), Err(PlaceError::Address(_))), "{wrong}");
        }
    }
}
