//! Certificates of our own: an authority, and servers that it vouches for.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ResolvesServerCert, VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use zeroize::Zeroizing;

use crate::time::Wall;

/// The names by which a server on this machine is called: `localhost`, and the loopback addresses as IP addresses.
pub const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// It was made and not accepted.
    #[error("cannot use the certificate: {0}")]
    Config(#[from] rustls::Error),
    /// No client could ever be let in.
    #[error("cannot check the certificates of clients: {0}")]
    Clients(#[from] VerifierBuilderError),
}

/// Who vouches for servers.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A new one with a key of its own. `name` is what its certificate calls it.
    ///
    /// # Errors
    /// When the machine gives no randomness, or a library refuses what another made.
    pub fn new(name: &str) -> Result<Self, CertifyError> {
        let key = KeyPair::generate()?;
        let pem = params(name)?.self_signed(&key)?.pem();
        Self::of(name, key, pem)
    }

    /// The one that was made earlier, from its key and its certificate.
    ///
    /// # Errors
    /// When the key is none.
    pub fn again(name: &str, key_pem: &str, pem: String) -> Result<Self, CertifyError> {
        Self::of(name, KeyPair::from_pem(key_pem)?, pem)
    }

    fn of(name: &str, key: KeyPair, pem: String) -> Result<Self, CertifyError> {
        Ok(Self { issuer: Issuer::new(params(name)?, key), pem })
    }

    /// Its certificate: what clients must trust.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its key, which makes whoever has it an authority to all who trust it.
    #[must_use]
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.issuer.key().serialize_pem())
    }

    /// A key and a certificate for a server that goes by these names, host names or IP addresses: from the day before
    /// a moment until so long after it, in whole days, or for good.
    ///
    /// # Errors
    /// When a name is none, the machine gives no randomness, or a library refuses what another made.
    pub fn server(
        &self,
        name: &str,
        names: &[String],
        span: Option<(Wall, Duration)>,
    ) -> Result<CertifiedKey, CertifyError> {
        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(names)?;
        server.distinguished_name.push(DnType::CommonName, name);
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        if let Some((from, span)) = span {
            let midnight = |(year, month, day)| date_time_ymd(year, month, day);
            server.not_before = midnight(day(from.back(DAY)));
            server.not_after = midnight(day(from.forward(span)));
        }
        let certificate = server.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = rustls::crypto::ring::default_provider();
        Ok(CertifiedKey::from_der(vec![certificate.der().clone()], key, &provider)?)
    }
}

/// How a server speaks TLS with what `resolver` gives it. With `clients`, only to those who show a certificate that one
/// of these authorities has signed.
///
/// # Errors
/// When the TLS library refuses its own defaults, or `clients` is empty.
pub fn server_config(
    resolver: Arc<dyn ResolvesServerCert>,
    clients: Option<RootCertStore>,
) -> Result<Arc<ServerConfig>, CertifyError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(clients) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), provider);
            config.with_client_cert_verifier(verifier.build()?)
        }
    };
    Ok(Arc::new(config.with_cert_resolver(resolver)))
}

fn params(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    // It vouches for servers, not for other authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// Year, month and day.
fn day(moment: Wall) -> (i32, u8, u8) {
    let day = Timestamp::from_microsecond(moment.0).unwrap_or_default().to_zoned(TimeZone::UTC);
    let part = |part: i8| u8::try_from(part).unwrap_or(1);
    (day.year().into(), part(day.month()), part(day.day()))
}
