//! What the hub runs with: the configuration and the command line to settings that are safe, or everything that is wrong
//! with them. Pure but for [`Places::find`].

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::listen::Limits;
use super::people::{People, Person};
use super::projects::Projects;
use crate::cli::{HubOptions, ServiceArgs};
use crate::client::{Endpoint, EndpointError};
use crate::config::paths::Paths;
use crate::config::{self, Place, Problem};
use crate::protocol::{Secret, Shown};

/// Where applications connect unless somebody says otherwise.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7080);
/// The longest path of a unix socket that every system takes, in bytes, with room for the name under which it is made.
const SOCKET_PATH: usize = 92;
/// The socket of a hub that runs as a service.
pub const SERVICE_SOCKET: &str = "/run/callboard/hub.sock";

/// What the hub runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where applications connect.
    pub listen: Vec<Listen>,
    /// Address of the service, as [`Endpoint::new`] takes it.
    pub upstream: String,
    /// Certificates trusted for the service in addition to the public ones.
    pub ca_file: Option<PathBuf>,
    /// How applications are served wss; none serves ws.
    pub tls: Option<Tls>,
    /// Where the certificate goes that applications have to trust.
    pub ca_out: Option<PathBuf>,
    /// Names under which applications may ask for the hub, beside those of loopback.
    pub host_names: Vec<String>,
    /// Which accounts may pass through.
    pub projects: Projects,
    /// The unix socket for consoles on this machine.
    pub socket: PathBuf,
    /// The group that may open the socket, beside the user that runs the hub.
    pub socket_group: Option<String>,
    /// Where consoles of other machines attach.
    pub attach: Option<Attach>,
    /// Who may attach.
    pub people: People,
    /// How many applications come in, and how fast.
    pub limits: Limits,
}

/// Where applications connect: all that come by one listener are one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Name of that application, its owner in lists and scopes; none where each tells by itself who it is.
    pub name: Option<String>,
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
}

/// Whose certificate a server shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// One that the hub makes, by an authority of its own; good for loopback and for the names of the configuration.
    Own,
    /// One that was given to it.
    Given(Identity),
}

/// A certificate with its key, both PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Where consoles attach by TLS, with a certificate on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attach {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// The hub's own certificate.
    pub tls: Tls,
    /// The authority whose client certificates are taken (PEM).
    pub client_ca: PathBuf,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = match text.split_once('=') {
            Some((name, rest)) => (Some(name.trim()), rest),
            None => (None, text),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_some_and(|name| name.is_empty() || name.len() > 32 || !name.chars().all(plain)) {
            return Err("the name is at most 32 letters, digits, -, _ and dots, such as ivr=127.0.0.1:7080"
                .to_owned());
        }
        Ok(Self { name: name.map(str::to_owned), address: address(rest)? })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}=")?;
        }
        write!(f, "{}", self.address)
    }
}

/// An IP address and a port to listen on. `localhost` is 127.0.0.1; other names are not looked up.
///
/// # Errors
/// In words, when it is none.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| {
        "is no address to listen on; give IP:PORT, such as 127.0.0.1:7080 or [::1]:7080".to_owned()
    })
}

/// What the section `[hub]` of the file says, each key with its line.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Where applications connect.
    pub listen: Vec<Listen>,
    /// Address of the service.
    pub upstream: Option<String>,
    /// Certificates trusted for the service.
    pub ca_file: Option<PathBuf>,
    /// The unix socket for consoles.
    pub socket: Option<PathBuf>,
    /// The group that may open it.
    pub socket_group: Option<String>,
    /// Where consoles attach by TLS.
    pub attach: Option<SocketAddr>,
    /// The hub's certificate.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The authority of client certificates.
    pub client_ca: Option<PathBuf>,
    /// Whether applications are served wss.
    pub tls: Option<bool>,
    /// Where the certificate goes that they have to trust.
    pub ca_out: Option<PathBuf>,
    /// Names of the hub.
    pub host_names: Vec<String>,
    /// Project ids that may pass.
    pub projects: Vec<Secret>,
    /// Who may attach.
    pub people: Vec<Person>,
    /// The lines of its keys, and of its header under `hub`.
    pub lines: BTreeMap<&'static str, usize>,
}

/// The folders in which the hub keeps things, and who runs it.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The user's folder for sockets; gone at the end of the login.
    pub runtime: Option<PathBuf>,
    /// The state folder of this program.
    pub state: Option<PathBuf>,
    /// The user that runs this program.
    pub uid: Option<u32>,
}

impl Places {
    /// Those of this process.
    #[must_use]
    pub fn find() -> Self {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        Self {
            runtime: runtime.filter(|path| path.is_absolute()),
            state: Paths::find().map(|paths| paths.state().to_owned()),
            uid: Some(rustix::process::getuid().as_raw()),
        }
    }

