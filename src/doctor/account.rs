//! The configuration, and whether the credentials look like some. Nothing of them is shown.

use super::{Finding, of_problems};
use crate::client::Credentials;
use crate::config::{Problem, Settings, variable};
use crate::protocol::Secret;

/// What is wrong with the configuration.
pub(super) fn configuration(loaded: &Result<Settings, Vec<Problem>>) -> Vec<Finding> {
    match loaded {
        Ok(settings) => {
            let file = settings.file.display();
            let profile = settings.profile.as_ref().map(|profile| format!(", profile {}", profile.name));
            let what = match settings.file.exists() {
                true => format!("{file}{}", profile.unwrap_or_default()),
                false => format!("no file at {file}: everything has its default"),
            };
            vec![Finding::fine("configuration", what)]
        }
        Err(problems) => of_problems(
            "configuration",
            problems,
            "mend that; `callboard config --check` checks the file again",
        ),
    }
}

/// Whether there are credentials of the right shape.
pub(super) fn credentials(settings: &Settings, env: &dyn Fn(&str) -> Option<String>) -> Vec<Finding> {
    let source = |variable: &str| match env(variable) {
        Some(_) => format!("from {variable}"),
        None => format!("from {}", settings.file.display()),
    };
    match &settings.credentials {
        Err(missing) => {
            let problems: Vec<_> = missing.iter().map(|missing| missing.problem(&settings.file)).collect();
            of_problems("credentials", &problems, "or run `callboard` on a terminal to set them up")
        }
        Ok(Credentials::Token { project, token }) => {
            vec![of_project(project, &source(variable::PROJECT)), of_token(token, &source(variable::TOKEN))]
        }
        Ok(Credentials::Jwt { jwt, .. }) => vec![of_jwt(jwt, &source(variable::JWT))],
    }
}

fn of_project(project: &Secret, source: &str) -> Finding {
    if uuid::Uuid::try_parse(project.reveal()).is_ok() && project.reveal().len() == 36 {
        return Finding::fine("project", format!("a project id, {source}"));
    }
    Finding::wrong(
        "project",
        format!("{source}: does not look like a project id, which is 36 characters such as 1a2b3c4d-..."),
        "copy it from the dashboard of your Space, under API",
    )
}

/// Length of the tokens that the service hands out; shorter ones were cut when they were copied.
const TOKEN: usize = 50;

fn of_token(token: &Secret, source: &str) -> Finding {
    let text = token.reveal();
    let count = text.chars().count();
    let what = if text.starts_with("PSK") {
        "is a signing key, not an API token".to_owned()
    } else if text.contains('.') && text.starts_with("ey") {
        format!("is a JWT: put it into {} or `jwt_token`", variable::JWT)
    } else if !text.starts_with("PT") {
        "does not begin with PT, as API tokens do".to_owned()
    } else if count != TOKEN {
        format!("has {count} characters; API tokens have {TOKEN}")
    } else {
        return Finding::fine("token", format!("an API token, {source}"));
    };
    Finding::wrong(
        "token",
        format!("{source}: {what}"),
        "copy the API token from the dashboard of your Space, under API, as a whole",
    )
}

fn of_jwt(jwt: &Secret, source: &str) -> Finding {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
    };
    let parts: Vec<_> = jwt.reveal().split('.').collect();
    if parts.len() == 3 && parts.iter().all(|part| is_part(part)) {
        return Finding::fine("JWT", format!("three parts, {source}"));
    }
    Finding::wrong(
        "JWT",
        format!("{source}: is not three parts with dots between them"),
        "get a new one from your application, as a whole",
    )
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn credentials_are_told_by_their_shape_and_never_shown() {
        let token = |text: &str| of_token(&Secret::new(text), "from X");
        let good = format!("PT{}", "0".repeat(48));
        assert_eq!(token(&good).state, State::Fine);
        for (text, part) in [
            ("PTcanary", "has 8 characters"),
            ("canary", "does not begin with PT"),
            ("PSK_canary", "signing key"),
            ("eyJcanary.eyJ.x", "jwt_token"),
        ] {
            let finding = token(text);
            assert!(finding.state == State::Wrong && finding.what.contains(part), "{finding:?}");
            assert!(!format!("{finding:?}").contains("canary"), "{finding:?}");
        }
        let project = |text: &str| of_project(&Secret::new(text), "from X").state;
        assert_eq!(project("01234567-89ab-4cde-8f01-23456789abcd"), State::Fine);
        assert_eq!(project("{01234567-89ab-4cde-8f01-23456789abcd}"), State::Wrong);
        assert_eq!(project("canary"), State::Wrong);
        let jwt = |text: &str| of_jwt(&Secret::new(text), "from X").state;
        assert_eq!((jwt("a.b.c-_"), jwt("a.b"), jwt("a..c")), (State::Fine, State::Wrong, State::Wrong));
    }
}
