//! The HTTP request by which an application opens its WebSocket: who may come in, and what the service gets to see.

use std::net::IpAddr;

use httparse::{Header, Request, Response, Status};

/// Longest head of a request or an answer, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// Most headers.
pub const HEADERS: usize = 64;

/// By which names the hub may be called.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Further names, beside `localhost` and the loopback addresses. Without ports.
    pub names: &'a [String],
    /// The address of its own that was connected to.
    pub address: IpAddr,
    /// Whether it speaks TLS there.
    pub tls: bool,
}

/// How the service is called.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name, and its port if that is an unusual one.
    pub host: String,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// A request that may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// What the service gets: the head as it came, but for `Host`, an `Origin` that says the same, and extensions.
    pub head: Vec<u8>,
    /// How many bytes the head had.
    pub length: usize,
    /// What the application calls itself.
    pub user_agent: Option<String>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not HTTP/1.1.
    #[error("this is not an HTTP/1.1 request")]
    Malformed,
    /// The head is longer than 16 KiB or has more than 64 headers.
    #[error("the request has more than 16 KiB or 64 headers")]
    TooLarge,
    /// Not GET.
    #[error("only GET with an upgrade to WebSocket is served here")]
    Method,
    /// GET, but no upgrade.
    #[error("only WebSocket is served here")]
    NoUpgrade,
    /// With a body, or to a whole URL.
    #[error("an upgrade to WebSocket has no body and asks for a path")]
    Unfit,
    /// Without a key, or with two.
    #[error("an upgrade to WebSocket has one Sec-WebSocket-Key")]
    Key,
    /// Called by a name that is not its own: a page of somebody else may have had it resolved to this machine.
    #[error("the hub is not called that; give the name with which applications call it in its configuration")]
    Host,
    /// From a page of another site.
    #[error("pages of other sites may not open this")]
    Origin,
    /// Without a client certificate, where one is needed.
    #[error("the hub asks for a client certificate, and none was shown")]
    Certificate,
    /// Not whole within the time there is.
    #[error("the request was not whole within 10 s")]
    Late,
    /// No room for another application.
    #[error("as many applications as the hub takes are connected")]
    Full,
    /// Too many handshakes from this address.
    #[error("too many connections from this address at once")]
    TooOften,
    /// The service could not be reached.
    #[error("the service cannot be reached")]
    Unreachable,
    /// The service did not answer the upgrade.
    #[error("the service did not answer in time")]
    Silent,
}

impl Refusal {
    const fn status(self) -> &'static str {
        match self {
            Self::Malformed | Self::Unfit | Self::Key => "400 Bad Request",
            Self::Host => "421 Misdirected Request",
            Self::Origin | Self::Certificate => "403 Forbidden",
            Self::Method => "405 Method Not Allowed",
            Self::Late => "408 Request Timeout",
            Self::NoUpgrade => "426 Upgrade Required",
            Self::TooLarge => "431 Request Header Fields Too Large",
            Self::Unreachable => "502 Bad Gateway",
            Self::Full | Self::TooOften => "503 Service Unavailable",
            Self::Silent => "504 Gateway Timeout",
        }
    }

    const fn extra(self) -> &'static str {
        match self {
            Self::Full => "Retry-After: 5\r\n",
            Self::TooOften => "Retry-After: 1\r\n",
            Self::Method => "Allow: GET\r\n",
            Self::NoUpgrade => "Upgrade: websocket\r\n",
            _ => "",
        }
    }

    /// What the application is told, with `more` about the reason.
    #[must_use]
    pub fn answer(self, more: &str) -> Vec<u8> {
        let body = if more.is_empty() { format!("{self}\n") } else { format!("{self}: {more}\n") };
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n{body}",
            self.status(),
            body.len(),
            self.extra()
        )
        .into_bytes()
    }
}

/// Reads a request as far as it has come; none while it is not whole.
///
/// # Errors
/// When it may not go on.
pub fn request(bytes: &[u8], names: &Names<'_>, upstream: &Upstream) -> Result<Option<Upgrade>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) if length <= LONGEST => length,
        Ok(Status::Partial) if bytes.len() < LONGEST => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Malformed),
    };
    if request.method != Some("GET") {
        return Err(Refusal::Method);
    }
    if request.version != Some(1) {
        return Err(Refusal::Malformed);
    }
    let headers = Headers(request.headers);
    if !headers.lists("Upgrade", "websocket") || !headers.lists("Connection", "upgrade") {
        return Err(Refusal::NoUpgrade);
    }
    let no_body = headers.all("Transfer-Encoding").next().is_none()
        && headers.all("Content-Length").all(|length| length.trim_ascii() == b"0");
    if !no_body || !request.path.is_some_and(|path| path.starts_with('/')) {
        return Err(Refusal::Unfit);
    }
    if headers.only("Sec-WebSocket-Key").is_none_or(<[u8]>::is_empty) {
        return Err(Refusal::Key);
    }
    check_origin(&headers, names)?;
    let user_agent = headers.only("User-Agent").map(|agent| String::from_utf8_lossy(agent).into_owned());
    let head = bytes.get(..length).unwrap_or(bytes);
    Ok(Some(Upgrade { head: rewritten(head, upstream), length, user_agent }))
}

