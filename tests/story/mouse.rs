//! The mouse over what lies over the screen, and on the edges between panes.

use callboard::ui::mouse::Deed;

use super::harness::Story;

/// Where a text stands on the screen: its first column and its line.
#[track_caller]
fn place(story: &mut Story, text: &str) -> (u16, u16) {
    let screen = story.screen();
    let found = screen.lines().enumerate().find_map(|(y, line)| Some((line.find(text)?, y, line)));
    let (byte, y, line) = found.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{screen}"));
    (line[..byte].chars().count() as u16, y as u16)
}

#[track_caller]
fn click(story: &mut Story, text: &str) {
    let (x, y) = place(story, text);
    story.mouse(Deed::Click, x, y);
}

#[test]
fn a_click_outside_closes_what_is_read_and_one_inside_does_not() {
    let mut story = Story::floor();
    for (keys, text) in [("?", "Help: keys"), ("V", "Saved views"), ("4 enter", "event_type")] {
        story.press(keys).sees(text);
        click(&mut story, text);
        story.sees(text);
        story.mouse(Deed::Click, 79, 0).sees_no(text);
        story.press("1");
    }
    story.press("t").type_text("hello");
    story.mouse(Deed::Click, 79, 0).sees("hello");
}

#[test]
fn questions_and_the_keys_at_the_foot_can_be_clicked() {
    let mut story = Story::floor();
    story.press("H").sees("Are you sure?");
    story.screen();
    story.mouse(Deed::Click, 79, 0).sees_no("Are you sure?").sees("nothing was done");
    story.press("H");
    click(&mut story, "y yes");
    story.sees_no("Are you sure?").sees("hanging up");
    story.press("?");
    let (x, y) = place(&mut story, "/ find  Esc close");
    story.mouse(Deed::Click, x + 9, y);
    story.sees_no("Help: keys");
}

#[test]
fn clicks_in_lists_do_what_their_keys_do() {
    let mut story = Story::floor();
    story.press("c").sees("[x] from");
    click(&mut story, "[x] from");
    story.sees("[ ] from");
    click(&mut story, "[ ] from");
    story.sees("[x] from");
    story.press("esc").press(":").type_text("theme").press("enter").sees("Themes");
    click(&mut story, "nord");
    assert_eq!(story.app.theme, "nord", "it is shown while the cursor is on it");
    story.press("esc");
    assert_eq!(story.app.theme, "dark");
}

#[test]
fn an_edge_can_be_dragged_by_both_of_its_lines_and_moved_by_keys() {
    let edge = |story: &mut Story| {
        let screen = story.screen();
        screen.lines().position(|line| line.starts_with('└')).unwrap() as u16
    };
    let mut story = Story::floor();
    let first = edge(&mut story);
    for line in [0, 1] {
        let before = edge(&mut story);
        story.mouse(Deed::Click, 20, before + line).mouse(Deed::Drag, 20, before - 2);
        story.mouse(Deed::Release, 20, before - 2);
        assert!(edge(&mut story) < before, "by its line {line}");
    }
    story.press("ctrl+w +").press("ctrl+w +").press("ctrl+w +");
    let later = edge(&mut story);
    story.press("ctrl+w -");
    assert!(edge(&mut story) < later && later > first - 4);
    story.press("ctrl+w >").sees("nothing stands beside it here");
    story.press("5 ctrl+w +");
    let mut wide = Story::floor().sized(120, 36);
    let (before, _) = place(&mut wide, "┐┌");
    wide.press("ctrl+w <");
    assert!(place(&mut wide, "┐┌").0 < before);
}
