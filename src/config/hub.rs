//! From the values of `[hub]` to what the hub's settings are made of, and what can be wrong with the people in it.

use std::collections::BTreeMap;

use super::file::Values;
use super::resolve::beside;
use super::{File, Place, Problem};
use crate::hub::people::{Person, Proof};
use crate::hub::rights::{Extra, Role};
use crate::hub::scope::Scope;
use crate::hub::settings::{Given, address};
use crate::protocol::{Secret, Shown};

/// The keys whose lines are of use to whoever puts the settings together.
const KEYS: [&str; 9] =
    ["listen", "upstream", "socket", "attach", "certificate", "key", "client_ca", "projects", "ca_out"];

/// Reads the section, and notes everything that is wrong with its people.
pub(super) fn read(values: &mut Values, file: &File, problems: &mut Vec<Problem>) -> Given {
    let Some(mut table) = values.table("hub") else { return Given::default() };
    let mut lines: BTreeMap<_, _> =
        KEYS.into_iter().filter_map(|key| Some((key, table.line(key)?))).collect();
    lines.insert("hub", table.line);
    let path = |table: &mut Values, key: &str| table.text(key).map(|path| beside(&file.path, &path));
    Given {
        // What a check let through can be read.
        listen: table
            .texts("listen")
            .unwrap_or_default()
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
        upstream: table.text("upstream").map(|text| text.trim().to_owned()),
        ca_file: path(&mut table, "ca_file"),
        socket: path(&mut table, "socket"),
        socket_group: table.text("socket_group"),
        attach: table.text("attach").and_then(|text| address(&text).ok()),
        certificate: path(&mut table, "certificate"),
        key: path(&mut table, "key"),
        client_ca: path(&mut table, "client_ca"),
        tls: table.flag("tls"),
        ca_out: path(&mut table, "ca_out"),
        host_names: table.texts("host_names").unwrap_or_default(),
        projects: secrets(table.texts("projects").unwrap_or_default()),
        people: people(table.list("person").unwrap_or_default(), file, problems),
        lines,
    }
}

fn secrets(ids: Vec<String>) -> Vec<Secret> {
    ids.into_iter().map(Secret::new).map(|id| Secret::new(id.reveal().trim())).collect()
}

fn people(tables: Vec<Values>, file: &File, problems: &mut Vec<Problem>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for mut table in tables {
        let (line, is_whole) = (table.line, table.is_whole);
        let mut problem = |what: String| {
            problems.push(Problem { place: Place::File { path: file.path.clone(), line: Some(line) }, what });
        };
        match person(&mut table) {
            Some(person) if people.iter().any(|other| other.proof == person.proof) => {
                let (Proof::User(name) | Proof::Certificate(name)) = &person.proof;
                problem(format!("there is a [[hub.person]] for {} already: keep one", Shown::new(name)));
            }
            Some(person) => people.push(person),
            // What is wrong with a key was said already.
            None if !is_whole => {}
            None => problem(
                "[[hub.person]] needs `user`, a login on this machine, or `certificate`, the name in a client \
                 certificate: one of them"
                    .to_owned(),
            ),
        }
    }
    people
}

fn person(table: &mut Values) -> Option<Person> {
    let trimmed = |text: String| text.trim().to_owned();
    let user = table.text("user").map(trimmed).map(Proof::User);
    let certificate = table.text("certificate").map(trimmed).map(Proof::Certificate);
    let role = table.text("role").and_then(|word| Role::named(&word));
    let rights = table.texts("rights").unwrap_or_default();
    let mut texts = |key: &str| table.texts(key).unwrap_or_default();
    let scope = Scope::new(&texts("contexts"), &texts("numbers"), &texts("owners"));
    Some(Person {
        proof: user.xor(certificate)?,
        role: role?,
        extras: rights.iter().filter_map(|text| Extra::parse(text).ok()).collect(),
        scope,
        bulk_limit: table.whole("bulk_limit").and_then(|limit| usize::try_from(limit).ok()),
    })
}
