//! Who may attach and as what: the people of the configuration, and what each of them gets. Pure.

use super::decide::Grant;
use super::rights::{Extra, Role};
use super::scope::Scope;
use crate::protocol::Shown;

/// How a person proves who they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Proof {
    /// By the login with which they run programs on the hub's machine; also its number.
    User(String),
    /// By the common name of their client certificate.
    Certificate(String),
}

/// A person of the configuration.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub proof: Proof,
    /// What the person is there for.
    pub role: Role,
    /// Rights beyond the role, and less than it.
    pub extras: Vec<Extra>,
    /// On which calls.
    pub scope: Scope,
    /// On how many calls at once, where not as the role has it.
    pub bulk_limit: Option<usize>,
}

/// Whoever asks to attach, with what the machine or the certificate proves of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A process on this machine.
    Process {
        /// The number of its user.
        uid: u32,
        /// The name of that user, where the machine knows one.
        login: Option<String>,
    },
    /// A console with a client certificate that was verified.
    Certificate {
        /// Its common name.
        name: String,
        /// The address it connects from.
        address: String,
    },
}

/// Why somebody may not attach at all, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{who} may not attach to this hub: there is no [[hub.person]] with {key} = {value:?}; whoever runs the hub can add one with a role"
)]
pub struct Stranger {
    /// Who, in words.
    who: Shown,
    /// The key that would name them.
    key: &'static str,
    /// Its value.
    value: Shown,
}

/// Everybody who may attach.
#[derive(Debug, Clone, Default)]
pub struct People {
    entries: Vec<Person>,
    /// The user that runs the hub.
    runner: Option<u32>,
}

impl People {
    /// These, and the user that runs the hub, who may do everything unless an entry says otherwise.
    #[must_use]
    pub const fn new(entries: Vec<Person>, runner: Option<u32>) -> Self {
        Self { entries, runner }
    }

    /// Their entries.
    #[must_use]
    pub fn entries(&self) -> &[Person] {
        &self.entries
    }

    /// What whoever asks to attach may do.
    ///
    /// # Errors
    /// When nobody said that they may do anything.
    pub fn admit(&self, caller: &Caller) -> Result<Grant, Stranger> {
        let (name, from) = (caller.name(), caller.from());
        match self.entries.iter().find(|person| caller.is(&person.proof)) {
            Some(person) => Ok(Grant {
                scope: person.scope.clone(),
                bulk_limit: person.bulk_limit.or(person.role.bulk_limit()),
                ..Grant::new(&name, person.role, &person.extras, &from)
            }),
            None if self.runs(caller) => Ok(Grant::new(&name, Role::Admin, &[], &from)),
            None => Err(caller.stranger()),
        }
    }

    fn runs(&self, caller: &Caller) -> bool {
        matches!(caller, Caller::Process { uid, .. } if self.runner == Some(*uid))
    }
}

impl Caller {
    /// Under which name the person is known.
    fn name(&self) -> String {
        match self {
            Self::Process { login: Some(login), .. } => login.clone(),
            Self::Process { uid, .. } => uid.to_string(),
            Self::Certificate { name, .. } => name.clone(),
        }
    }

    fn from(&self) -> String {
        match self {
            Self::Process { uid, .. } => format!("uid {uid}"),
            Self::Certificate { address, .. } => address.clone(),
        }
    }

    fn is(&self, proof: &Proof) -> bool {
        match (self, proof) {
            (Self::Process { uid, login }, Proof::User(user)) => {
                login.as_ref() == Some(user) || *user == uid.to_string()
            }
            (Self::Certificate { name, .. }, Proof::Certificate(wanted)) => name == wanted,
            _ => false,
        }
    }

    fn stranger(&self) -> Stranger {
        let (who, key) = match self {
            Self::Process { uid, login: Some(login) } => (format!("the user {login} (uid {uid})"), "user"),
            Self::Process { uid, login: None } => (format!("the user with uid {uid}"), "user"),
            Self::Certificate { name, .. } => (format!("the certificate of {name}"), "certificate"),
        };
        Stranger { who: Shown::new(&who), key, value: Shown::new(&self.name()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::rights::Right;

    fn person(proof: Proof, role: Role) -> Person {
        Person { proof, role, extras: Vec::new(), scope: Scope::default(), bulk_limit: None }
    }

    fn process(uid: u32, login: Option<&str>) -> Caller {
        Caller::Process { uid, login: login.map(str::to_owned) }
    }

    fn certificate(name: &str) -> Caller {
        Caller::Certificate { name: name.to_owned(), address: "192.0.2.7:4711".to_owned() }
    }

    #[test]
    fn everybody_gets_what_their_entry_says_and_strangers_nothing() {
        let raj = Person {
            extras: vec![Extra::Plus(Right::Listen)],
            scope: Scope::new(&["support".to_owned()], &[], &[]),
            bulk_limit: Some(3),
            ..person(Proof::User("raj".to_owned()), Role::Watch)
        };
        let people = vec![
            raj,
            person(Proof::User("1002".to_owned()), Role::Act),
            person(Proof::Certificate("ana".to_owned()), Role::Admin),
        ];
        let people = People::new(people, Some(1000));
        let grant = people.admit(&process(1001, Some("raj"))).unwrap();
        assert_eq!(
            (grant.person.as_str(), grant.from.as_str(), grant.role),
            ("raj", "uid 1001", Role::Watch)
        );
        assert!(grant.rights.has(Right::Listen) && !grant.scope.is_everything());
        assert_eq!(grant.bulk_limit, Some(3));
        assert_eq!(people.admit(&process(1002, Some("li"))).unwrap().role, Role::Act);
        assert_eq!(people.admit(&process(1002, None)).unwrap().bulk_limit, Some(25));
        let grant = people.admit(&certificate("ana")).unwrap();
        assert_eq!((grant.role, grant.from.as_str()), (Role::Admin, "192.0.2.7:4711"));
        // A name in one way of proof is none in the other.
        assert!(
            people.admit(&certificate("raj")).is_err() && people.admit(&process(5, Some("ana"))).is_err()
        );
        // Nor is the superuser anybody here.
        assert!(people.admit(&process(0, Some("root"))).is_err());
    }

    #[test]
    fn whoever_runs_the_hub_is_its_admin_unless_an_entry_says_otherwise() {
        let runner = process(1000, Some("callboard"));
        assert_eq!(People::new(Vec::new(), Some(1000)).admit(&runner).unwrap().role, Role::Admin);
        let entry = person(Proof::User("callboard".to_owned()), Role::Watch);
        assert_eq!(People::new(vec![entry], Some(1000)).admit(&runner).unwrap().role, Role::Watch);
        assert!(People::default().admit(&runner).is_err());
    }

    #[test]
    fn a_stranger_is_told_which_entry_is_missing_in_a_line() {
        let why = |caller: &Caller| People::default().admit(caller).unwrap_err().to_string();
        assert_eq!(
            why(&process(1001, Some("raj"))),
            "the user raj (uid 1001) may not attach to this hub: there is no [[hub.person]] with user = \"raj\"; \
             whoever runs the hub can add one with a role"
        );
        assert!(why(&process(7, None)).contains("user = \"7\""));
        let hostile = why(&certificate("a\u{1b}[31m\n"));
        assert!(hostile.contains("certificate = ") && !hostile.contains(['\n', '\u{1b}']), "{hostile}");
    }
}
