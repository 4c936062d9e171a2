//! Exit codes: what a run of the program tells the shell.

use std::process::ExitCode;

/// How a run ended.
///
/// | Code | Meaning |
/// |---|---|
/// | 0 | done: everything that was asked for happened |
/// | 1 | callboard itself failed, or `doctor`, `audit verify` or `history --call` found something wrong or nothing |
/// | 2 | the command line or the configuration is wrong, or credentials are missing; nothing was sent |
/// | 3 | the service refused the credentials, or the hub the person |
/// | 4 | no connection to the service or the hub, or the command did not leave; nothing was sent |
/// | 5 | the dial failed: busy, no answer, declined, no such number |
/// | 6 | the service refused a command |
/// | 7 | the outcome is unknown: a command left and no answer, or no word of its end, came in time |
/// | 8 | the call was answered and ended before everything was done, or an operation on it failed |
/// | 9 | the hub does not allow it: a right, the scope or a reason is missing; nothing was sent |
/// | 128+n | ended by signal n; 130 is Ctrl-C. A call under way is hung up first |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for happened.
    Done,
    /// The program itself failed, or a check found something wrong, or a search for one call nothing.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// The service refused the credentials.
    CredentialsRefused,
    /// No connection to the service.
    NoConnection,
    /// The dial failed.
    DialFailed,
    /// The service refused a command.
    CommandRefused,
    /// A command left and no answer came.
    OutcomeUnknown,
    /// The call ended too early, or an operation on it failed.
    Incomplete,
    /// The hub does not allow it.
    NotAllowed,
    /// Ended by this signal.
    Signal(u8),
}

impl Exit {
    /// The table of codes, as `--help` shows it.
    pub const TABLE: &'static str = "\
Exit codes:
  0      done
  1      callboard itself failed; doctor or audit verify found something wrong, history --call nothing
  2      wrong command line or configuration, or credentials missing; nothing was sent
  3      the service refused the credentials, or the hub the person
  4      no connection to the service or the hub; nothing was sent
  5      the dial failed: busy, no answer, declined, no such number
  6      the service refused a command
  7      outcome unknown: a command left, and no answer or no word of its end came in time
  8      the call ended before everything was done, or an operation on it failed
  9      the hub does not allow it: a right, the scope or a reason is missing; nothing was sent
  128+n  ended by signal n (130 is Ctrl-C); a call under way is hung up first";

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::CredentialsRefused => 3,
            Self::NoConnection => 4,
            Self::DialFailed => 5,
            Self::CommandRefused => 6,
            Self::OutcomeUnknown => 7,
            Self::Incomplete => 8,
            Self::NotAllowed => 9,
            Self::Signal(number) => 128 + number % 128,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_that_help_shows() {
        for exit in [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::CredentialsRefused,
            Exit::NoConnection,
            Exit::DialFailed,
            Exit::CommandRefused,
            Exit::OutcomeUnknown,
            Exit::Incomplete,
            Exit::NotAllowed,
        ] {
            assert!(Exit::TABLE.contains(&format!("\n  {}  ", exit.code())), "{exit:?}");
        }
        assert_eq!(Exit::Signal(2).code(), 130);
        assert_eq!(Exit::Signal(15).code(), 143);
    }
}