/// The status of the service's answer and how long its head is, as far as it has come; none while it is not whole.
///
/// # Errors
/// When it is no such answer, or its head too long to be looked at.
pub fn answer(bytes: &[u8]) -> Result<Option<(u16, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = Response::new(&mut headers);
    match answer.parse(bytes) {
        Ok(Status::Complete(length)) => Ok(Some((answer.code.unwrap_or(0), length))),
        Ok(Status::Partial) if bytes.len() < LONGEST => Ok(None),
        Ok(Status::Partial) | Err(httparse::Error::TooManyHeaders) => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::Malformed),
    }
}

struct Headers<'a>(&'a [Header<'a>]);

impl<'a> Headers<'a> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    /// The value of a header that is there once.
    fn only(&self, name: &'static str) -> Option<&'a [u8]> {
        let mut all = self.all(name);
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether one of the words of a list is this.
    fn lists(&self, name: &'static str, word: &str) -> bool {
        let words = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        words.map(<[u8]>::trim_ascii).any(|one| one.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Nobody comes in by a name that is not the hub's, nor from a page that is not the hub's.
fn check_origin(headers: &Headers<'_>, names: &Names<'_>) -> Result<(), Refusal> {
    let text = |value| std::str::from_utf8(value).ok();
    let host = headers.only("Host").and_then(text).ok_or(Refusal::Host)?;
    let (name, port) = authority(host).ok_or(Refusal::Host)?;
    if !is_ours(&name, names) {
        return Err(Refusal::Host);
    }
    if headers.all("Origin").next().is_none() {
        return Ok(());
    }
    let origin = headers.only("Origin").and_then(text).ok_or(Refusal::Origin)?;
    let (scheme, rest) = origin.split_once("://").ok_or(Refusal::Origin)?;
    let usual = |tls: bool| if tls { 443 } else { 80 };
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "https" | "wss" => true,
        "http" | "ws" => false,
        _ => return Err(Refusal::Origin),
    };
    let (from, from_port) = authority(rest).ok_or(Refusal::Origin)?;
    // Some libraries write http: for wss: too, and no port where it is the usual one.
    let same_port = port == from_port || port.unwrap_or(usual(names.tls)) == from_port.unwrap_or(usual(tls));
    if from == name && same_port { Ok(()) } else { Err(Refusal::Origin) }
}

/// A name without brackets, in lower case, and its port.
fn authority(text: &str) -> Option<(String, Option<u16>)> {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (name, rest) = rest.split_once(']')?;
            (name, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => Some(port.parse().ok()?),
        None => None,
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), port))
}

fn is_ours(name: &str, names: &Names<'_>) -> bool {
    name == "localhost"
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == names.address)
        || names.names.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// The head, as it came, but for what has to name the service, and for the extensions: what is compressed nobody
/// could read.
fn rewritten(head: &[u8], upstream: &Upstream) -> Vec<u8> {
    let mut new = Vec::with_capacity(head.len() + upstream.host.len());
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap_or(line);
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("Host") {
            new.extend(format!("Host: {}\r\n", upstream.host).into_bytes());
        } else if is("Origin") {
            let scheme = if upstream.tls { "https" } else { "http" };
            new.extend(format!("Origin: {scheme}://{}\r\n", upstream.host).into_bytes());
        } else if !is("Sec-WebSocket-Extensions") {
            new.extend(line);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Upgrade>, Refusal> {
        let own = ["hub.example".to_owned()];
        let names = Names { names: &own, address: [10, 0, 0, 7].into(), tls: false };
        request(bytes, &names, &upstream())
    }

    fn upstream() -> Upstream {
        Upstream { host: "relay.example:8443".into(), tls: true }
    }

    fn ask(lines: &str) -> Result<Option<Upgrade>, Refusal> {
        read(lines.replace('\n', "\r\n").as_bytes())
    }

    /// An upgrade with these lines in place of its Host.
    fn with(lines: &str) -> Result<Option<Upgrade>, Refusal> {
        ask(&format!(
            "GET / HTTP/1.1\nUpgrade: WebSocket\nConnection: keep-alive, Upgrade\nSec-WebSocket-Key: k\n{lines}\n\n"
        ))
    }

    #[test]
    fn everything_goes_on_as_it_came_but_for_the_name_of_the_service_and_extensions() {
        let head = "GET /a?b HTTP/1.1\r\nHOST:127.0.0.1:8080\r\nupgrade: websocket\r\nConnection:  Upgrade\r\n\
            Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: k\r\nOrigin: http://127.0.0.1:8080\r\n\
            X-Own:  two  words \r\nUser-Agent: app/1\r\n\r\n";
        let bytes = [head.as_bytes(), b"rest"].concat();
        let upgrade = read(&bytes).unwrap().unwrap();
        let expected = "GET /a?b HTTP/1.1\r\nHost: relay.example:8443\r\nupgrade: websocket\r\nConnection:  Upgrade\r\n\
            Sec-WebSocket-Key: k\r\nOrigin: https://relay.example:8443\r\nX-Own:  two  words \r\nUser-Agent: app/1\r\n\r\n";
        assert_eq!(String::from_utf8(upgrade.head).unwrap(), expected);
        assert_eq!((upgrade.length, upgrade.user_agent.as_deref()), (head.len(), Some("app/1")));
        for end in 0..head.len() {
            assert_eq!(read(&bytes[..end]), Ok(None), "{end}");
        }
    }

    #[test]
    fn the_hub_goes_by_its_own_names_alone() {
        for host in
            ["localhost", "LocalHost:80", "127.0.0.1:1", "127.8.8.8", "[::1]:9", "hub.example", "10.0.0.7"]
        {
            assert!(matches!(with(&format!("Host: {host}")), Ok(Some(_))), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.8",
            "",
            "localhost:x",
            "[::1",
            "localhost\nHost: a",
        ] {
            assert_eq!(with(&format!("Host: {host}")), Err(Refusal::Host), "{host}");
        }
        assert_eq!(with("X: y"), Err(Refusal::Host));
    }

    #[test]
    fn pages_of_other_sites_stay_outside() {
        for (host, origin) in [
            ("localhost:8080", "http://localhost:8080"),
            ("localhost:8080", "https://LOCALHOST:8080"),
            ("localhost", "http://localhost:80"),
            ("localhost", "https://localhost"),
            ("[::1]:8080", "http://[::1]:8080"),
        ] {
            assert!(matches!(with(&format!("Host: {host}\nOrigin: {origin}")), Ok(Some(_))), "{origin}");
        }
        for origin in [
            "http://localhost:3000",
            "http://localhost",
            "https://evil.example",
            "http://localhost:8080.evil.example",
            "null",
            "",
            "file://",
            "chrome-extension://localhost:8080",
            "http://localhost:8080\nOrigin: http://localhost:8080",
        ] {
            assert_eq!(
                with(&format!("Host: localhost:8080\nOrigin: {origin}")),
                Err(Refusal::Origin),
                "{origin}"
            );
        }
    }

    #[test]
    fn what_is_no_upgrade_is_told_so() {
        let host = "Host: localhost\nUpgrade: websocket\nConnection: upgrade";
        assert_eq!(ask(&format!("POST / HTTP/1.1\n{host}\nSec-WebSocket-Key: k\n\n")), Err(Refusal::Method));
        assert_eq!(
            ask(&format!("GET / HTTP/1.0\n{host}\nSec-WebSocket-Key: k\n\n")),
            Err(Refusal::Malformed)
        );
        assert_eq!(ask(&format!("GET / HTTP/1.1\n{host}\n\n")), Err(Refusal::Key));
        assert_eq!(ask("GET / HTTP/1.1\nHost: localhost\n\n"), Err(Refusal::NoUpgrade));
        assert_eq!(with("Host: localhost\nContent-Length: 3"), Err(Refusal::Unfit));
        assert_eq!(with("Host: localhost\nTransfer-Encoding: chunked"), Err(Refusal::Unfit));
        assert_eq!(with("Host: localhost\nSec-WebSocket-Key: k"), Err(Refusal::Key));
        assert_eq!(ask("\u{16}\u{3}\u{1}"), Err(Refusal::Malformed));
        assert_eq!(ask(&format!("GET / HTTP/1.1\n{}", "A: b\n".repeat(HEADERS + 1))), Err(Refusal::TooLarge));
        assert_eq!(ask(&format!("GET / HTTP/1.1\nA: {}", "b".repeat(LONGEST))), Err(Refusal::TooLarge));
        assert_eq!(with(&format!("Host: localhost\nA: {}", "b".repeat(LONGEST))), Err(Refusal::TooLarge));
    }

    #[test]
    fn answers_of_the_hub_and_of_the_service() {
        let refused = Refusal::Full.answer("");
        let (status, length) = answer(&refused).unwrap().unwrap();
        assert_eq!(status, 503);
        assert_eq!(&refused[length..], b"as many applications as the hub takes are connected\n");
        assert!(String::from_utf8(refused).unwrap().contains("Retry-After: 5\r\n"));
        assert_eq!(answer(b"HTTP/1.1 101 Sw"), Ok(None));
        assert_eq!(answer(b"SSH-2.0"), Err(Refusal::Malformed));
    }
}
