//! What a certificate says: for whom it is, and until when.

use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a person wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The names it is for.
    pub names: Vec<String>,
    /// When it expires, in seconds since the epoch.
    pub expires: i64,
}

/// Reads a certificate in DER.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let named = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    });
    Some(Certificate { names: named.collect(), expires: certificate.validity().not_after.timestamp() })
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string());
    v4.or_else(|_| v6()).ok()
}

impl Certificate {
    /// The names, the first few of many.
    pub fn names(&self) -> String {
        const SHOWN: usize = 4;
        let shown = self.names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.names.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }

    /// How many days it is good for after this moment, in seconds since the epoch.
    pub const fn days_left(&self, now: i64) -> i64 {
        (self.expires - now) / (24 * 3600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn names_and_days() {
        let key = KeyPair::generate().unwrap();
        let names = ["relay.example", "127.0.0.1", "::1", "a", "b"].map(str::to_owned);
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(2030, 1, 31);
        let certificate = read(params.self_signed(&key).unwrap().der()).unwrap();
        assert_eq!(certificate.names(), "relay.example, 127.0.0.1, ::1, a and 1 more");
        let first_of_2030 = 1_893_456_000;
        assert_eq!(certificate.days_left(first_of_2030), 30);
        assert_eq!(read(b"no certificate"), None);
    }
}
