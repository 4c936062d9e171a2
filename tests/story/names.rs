//! Names that try to break the screen: wide, right-to-left, zero-width and endless ones, in every column and pane.

use callboard::sim::Script;
use ratatui::buffer::Buffer;

use super::harness::Story;

/// Texts that people and networks have sent: what comes before `@` in the address of a caller.
const NAMES: [&str; 12] = [
    "山田太郎東京都千代田区",
    "김\u{1112}\u{1161}\u{11ab}국",
    "שלום-עולם",
    "مرحبا-بالعالم",
    "e\u{301}e\u{301}e\u{301}-zalgo-e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}",
    "zero\u{200b}width\u{200d}joined\u{feff}",
    "\u{202e}desrever\u{202c}",
    "\u{1b}[31mred\u{7}\u{9b}2J",
    "🇩🇪👩‍👩‍👧flags",
    "tab\there",
    "x",
    "endless-endless-endless-endless-endless-endless-endless-endless-endless-endless",
];

fn story(size: (u16, u16)) -> Story {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let arrivals = NAMES.iter().enumerate().map(|(index, name)| {
        format!(
            "[[arrival]]\nlabel = \"a{index}\"\ncontext = {}\nfrom = {}\nto = \"+18005550100\"\nage = {}.0\n\
             answered_after = 0.1\nparty = \"human\"\n\n",
            quoted(if index % 2 == 0 { "サポート窓口" } else { "support" }),
            quoted(&format!("sip:{name}@example.com")),
            60 + index,
        )
    });
    let script = Script::parse(&arrivals.collect::<String>()).unwrap();
    let mut story = Story::new(script, &["サポート窓口", "support"]).sized(size.0, size.1);
    story.advance(2.0);
    story
}

/// A line as it is read, and the column of each of its letters.
fn line(cells: &Buffer, y: u16) -> Vec<(u16, String)> {
    let area = cells.area;
    (0..area.width).map(|x| (x, cells[(x, y)].symbol().to_owned())).collect()
}

#[test]
fn columns_and_frames_stay_where_they_are() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut story = story(size);
        let cells = story.cells();
        let heading =
            (0..size.1).find(|y| story.screen().lines().nth(usize::from(*y)).unwrap().contains("FROM"));
        let heading = line(&cells, heading.unwrap());
        let text: String = heading.iter().map(|(_, symbol)| symbol.as_str()).collect();
        // Of an ASCII line the place of a letter is its column.
        let to = u16::try_from(text.replace('│', "|").find(" TO ").unwrap() + 1).unwrap();
        let mut rows = 0;
        for y in 0..size.1 {
            if cells[(4, y)].symbol() != "A" || cells[(6, y)].symbol() != "S" {
                continue;
            }
            rows += 1;
            let seen: String = (to..to + 6).map(|x| cells[(x, y)].symbol()).collect();
            assert_eq!(
                seen,
                "+1 800",
                "at {size:?}, line {y}: {:?}",
                story.screen().lines().nth(usize::from(y))
            );
            assert_eq!(cells[(0, y)].symbol(), "│");
        }
        assert!(rows >= 8, "{rows} rows at {size:?}");
    }
}

#[test]
fn nothing_hidden_and_no_escape_reaches_the_terminal() {
    for keys in ["", "2", "3", "4", "t", "H", "ctrl+p", "y", "m", "space j space H", "/ x", "tab tab enter"] {
        let mut story = story((120, 36));
        for down in 0..NAMES.len() {
            if down > 0 {
                story.press("esc esc 1 j");
            }
            story.press(keys);
            let screen = story.screen();
            let bad = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
            };
            assert!(!screen.contains(bad), "after {keys:?}: {screen:?}");
        }
    }
}

#[test]
fn every_name_keeps_its_beginning() {
    let mut story = story((200, 60));
    for beginning in [
        "山田太郎",
        "שלום",
        "مرحبا",
        "e\u{301}e\u{301}",
        "zero<U+200B>",
        "<U+202E>des",
        "␛[31mred",
        "tab␉here",
        "endless-",
    ] {
        story.sees(beginning);
    }
}
