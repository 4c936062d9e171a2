//! Who is at the other end of a socket: the user of a process, or the name in a certificate; and TLS that asks for one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use nix::unistd::{Gid, Group, Uid, User};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::people::Caller;
use super::settings::Identity;
use crate::protocol::Shown;

/// Why a certificate, a key or whoever shows them is of no use.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read, or holds something else.
    #[error("{path}: {why}; a PEM file with {wanted} is wanted here")]
    File {
        /// Which.
        path: Shown,
        /// What is wrong.
        why: Shown,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Everybody on the machine can read a key.
    #[error("{path} holds a key and everybody here can read it: run  chmod o= {path}")]
    Exposed {
        /// Which.
        path: Shown,
    },
    /// The TLS library refuses what it was given.
    #[error("TLS cannot be set up: {0}")]
    Tls(Shown),
    /// A client certificate names nobody, or several.
    #[error(
        "the client certificate has no common name, or more than one: have one made with the person's name"
    )]
    Nameless,
    /// The group of the configuration does not exist.
    #[error("there is no group {0}: make it, or change `socket_group` in [hub]")]
    NoGroup(Shown),
    /// The system does not say who is there.
    #[error("the system does not say who is there: {0}")]
    System(#[from] io::Error),
}

fn tls(error: &dyn std::fmt::Display) -> IdentityError {
    IdentityError::Tls(Shown::new(&error.to_string()))
}

/// Who is at the other end of a unix socket, as the system vouches for it.
///
/// # Errors
/// When it does not.
pub async fn of_process(stream: &UnixStream) -> Result<Caller, IdentityError> {
    let uid = stream.peer_cred()?.uid();
    // Directories of users may be on other machines.
    let login = tokio::task::spawn_blocking(move || login(uid)).await.map_err(io::Error::other)?;
    Ok(Caller::Process { uid, login })
}

/// The login name of a user. Where the machine knows none, the number has to do.
fn login(uid: u32) -> Option<String> {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name)
}

/// The group that may open the socket, by its name.
///
/// # Errors
/// When there is none of this name.
pub fn group(name: &str) -> Result<Gid, IdentityError> {
    let found = Group::from_name(name).map_err(io::Error::from)?;
    found.map(|group| group.gid).ok_or_else(|| IdentityError::NoGroup(Shown::new(name)))
}

/// Who is at the other end of a TLS connection whose certificate [`server_config`] has verified.
///
/// # Errors
/// When the certificate names nobody, or several.
pub fn of_certificate(stream: &TlsStream<TcpStream>) -> Result<Caller, IdentityError> {
    let (socket, session) = stream.get_ref();
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let name = shown.and_then(|certificate| common_name(certificate)).ok_or(IdentityError::Nameless)?;
    Ok(Caller::Certificate { name, address: socket.peer_addr()?.to_string() })
}

/// The common name of a certificate, when it has just one.
fn common_name(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = certificate.subject().iter_common_name();
    let name = names.next()?.as_str().ok().map(str::trim).filter(|name| !name.is_empty())?;
    names.next().is_none().then(|| name.to_owned())
}

/// A certificate and its key, as they are on the disk.
///
/// # Errors
/// When a file is of no use, they do not belong together, or everybody can read the key.
pub fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>, IdentityError> {
    let chain = certificates(&identity.certificate)?;
    let key = key(&identity.key)?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map(Arc::new).map_err(|error| tls(&error))
}

/// TLS for consoles: the hub shows this certificate, and lets in whoever shows one that an authority of the file signed.
/// Nothing is remembered from one connection to the next, so every one is verified anew.
///
/// # Errors
/// When the file is of no use.
pub fn server_config(
    own: Arc<dyn ResolvesServerCert>,
    client_ca: &Path,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots(client_ca)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
    let verifier = verifier.build().map_err(|error| tls(&error))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| tls(&error))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(own);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// The same certificate for everybody, as [`server_config`] takes it.
#[must_use]
pub fn always(own: &CertifiedKey) -> Arc<dyn ResolvesServerCert> {
    Arc::new(SingleCertAndKey::from(own.clone()))
}

/// TLS for a console that attaches: it shows this certificate, and trusts the authorities of the file, or without one
/// the public ones.
///
/// # Errors
/// When a file is of no use, or the certificate and the key do not belong together.
pub fn client_config(own: &Identity, ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, IdentityError> {
    let trusted = match ca_file {
        Some(path) => roots(path)?,
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| tls(&error))?
        .with_root_certificates(trusted)
        .with_client_auth_cert(certificates(&own.certificate)?, key(&own.key)?);
    config.map(Arc::new).map_err(|error| tls(&error))
}

fn unusable(path: &Path, why: &str, wanted: &'static str) -> IdentityError {
    IdentityError::File { path: Shown::whole(&path.display().to_string()), why: Shown::new(why), wanted }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    const WANTED: &str = "certificates";
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| unusable(path, &error.to_string(), WANTED))?;
    if found.is_empty() { Err(unusable(path, "there is no certificate in it", WANTED)) } else { Ok(found) }
}

fn roots(path: &Path) -> Result<RootCertStore, IdentityError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| unusable(path, &error.to_string(), "authorities"))?;
    }
    Ok(roots)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let wanted = "a private key";
    let metadata = std::fs::metadata(path).map_err(|error| unusable(path, &error.to_string(), wanted))?;
    // A group of the machine's may share it.
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o007 != 0 {
        return Err(IdentityError::Exposed { path: Shown::whole(&path.display().to_string()) });
    }
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable(path, &error.to_string(), wanted))
}

#[cfg(test)]
mod tests;
