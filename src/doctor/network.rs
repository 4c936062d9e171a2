//! The way to the service, one step after the other: name, port, certificate, WebSocket, clock, and on request login.
//! Every step has its time; after one that fails the others are not tried.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use futures_util::future::{BoxFuture, select_ok};
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_tungstenite::{MaybeTlsStream, client_async_with_config};

use super::certificate::{self, Certificate};
use super::{Finding, of_problems};
use crate::calling::{Client, ClientConfig};
use crate::client::{Endpoint, endpoint};
use crate::config::{Place, Problem, Settings};
use crate::protocol::Dialect;
use crate::time::{Clock, Wall};

const NAME_WITHIN: Duration = Duration::from_secs(3);
const STEP_WITHIN: Duration = Duration::from_secs(2);
const LOGIN_WITHIN: Duration = Duration::from_secs(8);
/// Addresses that are tried at the same time.
const ADDRESSES: usize = 4;
/// A certificate should be good for so many days yet.
const DAYS: i64 = 14;
/// The clock may be off by so much, in seconds, before it is worth a word; and before it is wrong.
const SKEW: (i64, i64) = (10, 300);

/// What follows a step: its finding, and what it gives to the next.
type Step<T> = Result<(Finding, T), Finding>;

/// The steps, by the names under which they are reported.
const STEPS: [&str; 5] = ["DNS", "TCP", "TLS", "WebSocket", "clock"];

/// Goes all the way.
pub(super) async fn check(
    settings: &Settings,
    login: bool,
    env: &dyn Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    let endpoint = match settings.endpoint() {
        Ok(endpoint) => endpoint,
        Err(error) => {
            let problem = Problem { place: Place::Elsewhere, what: error.to_string() };
            return of_problems("address", &[problem], "");
        }
    };
    let proxy =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find(|name| env(name).is_some());
    let mut findings = Vec::new();
    let whole = walk(&endpoint, proxy, &mut findings).await;
    if let Err(finding) = whole {
        findings.push(finding);
        let rest = STEPS.iter().filter(|step| !findings.iter().any(|finding| finding.check == **step));
        let rest = rest.copied().collect::<Vec<_>>();
        findings.extend(rest.into_iter().map(|step| Finding::skipped(step, "the step before it failed")));
    }
    let open =
        findings.iter().any(|finding| finding.check == "WebSocket" && finding.state == super::State::Fine);
    findings.push(match (login, open) {
        (false, _) => Finding::skipped("login", "not tried; --login tries it"),
        (true, false) => Finding::skipped("login", "the step before it failed"),
        (true, true) => self::login(settings, endpoint).await,
    });
    findings
}

async fn walk(endpoint: &Endpoint, proxy: Option<&str>, findings: &mut Vec<Finding>) -> Result<(), Finding> {
    let (found, addresses) = name(endpoint).await?;
    findings.push(found);
    let (found, stream) = port(&addresses, proxy).await?;
    findings.push(found);
    let clock = Clock::start();
    let (found, stream) = tls(endpoint, stream, clock.now().wall).await?;
    findings.push(found);
    let (found, date) = upgrade(endpoint, stream).await?;
    findings.push(found);
    findings.push(skew(date.as_deref(), clock.now().wall));
    Ok(())
}

