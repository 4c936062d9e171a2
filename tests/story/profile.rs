//! A profile with a colour of its own: nobody takes production for anything else.

use callboard::view::{Depth, Look, Role, Theme};
use ratatui::style::{Color, Modifier};

use super::harness::Story;

fn production(color: &str, depth: Depth) -> Story {
    let theme = Theme::load(None, depth).unwrap().framed(color, depth);
    let mut story = Story::floor().looking(Look { theme, ascii: false });
    story.app.config.framed = true;
    story.app.config.title = "PRODUCTION".into();
    story
}

#[test]
fn the_header_of_production_is_one_colour_from_edge_to_edge() {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let mut story = production("#c04040", Depth::True).sized(width, height);
        let cells = story.cells();
        for column in 0..width {
            let cell = &cells[(column, 0)];
            assert_eq!(
                (cell.bg, cell.fg),
                (Color::Rgb(0xc0, 0x40, 0x40), Color::Rgb(255, 255, 255)),
                "{column}"
            );
        }
        assert!(story.screen().lines().next().unwrap().contains("PRODUCTION"));
        let ordinary = Story::floor().sized(width, height).cells();
        assert_ne!(ordinary[(0, 0)].bg, Color::Rgb(0xc0, 0x40, 0x40));
    }
}

#[test]
fn what_is_bad_still_stands_out_in_it() {
    let mut story = production("red", Depth::Ansi);
    story.cut("the cable");
    let cells = story.cells();
    let reversed = (0..80).filter(|column| cells[(*column, 0)].modifier.contains(Modifier::REVERSED)).count();
    assert!(story.screen().lines().next().unwrap().contains("LINK DOWN") && reversed > 10, "{reversed}");
}

#[test]
fn without_colours_the_frame_is_reversed_and_has_its_word() {
    let theme = Theme::load(None, Depth::None).unwrap();
    assert!(theme.style(Role::Frame).add_modifier.contains(Modifier::REVERSED));
    let mut story = production("red", Depth::None);
    assert!(story.cells()[(79, 0)].modifier.contains(Modifier::REVERSED));
    assert!(story.screen().contains("PRODUCTION"));
}

#[test]
fn questions_and_tiny_screens_of_production_have_its_colour_and_its_name() {
    let red = Color::Rgb(0xc0, 0x40, 0x40);
    let mut story = production("#c04040", Depth::True);
    story.press("H");
    let title = story.lines_with("Are you sure?").concat();
    assert!(title.contains("PRODUCTION"), "{title}");
    let line = story.screen().lines().position(|line| line.contains("Are you sure?")).unwrap();
    assert!((0..80).filter(|x| story.cells()[(*x, line as u16)].bg == red).count() > 30);
    let mut tiny = production("#c04040", Depth::True).sized(39, 9);
    assert!(tiny.sees("PRODUCTION").cells()[(38, 0)].bg == red);
}
