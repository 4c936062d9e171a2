//! The hub's own certificate authority, for applications that insist on wss: kept on the disk, made once.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::RootCertStore;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certify::{self, Authority, CertifyError, LOOPBACK};
use crate::private;
use crate::time::{At, Clock};

/// How long a server's certificate is valid.
const VALID: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// After so long a new one takes its place.
const RENEW: Duration = Duration::from_secs(20 * 24 * 60 * 60);
/// What certificates call the authority.
const NAME: &str = "callboard hub local authority";
/// Key and certificate, in this order.
const FILE: &str = "hub-authority.pem";
/// Where in the file the certificate begins.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The disk says no.
    #[error("{path}: {source}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others can read the key.
    #[error("{0} holds a key and can be read by others; chmod 600 it, or remove it to have a new one made")]
    Exposed(PathBuf),
    /// It holds something else.
    #[error("{path} does not hold the hub's key and certificate ({why}); remove it to have them made anew")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It could not be made.
    #[error(transparent)]
    Certify(#[from] CertifyError),
}

/// The authority that is kept in `folder`, which is made if it is not there.
///
/// # Errors
/// When the disk says no, others can read the key, or the file holds something else.
pub fn kept_in(folder: &Path) -> Result<Authority, AuthorityError> {
    let path = folder.join(FILE);
    let disk = |source| AuthorityError::Disk { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => return read(&path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(disk(error)),
    }
    let authority = Authority::new(NAME)?;
    private::make_folder(folder).map_err(disk)?;
    // Such a file is its owner's alone. Whoever is first has made the one that all use.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(disk)?;
    let written = write!(file, "{}{}", *authority.key_pem(), authority.pem());
    written.and_then(|()| file.as_file().sync_all()).map_err(disk)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(authority),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
            read(&path, &fs::read_to_string(&path).map_err(disk)?)
        }
        Err(error) => Err(disk(error.error)),
    }
}

fn read(path: &Path, text: &str) -> Result<Authority, AuthorityError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata =
            fs::metadata(path).map_err(|source| AuthorityError::Disk { path: path.into(), source })?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(AuthorityError::Exposed(path.into()));
        }
    }
    let damaged = |why: String| AuthorityError::Damaged { path: path.into(), why };
    let begin = text.find(CERTIFICATE).ok_or_else(|| damaged("no certificate".into()))?;
    let (key, certificate) = text.split_at(begin);
    Authority::again(NAME, key, certificate.to_owned()).map_err(|error| damaged(error.to_string()))
}

/// TLS for the hub's listener, with a certificate for `localhost`, the loopback addresses and `names`, which is renewed
/// while the hub runs. With `clients`, for those alone who show a certificate of one of these authorities.
///
/// # Errors
/// When a name is none, `clients` is empty, or the machine gives no randomness.
pub fn server_config(
    authority: Authority,
    names: &[String],
    clients: Option<RootCertStore>,
    clock: Clock,
) -> Result<Arc<rustls::ServerConfig>, CertifyError> {
    certify::server_config(resolver(authority, names, clock)?, clients)
}

/// The certificate of [`server_config`], for TLS of another kind.
///
/// # Errors
/// When a name is none, or the machine gives no randomness.
pub fn resolver(
    authority: Authority,
    names: &[String],
    clock: Clock,
) -> Result<Arc<dyn ResolvesServerCert>, CertifyError> {
    let names = LOOPBACK.iter().map(|name| (*name).to_owned()).chain(names.iter().cloned()).collect();
    let maker = Maker { authority, names, clock };
    let current = Mutex::new((maker.make()?, clock.at()));
    Ok(Arc::new(Renewing { maker, current }))
}

#[derive(Debug)]
struct Maker {
    authority: Authority,
    names: Vec<String>,
    clock: Clock,
}

impl Maker {
    fn make(&self) -> Result<Arc<CertifiedKey>, CertifyError> {
        let span = Some((self.clock.now().wall, VALID));
        Ok(Arc::new(self.authority.server("callboard hub", &self.names, span)?))
    }
}

/// The certificate as it is now, and when it was made.
#[derive(Debug)]
struct Renewing {
    maker: Maker,
    current: Mutex<(Arc<CertifiedKey>, At)>,
}

impl ResolvesServerCert for Renewing {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.maker.clock.at();
        if now.since(current.1) >= RENEW {
            match self.maker.make() {
                Ok(new) => *current = (new, now),
                // The one there is may still do; the next handshake tries again.
                Err(error) => tracing::error!(%error, "the certificate of the hub cannot be renewed"),
            }
        }
        Some(Arc::clone(&current.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let made = kept_in(&folder).unwrap();
        let again = kept_in(&folder).unwrap();
        assert_eq!(made.pem(), again.pem());
        assert_eq!(*made.key_pem(), *again.key_pem());
        assert!(made.pem().starts_with(CERTIFICATE));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        kept_in(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(kept_in(folder.path()), Err(AuthorityError::Exposed(_))));
    }

    #[test]
    fn what_is_damaged_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        kept_in(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        for text in ["", "nonsense", CERTIFICATE] {
            fs::write(&path, text).unwrap();
            let error = kept_in(folder.path()).unwrap_err().to_string();
            assert!(error.contains("remove it"), "{error}");
        }
    }
}
