//! `callboard audit`: the proof, the head and the records of a log that a run of the program left behind.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use callboard::audit::{Log, Origin, Record};

use super::{callboard, home, write};

fn log(folder: &Path) {
    let record = |who: &str, minute: u32, call: &str, act: &str| Record {
        ts: format!("2026-11-29T08:{minute:02}:00.000000Z"),
        origin: Arc::new(Origin { who: who.into(), ..Origin::default() }),
        act: act.into(),
        call: Some(call.into()),
        reason: Some("call is stuck".into()),
        ..Record::default()
    };
    let mut log = Log::open(folder).unwrap();
    log.append(&mut vec![
        record("ana", 1, "c-1", "hang up"),
        record("raj", 2, "c-2", "answer"),
        record("ana", 3, "c-2", "hang up"),
    ])
    .unwrap();
}

#[test]
fn a_log_is_proved_listed_and_its_head_printed() {
    let home = home();
    let usual = home.path().join(".local/state/callboard/audit/relay.signalwire.com");
    let audit = |args: &[&str]| callboard(home.path(), &[&["audit"], args].concat(), &[]);
    let none = audit(&["verify"]);
    assert_eq!((none.exit, none.err.contains("there is no audit log at")), (1, true), "{}", none.err);
    log(&usual);
    let folder = usual.to_str().unwrap();
    let proved = audit(&["verify"]);
    assert_eq!(proved.exit, 0, "{}", proved.out);
    assert!(proved.out.starts_with("OK: 3 records in 1 file\nfirst 1 2026-11-29T08:01"), "{}", proved.out);
    let head = audit(&["head", folder]).out.trim().to_owned();
    assert!(head.starts_with("3:") && head.len() == 66, "{head}");
    assert!(proved.out.contains(&format!("head  {head}")));
    let proved = audit(&["verify", folder, "--head", &head]);
    assert_eq!((proved.exit, proved.out.contains("heads 2 found")), (0, true), "{}", proved.out);
    let lines = |args: &[&str]| {
        let ran = audit(&[&["list"], args].concat());
        assert_eq!(ran.exit, 0, "{}", ran.err);
        ran.out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]).len(), 3);
    assert!(lines(&[])[0].contains("ana  hang up  call c-1  reason call is stuck"), "{}", lines(&[])[0]);
    assert_eq!(lines(&["--call", "c-2"]).len(), 2);
    assert_eq!(lines(&["--person", "ana", "--call", "c-2"]).len(), 1);
    assert_eq!(lines(&["--since", "2026-11-29T08:02"]).len(), 2);
    assert_eq!(lines(&["--since", "2026-11-30"]).len(), 0);
    assert_eq!(audit(&["list", "--since", "tomorrow"]).exit, 2);
    let json = lines(&["--json", "--person", "raj"]);
    let value: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    assert_eq!((&value["seq"], &value["who"], &value["act"]), (&2.into(), &"raj".into(), &"answer".into()));
    let info = callboard(home.path(), &["info"], &[]).out;
    assert!(info.contains(folder) && info.contains(&head), "{info}");
    let off = callboard(home.path(), &["audit", "verify", "--audit", "off"], &[]);
    assert_eq!((off.exit, off.err.contains("name the FOLDER")), (2, true));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_the_code_tells_it() {
    let home = home();
    let folder = home.path().join("audit");
    log(&folder);
    let path = folder.to_str().unwrap();
    let file = folder.join("2026-11-29.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let head = callboard(home.path(), &["audit", "head", path], &[]).out.trim().to_owned();
    let heads = home.path().join("exported");
    write(&heads, format!("{}\n", head.replace(':', " ")).as_bytes(), 0o600);
    write(&file, text.replace("raj", "ana").as_bytes(), 0o600);
    let changed = callboard(home.path(), &["audit", "verify", path], &[]);
    assert_eq!(changed.exit, 1);
    let place = format!("{}:2: the record is not as it was written", file.display());
    assert!(
        changed.out.starts_with(&place) && changed.out.contains("NOT WHOLE: 1 place in"),
        "{}",
        changed.out
    );
    // Cut off, with the heads beside it taken away: only the one kept elsewhere tells.
    let two: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    write(&file, two.as_bytes(), 0o600);
    fs::remove_file(folder.join("heads")).unwrap();
    assert_eq!(callboard(home.path(), &["audit", "verify", path], &[]).exit, 0);
    for proof in [["--head", &head], ["--heads", heads.to_str().unwrap()]] {
        let cut = callboard(home.path(), &[&["audit", "verify", path], &proof[..]].concat(), &[]);
        assert_eq!(cut.exit, 1);
        assert!(cut.out.contains("the head of record 3 was exported: its end is missing"), "{}", cut.out);
    }
    let wrong = callboard(home.path(), &["audit", "verify", path, "--head", "3"], &[]);
    assert_eq!((wrong.exit, wrong.err.contains("SEQ:HASH")), (2, true), "{}", wrong.err);
}