/// Looks the name up, on a thread of its own: the system may take half a minute, and nobody can hurry it.
async fn name(endpoint: &Endpoint) -> Step<Vec<SocketAddr>> {
    let (name, port) = endpoint.name_and_port();
    let target = (name.to_owned(), port);
    let (send, answer) = oneshot::channel();
    let started = std::thread::Builder::new().name("dns".to_owned()).spawn(move || {
        let _ = send.send(target.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    });
    let next = format!("check the spelling of {name}, and that this machine has a network and a name server");
    let wrong = |why: String| Finding::wrong("DNS", format!("{name} is not found: {why}"), next.clone());
    started.map_err(|error| wrong(error.to_string()))?;
    match tokio::time::timeout(NAME_WITHIN, answer).await {
        Ok(Ok(Ok(addresses))) if !addresses.is_empty() => {
            let shown: Vec<_> =
                addresses.iter().take(ADDRESSES).map(|address| address.ip().to_string()).collect();
            Ok((Finding::fine("DNS", format!("{name} is {}", shown.join(", "))), addresses))
        }
        Ok(Ok(Err(error))) => Err(wrong(error.to_string())),
        Ok(_) => Err(wrong("no address".to_owned())),
        Err(_) => Err(wrong(format!("no answer within {} s", NAME_WITHIN.as_secs()))),
    }
}

async fn port(addresses: &[SocketAddr], proxy: Option<&str>) -> Step<TcpStream> {
    let clock = Clock::start();
    let attempts = addresses.iter().take(ADDRESSES).copied().map(
        |address| -> BoxFuture<'static, io::Result<TcpStream>> { Box::pin(TcpStream::connect(address)) },
    );
    let target = addresses.first().map(ToString::to_string).unwrap_or_default();
    let next = match proxy {
        Some(variable) => {
            format!("callboard connects directly and does not use {variable}: let it through to this port")
        }
        None => "check that a firewall lets this machine through to this port".to_owned(),
    };
    let wrong =
        |why: String| Finding::wrong("TCP", format!("no connection to {target}: {why}"), next.clone());
    let started = clock.now().at;
    match tokio::time::timeout(STEP_WITHIN, select_ok(attempts)).await {
        Ok(Ok((stream, _))) => {
            let peer = stream.peer_addr().map_or(target, |peer| peer.to_string());
            let millis = clock.now().at.since(started).as_millis();
            Ok((Finding::fine("TCP", format!("{peer} in {millis} ms")), stream))
        }
        Ok(Err(error)) => Err(wrong(error.to_string())),
        Err(_) => Err(wrong(format!("no answer within {} s", STEP_WITHIN.as_secs()))),
    }
}

async fn tls(endpoint: &Endpoint, stream: TcpStream, now: Wall) -> Step<MaybeTlsStream<TcpStream>> {
    let Some(config) = endpoint.tls() else {
        let found = Finding::skipped("TLS", "none: the address is ws:// on this machine");
        return Ok((found, MaybeTlsStream::Plain(stream)));
    };
    let (name, _) = endpoint.name_and_port();
    let wrong = |what: String, next: &str| Finding::wrong("TLS", what, next);
    let server = ServerName::try_from(name.to_owned())
        .map_err(|error| wrong(format!("{name}: {error}"), "give the name of the service"))?;
    let connecting = TlsConnector::from(config.clone()).connect(server, stream);
    match tokio::time::timeout(STEP_WITHIN, connecting).await {
        Ok(Ok(stream)) => {
            let (_, session) = stream.get_ref();
            let der = session.peer_certificates().and_then(<[_]>::first);
            let certificate = der.and_then(|der| certificate::read(der));
            let version =
                session.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
            Ok((certified(&version, certificate.as_ref(), now), MaybeTlsStream::Rustls(stream)))
        }
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(wrong(
            format!("no answer within {} s", STEP_WITHIN.as_secs()),
            "check that the port is the one of the service",
        )),
    }
}

fn certified(version: &str, certificate: Option<&Certificate>, now: Wall) -> Finding {
    let Some(certificate) = certificate else {
        return Finding::fine("TLS", format!("{version}, the certificate is trusted"));
    };
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this century fit")]
    let days = certificate.days_left(now.as_seconds() as i64);
    let what = format!("{version}, certificate for {}, good for {days} days", certificate.names());
    if days < DAYS {
        return Finding::hint("TLS", what, "it has to be renewed by whoever runs the service");
    }
    Finding::fine("TLS", what)
}

/// Why a certificate was not taken, and what can be done.
fn refused(error: &io::Error) -> Finding {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(why)) = inner else {
        let next =
            "check that the port is the one of the service, and that nothing in between changes the traffic";
        return Finding::wrong("TLS", format!("no handshake: {error}"), next);
    };
    let next = match why {
        CertificateError::UnknownIssuer => {
            "for a service of your own, name its certificate with --ca-file; otherwise somebody is in between"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use the name that the certificate is for"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "compare the clock of this machine; if it is right, the service has to renew its certificate"
        }
        _ => "ask whoever runs the service",
    };
    Finding::wrong("TLS", format!("the certificate is not trusted: {why}"), next)
}

