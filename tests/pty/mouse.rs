//! The mouse in a real terminal.

use crate::terminal::Terminal;

/// The line of the screen that begins with the cursor of the list.
fn cursor(terminal: &Terminal) -> Option<usize> {
    terminal.contents().lines().skip(4).position(|line| line.starts_with("│>")).map(|line| line + 4)
}

fn border_below_list(terminal: &Terminal) -> Option<usize> {
    terminal.contents().lines().position(|line| line.starts_with('└'))
}

/// The line and column of a text.
fn place(terminal: &Terminal, text: &str) -> (u16, u16) {
    let contents = terminal.contents();
    let mut lines = contents.lines().zip(0..);
    let found = lines.find_map(|(line, y)| Some((y, line[..line.find(text)?].chars().count() as u16)));
    found.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{contents}"))
}

#[test]
fn clicks_the_wheel_and_drags_do_what_they_point_at() {
    let mut terminal = Terminal::start(&["demo"], 120, 36);
    terminal.wait_for_floor().wait_until("the cursor", |terminal| cursor(terminal) == Some(4));
    assert!(terminal.everything().contains("\x1b[?1006h"), "clicks are asked for");
    assert!(!terminal.everything().contains("\x1b[?1003h"), "not every move is");

    terminal.click(10, 7).wait_until("a click selects", |terminal| cursor(terminal) == Some(7));
    terminal.mouse("65;10;7M").wait_until("the wheel goes down", |terminal| cursor(terminal) == Some(8));
    terminal.mouse("64;10;7M").mouse("64;10;7M").wait_until("and up", |terminal| cursor(terminal) == Some(6));

    terminal.wait_for("sort age v");
    let heading = terminal.contents().lines().nth(3).and_then(|line| line.find("CONTEXT")).unwrap();
    terminal.click(u16::try_from(heading).unwrap() - 2, 3).wait_for("sort context");

    let edge = border_below_list(&terminal).unwrap();
    let row = u16::try_from(edge).unwrap() + 1;
    terminal.mouse(&format!("0;20;{}M", row + 1));
    terminal.mouse(&format!("32;20;{}M", row - 3)).mouse(&format!("0;20;{}m", row - 3));
    terminal.wait_until("the edge moved", |terminal| {
        border_below_list(terminal).is_some_and(|now| now + 3 <= edge)
    });

    let (line, foot) = place(&terminal, "? help");
    terminal.click(foot + 1, line).wait_for("Help: keys");
    terminal
        .send("\x1b")
        .wait_until("help is closed", |terminal| !terminal.contents().contains("Help: keys"));
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
    assert!(terminal.everything().contains("\x1b[?1006l"));
}
