//! Times as people type and read them, in the zone of this machine.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::time::Wall;

/// A time of day as the screen shows it.
#[must_use]
pub fn clock(wall: Wall) -> String {
    local(wall, &TimeZone::system()).map_or_else(String::new, |zoned| zoned.strftime("%H:%M:%S").to_string())
}

/// The day of a time.
#[must_use]
pub fn day(wall: Wall) -> String {
    local(wall, &TimeZone::system()).map_or_else(String::new, |zoned| zoned.strftime("%Y-%m-%d").to_string())
}

fn local(wall: Wall, zone: &TimeZone) -> Option<jiff::Zoned> {
    Some(Timestamp::from_microsecond(wall.0).ok()?.to_zoned(zone.clone()))
}

/// A time as it is typed: `14:03`, `14:03:10`, with a day before it or without. Without, it is that of the day of
/// `shown`, or if nothing is recorded then, of a day on which something is.
///
/// # Errors
/// When it is no time.
pub fn shown(text: &str, shown: Wall, span: (Wall, Wall), zone: &TimeZone) -> Result<Wall, String> {
    let wrong = || "give a time such as 14:03, 14:03:10 or 2026-01-31 14:03".to_owned();
    let text = text.trim();
    let (day, clock) = match text.rsplit_once([' ', 'T']) {
        Some((day, clock)) => (Some(day.trim().parse::<Date>().map_err(|_| wrong())?), clock),
        None => (None, text),
    };
    if !clock.contains(':') {
        return Err(wrong());
    }
    let clock = clock.parse::<Time>().map_err(|_| wrong())?;
    let on = |day: Date| {
        let zoned = day.to_datetime(clock).to_zoned(zone.clone()).ok()?;
        Some(Wall(zoned.timestamp().as_microsecond()))
    };
    if let Some(day) = day {
        return on(day).ok_or_else(wrong);
    }
    let today = local(shown, zone).ok_or_else(wrong)?.date();
    let other = |days: i64| on(today.checked_add(days.days()).ok()?);
    let wanted = other(0).ok_or_else(wrong)?;
    let near = [Some(wanted), other(-1), other(1)].into_iter().flatten();
    Ok(near.into_iter().find(|wall| (span.0..=span.1).contains(wall)).unwrap_or(wanted))
}

/// A time that has been, as it is typed: `14:03` or `14:03:10` for the latest such time, `2026-01-31` with a time behind
/// it or without, RFC 3339 with its zone, or how long ago: `90s`, `15m`, `2h`, `3d`.
///
/// # Errors
/// When it is no time.
pub fn past(text: &str, now: Wall, zone: &TimeZone) -> Result<Wall, String> {
    let wrong =
        || "give a time such as 14:03, 2026-01-31, 2026-01-31 14:03:10, or 2h for two hours ago".to_owned();
    let text = text.trim();
    if let Some(ago) = ago(text) {
        return Ok(now.back(ago));
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(Wall(stamp.as_microsecond()));
    }
    let on = |at: DateTime| {
        let zoned = at.to_zoned(zone.clone()).map_err(|_| wrong())?;
        Ok(Wall(zoned.timestamp().as_microsecond()))
    };
    if text.contains('-') {
        return on(text.parse::<DateTime>().map_err(|_| wrong())?);
    }
    let clock = Some(text).filter(|text| text.contains(':')).and_then(|text| text.parse::<Time>().ok());
    let clock = clock.ok_or_else(wrong)?;
    let today = local(now, zone).ok_or_else(wrong)?.date();
    let at = on(today.to_datetime(clock))?;
    if at <= now {
        return Ok(at);
    }
    on(today.checked_sub(1.days()).map_err(|_| wrong())?.to_datetime(clock))
}

fn ago(text: &str) -> Option<Duration> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u64 = text[..text.len() - 1].parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(unit).filter(|seconds| *seconds < 100 * 365 * 86_400)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Now;

    fn wall(hours: u64) -> Wall {
        Now::simulated(Duration::from_secs(hours * 3_600)).wall
    }

    fn at(text: &str, shown: u64, span: (u64, u64)) -> Result<String, String> {
        let read = super::shown(text, wall(shown), (wall(span.0), wall(span.1)), &TimeZone::UTC)?;
        Ok(read.rfc3339().replace(".000000Z", ""))
    }

    #[test]
    fn a_time_is_that_of_the_day_shown_or_of_a_day_that_is_recorded() {
        assert_eq!(at("14:03", 10, (8, 20)).as_deref(), Ok("2026-01-01T14:03:00"));
        assert_eq!(at(" 14:03:10 ", 10, (8, 20)).as_deref(), Ok("2026-01-01T14:03:10"));
        assert_eq!(at("23:00", 26, (20, 30)).as_deref(), Ok("2026-01-01T23:00:00"), "yesterday");
        assert_eq!(at("01:00", 22, (20, 30)).as_deref(), Ok("2026-01-02T01:00:00"), "tomorrow");
        assert_eq!(at("05:00", 10, (8, 9)).as_deref(), Ok("2026-01-01T05:00:00"), "as near as can be");
        assert_eq!(at("2026-02-03 04:05", 10, (8, 9)).as_deref(), Ok("2026-02-03T04:05:00"));
        assert_eq!(at("2026-02-03T04:05", 10, (8, 9)).as_deref(), Ok("2026-02-03T04:05:00"));
        for nonsense in ["", "14", "25:00", "14:03 x", "soon", "2026-13-01 10:00", "1403"] {
            assert!(at(nonsense, 10, (8, 9)).is_err_and(|why| why.contains("14:03")), "{nonsense}");
        }
    }

    #[test]
    fn a_time_that_has_been_is_the_latest_such_time_or_so_long_ago() {
        let at = |text: &str| {
            past(text, wall(34), &TimeZone::UTC).map(|wall| wall.rfc3339().replace(".000000Z", ""))
        };
        for (text, read) in [
            ("09:30", "2026-01-02T09:30:00"),
            ("10:00:01", "2026-01-01T10:00:01"),
            ("2026-01-01", "2026-01-01T00:00:00"),
            ("2026-01-01 12:30", "2026-01-01T12:30:00"),
            ("2026-01-01T12:30:05", "2026-01-01T12:30:05"),
            ("2026-01-01T12:30:05+02:00", "2026-01-01T10:30:05"),
            ("90s", "2026-01-02T09:58:30"),
            ("2h", "2026-01-02T08:00:00"),
            ("1d", "2026-01-01T10:00:00"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(read), "{text}");
        }
        for nonsense in ["", "14", "h", "-2h", "99999999999d", "25:00", "soon", "2026-13-01", "ü"] {
            assert!(at(nonsense).is_err(), "{nonsense}");
        }
    }
}