    /// Where the socket of a hub is unless somebody says otherwise.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        match (&self.runtime, &self.state) {
            (Some(runtime), _) => runtime.join("callboard").join("hub.sock"),
            (None, Some(state)) => state.join("hub.sock"),
            (None, None) => SERVICE_SOCKET.into(),
        }
    }

    /// Where a console looks for the socket of a hub, in this order.
    #[must_use]
    pub fn sockets(&self) -> Vec<PathBuf> {
        let mut sockets = vec![self.socket(), SERVICE_SOCKET.into()];
        sockets.dedup();
        sockets
    }
}

impl Settings {
    /// A hub for this machine alone: ws on these listeners, a socket for whoever runs it.
    #[must_use]
    pub fn local(upstream: String, listen: Vec<Listen>, socket: PathBuf) -> Self {
        Self {
            listen,
            upstream,
            ca_file: None,
            tls: None,
            ca_out: None,
            host_names: Vec::new(),
            projects: Projects::default(),
            socket,
            socket_group: None,
            attach: None,
            people: People::new(Vec::new(), Places::find().uid),
            limits: Limits::default(),
        }
    }

    /// Puts them together: the command line goes before the file, and the file before what is usual.
    ///
    /// # Errors
    /// Everything that is wrong, at once; what would let others in, too.
    pub fn resolve(
        config: &config::Settings,
        service: &ServiceArgs,
        options: &HubOptions,
        places: &Places,
    ) -> Result<Self, Vec<Problem>> {
        let mut maker = Maker { given: &config.hub, options, file: &config.file, problems: Vec::new() };
        let tls = maker.tls();
        let settings = Self {
            listen: maker.listen(),
            upstream: maker.upstream(service, &config.host),
            ca_file: [&service.ca_file, &config.hub.ca_file, &config.ca_file]
                .into_iter()
                .flatten()
                .next()
                .cloned(),
            ca_out: options.ca_out.clone().or_else(|| config.hub.ca_out.clone()),
            host_names: config.hub.host_names.clone(),
            projects: Projects::new(config.hub.projects.clone()),
            socket: maker.socket(places),
            socket_group: config.hub.socket_group.clone(),
            attach: maker.attach(),
            people: People::new(config.hub.people.clone(), places.uid),
            limits: Limits::default(),
            tls,
        };
        maker.exposure(&settings);
        maker.authority(&settings);
        maker.itself(&settings);
        if maker.problems.is_empty() { Ok(settings) } else { Err(maker.problems) }
    }

    /// Where the service is. Reads the CA file.
    ///
    /// # Errors
    /// When the address or the CA file is of no use.
    pub fn endpoint(&self) -> Result<Endpoint, EndpointError> {
        Endpoint::new(&self.upstream, self.ca_file.as_ref())
    }
}

struct Maker<'a> {
    given: &'a Given,
    options: &'a HubOptions,
    file: &'a Path,
    problems: Vec<Problem>,
}

