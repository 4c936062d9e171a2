//! Which of many texts are meant by a few letters: ranked for palettes and completion, and the nearest name for
//! what was mistyped.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A text that is meant, perhaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Its place among the texts that were given.
    pub index: usize,
    /// How well it fits; more is better.
    pub score: u32,
    /// The characters that were found in it, by their place, ascending: to be highlighted.
    pub hits: Vec<u32>,
}

/// The texts that contain the letters of a query in their order, the best first; of equals the earlier first. Words
/// of the query may come in any order. An empty query leaves all as they are.
pub fn rank<'a>(query: &str, texts: impl IntoIterator<Item = &'a str>) -> Vec<Ranked> {
    let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    let mut matcher = Matcher::new(config);
    let mut buffer = Vec::new();
    let mut ranked: Vec<Ranked> = texts
        .into_iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let mut hits = Vec::new();
            let score = pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut hits)?;
            hits.sort_unstable();
            hits.dedup();
            Some(Ranked { index, score, hits })
        })
        .collect();
    ranked.sort_by_key(|one| (std::cmp::Reverse(one.score), one.index));
    ranked
}

/// The candidate that is likely to be meant by a mistyped name.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &'a str| (strsim::jaro_winkler(name, candidate), candidate);
    let best = candidates.map(near).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_says_what_was_found() {
        let texts = ["Stop recording", "Record: start", "Repeat last act", "Hang up"];
        let ranked = rank("rec", texts);
        assert_eq!(ranked.iter().map(|one| texts[one.index]).collect::<Vec<_>>()[0], "Record: start");
        assert_eq!(ranked[0].hits, [0, 1, 2]);
        assert!(ranked.iter().all(|one| texts[one.index] != "Hang up"));
    }

    #[test]
    fn words_come_in_any_order_and_nothing_asks_for_everything() {
        assert_eq!(rank("start rec", ["Record: start"]).len(), 1);
        let all: Vec<usize> = rank("", ["b", "a"]).into_iter().map(|one| one.index).collect();
        assert_eq!(all, [0, 1]);
        assert_eq!(rank("ü", ["Übersicht", "x"]).len(), 1);
    }

    #[test]
    fn a_mistyped_name_is_recognised() {
        assert_eq!(nearest("stat", ["state", "from"].into_iter()), Some("state"));
        assert_eq!(nearest("xyz", ["state", "from"].into_iter()), None);
    }
}
