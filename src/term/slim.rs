//! The screen in as few bytes as it takes: of position, colours and marks only what changes is sent, across frames too.

use std::convert::Infallible;
use std::io::Write;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Asks the terminal to say that it is well, which it does when it has come so far.
pub const QUESTION: &[u8] = b"\x1b[5n";

/// How the terminal draws now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    marks: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, marks: Modifier::empty() };

    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, marks: cell.modifier }
    }
}

/// Collects the bytes of a frame.
#[derive(Debug, Default)]
pub struct Slim {
    bytes: Vec<u8>,
    size: Size,
    /// How the terminal draws, as far as that is known.
    pen: Option<Pen>,
    /// Where the terminal's cursor is, as far as that is known.
    at: Option<Position>,
}

impl Slim {
    /// The bytes so far; they are gone then.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The terminal has another size.
    pub const fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// Others may have drawn: nothing is known of the terminal any more.
    pub fn forget(&mut self) {
        self.bytes.clear();
        self.pen = None;
        self.at = None;
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.bytes.write_fmt(text);
    }

    fn go_to(&mut self, to: Position) {
        match self.at {
            Some(at) if at == to => {}
            Some(at) if at.y == to.y && at.x < to.x => match to.x - at.x {
                1 => self.bytes.extend_from_slice(b"\x1b[C"),
                by => self.put(format_args!("\x1b[{by}C")),
            },
            _ => match (to.x, to.y) {
                (0, 0) => self.bytes.extend_from_slice(b"\x1b[H"),
                (0, y) => self.put(format_args!("\x1b[{}H", y + 1)),
                (x, y) => self.put(format_args!("\x1b[{};{}H", y + 1, x + 1)),
            },
        }
        self.at = Some(to);
    }

    fn take_pen(&mut self, pen: Pen) {
        let mut from = match self.pen {
            Some(from) if from == pen => return,
            // A mark can only be taken away with all of them.
            Some(from) if (from.marks - pen.marks).is_empty() => from,
            _ => Pen::PLAIN,
        };
        let mut first = true;
        let mut say = |slim: &mut Self, code: std::fmt::Arguments<'_>| {
            slim.put(format_args!("{}{code}", if std::mem::take(&mut first) { "\x1b[" } else { ";" }));
        };
        if self.pen.is_none_or(|old| !(old.marks - pen.marks).is_empty()) {
            say(self, format_args!("0"));
            from = Pen::PLAIN;
        }
        for (mark, code) in MARKS {
            if pen.marks.contains(mark) && !from.marks.contains(mark) {
                say(self, format_args!("{code}"));
            }
        }
        for (old, new, base) in [(from.fg, pen.fg, 30), (from.bg, pen.bg, 40)] {
            if old != new {
                match code(new) {
                    Code::Plain => say(self, format_args!("{}", base + 9)),
                    Code::Basic(number) => say(self, format_args!("{}", base + number)),
                    Code::Bright(number) => say(self, format_args!("{}", base + 60 + number)),
                    Code::Indexed(number) => say(self, format_args!("{};5;{number}", base + 8)),
                    Code::Rgb(r, g, b) => say(self, format_args!("{};2;{r};{g};{b}", base + 8)),
                }
            }
        }
        self.bytes.push(b'm');
        self.pen = Some(pen);
    }

    fn print(&mut self, symbol: &str) {
        self.bytes.extend_from_slice(symbol.as_bytes());
        // Terminals agree on the width of these. Of others, and at the edge, nobody knows where the cursor is.
        let certain = symbol.is_ascii() || ("\u{2500}".."\u{25a0}").contains(&symbol);
        self.at = self.at.filter(|at| certain && symbol.width() == 1 && at.x + 1 < self.size.width);
        if let Some(at) = &mut self.at {
            at.x += 1;
        }
    }
}

const MARKS: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// A colour as terminals number it.
enum Code {
    Plain,
    Basic(u8),
    Bright(u8),
    Indexed(u8),
    Rgb(u8, u8, u8),
}

const fn code(color: Color) -> Code {
    match color {
        Color::Reset => Code::Plain,
        Color::Black => Code::Basic(0),
        Color::Red => Code::Basic(1),
        Color::Green => Code::Basic(2),
        Color::Yellow => Code::Basic(3),
        Color::Blue => Code::Basic(4),
        Color::Magenta => Code::Basic(5),
        Color::Cyan => Code::Basic(6),
        Color::Gray => Code::Basic(7),
        Color::DarkGray => Code::Bright(0),
        Color::LightRed => Code::Bright(1),
        Color::LightGreen => Code::Bright(2),
        Color::LightYellow => Code::Bright(3),
        Color::LightBlue => Code::Bright(4),
        Color::LightMagenta => Code::Bright(5),
        Color::LightCyan => Code::Bright(6),
        Color::White => Code::Bright(7),
        Color::Indexed(number) => Code::Indexed(number),
        Color::Rgb(r, g, b) => Code::Rgb(r, g, b),
    }
}

