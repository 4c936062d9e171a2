//! Which accounts may pass through the hub: their project ids, and the first message of an application. Pure.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use subtle::{Choice, ConstantTimeEq};

use crate::protocol::Secret;

/// The accounts that may pass: their project ids, which are treated as secrets. An empty list is all.
#[derive(Debug, Clone, Default)]
pub struct Projects(Vec<Secret>);

// What the login of either dialect says of the account. A key that is there twice makes it none: the service might read
// the other one.

#[derive(Deserialize)]
struct Login<'a> {
    method: String,
    #[serde(borrow)]
    params: &'a RawValue,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    authentication: &'a RawValue,
}

#[derive(Deserialize)]
struct Authentication {
    project: Option<String>,
    jwt_token: Option<IgnoredAny>,
}

/// Reads an object. A list of values in the right order would do for a structure, and is none of the wire's.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok())?
}

/// The project of a login with a token; none for any other message.
fn project(message: &[u8]) -> Option<Secret> {
    let login: Login<'_> = object(std::str::from_utf8(message).ok()?)?;
    let params: Params<'_> = object(login.params.get())?;
    let Authentication { project, jwt_token } = object(params.authentication.get())?;
    let known = matches!(login.method.as_str(), "signalwire.connect" | "blade.connect");
    project.map(Secret::new).filter(|_| known && jwt_token.is_none())
}

impl Projects {
    /// Those of this list.
    #[must_use]
    pub const fn new(ids: Vec<Secret>) -> Self {
        Self(ids)
    }

    /// Whether there is a list at all.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether an application may pass that begins with this message.
    ///
    /// With a list, the message has to be a login with one of its projects and a token, which the service then
    /// verifies. A JWT names its project where only the service can read it, so it does not do.
    #[must_use]
    pub fn admits(&self, first: &[u8]) -> bool {
        !self.is_limited() || project(first).is_some_and(|project| self.has(&project))
    }

    /// Whether a project is in the list. Takes as long for any project of one length.
    fn has(&self, project: &Secret) -> bool {
        let same = |id: &Secret| id.reveal().as_bytes().ct_eq(project.reveal().as_bytes());
        self.0.iter().fold(Choice::from(0), |found, id| found | same(id)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn login(method: &str, authentication: &serde_json::Value) -> Vec<u8> {
        let params = json!({"version": {"major": 2}, "authentication": authentication});
        json!({"jsonrpc": "2.0", "id": "1", "method": method, "params": params}).to_string().into_bytes()
    }

    #[test]
    fn without_a_list_everything_passes() {
        assert!(Projects::default().admits(b"nonsense") && !Projects::default().is_limited());
    }

    #[test]
    fn with_a_list_only_its_accounts_log_in() {
        let projects = Projects::new(["p-canary", "other"].map(Secret::new).into());
        let own = json!({"project": "p-canary", "token": "t"});
        for (method, authentication, admitted) in [
            ("signalwire.connect", &own, true),
            ("blade.connect", &json!({"project": "other", "token": "t"}), true),
            ("blade.execute", &own, false),
            ("signalwire.connect", &json!({"project": "p-canar", "token": "t"}), false),
            ("signalwire.connect", &json!({"project": "P-CANARY", "token": "t"}), false),
            ("signalwire.connect", &json!({"project": ["p-canary"], "token": "t"}), false),
            ("signalwire.connect", &json!({"token": "t"}), false),
            ("signalwire.connect", &json!({"jwt_token": "j"}), false),
            ("signalwire.connect", &json!({"project": "p-canary", "jwt_token": "j"}), false),
        ] {
            assert_eq!(
                projects.admits(&login(method, authentication)),
                admitted,
                "{method} {authentication}"
            );
        }
        assert!(!format!("{projects:?}").contains("canary"));
    }

    #[test]
    fn a_message_that_could_be_read_in_two_ways_is_no_login() {
        let projects = Projects::new(vec![Secret::new("p")]);
        let whole = |params: &str| format!(r#"{{"method":"signalwire.connect","params":{params}}}"#);
        let fine = r#"{"authentication":{"project":"p","token":"t"}}"#;
        assert!(projects.admits(whole(fine).as_bytes()));
        assert!(
            projects.admits(
                br#"{"method":"signalwire\u002econnect","params":{"authentication":{"project":"p"}}}"#
            )
        );
        for params in [
            r#"{"authentication":{"project":"p","project":"q","token":"t"}}"#,
            r#"{"authentication":{"project":"q","project":"p","token":"t"}}"#,
            r#"{"authentication":{"project":"q"},"authentication":{"project":"p"}}"#,
            r#"[{"project":"p"}]"#,
        ] {
            assert!(!projects.admits(whole(params).as_bytes()), "{params}");
        }
        let twice = format!(r#"{{"method":"signalwire.connect","params":{fine},"params":{fine}}}"#);
        let batch = format!("[{}]", whole(fine));
        let more = format!("{}{}", whole(fine), whole(fine));
        for text in [twice, batch, more, String::new(), "{".repeat(100_000)] {
            assert!(!projects.admits(text.as_bytes()), "{}", &text[..text.len().min(80)]);
        }
    }
}
