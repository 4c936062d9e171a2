//! Methods and fields as the command line spells them, and a method with its values as such a line. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::method::{Field, Kind, Method, Values};
use super::wire::{Target, wire};
use super::{METHODS, text_of};
use crate::protocol::secret::{REDACTED, is_credential};

/// Options of the command line that a field's own name would hide.
const TAKEN: [&str; 1] = ["reason"];

/// Names with dashes, by method and field.
static OPTIONS: LazyLock<HashMap<(&'static str, &'static str), String>> = LazyLock::new(|| {
    let fields = METHODS.iter().flat_map(|method| method.arguments().map(|field| (method.name, field.name)));
    let option = |(method, field): (&'static str, &'static str)| {
        let name = if TAKEN.contains(&field) { format!("{method}_{field}") } else { field.to_owned() };
        let end = if is_credential(field) { "-file" } else { "" };
        ((method, field), name.replace('_', "-") + end)
    };
    fields.map(option).collect()
});

/// Names with dashes, by name.
static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let names = METHODS.iter().flat_map(|method| std::iter::once(&method.name).chain(method.aliases));
    names.map(|name| (*name, name.replace('_', "-"))).collect()
});

/// A method's name or alias with dashes, as the command line has it.
#[must_use]
pub fn dashed(name: &'static str) -> &'static str {
    NAMES.get(name).map_or(name, String::as_str)
}

/// The option, without its dashes, that gives a field. What is secret is read from a file: everybody on a machine can
/// read the arguments of a process. `reason` is why somebody acts, so the field of a hang-up is `hangup-reason`.
#[must_use]
pub fn option(method: &Method, field: &'static Field) -> &'static str {
    OPTIONS.get(&(method.name, field.name)).map_or(field.name, String::as_str)
}

/// Whether the option of a field names a file that the value is read from.
#[must_use]
pub fn is_from_file(field: &Field) -> bool {
    is_credential(field.name)
}

/// The arguments of a method as options, quoted for a shell; without those that are secret.
#[must_use]
pub fn options(method: &Method, values: &Values) -> Vec<String> {
    let given = method.arguments().filter_map(|field| Some((field, values.get(field.name)?)));
    let open = given.filter(|(field, value)| !is_from_file(field) && !holds_secret(value));
    let options = open.map(|(field, value)| {
        let text = text_of(field, value);
        // What begins with a dash would be taken for another option.
        let join = if text.starts_with('-') { '=' } else { ' ' };
        (!text.is_empty()).then(|| format!("--{}{join}{}", option(method, field), quoted(&text)))
    });
    options.flatten().collect()
}

/// Whether something in a value was taken out of it because it is secret.
fn holds_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(REDACTED),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| is_credential(name) || holds_secret(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The values that a command was made from, as far as its params tell.
#[must_use]
pub fn values_of(method: &Method, params: &Value) -> Values {
    let mut values = Values::new();
    for field in method.arguments().filter(|field| !field.path.is_empty()) {
        let pointer = format!("/{}", field.path.replace('.', "/"));
        let Some(value) = params.pointer(&pointer) else { continue };
        // The same place may hold the type of another choice.
        if matches!(field.kind, Kind::Choice(_)) && field.kind.choices().iter().all(|one| value != one.value)
        {
            continue;
        }
        values.insert(field.name.to_owned(), value.clone());
    }
    choose(method, params, &mut values);
    values
}

/// Fills in the choice that is not sent itself and decides which fields are: the one from which the same params come.
fn choose(method: &Method, params: &Value, values: &mut Values) {
    const IDS: [&str; 4] = ["node_id", "call_id", "control_id", "tag"];
    let Some(field) =
        method.arguments().find(|field| field.path.is_empty() && matches!(field.kind, Kind::Choice(_)))
    else {
        return;
    };
    let mut wanted = params.clone();
    if let Some(fields) = wanted.as_object_mut() {
        fields.retain(|name, _| !IDS.contains(&name.as_str()));
    }
    for choice in field.kind.choices() {
        values.insert(field.name.to_owned(), choice.value.into());
        if wire(method, values, &Target::default()) == wanted {
            return;
        }
    }
    values.remove(field.name);
}

/// A word as a POSIX shell takes it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+./:,@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{self, sample};
    use serde_json::json;

    #[test]
    fn words_are_quoted_as_a_shell_reads_them() {
        for (word, wanted) in [
            ("+12025550123", "+12025550123"),
            ("Hold on", "'Hold on'"),
            ("it's; $HOME `x`", r"'it'\''s; $HOME `x`'"),
            ("", "''"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(quoted(word), wanted);
            let out = std::process::Command::new("sh").args(["-c", &format!("printf %s {wanted}")]).output();
            assert_eq!(String::from_utf8(out.unwrap().stdout).unwrap(), word);
        }
    }

    #[test]
    fn no_option_of_a_method_hides_another_and_secrets_come_from_files() {
        let stream = catalog::method("stream").unwrap();
        let token = stream.argument("authorization_bearer_token").unwrap();
        assert_eq!(option(stream, token), "authorization-bearer-token-file");
        let hangup = catalog::method("hangup").unwrap();
        assert_eq!(option(hangup, hangup.argument("reason").unwrap()), "hangup-reason");
        let values = json!({ "url": "wss://x.example/y", "authorization_bearer_token": "canary",
            "custom_parameters": { "api_token": "canary", "a": 1 } });
        let line = options(stream, values.as_object().unwrap()).join(" ");
        assert_eq!(line, "--url wss://x.example/y");
    }

    #[test]
    fn values_can_be_read_off_the_params_that_they_became() {
        for method in METHODS {
            let values = catalog::fill(method, &sample(method)).unwrap();
            let read = values_of(method, &wire(method, &values, &Target::default()));
            let again = wire(method, &read, &Target::default());
            assert_eq!(again, wire(method, &values, &Target::default()), "{}", method.name);
        }
        let tts = catalog::method("play_tts").unwrap();
        let values = json!({ "text": "-it's", "volume": -3.0 });
        assert_eq!(options(tts, values.as_object().unwrap()).join(" "), r"--text='-it'\''s' --volume=-3");
    }
}
