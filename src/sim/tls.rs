//! A certificate authority made for this run, and a server certificate that names the loopback addresses.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::sign::SingleCertAndKey;

use crate::certify::{self, Authority, CertifyError, LOOPBACK};

/// What a TLS server needs, and what its clients must trust.
pub struct Identity {
    /// For the acceptor.
    pub config: Arc<ServerConfig>,
    /// The authority's certificate, PEM.
    pub ca_pem: String,
}

/// Makes both. The names are 127.0.0.1 and ::1 as IP addresses, and `localhost`.
///
/// # Errors
/// When the machine gives no randomness, or a library refuses what another made.
pub fn identity() -> Result<Identity, CertifyError> {
    let authority = Authority::new("callboard sim test authority")?;
    let key = authority.server("callboard sim", &LOOPBACK.map(str::to_owned), None)?;
    let config = certify::server_config(Arc::new(SingleCertAndKey::from(key)), None)?;
    Ok(Identity { config, ca_pem: authority.pem().to_owned() })
}