impl Backend for Slim {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.go_to(Position { x, y });
            self.take_pen(Pen::of(cell));
            self.print(cell.symbol());
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(b"\x1b[?25l");
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(b"\x1b[?25h");
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.go_to(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(b"\x1b[0m\x1b[2J");
        self.pen = Some(Pen::PLAIN);
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        // The screen is always drawn as a whole afterwards.
        self.clear()
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    const SIZE: Size = Size { width: 12, height: 4 };

    fn slim() -> Slim {
        Slim { size: SIZE, ..Slim::default() }
    }

    fn cell(symbol: &str, style: Style) -> Cell {
        let mut cell = Cell::default();
        cell.set_symbol(symbol).set_style(style);
        cell
    }

    fn drawn(slim: &mut Slim, cells: &[(u16, u16, &Cell)]) -> String {
        slim.draw(cells.iter().copied()).unwrap();
        String::from_utf8(slim.take()).unwrap()
    }

    #[test]
    fn only_what_changes_is_said() {
        let mut slim = slim();
        let red = cell("a", Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3)));
        let bold = cell(
            "b",
            Style::new().fg(Color::Indexed(9)).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD),
        );
        assert_eq!(
            drawn(&mut slim, &[(0, 0, &red), (1, 0, &red), (4, 0, &red), (0, 2, &bold), (1, 2, &red)]),
            "\x1b[H\x1b[0;31;48;2;1;2;3maa\x1b[2Ca\x1b[3H\x1b[1;38;5;9mb\x1b[0;31;48;2;1;2;3ma"
        );
        assert_eq!(drawn(&mut slim, &[(2, 2, &red)]), "a", "it is where it was and draws as it did");
        slim.forget();
        assert_eq!(drawn(&mut slim, &[(3, 2, &red)]), "\x1b[3;4H\x1b[0;31;48;2;1;2;3ma");
    }

    #[test]
    fn behind_a_letter_of_uncertain_width_and_at_the_edge_the_place_is_said_anew() {
        let mut slim = slim();
        let (wide, plain) = (cell("山", Style::new()), cell("x", Style::new()));
        assert_eq!(drawn(&mut slim, &[(0, 0, &wide), (2, 0, &plain)]), "\x1b[H\x1b[0m山\x1b[1;3Hx");
        assert_eq!(drawn(&mut slim, &[(11, 0, &plain), (0, 1, &plain)]), "\x1b[8Cx\x1b[2Hx");
    }

    fn any_cell() -> impl Strategy<Value = (u16, u16, Cell)> {
        let colors = [Color::Reset, Color::Red, Color::LightCyan, Color::Indexed(100), Color::Rgb(9, 8, 7)];
        let marks =
            [Modifier::empty(), Modifier::BOLD, Modifier::REVERSED, Modifier::BOLD | Modifier::UNDERLINED];
        let color = || prop::sample::select(colors.to_vec());
        (0..SIZE.width, 0..SIZE.height, "[a-z│…]", color(), color(), prop::sample::select(marks.to_vec()))
            .prop_map(|(x, y, symbol, fg, bg, marks)| {
                (x, y, cell(&symbol, Style::new().fg(fg).bg(bg).add_modifier(marks)))
            })
    }

    proptest! {
        /// An emulator that is sent frame after frame shows the last one.
        #[test]
        fn the_terminal_shows_what_was_drawn(frames in prop::collection::vec(prop::collection::vec(any_cell(), 0..20), 1..8)) {
            let (mut slim, area) = (slim(), Rect { x: 0, y: 0, width: SIZE.width, height: SIZE.height });
            let mut terminal = vt100::Parser::new(
                std::num::NonZero::new(SIZE.height).unwrap(), std::num::NonZero::new(SIZE.width).unwrap(), 0,
            );
            let mut shown = Buffer::empty(area);
            for frame in frames {
                let mut next = shown.clone();
                for (x, y, cell) in frame {
                    next[(x, y)] = cell;
                }
                slim.draw(shown.diff(&next).into_iter()).unwrap();
                terminal.process(&slim.take());
                shown = next;
            }
            for y in 0..SIZE.height {
                for x in 0..SIZE.width {
                    let (cell, there) = (&shown[(x, y)], terminal.screen().cell(y, x).unwrap());
                    let text = if there.contents().is_empty() { " " } else { there.contents() };
                    prop_assert_eq!(text, cell.symbol());
                    prop_assert_eq!(there.bold(), cell.modifier.contains(Modifier::BOLD));
                    prop_assert_eq!(there.inverse(), cell.modifier.contains(Modifier::REVERSED));
                    for (theirs, ours) in [(there.fgcolor(), cell.fg), (there.bgcolor(), cell.bg)] {
                        let ours = match code(ours) {
                            Code::Plain => vt100::Color::Default,
                            Code::Basic(number) => vt100::Color::Idx(number),
                            Code::Bright(number) => vt100::Color::Idx(number + 8),
                            Code::Indexed(number) => vt100::Color::Idx(number),
                            Code::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
                        };
                        prop_assert_eq!(theirs, ours);
                    }
                }
            }
        }
    }
}
