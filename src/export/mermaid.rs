//! A ladder as a Mermaid sequence diagram.

use crate::export::table::moment;
use crate::flow::{Arrow, Kind, Ladder, Lane, Reach, Step};

/// The diagram; every text in it is escaped.
pub(super) fn write(ladder: &Ladder) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for head in &ladder.heads {
        let name = format!("{} {}", head.role, head.party);
        out += &format!("    participant {} as {}\n", id(head.lane), escaped(name.trim_end()));
    }
    if ladder.dropped > 0 {
        let text = format!("{} older entries are no longer kept", ladder.dropped);
        out += &across(ladder, &text);
    }
    for step in &ladder.steps {
        // Time of day; the date is that of the file.
        let time = moment(step.now.wall).get(11..23).unwrap_or_default().to_owned();
        if step.is_break() {
            out += &across(ladder, &format!("{time} {}", step.text));
        }
        for (place, arrow) in step.arrows.iter().enumerate() {
            let folded = if place == 0 && step.folded() > 0 {
                format!(" (+{})", step.folded())
            } else {
                String::new()
            };
            let time = if place == 0 { format!("{time} ") } else { String::new() };
            out += &line(step, arrow, &escaped(&format!("{time}{}{folded}", arrow.label)));
        }
    }
    out
}

fn line(step: &Step, arrow: &Arrow, label: &str) -> String {
    let (from, to) = (id(arrow.from), id(arrow.to));
    let shaft = match (arrow.kind, arrow.reach) {
        (Kind::State | Kind::Lasting, _) => return format!("    Note over {from},{to}: {label}\n"),
        (Kind::Command, Reach::Arrived) => "->>",
        (Kind::Command, _) => "-x",
        (Kind::Event, _) => "-->>",
        (Kind::Audio, _) => "-)",
    };
    let unsure = if arrow.reach == Reach::Unknown && step.seqs.is_empty() { " ?" } else { "" };
    format!("    {from}{shaft}{to}: {label}{unsure}\n")
}

fn across(ladder: &Ladder, text: &str) -> String {
    let ends = ladder.heads.first().zip(ladder.heads.last());
    ends.map(|(first, last)| {
        format!("    Note over {},{}: {}\n", id(first.lane), id(last.lane), escaped(text))
    })
    .unwrap_or_default()
}

fn id(lane: Lane) -> String {
    match lane {
        Lane::Leg(place) => format!("L{place}"),
        Lane::Relay => "R".into(),
        Lane::App => "A".into(),
        Lane::Console => "C".into(),
    }
}

/// Everything that could mean something to Mermaid or to HTML stands as its number: `#59;` for `;`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = c.is_ascii_alphanumeric()
            || matches!(c, ' ' | '.' | ',' | ':' | '+' | '-' | '(' | ')' | '?' | '/' | '@' | '_');
        // What Mermaid itself puts for entities while it reads must not come from outside.
        let reserved = matches!(c, 'ﬂ' | '°' | '¶' | 'ß');
        if plain || (!c.is_ascii() && !reserved) {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    // After these words Mermaid takes `#…;` for a colour.
    out.replace("style", "#115;tyle").replace("classDef", "#99;lassDef")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_text_is_left_of_a_text() {
        assert_eq!(escaped("a;b#c%%{<i>}\"é"), "a#59;b#35;c#37;#37;#123;#60;i#62;#125;#34;é");
        assert_eq!(escaped("ﬂ°°59¶ß"), "#64258;#176;#176;59#182;#223;");
        assert_eq!(escaped("style x:y;"), "#115;tyle x:y#59;");
    }
}
