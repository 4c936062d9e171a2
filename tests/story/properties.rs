//! Whatever is pressed, pasted, clicked and resized: nothing breaks, nothing is drawn over an edge, no letter is lost.

use callboard::ui::chord::{self, Chord};
use callboard::ui::command::COMMANDS;
use callboard::ui::layer::Layer;
use callboard::ui::line::Line;
use callboard::ui::mouse::Deed;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use super::harness::Story;

/// Something that happens to the console.
#[derive(Debug, Clone)]
enum Step {
    Key(KeyEvent),
    /// All keys of a command.
    Command(Vec<Chord>),
    Paste(String),
    Mouse(Deed, u16, u16),
    Resize(u16, u16),
    Wait(u32),
    LoseLink,
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let codes = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Insert,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ];
    prop_oneof![
        4 => "[ -~]".prop_map(|text| KeyEvent::from(KeyCode::Char(text.chars().next().unwrap_or(' ')))),
        1 => any::<char>().prop_map(|c| KeyEvent::from(KeyCode::Char(c))),
        4 => prop::sample::select(codes.to_vec()).prop_map(KeyEvent::from),
        2 => prop::char::range('a', 'z').prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)),
        1 => (1..=12u8).prop_map(|number| KeyEvent::from(KeyCode::F(number))),
        1 => prop::char::range('a', 'z').prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let commands: Vec<Vec<Chord>> =
        COMMANDS.iter().flat_map(|row| row.keys.iter().filter_map(|keys| chord::sequence(keys))).collect();
    let deeds = [Deed::Click, Deed::Drag, Deed::Release, Deed::Wheel(1), Deed::Wheel(-1)];
    prop_oneof![
        8 => any_key().prop_map(Step::Key),
        8 => prop::sample::select(commands).prop_map(Step::Command),
        1 => "\\PC{0,30}|(?s).{0,30}".prop_map(Step::Paste),
        4 => (prop::sample::select(deeds.to_vec()), 0..210u16, 0..65u16).prop_map(|(deed, x, y)| Step::Mouse(deed, x, y)),
        1 => (1..220u16, 1..70u16).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => (1..60_000u32).prop_map(Step::Wait),
        1 => Just(Step::LoseLink),
    ]
}

fn take(story: &mut Story, step: &Step) {
    match step {
        Step::Key(key) => story.key(*key),
        Step::Command(chords) => chords.iter().for_each(|chord| story.key(chord.key())),
        Step::Paste(text) => drop(story.paste(text)),
        Step::Mouse(deed, x, y) => drop(story.mouse(*deed, *x, *y)),
        Step::Resize(width, height) => drop(story.resize(*width, *height)),
        Step::Wait(millis) => drop(story.advance(f64::from(*millis) / 1e3)),
        Step::LoseLink => story.cut("reset by peer"),
    }
}

/// Every cell holds one letter that can be drawn, and a wide one has its second half to itself: what stands there would
/// not be seen.
fn assert_sound(buffer: &Buffer) -> Result<(), TestCaseError> {
    for (index, cell) in buffer.content.iter().enumerate() {
        let (symbol, at) = (cell.symbol(), buffer.pos_of(index));
        prop_assert!(!symbol.chars().any(char::is_control), "{symbol:?} at {at:?}");
        // Few are wider than two: those with a mark of the width of a letter.
        for covered in (1..symbol.width()).filter_map(|more| u16::try_from(more).ok()) {
            let covered = buffer.cell((at.0 + covered, at.1)).map(ratatui::buffer::Cell::symbol);
            prop_assert!(
                covered.is_some_and(|next| next.trim().is_empty()),
                "{symbol:?} at {at:?} hides {covered:?}"
            );
        }
    }
    Ok(())
}

/// Any text that can be typed: of one letter a cell, of two, of none, of several code points a letter.
fn any_text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        6 => "[ -~]",
        2 => "[à-ÿα-ωа-я]",
        2 => "[一-龥ぁ-んァ-ヶ가-힣]",
        1 => "[אבגعربي]",
        1 => prop::sample::select(vec!["e\u{301}", "👍🏽", "👩‍🚀", "🇩🇪", "ﷺ", "क्षि", "a\u{200d}b"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(letter, 0..40).prop_map(|letters| letters.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_the_screen_is_sound(
        width in 1u16..220, height in 1u16..70, steps in prop::collection::vec(any_step(), 1..80),
    ) {
        let mut story = Story::floor().sized(width, height);
        for step in &steps {
            take(&mut story, step);
            assert_sound(&story.cells())?;
        }
    }

    #[test]
    fn nothing_that_is_typed_into_a_form_is_lost(text in any_text(), form in prop::sample::select(vec!["t", "d", "D", "C", "i t"])) {
        let mut story = Story::floor();
        story.press(form);
        let Some(Layer::Form(open)) = story.app.layers.last_mut() else { panic!("{form} opens no form") };
        open.replace("");
        story.type_text(&text);
        let Some(Layer::Form(open)) = story.app.layers.last() else { panic!("{text:?} closed the form") };
        prop_assert_eq!(open.focused().map(callboard::ui::form::Entry::text), Some(text));
    }

    #[test]
    fn nothing_that_is_typed_into_a_line_is_lost(text in any_text(), key in prop::sample::select(vec!["/", ":", "ctrl+p", "m"])) {
        let mut story = Story::floor();
        story.press(key);
        prop_assert!(!story.app.layers.is_empty(), "{} opens no line", key);
        story.type_text(&text);
        let typed = match story.app.layers.last() {
            Some(Layer::Line(line)) => line.text().to_owned(),
            Some(Layer::Picker(picker)) => picker.query.as_ref().map_or("", Line::text).to_owned(),
            layer => panic!("{text:?} led to {layer:?}"),
        };
        prop_assert_eq!(typed, text);
    }
}

#[test]
fn a_question_over_half_a_wide_letter_keeps_its_frame() {
    // Somewhere among these widths the frame of the question falls on every column of the wide letters.
    for width in 80..110 {
        let mut story = Story::floor().sized(width, 30);
        story.press("down x").sees("Are you sure?");
        assert_sound(&story.cells()).unwrap();
        let frames = story.lines_with("│").iter().map(|line| line.matches('│').count()).max();
        assert_eq!(frames, Some(4), "at {width}");
    }
}