impl Maker<'_> {
    fn problem(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push(Problem { place, what: what.into() });
    }

    /// A key of the section, or its header where the key is not there.
    fn at(&self, key: &str) -> Place {
        let line = self.given.lines.get(key).or_else(|| self.given.lines.get("hub")).copied();
        Place::File { path: self.file.to_owned(), line }
    }

    /// The option where it was given, else the key.
    fn source(&self, is_option: bool, option: &'static str, key: &str) -> Place {
        if is_option { Place::Option(option) } else { self.at(key) }
    }

    fn listen(&mut self) -> Vec<Listen> {
        let place = self.source(!self.options.listen.is_empty(), "--listen", "listen");
        let own = if self.options.listen.is_empty() { &self.given.listen } else { &self.options.listen };
        for (index, listen) in own.iter().enumerate() {
            let before = &own[..index];
            if listen.address.port() != 0 && before.iter().any(|other| other.address == listen.address) {
                self.problem(place.clone(), format!("{} is there twice: keep one", listen.address));
            }
            if let Some(name) = &listen.name
                && before.iter().any(|other| other.name.as_ref() == Some(name))
            {
                self.problem(place.clone(), format!("the name {name} is there twice: give each its own"));
            }
        }
        if own.is_empty() { vec![Listen { name: None, address: LISTEN }] } else { own.clone() }
    }

    /// What goes before the file is the hub's own option, then that of the account.
    fn upstream(&mut self, service: &ServiceArgs, usual: &str) -> String {
        let own = self.options.upstream.as_ref();
        if let Some(Err(error)) = own.map(|upstream| Endpoint::new(upstream.trim(), None)) {
            self.problem(Place::Option("--upstream"), error.to_string());
        }
        // The others were checked where they stand.
        let before_file = own.or(service.host.as_ref());
        let upstream = before_file.or(self.given.upstream.as_ref()).map_or(usual, String::as_str);
        upstream.trim().to_owned()
    }

    fn socket(&mut self, places: &Places) -> PathBuf {
        let own = self.options.socket.clone();
        let place = self.source(own.is_some(), "--socket", "socket");
        let socket = own.or_else(|| self.given.socket.clone()).unwrap_or_else(|| places.socket());
        let length = socket.as_os_str().len();
        if length > SOCKET_PATH {
            let what = format!(
                "a path of {length} bytes is too long for a socket: give one of at most {SOCKET_PATH}"
            );
            self.problem(place, what);
        }
        socket
    }

    /// The certificate that was given, whole.
    fn identity(&mut self) -> Option<Identity> {
        match (&self.given.certificate, &self.given.key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: certificate.clone(), key: key.clone() })
            }
            (Some(_), None) => {
                self.problem(self.at("certificate"), "`certificate` needs `key`: its key, a PEM file");
                None
            }
            (None, Some(_)) => {
                self.problem(
                    self.at("key"),
                    "`key` needs `certificate`: the certificate it is for, a PEM file",
                );
                None
            }
            (None, None) => None,
        }
    }

    fn tls(&mut self) -> Option<Tls> {
        let identity = self.identity();
        let asked = self.options.tls || self.options.ca_out.is_some();
        let wanted = self.given.tls.unwrap_or(identity.is_some() || self.given.ca_out.is_some());
        (asked || wanted).then(|| identity.map_or(Tls::Own, Tls::Given))
    }

    fn attach(&mut self) -> Option<Attach> {
        let given = self.given;
        let address = self.options.attach.or(given.attach)?;
        let place = self.source(self.options.attach.is_some(), "--attach", "attach");
        let identity = given.certificate.clone().zip(given.key.clone());
        if identity.is_none() && !address.ip().is_loopback() {
            let what = format!(
                "{address} can be reached from other machines: put `certificate` and `key` (PEM files) for it into [hub]"
            );
            self.problem(place.clone(), what);
        }
        let Some(client_ca) = given.client_ca.clone() else {
            let what = "needs `client_ca` in [hub]: the authority (PEM) that signs the certificates of the people who attach";
            self.problem(place, what);
            return None;
        };
        let given = |(certificate, key)| Tls::Given(Identity { certificate, key });
        Some(Attach { address, tls: identity.map_or(Tls::Own, given), client_ca })
    }

    /// Whatever others can reach lets nobody in who has not shown a secret or a certificate.
    fn exposure(&mut self, settings: &Settings) {
        let place = self.source(!self.options.listen.is_empty(), "--listen", "listen");
        for listen in settings.listen.iter().filter(|listen| !listen.address.ip().is_loopback()) {
            let mut missing = Vec::new();
            match settings.tls {
                Some(Tls::Given(_)) => {}
                _ if self.given.certificate.is_some() => missing.push("`tls = true`"),
                _ => missing.push("`tls = true` with `certificate` and `key` (PEM files)"),
            }
            if !settings.projects.is_limited() {
                missing.push("`projects`, the ids of the accounts that may pass");
            }
            if !missing.is_empty() {
                let what = format!(
                    "{} can be reached from other machines: put {} into [hub], or listen on 127.0.0.1",
                    listen.address,
                    missing.join(", and ")
                );
                self.problem(place.clone(), what);
            }
        }
    }

    /// Where the hub has a certificate that others signed, it has none to hand out.
    fn authority(&mut self, settings: &Settings) {
        if let (Some(Tls::Given(_)), Some(_)) = (&settings.tls, &settings.ca_out) {
            let what = "the hub has `certificate` of its own, so applications trust whoever signed it: leave `ca_out` out";
            self.problem(self.source(self.options.ca_out.is_some(), "--ca-out", "ca_out"), what);
        }
    }

    /// A hub whose service is itself would call itself for ever.
    fn itself(&mut self, settings: &Settings) {
        let Ok(endpoint) = Endpoint::new(&settings.upstream, None) else { return };
        let (name, port) = endpoint.name_and_port();
        let is_us = |listen: &Listen| {
            let here = name == "localhost" && listen.address.ip().is_loopback();
            port == listen.address.port() && (here || name.parse() == Ok(listen.address.ip()))
        };
        if settings.listen.iter().any(is_us) {
            let what = format!(
                "{} is where the hub itself listens: name the service",
                Shown::new(&settings.upstream)
            );
            self.problem(self.source(self.options.upstream.is_some(), "--upstream", "upstream"), what);
        }
    }
}

#[cfg(test)]
mod tests;
