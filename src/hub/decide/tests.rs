//! Who may do what: the table of roles, read off the gate.

use std::collections::BTreeSet;
use std::fmt::Write;

use pretty_assertions::assert_eq;

use super::*;
use crate::catalog::{self, METHODS};

const CALL: About<'static> = About::Call(Particulars {
    context: Some("support"),
    from: "+12025550123",
    to: "+12025550100",
    owner: Some("ivr"),
    placed_by: None,
});

const IVR: About<'static> =
    About::Application { owner: Some("ivr"), parties: &[("+12025550100", "+12025550123")] };

/// An act on the call, or in the name of its application.
fn asked(act: Act<'_>) -> Wanted<'_> {
    let wanted = Wanted::new(act, CALL);
    if wanted.can_be_about(&CALL) { wanted } else { Wanted { about: IVR, ..wanted } }
}

/// Every act there is, on one call, with its name.
fn acts() -> Vec<(String, Act<'static>)> {
    let mut acts = vec![
        ("see".to_owned(), Act::See),
        ("reveal".to_owned(), Act::Reveal),
        ("note".to_owned(), Act::Note),
        ("claim".to_owned(), Act::Claim),
        ("probe".to_owned(), Act::Probe),
    ];
    for method in METHODS {
        let takes_apart = method.name == "disconnect";
        for (whose, word) in [(Whose::Own, " own"), (Whose::Other, " other")] {
            if takes_apart {
                acts.push((format!("{}{word}", method.name), Act::Invoke { method, bridge: whose }));
            } else if whose == Whose::Other {
                acts.push((method.name.to_owned(), Act::Invoke { method, bridge: whose }));
            }
        }
    }
    for kind in ActionKind::ALL {
        for control in kind.controls() {
            for (whose, word) in [(Whose::Own, "own"), (Whose::Other, "other")] {
                let name = format!("{} {} {word}", kind.word(), control.suffix());
                acts.push((name, Act::Control { kind, control: *control, whose }));
            }
        }
    }
    acts.push(("contexts".to_owned(), Act::Contexts(&["support"])));
    acts.push(("administer".to_owned(), Act::Administer));
    acts
}

fn grant(role: Role, extras: &[&str]) -> Grant {
    let extras: Vec<_> = extras.iter().map(|text| Extra::parse(text).unwrap()).collect();
    Grant::new("ana", role, &extras, "uid 1000")
}

/// `yes`, `with reason`, or the right that is missing.
fn answer(grant: &Grant, act: Act<'_>) -> String {
    let wanted = asked(act);
    match (decide(grant, &wanted), decide(grant, &Wanted { reason: "caller asked", ..wanted })) {
        (Ok(()), Ok(())) => "yes".to_owned(),
        (Err(Denied::Reason { .. }), Ok(())) => "with reason".to_owned(),
        (Err(Denied::Right { right, .. }), Err(_)) => format!("needs {right}"),
        other => panic!("{act:?}: {other:?}"),
    }
}

fn table() -> String {
    let mut text = String::new();
    for (name, act) in acts() {
        let answers = Role::ALL.map(|role| answer(&grant(role, &[]), act));
        let line = format!("{name:<33}{:<20}{:<18}{}", answers[0], answers[1], answers[2]);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// What each role may do with one call: `own` is what the same person started, `other` what anybody else did.
const TABLE: &str = "\
act                              watch               act               admin
see                              yes                 yes               yes
reveal                           needs reveal        yes               yes
note                             yes                 yes               yes
claim                            needs claim         yes               yes
probe                            needs probe         yes               yes
answer                           needs answer        yes               yes
pass                             needs pass          yes               yes
hangup                           needs hangup        with reason       yes
dial                             needs dial          yes               yes
play_tts                         needs play          yes               yes
play_audio                       needs play          yes               yes
play_silence                     needs play          yes               yes
play_ringtone                    needs play          yes               yes
play                             needs play          yes               yes
record                           needs record        yes               yes
detect_answering_machine         needs detect        yes               yes
detect_digit                     needs detect        yes               yes
detect_fax                       needs detect        yes               yes
detect                           needs detect        yes               yes
prompt_tts                       needs prompt        yes               yes
prompt_audio                     needs prompt        yes               yes
prompt_ringtone                  needs prompt        yes               yes
prompt                           needs prompt        yes               yes
collect                          needs prompt        yes               yes
send_digits                      needs digits        yes               yes
tap                              needs listen        yes               yes
fax_send                         needs fax           yes               yes
fax_receive                      needs fax           yes               yes
connect                          needs connect       yes               yes
disconnect own                   needs stop_own      yes               yes
disconnect other                 needs stop_others   with reason       yes
stream                           needs listen        yes               yes
play stop own                    needs stop_own      yes               yes
play stop other                  needs stop_others   with reason       yes
play pause own                   needs stop_own      yes               yes
play pause other                 needs stop_others   with reason       yes
play resume own                  needs stop_own      yes               yes
play resume other                needs stop_others   yes               yes
play volume own                  needs stop_own      yes               yes
play volume other                needs stop_others   yes               yes
record stop own                  needs stop_own      yes               yes
record stop other                needs stop_others   with reason       yes
record pause own                 needs pause_record  with reason       yes
record pause other               needs pause_record  with reason       yes
record resume own                needs pause_record  yes               yes
record resume other              needs pause_record  yes               yes
detect stop own                  needs stop_own      yes               yes
detect stop other                needs stop_others   with reason       yes
prompt stop own                  needs stop_own      yes               yes
prompt stop other                needs stop_others   with reason       yes
prompt volume own                needs stop_own      yes               yes
prompt volume other              needs stop_others   yes               yes
collect stop own                 needs stop_own      yes               yes
collect stop other               needs stop_others   with reason       yes
collect start_input_timers own   needs stop_own      yes               yes
collect start_input_timers other needs stop_others   yes               yes
tap stop own                     needs stop_own      yes               yes
tap stop other                   needs stop_others   with reason       yes
fax out stop own                 needs stop_own      yes               yes
fax out stop other               needs stop_others   with reason       yes
fax in stop own                  needs stop_own      yes               yes
fax in stop other                needs stop_others   with reason       yes
stream stop own                  needs stop_own      yes               yes
stream stop other                needs stop_others   with reason       yes
connect stop own                 needs stop_own      yes               yes
connect stop other               needs stop_others   with reason       yes
contexts                         needs contexts      needs contexts    yes
administer                       needs admin         needs admin       yes
";

#[test]
fn every_act_times_every_role_is_as_the_table_says() {
    let head = format!("{:<33}{:<20}{:<18}admin\n", "act", "watch", "act");
    assert_eq!(format!("{head}{}", table()), TABLE);
}

#[test]
fn no_method_and_no_control_is_forgotten() {
    let rows: BTreeSet<&str> =
        TABLE.lines().skip(1).filter_map(|line| line.get(..33)).map(str::trim).collect();
    for method in METHODS {
        let row = |row: &&&str| **row == method.name || row.strip_suffix(" own") == Some(method.name);
        assert!(rows.iter().any(|name| row(&name)), "{} has no line", method.name);
        let wanted = Wanted::new(Act::Invoke { method, bridge: Whose::Own }, CALL);
        assert_ne!(wanted.right(), Right::Admin, "{} has no rule", method.name);
    }
    for kind in ActionKind::ALL {
        for control in kind.controls() {
            for whose in ["own", "other"] {
                let name = format!("{} {} {whose}", kind.word(), control.suffix());
                assert!(rows.contains(name.as_str()), "{name} has no line");
            }
        }
    }
}

#[test]
fn every_right_decides_something_and_taking_it_away_takes_just_that() {
    for right in Right::ALL {
        let minus = format!("-{right}");
        let less = grant(Role::Admin, &[minus.as_str()]);
        let mut lost = 0;
        for (name, act) in acts() {
            let wanted = Wanted { reason: "test call", ..asked(act) };
            let expected = match decide(&less, &wanted) {
                Ok(()) => continue,
                Err(denied) => denied,
            };
            lost += 1;
            match expected {
                Denied::Right { right: missing, taken, .. } => {
                    assert_eq!((missing, taken), (right, true), "{name}");
                }
                // Who sees no calls knows of none.
                Denied::NoSuchCall => assert_eq!(right, Right::See),
                other => panic!("{name}: {other}"),
            }
        }
        let several = matches!(right, Right::Bulk | Right::BulkHangup);
        assert_eq!(lost == 0, several, "{right}");
    }
}

#[test]
fn giving_a_right_to_a_watcher_gives_just_that() {
    for right in Right::ALL {
        let plus = format!("+{right}");
        let (plain, more) = (grant(Role::Watch, &[]), grant(Role::Watch, &[plus.as_str()]));
        for (name, act) in acts() {
            let wanted = Wanted { reason: "test call", ..asked(act) };
            if decide(&plain, &wanted).is_err() && decide(&more, &wanted).is_ok() {
                assert!([right, Right::StopOwn].contains(&wanted.right()), "{name} by {right}");
            }
        }
    }
}

#[test]
fn a_watching_console_keeps_nothing_but_looking_and_notes() {
    for role in Role::ALL {
        let watching = grant(role, &["+listen", "-note"]).watching();
        let allowed: Vec<_> = acts()
            .into_iter()
            .filter(|(_, act)| decide(&watching, &Wanted { reason: "why", ..asked(*act) }).is_ok())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(allowed, ["see"], "{role}");
    }
}

#[test]
fn refusals_say_what_is_missing_and_what_next_in_one_line() {
    let hangup = Act::Invoke { method: catalog::method("hangup").unwrap(), bridge: Whose::Other };
    let why = |grant: &Grant, wanted: &Wanted<'_>| decide(grant, wanted).unwrap_err().to_string();
    let wanted = Wanted::new(hangup, CALL);
    assert_eq!(
        why(&grant(Role::Watch, &[]), &wanted),
        "needs the right `hangup`, which role watch does not have; ask whoever runs the hub"
    );
    assert_eq!(
        why(&grant(Role::Act, &["-hangup"]), &wanted),
        "needs the right `hangup`, which was taken from you; ask whoever runs the hub"
    );
    assert_eq!(why(&grant(Role::Act, &[]), &wanted), "hanging up needs a reason; give one in a few words");
    for (_, act) in acts() {
        let Err(denied) = decide(&grant(Role::Watch, &[]), &asked(act)) else { continue };
        assert!(!denied.to_string().contains('\n') && denied.word() == "right", "{denied}");
    }
}

#[test]
fn a_reason_is_words() {
    let hangup = Act::Invoke { method: catalog::method("hangup").unwrap(), bridge: Whose::Other };
    for (reason, fine) in
        [("", false), ("  ", false), ("-", false), ("\u{200b}", false), ("übel", true), ("1", true)]
    {
        let wanted = Wanted { reason, ..Wanted::new(hangup, CALL) };
        assert_eq!(decide(&grant(Role::Act, &[]), &wanted).is_ok(), fine, "{reason:?}");
    }
}

#[test]
fn many_calls_at_once_have_limits() {
    let of = |name| Act::Invoke { method: catalog::method(name).unwrap(), bridge: Whose::Other };
    let (play, hangup) = (of("play_tts"), of("hangup"));
    let ask = |grant: &Grant, act, targets, reason| {
        decide(grant, &Wanted { targets, reason, ..asked(act) }).map_err(|denied| denied.word())
    };
    let (act, admin) = (grant(Role::Act, &[]), grant(Role::Admin, &[]));
    for (who, what, targets, reason, answer) in [
        (&act, play, 25, "", Ok(())),
        (&act, play, 26, "why", Err("too_many")),
        (&admin, play, 5_000, "", Ok(())),
        (&act, hangup, 10, "why", Ok(())),
        (&act, hangup, 11, "why", Err("right")),
        (&act, hangup, 26, "why", Err("too_many")),
        (&admin, hangup, 10, "", Ok(())),
        (&admin, hangup, 11, "", Err("reason")),
        (&admin, hangup, 11, "why", Ok(())),
        (&act, Act::Note, 5_000, "", Ok(())),
        (&grant(Role::Act, &["-bulk"]), play, 2, "", Err("right")),
        (&grant(Role::Act, &["-bulk"]), play, 1, "", Ok(())),
        (&grant(Role::Watch, &["+play"]), play, 2, "", Err("right")),
        (&grant(Role::Watch, &["+play", "+bulk"]), play, 26, "", Err("too_many")),
        (&grant(Role::Act, &["+bulk_hangup"]), hangup, 25, "why", Ok(())),
    ] {
        assert_eq!(ask(who, what, targets, reason), answer, "{} {what:?} {targets}", who.role);
    }
    let own = Grant { bulk_limit: Some(3), ..admin };
    assert_eq!(ask(&own, play, 4, ""), Err("too_many"));
}

#[test]
fn a_call_out_of_scope_is_as_if_it_were_not_there() {
    let only = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let scope = Scope::new(&only(&["sales"]), &[], &only(&["dialler"]));
    for role in Role::ALL {
        let narrow = Grant { scope: scope.clone(), ..grant(role, &[]) };
        // Whoever may change the hub itself may do so whatever calls they look after.
        for (name, act) in acts().into_iter().filter(|(_, act)| !matches!(act, Act::Administer)) {
            let wanted = Wanted { reason: "why", ..asked(act) };
            let expected = match (act, wanted.about) {
                (Act::Contexts(_), _) => Denied::Outside { what: "the context `support`".into() },
                (_, About::Application { .. }) => Denied::Outside { what: "this application".into() },
                _ => Denied::NoSuchCall,
            };
            assert_eq!(decide(&narrow, &wanted), Err(expected), "{name}");
        }
        let About::Call(call) = CALL else { unreachable!() };
        let theirs = Particulars { context: Some("sales"), owner: Some("dialler"), ..call };
        assert!(!narrow.sees(&call) && narrow.sees(&theirs));
    }
}

#[test]
fn no_act_gets_past_the_scope_by_being_about_something_else() {
    let admin = grant(Role::Admin, &[]);
    for (name, act) in acts() {
        for (about, word) in [(About::Floor, "floor"), (IVR, "application"), (CALL, "call")] {
            let decided = decide(&admin, &Wanted { reason: "why", ..Wanted::new(act, about) });
            let fine = match act {
                Act::Administer => true,
                Act::See | Act::Reveal => word != "application",
                Act::Contexts(_) => word == "application",
                Act::Invoke { method, .. } if method.name == "dial" => word == "application",
                _ => word == "call",
            };
            assert_eq!(decided, if fine { Ok(()) } else { Err(Denied::NoSuchCall) }, "{name} about a {word}");
        }
    }
}

#[test]
fn whom_one_dials_has_to_be_within_scope() {
    let dial = Act::Invoke { method: catalog::method("dial").unwrap(), bridge: Whose::Other };
    let scope = Scope::new(&["support".to_owned()], &["+1202*".to_owned()], &["ivr".to_owned()]);
    let narrow = Grant { scope, ..grant(Role::Act, &[]) };
    let ask = |owner, parties: &[(&str, &str)]| {
        decide(&narrow, &Wanted::new(dial, About::Application { owner, parties }))
            .map_err(|denied| denied.to_string())
    };
    assert_eq!(ask(Some("ivr"), &[("+12025550100", "+442079460958")]), Ok(()));
    assert_eq!(ask(Some("ivr"), &[]), Ok(()));
    let why = ask(Some("ivr"), &[("+12025550100", "+1"), ("+13035550100", "+442079460958")]).unwrap_err();
    assert_eq!(why, "the number +442079460958 is not among what you look after; ask whoever runs the hub");
    assert!(ask(Some("dialler"), &[]).unwrap_err().starts_with("this application is not"));
}

#[test]
fn a_refusal_is_known_by_its_words_and_nothing_else_is() {
    let right = Denied::Right { right: Right::Hangup, role: Role::Act, taken: true };
    let outside = Denied::Outside { what: "the number +12025550123".into() };
    let many = Denied::TooMany { limit: 25, targets: 26 };
    for denied in [right, Denied::NoSuchCall, outside, Denied::Reason { act: "hanging up" }, many] {
        assert!(Denied::is_said(&denied.to_string()), "{denied}");
    }
    for other in ["", "the call is over", "it is not known whose call this is", "offline: gone; reconnecting"]
    {
        assert!(!Denied::is_said(other), "{other}");
    }
}
