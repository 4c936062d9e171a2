//! The way to the service: TCP, and TLS that is always verified.

use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, TlsStream};

use super::socket::{Socket, prepare};
use crate::client::Endpoint;

/// TCP and TLS may take so long.
const WITHIN: Duration = Duration::from_secs(10);

/// Opens a connection to the service.
///
/// # Errors
/// In words, when there is none to be had.
pub async fn connect(endpoint: &Endpoint) -> Result<Socket, String> {
    let late = |_| format!("no connection within {} s", WITHIN.as_secs());
    timeout(WITHIN, open(endpoint)).await.map_err(late)?
}

async fn open(endpoint: &Endpoint) -> Result<Socket, String> {
    let (name, port) = endpoint.name_and_port();
    let stream = TcpStream::connect((name, port)).await.map_err(|error| error.to_string())?;
    prepare(&stream).map_err(|error| error.to_string())?;
    let Some(config) = endpoint.tls() else { return Ok(Socket::Plain(stream)) };
    let name = ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(config.clone());
    let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
    Ok(Socket::Tls(Box::new(TlsStream::Client(stream))))
}
