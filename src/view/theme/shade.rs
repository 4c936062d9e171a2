//! Arithmetic of colours: how bright one is, how well two can be told apart, which one of few comes nearest.

use ratatui::style::Color;

/// Red, green and blue of a colour; none for those that the terminal's own palette decides.
#[must_use]
pub fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index) => indexed(index),
        Color::Reset
        | Color::Black
        | Color::Red
        | Color::Green
        | Color::Yellow
        | Color::Blue
        | Color::Magenta
        | Color::Cyan
        | Color::Gray
        | Color::DarkGray
        | Color::LightRed
        | Color::LightGreen
        | Color::LightYellow
        | Color::LightBlue
        | Color::LightMagenta
        | Color::LightCyan
        | Color::White => None,
    }
}

/// A colour of the 6x6x6 cube or of the grey ramp; the first sixteen belong to the terminal.
fn indexed(index: u8) -> Option<[u8; 3]> {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..16 => None,
        16..232 => {
            let cube = usize::from(index - 16);
            Some([STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6]])
        }
        232.. => Some([8 + 10 * (index - 232); 3]),
    }
}

/// Relative luminance after WCAG 2: 0 for black, 1 for white.
#[must_use]
pub fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A channel without the display's gamma, 0 to 1.
#[must_use]
pub fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Contrast after WCAG 2: 1 for the same colour, 21 for black on white. None where the terminal decides.
#[must_use]
pub fn contrast(one: Color, other: Color) -> Option<f64> {
    let (a, b) = (luminance(rgb(one)?), luminance(rgb(other)?));
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

/// The nearest colour of the palette of 256, the terminal's own sixteen left out, and one that is `taken`.
#[must_use]
pub fn nearest_of_256(wanted: [u8; 3], taken: Option<u8>) -> u8 {
    let far = |index: &u8| indexed(*index).map_or(u32::MAX, |rgb| distance(rgb, wanted));
    (16..=255).filter(|index| Some(*index) != taken).min_by_key(far).unwrap_or(16)
}

/// A distance that comes close to what eyes see, without leaving whole numbers ("redmean").
fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    let mean = (u32::from(one[0]) + u32::from(other[0])) / 2;
    let square = |i: usize| u32::from(one[i].abs_diff(other[i])).pow(2);
    (((512 + mean) * square(0)) >> 8) + 4 * square(1) + (((767 - mean) * square(2)) >> 8)
}

/// How far a colour is from grey: the widest difference of two channels, 0 to 255.
#[must_use]
pub fn chroma([r, g, b]: [u8; 3]) -> u8 {
    r.max(g).max(b) - r.min(g).min(b)
}

/// The one of the terminal's six hues that comes nearest, by angle alone.
#[must_use]
pub fn hue([r, g, b]: [u8; 3]) -> Color {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let wide = (most - least).max(1);
    let sixths = if most == r {
        60 * (g - b) / wide
    } else if most == g {
        120 + 60 * (b - r) / wide
    } else {
        240 + 60 * (r - g) / wide
    };
    // Orange is nearer to what terminals call yellow than to red, violet nearer to magenta than to blue.
    match sixths.rem_euclid(360) {
        20..61 => Color::Yellow,
        61..155 => Color::Green,
        155..205 => Color::Cyan,
        205..250 => Color::LightBlue,
        250..335 => Color::Magenta,
        _ => Color::Red,
    }
}

/// A colour of the terminal's palette as one that is the same everywhere: what its name says, fit for a ground.
#[must_use]
pub const fn solid(color: Color) -> Color {
    match color {
        Color::Black => Color::Rgb(0, 0, 0),
        Color::Red => Color::Rgb(170, 30, 30),
        Color::Green => Color::Rgb(30, 110, 50),
        Color::Yellow => Color::Rgb(225, 180, 40),
        Color::Blue => Color::Rgb(30, 70, 165),
        Color::Magenta => Color::Rgb(140, 45, 140),
        Color::Cyan => Color::Rgb(20, 110, 125),
        Color::Gray => Color::Rgb(180, 180, 180),
        Color::DarkGray => Color::Rgb(85, 85, 85),
        Color::LightRed => Color::Rgb(255, 140, 130),
        Color::LightGreen => Color::Rgb(150, 225, 150),
        Color::LightYellow => Color::Rgb(255, 235, 140),
        Color::LightBlue => Color::Rgb(150, 190, 255),
        Color::LightMagenta => Color::Rgb(245, 165, 245),
        Color::LightCyan => Color::Rgb(150, 230, 235),
        Color::White => Color::Rgb(255, 255, 255),
        Color::Rgb(..) | Color::Indexed(_) | Color::Reset => color,
    }
}

/// Black or white, whichever is legible on a ground.
#[must_use]
pub fn ink_on(ground: Color) -> Color {
    let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
    match ground {
        // The terminal's own palette: by what it usually is.
        Color::Black | Color::Red | Color::Blue | Color::Magenta | Color::DarkGray => Color::White,
        ground if contrast(white, ground) > contrast(black, ground) => white,
        Color::Rgb(..) | Color::Indexed(_) => black,
        _ => Color::Black,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let of = |a: [u8; 3], b: [u8; 3]| {
            contrast(Color::Rgb(a[0], a[1], a[2]), Color::Rgb(b[0], b[1], b[2])).unwrap()
        };
        assert!((of([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((of([255; 3], [0x76; 3]) - 4.54).abs() < 0.01);
        assert_eq!(contrast(Color::Red, Color::Black), None);
    }

    #[test]
    fn few_colours_stand_for_many() {
        assert_eq!(nearest_of_256([255, 0, 0], None), 196);
        assert_eq!(nearest_of_256([8, 8, 8], None), 232);
        assert_eq!(nearest_of_256([8, 8, 8], Some(232)), 16);
        for index in 16..=255 {
            assert_eq!(indexed(nearest_of_256(indexed(index).unwrap(), None)), indexed(index));
        }
        let hues = [
            ([0xf0, 0x71, 0x78], Color::Red),
            ([0xe0, 0xaf, 0x68], Color::Yellow),
            ([0x8f, 0xbf, 0x7f], Color::Green),
            ([0x73, 0xc0, 0xc9], Color::Cyan),
            ([0x7a, 0xa2, 0xf7], Color::LightBlue),
            ([0xb3, 0x9d, 0xf3], Color::Magenta),
        ];
        for (rgb, name) in hues {
            assert_eq!(hue(rgb), name, "{rgb:x?}");
        }
    }
}
