//! Real sockets and real certificates.

use pretty_assertions::assert_eq;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair,
};
use rustls::pki_types::ServerName;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::hub::people::{People, Person, Proof};
use crate::hub::rights::Role;
use crate::hub::scope::Scope;

/// A folder with an authority in `NAME.pem`.
struct Office {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Office {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for these common names.
    fn issue(&self, names: &[&str], purpose: ExtendedKeyUsagePurpose) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (index, name) in names.iter().enumerate() {
            // A name of one kind can be there once only; that of a sequence of others is the same to a reader.
            let kind = if index == 0 { DnType::CommonName } else { DnType::CustomDnType(vec![2, 5, 4, 3]) };
            params.distinguished_name.push(kind, *name);
        }
        params.extended_key_usages = vec![purpose];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let stem = format!("{}-{}", names.len(), names.first().unwrap_or(&"nobody"));
        let at = |ending: &str| self.folder.path().join(format!("{stem}.{ending}"));
        std::fs::write(at("pem"), certificate.pem()).unwrap();
        std::fs::write(at("key"), key.serialize_pem()).unwrap();
        std::fs::set_permissions(at("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        Identity { certificate: at("pem"), key: at("key") }
    }

    fn server(&self) -> Identity {
        self.issue(&["hub"], ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn person(&self, names: &[&str]) -> Identity {
        self.issue(names, ExtendedKeyUsagePurpose::ClientAuth)
    }
}

/// What the hub makes of a console that comes with this; the console's own failure when it gets nowhere.
async fn knock(hub: Arc<ServerConfig>, console: Arc<ClientConfig>) -> Result<Caller, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(hub).accept(socket).await.map_err(|error| error.to_string())?;
        let caller = of_certificate(&stream).map_err(|error| error.to_string());
        let _ = stream.write_all(b"!").await;
        let _ = stream.shutdown().await;
        caller
    });
    let socket = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let refused = match TlsConnector::from(console).connect(name, socket).await {
        Ok(mut stream) => stream.read_u8().await.err(),
        Err(error) => Some(error),
    };
    let served = served.await.unwrap();
    match refused {
        Some(error) if served.is_ok() => panic!("let in and refused: {error}"),
        _ => served,
    }
}

fn hub(server: &Identity, client_ca: &Path) -> Arc<ServerConfig> {
    server_config(always(&certified(server).unwrap()), client_ca).unwrap()
}

#[tokio::test]
async fn a_process_is_known_by_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("s")).unwrap();
    let _console = UnixStream::connect(folder.path().join("s")).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let own = rustix::process::getuid().as_raw();
    let caller = of_process(&stream).await.unwrap();
    assert_eq!(caller, Caller::Process { uid: own, login: login(own) });
    assert_eq!(People::new(Vec::new(), Some(own)).admit(&caller).unwrap().role, Role::Admin);
    assert!(People::new(Vec::new(), Some(own + 1)).admit(&caller).is_err());
    assert_eq!((login(0).as_deref(), login(u32::MAX - 7)), (Some("root"), None));
}

#[tokio::test]
async fn a_console_is_known_by_its_certificate_and_gets_what_its_entry_says() {
    let office = Office::new();
    let hub = hub(&office.server(), &office.ca());
    let console = client_config(&office.person(&["ana"]), Some(&office.ca())).unwrap();
    let caller = knock(Arc::clone(&hub), console).await.unwrap();
    assert!(
        matches!(&caller, Caller::Certificate { name, address } if name == "ana" && address.starts_with("127.0.0.1:"))
    );
    let ana = Person {
        proof: Proof::Certificate("ana".to_owned()),
        role: Role::Act,
        extras: Vec::new(),
        scope: Scope::default(),
        bulk_limit: None,
    };
    assert_eq!(People::new(vec![ana], None).admit(&caller).unwrap().role, Role::Act);
    let stranger = People::default().admit(&caller).unwrap_err().to_string();
    assert!(stranger.contains("[[hub.person]] with certificate = \"ana\""), "{stranger}");
}

#[tokio::test]
async fn who_shows_no_certificate_or_one_of_elsewhere_does_not_get_in() {
    let (office, elsewhere) = (Office::new(), Office::new());
    let hub = hub(&office.server(), &office.ca());
    let nobody = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots(&office.ca()).unwrap())
        .with_no_client_auth();
    let of = |identity: Identity| client_config(&identity, Some(&office.ca())).unwrap();
    for (what, console) in [
        ("nothing", Arc::new(nobody)),
        ("of another authority", of(elsewhere.person(&["ana"]))),
        ("that of a server", of(office.server())),
    ] {
        let refused = knock(Arc::clone(&hub), console).await;
        assert!(refused.is_err(), "{what}: {refused:?}");
    }
    for names in [&[][..], &["ana", "raj"]] {
        let nameless = knock(Arc::clone(&hub), of(office.person(names))).await.unwrap_err();
        assert!(nameless.contains("no common name, or more than one"), "{names:?}: {nameless}");
    }
}

#[tokio::test]
async fn a_console_does_not_attach_to_whoever_pretends_to_be_the_hub() {
    let (office, elsewhere) = (Office::new(), Office::new());
    let pretender = hub(&elsewhere.server(), &office.ca());
    let console = client_config(&office.person(&["ana"]), Some(&office.ca())).unwrap();
    assert!(knock(pretender, console).await.is_err());
}

#[test]
fn files_of_no_use_are_named_with_what_is_wanted() {
    let office = Office::new();
    let server = office.server();
    let other = office.person(&["ana"]);
    let empty = office.folder.path().join("empty");
    std::fs::write(&empty, "nothing").unwrap();
    let why = |certificate: &Path, key: &Path| {
        let identity = Identity { certificate: certificate.into(), key: key.into() };
        certified(&identity).unwrap_err().to_string()
    };
    let no_certificate = why(&empty, &server.key);
    assert!(
        no_certificate.contains("empty: there is no certificate in it; a PEM file with certificates"),
        "{no_certificate}"
    );
    let no_key = why(&server.certificate, &empty);
    assert!(no_key.contains("everybody here can read it: run  chmod o= "), "{no_key}");
    std::fs::set_permissions(&empty, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(why(&server.certificate, &empty).contains("a PEM file with a private key"));
    assert!(why(&office.folder.path().join("gone"), &server.key).contains("gone: "));
    assert!(why(&server.certificate, &other.key).starts_with("TLS cannot be set up: "));
    let own = always(&certified(&server).unwrap());
    assert!(server_config(own, &empty).unwrap_err().to_string().contains("certificate"));
}

#[test]
fn a_group_has_to_be_there() {
    let first = Group::from_gid(Gid::from_raw(0)).unwrap().unwrap().name;
    assert_eq!(group(&first).unwrap().as_raw(), 0);
    let why = group("no\u{1b}group").unwrap_err().to_string();
    assert!(why.contains("there is no group") && !why.contains('\u{1b}'), "{why}");
}
