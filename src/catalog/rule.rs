//! Rules for single values: does this text, number or list fit this kind? Says why not in words.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::method::{Kind, WORD};

/// Longest address taken.
const ADDRESS: usize = 2048;

/// Why a value does not fit a kind that has no inner structure; the words follow the value in a sentence.
pub(super) fn fault(kind: &Kind, value: &Value) -> Option<String> {
    let fits = match *kind {
        Kind::Text { max } => return text(value, |text| line_fault(text, max)),
        Kind::Long { max } => return text(value, |text| long_fault(text, max)),
        Kind::Chars { allowed, upper, max } => {
            return text(value, |text| chars_fault(text, allowed, upper, max));
        }
        Kind::E164 => value.as_str().is_some_and(is_e164),
        Kind::Address => value.as_str().is_some_and(|text| is_e164(text) || is_sip(text)),
        Kind::Url(schemes) => value.as_str().is_some_and(|text| is_url(text, schemes)),
        Kind::Int { min, max, .. } => whole(value).is_some_and(|n| (min..=max).contains(&n)),
        Kind::Num { min, max, .. } => {
            value.as_f64().is_some_and(|n| n.is_finite() && (min..=max).contains(&n))
        }
        Kind::Bool => value.is_boolean(),
        Kind::Choice(choices) => choices.iter().any(|choice| value == choice.value),
        Kind::OpenChoice(_) => value.as_str().is_some_and(is_word),
        Kind::Many(choices) => list(value, |item| choices.iter().any(|choice| item == choice.value)),
        Kind::List => {
            list(value, |item| item.as_str().is_some_and(|text| line_fault(text, ADDRESS).is_none()))
        }
        Kind::Ipv4 => value.as_str().is_some_and(is_public_ipv4),
        Kind::Json => !has_controls(value),
        Kind::Media | Kind::Devices | Kind::Fixed(_) => true,
    };
    (!fits).then(|| format!("is not {}", kind.rule()))
}

fn text(value: &Value, fault: impl Fn(&str) -> Option<String>) -> Option<String> {
    value.as_str().map_or_else(|| Some("is not a text".into()), fault)
}

fn list(value: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(fits))
}

/// What is wrong with one line of text.
pub(super) fn line_fault(text: &str, max: usize) -> Option<String> {
    if text.chars().any(char::is_control) {
        return Some("has control characters".into());
    }
    (text.chars().count() > max).then(|| format!("is longer than {max} characters"))
}

/// What is wrong with text that may have line breaks. Speech may: an editor makes them, and they are harmless.
pub(super) fn long_fault(text: &str, max: usize) -> Option<String> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Some("has control characters".into());
    }
    (text.chars().count() > max).then(|| format!("is longer than {max} characters"))
}

fn chars_fault(text: &str, allowed: &str, upper: bool, max: usize) -> Option<String> {
    if let Some(odd) = text.chars().find(|c| !allowed.contains(capital(*c, allowed, upper))) {
        return Some(format!("has {odd:?}, which is not one of {allowed}"));
    }
    (text.chars().count() > max).then(|| format!("is longer than {max} characters"))
}

/// The capital of a letter of which only the capital is allowed; any other character as it is.
pub(super) fn capital(c: char, allowed: &str, upper: bool) -> char {
    if upper && !allowed.contains(c) { c.to_ascii_uppercase() } else { c }
}

/// A whole number, also one written as `20.0`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15)?;
        // Whole and far inside the range, so nothing is lost.
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        Some(number as i64)
    })
}

/// `^\+[1-9]\d{1,14}$`
pub(super) fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A SIP URI with something behind the scheme.
pub(super) fn is_sip(text: &str) -> bool {
    let rest = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:")).unwrap_or_default();
    let host = rest.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.starts_with([';', '?', ':']) && is_plain(text)
}

/// An absolute address of one of the schemes, with a host.
pub(super) fn is_url(text: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host_port.rsplit_once(':') {
        // A colon inside the brackets of an IPv6 address is no port.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host_port, None),
    };
    schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && !host.is_empty()
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && is_plain(text)
}

/// One word of an open set.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= WORD && is_plain(text)
}

/// Neither spaces nor control characters, and not endless.
fn is_plain(text: &str) -> bool {
    text.len() <= ADDRESS && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// An address on the public net. The ranges for documentation pass: they stand in for public ones.
fn is_public_ipv4(text: &str) -> bool {
    let Ok(addr) = text.parse::<Ipv4Addr>() else { return false };
    let [a, b, c, _] = addr.octets();
    !(addr.is_private()
        || addr.is_loopback()
        || addr.is_link_local()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Whether any text in the value, at any depth, has control characters other than line breaks.
pub(super) fn has_controls(value: &Value) -> bool {
    match value {
        Value::String(text) => long_fault(text, usize::MAX).is_some(),
        Value::Array(items) => items.iter().any(has_controls),
        Value::Object(map) => {
            map.iter().any(|(key, item)| key.chars().any(char::is_control) || has_controls(item))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses() {
        for good in ["+12025550123", "+12", "+123456789012345"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in ["", "+", "+1", "12025550123", "+0123", "+1234567890123456", "+1202a", "+1 202"] {
            assert!(!is_e164(bad), "{bad}");
        }
        for good in ["sip:bob@example.com", "sips:bob@example.com:5061;transport=tls", "sip:example.com"] {
            assert!(is_sip(good), "{good}");
        }
        for bad in ["sip:", "sip:bob@", "bob@example.com", "sip:bob @example.com", "sip:a@;x=y"] {
            assert!(!is_sip(bad), "{bad}");
        }
    }

    #[test]
    fn urls() {
        let web: &[&str] = &["https", "http"];
        for good in
            ["https://a", "HTTP://a.b/c?d#e", "http://u:p@h:80/x", "http://[::1]:8080/", "http://[::1]"]
        {
            assert!(is_url(good, web), "{good}");
        }
        for bad in [
            "",
            "a.b",
            "ftp://a",
            "http://",
            "http:///x",
            "http://:80",
            "http://a:0",
            "http://a:x",
            "http://a b",
        ] {
            assert!(!is_url(bad, web), "{bad}");
        }
    }

    #[test]
    fn private_and_reserved_ipv4_is_refused() {
        for good in ["203.0.113.20", "8.8.8.8", "172.32.0.1"] {
            assert!(is_public_ipv4(good), "{good}");
        }
        for bad in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "1.2.3",
            "::1",
        ] {
            assert!(!is_public_ipv4(bad), "{bad}");
        }
    }
}