/// Asks for a WebSocket; gives the time of day that the service tells, if it tells.
async fn upgrade(endpoint: &Endpoint, stream: MaybeTlsStream<TcpStream>) -> Step<Option<String>> {
    let date =
        |headers: &HeaderMap| headers.get("date").and_then(|date| Some(date.to_str().ok()?.to_owned()));
    let next = "check the address: this is no Relay service, or a proxy is in between";
    let wrong = |what: String| Finding::wrong("WebSocket", what, next);
    let asking = client_async_with_config(endpoint.url(), stream, Some(endpoint::limits()));
    match tokio::time::timeout(STEP_WITHIN, asking).await {
        Ok(Ok((_, response))) => Ok((Finding::fine("WebSocket", endpoint.url()), date(response.headers()))),
        Ok(Err(WsError::Http(response))) => {
            Err(wrong(format!("{} is answered with {}", endpoint.url(), response.status())))
        }
        Ok(Err(error)) => Err(wrong(format!("{}: {error}", endpoint.url()))),
        Err(_) => Err(wrong(format!("no answer within {} s", STEP_WITHIN.as_secs()))),
    }
}

/// Compares the clocks. That of the service has whole seconds.
fn skew(date: Option<&str>, now: Wall) -> Finding {
    let Some(date) = date else { return Finding::skipped("clock", "the service does not tell the time") };
    let Ok(theirs) = jiff::fmt::rfc2822::parse(date) else {
        return Finding::skipped("clock", format!("the service tells no time that can be read: {date}"));
    };
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this century fit")]
    let ahead = now.as_seconds() as i64 - theirs.timestamp().as_second();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let what = format!("{} s {side} the service", ahead.abs());
    let (small, large) = SKEW;
    let next = "set the clock of this machine, best by NTP (timedatectl set-ntp true)";
    match ahead.abs() {
        off if off <= small => Finding::fine("clock", format!("within {small} s of the service")),
        off if off <= large => Finding::hint("clock", what, next),
        _ => Finding::wrong("clock", what, next),
    }
}

async fn login(settings: &Settings, endpoint: Endpoint) -> Finding {
    let Ok(credentials) = settings.credentials.clone() else {
        return Finding::skipped("login", "there are no credentials");
    };
    // No contexts: to look around is no reason to take calls away from others.
    let dialect = settings.dialect;
    let client = Client::connect(ClientConfig { endpoint, credentials, contexts: Vec::new(), dialect });
    let ready = tokio::time::timeout(LOGIN_WITHIN, client.ready()).await;
    let finding = match ready {
        Ok(Ok(())) => Finding::fine("login", "the service takes the credentials"),
        Ok(Err(error)) => Finding::wrong(
            "login",
            error.to_string(),
            "compare project, token and Space with the dashboard; the token needs the scope Voice",
        ),
        Err(_) => Finding::wrong(
            "login",
            format!("no answer within {} s", LOGIN_WITHIN.as_secs()),
            match dialect {
                Dialect::Current => "try again later; `callboard events --log FILE` writes down what happens",
                Dialect::Blade => {
                    "the service may not speak the dialect of the old SDKs: try --dialect current"
                }
            },
        ),
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    finding
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn clocks_are_compared_to_the_second() {
        let now = Wall::from_seconds(784_111_777.0);
        let date = |text: &str| skew(Some(text), now);
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT").state, State::Fine);
        assert_eq!(date("Sun, 06 Nov 1994 08:48:37 GMT").what, "60 s ahead of the service");
        let far = date("Sun, 06 Nov 1994 09:49:37 GMT");
        assert!(far.state == State::Wrong && far.what.contains("3600 s behind") && far.next.contains("NTP"));
        assert_eq!((date("yesterday").state, skew(None, now).state), (State::Skipped, State::Skipped));
    }

    #[test]
    fn a_certificate_that_ends_soon_is_worth_a_word() {
        let certificate = Certificate { names: vec!["a.example".into()], expires: 20 * 24 * 3600 };
        let at =
            |days: f64| certified("TLSv1_3", Some(&certificate), Wall::from_seconds(days * 24.0 * 3600.0));
        assert_eq!(at(0.0).what, "TLSv1_3, certificate for a.example, good for 20 days");
        assert_eq!((at(0.0).state, at(10.0).state), (State::Fine, State::Hint));
    }

    #[test]
    fn every_refusal_has_its_next_step() {
        let next =
            |why: CertificateError| refused(&io::Error::other(rustls::Error::InvalidCertificate(why))).next;
        assert!(next(CertificateError::UnknownIssuer).contains("--ca-file"));
        assert!(next(CertificateError::Expired).contains("clock"));
        assert!(next(CertificateError::NotValidForName).contains("name"));
        assert!(refused(&io::Error::other("reset")).what.contains("no handshake: reset"));
    }
}
