//! Text to filter. Every mistake is blamed on the word that is wrong, with what to write instead.

use std::ops::Range;
use std::sync::Arc;

use super::field::{self, Field, Kind, Word, fields};
use super::lex::{Head, bare_expression, bare_value, cmp, enclosed, head, number, quoted, span, yes_or_no};
use super::pattern::{Pattern, Reach};
use super::{Filter, FilterError, Node, Subject, Test, Want, nearest};

/// Bounds of what is read, so that nothing typed or pasted costs more than it may.
mod limit {
    /// Bytes of a filter.
    pub const TEXT: usize = 2_000;
    /// Terms of a filter.
    pub const TERMS: usize = 100;
    /// Parentheses within parentheses.
    pub const DEPTH: usize = 32;
}

type Read<T> = Result<T, FilterError>;

/// Reads a filter; about anything, or about this alone.
pub(super) fn parse(text: &str, about: Option<Subject>) -> Read<Filter> {
    let mut parser = Parser { text, at: 0, depth: 0, terms: 0, about: About::new(about) };
    if text.len() > limit::TEXT {
        return parser.wrong(0..text.len(), format!("longer than {} characters", limit::TEXT));
    }
    if text.trim().is_empty() {
        return Ok(Filter { text: text.into(), ..Filter::default() });
    }
    let root = parser.or()?;
    if !parser.rest().is_empty() {
        return parser.wrong(parser.at..parser.at + 1, "this `)` closes nothing".into());
    }
    Ok(Filter { text: text.into(), root: Arc::new(root), subject: parser.about.subject() })
}

/// What the terms read so far leave to be asked about.
struct About {
    left: Vec<Subject>,
    /// The term that left it at that.
    by: Option<String>,
}

impl About {
    fn new(only: Option<Subject>) -> Self {
        let all = [Subject::Call, Subject::Link, Subject::Floor];
        Self { left: all.into_iter().filter(|one| only.is_none_or(|only| *one == only)).collect(), by: None }
    }

    /// What a filter is about that says no more: of calls, if that is possible.
    fn subject(&self) -> Option<Subject> {
        self.left.first().copied()
    }

    /// Takes a term; gives what is wrong when it does not go with those before.
    fn take(&mut self, name: &str, subjects: &[Subject]) -> Result<(), String> {
        let left: Vec<_> = self.left.iter().copied().filter(|one| subjects.contains(one)).collect();
        if left.is_empty() {
            let words = |subjects: &[Subject]| {
                let words = subjects.iter().map(|subject| match subject {
                    Subject::Call => "calls",
                    Subject::Link => "the link",
                    Subject::Floor => "the floor",
                });
                words.collect::<Vec<_>>().join(" or ")
            };
            let (this, those) = (words(subjects), words(&self.left));
            return Err(match &self.by {
                Some(by) => {
                    format!("`{name}` is about {this}, `{by}` about {those}; a filter asks about one of them")
                }
                None => format!("`{name}` is about {this}; only {those} can be asked about here"),
            });
        }
        if left.len() < self.left.len() {
            self.by = Some(name.to_owned());
            self.left = left;
        }
        Ok(())
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
    about: About,
}

fn negated(node: Node, is: bool) -> Node {
    if is { Node::Not(Box::new(node)) } else { node }
}

fn one_or(mut nodes: Vec<Node>, several: impl FnOnce(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        last => several(nodes.into_iter().chain(last).collect()),
    }
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong<T>(&self, at: Range<usize>, what: String) -> Read<T> {
        // At the end there is nothing to point at but what stands before it.
        let end = at.end.min(self.text.len()).max(1.min(self.text.len()));
        let mut start = at.start.min(end.saturating_sub(1));
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        Err(FilterError { at: start..end, what })
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Whether this word stands here by itself.
    fn has_word(&self, word: &str) -> bool {
        let (rest, length) = (self.rest(), word.len());
        rest.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && rest[length..].chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'))
    }

    /// The `or` that stands here, by its length.
    fn or_sign(&self) -> Option<usize> {
        let rest = self.rest();
        let signs =
            [("||", rest.starts_with("||")), ("|", rest.starts_with('|')), ("or", self.has_word("or"))];
        signs.into_iter().find(|(_, here)| *here).map(|(sign, _)| sign.len())
    }

    fn or(&mut self) -> Read<Node> {
        let mut any = vec![self.and()?];
        self.blanks();
        while let Some(length) = self.or_sign() {
            self.at += length;
            any.push(self.and()?);
            self.blanks();
        }
        Ok(one_or(any, Node::Any))
    }

    fn and(&mut self) -> Read<Node> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            let sign = [("&&", self.rest().starts_with("&&")), ("and", self.has_word("and"))];
            let sign = sign.into_iter().find(|(_, here)| *here).map(|(sign, _)| sign.len());
            if let Some(length) = sign.filter(|_| !all.is_empty()) {
                self.at += length;
                self.blanks();
                if self.is_over() {
                    return self.missing();
                }
            }
            if self.is_over() {
                break;
            }
            all.push(self.joined()?);
        }
        if all.is_empty() { self.missing() } else { Ok(one_or(all, Node::All)) }
    }

    /// Whether no further term can stand here.
    fn is_over(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with(')') || self.or_sign().is_some()
    }

    /// A term should stand here.
    fn missing<T>(&self) -> Read<T> {
        let before = self.text[..self.at].trim_end();
        if let Some(length) = self.or_sign() {
            return self.wrong(self.at..self.at + length, "nothing stands before this".into());
        }
        if before.ends_with('(') {
            let (start, end) = (before.len() - 1, (self.at + 1).min(self.text.len()));
            let what =
                if self.rest().is_empty() { "this `(` is not closed" } else { "nothing stands in here" };
            return self.wrong(start..end.max(start + 1), what.into());
        }
        let start =
            before.rfind(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).map_or(0, |at| at + 1);
        self.wrong(start..before.len(), "nothing stands after this".into())
    }

    /// Terms that are joined by `|` without blanks. A sign before the first is about all of them.
    fn joined(&mut self) -> Read<Node> {
        let not = self.signs()?;
        let mut any = vec![self.primary()?];
        while self.rest().strip_prefix('|').is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '|' | ')')) && !rest.is_empty()
        }) {
            self.at += 1;
            let not = self.signs()?;
            any.push(negated(self.primary()?, not));
        }
        Ok(negated(one_or(any, Node::Any), not))
    }

    /// Signs before a term; whether they turn it around.
    fn signs(&mut self) -> Read<bool> {
        let mut not = false;
        loop {
            let length = match self.rest().as_bytes().first() {
                Some(b'-' | b'!') => 1,
                _ if self.has_word("not") => 3,
                _ => return Ok(not),
            };
            let sign = self.at..self.at + length;
            self.at += length;
            if length > 1 {
                self.blanks();
            }
            if self.is_over() || self.rest().starts_with(char::is_whitespace) {
                let sign_text = &self.text[sign.clone()];
                let what =
                    format!("nothing stands after this `{sign_text}`; it means not, in quotes it is a text");
                return self.wrong(sign, what);
            }
            not = !not;
        }
    }

    fn primary(&mut self) -> Read<Node> {
        let start = self.at;
        self.terms += 1;
        if self.terms > limit::TERMS {
            return self.wrong(start..self.text.len(), format!("more than {} terms", limit::TERMS));
        }
        match self.rest().as_bytes().first() {
            Some(b'(') => self.group(),
            Some(b'"') => {
                let text = self.in_quotes()?;
                self.free(start, Pattern::new(&text, Reach::Anywhere, true))
            }
            Some(b'/') => {
                let text = self.in_slashes()?;
                let pattern = self.expression(start, &text)?;
                self.free(start, pattern)
            }
            _ => match head(self.rest()) {
                Some(head) => self.about_field(&head),
                None => self.word(),
            },
        }
    }

    fn group(&mut self) -> Read<Node> {
        let open = self.at;
        self.depth += 1;
        if self.depth > limit::DEPTH {
            return self.wrong(open..open + 1, format!("more than {} parentheses deep", limit::DEPTH));
        }
        self.at += 1;
        let node = self.or()?;
        if !self.rest().starts_with(')') {
            return self.wrong(open..open + 1, "this `(` is not closed".into());
        }
        self.at += 1;
        self.depth -= 1;
        Ok(node)
    }

    fn in_quotes(&mut self) -> Read<String> {
        let Some((length, text)) = quoted(self.rest()) else {
            return self.wrong(self.at..self.text.len(), "this quote is not closed".into());
        };
        self.at += length;
        Ok(text)
    }

    fn in_slashes(&mut self) -> Read<String> {
        let Some((length, text)) = enclosed(self.rest(), '/') else {
            let what = "an expression ends with `/`; in quotes this is a text";
            return self.wrong(self.at..self.text.len(), what.into());
        };
        self.at += length;
        Ok(text)
    }

    fn expression(&self, start: usize, text: &str) -> Read<Pattern> {
        Pattern::regex(text).or_else(|why| self.wrong(start..self.at, format!("not an expression: {why}")))
    }

    /// A term about every text of a call.
    fn free(&mut self, start: usize, pattern: Pattern) -> Read<Node> {
        let text = &self.text[start..self.at];
        if let Err(what) = self.about.take(text, &[Subject::Call]) {
            return self.wrong(start..self.at, what);
        }
        Ok(Node::Test(Test { field: None, want: Want::Like(vec![pattern]) }))
    }

    /// A word by itself: the name of a field that can be so or not, else a text.
    fn word(&mut self) -> Read<Node> {
        let start = self.at;
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | '"');
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        if length == 0 {
            return self.missing();
        }
        let word = &self.rest()[..length];
        self.at += length;
        match field::field(word).filter(|field| field.bare) {
            Some(field) => {
                self.narrow(field, start)?;
                Ok(Node::Test(Test { field: Some(field), want: Want::Has }))
            }
            None => self.free(start, Pattern::new(word, Reach::Anywhere, false)),
        }
    }

    fn narrow(&mut self, field: &Field, start: usize) -> Read<()> {
        let end = start
            + self.text[start..].find(|c: char| c.is_whitespace() || c == ')').unwrap_or(usize::MAX - start);
        self.about.take(field.name, &field.subjects()).or_else(|what| self.wrong(start..end, what))
    }

    fn about_field(&mut self, head: &Head<'a>) -> Read<Node> {
        let start = self.at;
        let Some(field) = field::field(head.name) else { return self.no_such_field(head) };
        self.narrow(field, start)?;
        self.at += head.length;
        let (not, operator) = match head.operator {
            "!=" => (true, "="),
            "!~" => (true, "~"),
            "==" | ":" => (false, "="),
            other => (false, other.strip_prefix(':').unwrap_or(other)),
        };
        let node = match (field.kind, operator) {
            (Kind::Span | Kind::Number, "~") => {
                let what = format!("`{}` is compared: {}", field.name, field.example);
                self.wrong(start..self.at, what)
            }
            (Kind::Span, _) => {
                let (at, text) = self.value(field, start)?;
                let span = span(&text).or_else(|what| self.wrong(at, what))?;
                Ok(Want::Span(cmp(operator), span))
            }
            (Kind::Number, _) => {
                let (at, text) = self.value(field, start)?;
                let number = number(&text).or_else(|what| self.wrong(at, what))?;
                Ok(Want::Number(cmp(operator), number))
            }
            (Kind::Flag, "=") => return Ok(negated(self.flag(field, start)?, not)),
            (Kind::Flag, _) => {
                let what = format!("`{0}` is so or not: {0} or -{0}", field.name);
                self.wrong(start..self.at, what)
            }
            (Kind::Party | Kind::Text | Kind::Name | Kind::Word(_), "=") => {
                return Ok(negated(self.values(field, start)?, not));
            }
            (Kind::Party | Kind::Text | Kind::Name | Kind::Word(_), "~") => {
                let at = self.at;
                let text = match self.rest().as_bytes().first() {
                    Some(b'"') => self.in_quotes()?,
                    Some(b'/') => self.in_slashes()?,
                    _ => {
                        self.at += bare_expression(self.rest());
                        self.text[at..self.at].to_owned()
                    }
                };
                if text.is_empty() {
                    return self.no_value(field, start);
                }
                Ok(Want::Like(vec![self.expression(at, &text)?]))
            }
            (Kind::Party | Kind::Text | Kind::Name | Kind::Word(_), _) => {
                let what = format!("`{}` is a text, not a number: {}", field.name, field.example);
                self.wrong(start..self.at, what)
            }
        };
        node.map(|want| negated(Node::Test(Test { field: Some(field), want }), not))
    }

    fn no_such_field<T>(&self, head: &Head<'_>) -> Read<T> {
        let names = fields().flat_map(|field| std::iter::once(&field.name).chain(field.aliases));
        let near = nearest(&head.name.to_ascii_lowercase(), names.copied());
        let what = match near {
            Some(near) => {
                format!("there is no field `{}`; did you mean `{near}`? In quotes it is a text", head.name)
            }
            None => format!("there is no field `{}`; in quotes it is a text", head.name),
        };
        self.wrong(self.at..self.at + head.name.len(), what)
    }

    fn no_value<T>(&self, field: &Field, start: usize) -> Read<T> {
        let what = format!("`{}` is missing something to compare with: {}", field.name, field.example);
        self.wrong(start..self.at, what)
    }

    /// One value, bare or in quotes, and where it stands.
    fn value(&mut self, field: &Field, start: usize) -> Read<(Range<usize>, String)> {
        let at = self.at;
        if self.rest().starts_with('"') {
            let text = self.in_quotes()?;
            return Ok((at..self.at, text));
        }
        self.at += bare_value(self.rest());
        if self.at == at {
            return self.no_value(field, start);
        }
        Ok((at..self.at, self.text[at..self.at].to_owned()))
    }

    /// Values that are joined by `|` without blanks. What follows may also be a term of its own.
    fn values(&mut self, field: &'static Field, start: usize) -> Read<Node> {
        let (mut patterns, mut others) = (Vec::new(), Vec::new());
        loop {
            let literal = self.rest().starts_with('"');
            let (at, text) = self.value(field, start)?;
            match self.meant(field, at, &text, literal)? {
                Meant::Like(pattern) => patterns.push(pattern),
                Meant::Has(has) => {
                    others.push(negated(Node::Test(Test { field: Some(field), want: Want::Has }), !has));
                }
            }
            let next = self.rest().strip_prefix('|').filter(|rest| {
                !rest.is_empty()
                    && !rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '|' | '(' | ')'))
                    && head(rest).is_none_or(|head| field::field(head.name).is_none())
            });
            if next.is_none() {
                break;
            }
            self.at += 1;
        }
        if !patterns.is_empty() {
            others.push(Node::Test(Test { field: Some(field), want: Want::Like(patterns) }));
        }
        Ok(one_or(others, Node::Any))
    }

    fn meant(&self, field: &Field, at: Range<usize>, text: &str, literal: bool) -> Read<Meant> {
        let reach = match field.kind {
            Kind::Party | Kind::Text => Reach::Loose,
            Kind::Name | Kind::Word(_) | Kind::Span | Kind::Number | Kind::Flag => Reach::Whole,
        };
        let Kind::Word(words) = field.kind else {
            return Ok(Meant::Like(Pattern::new(text, reach, literal)));
        };
        if literal || text.contains('*') {
            return Ok(Meant::Like(Pattern::new(text, reach, literal)));
        }
        if let Some(has) = yes_or_no(text).filter(|_| field.bare) {
            return Ok(Meant::Has(has));
        }
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        match words.iter().find(|word| is(word.name) || word.aliases.iter().any(|alias| is(alias))) {
            Some(word) => Ok(Meant::Like(Pattern::new(word.name, reach, true))),
            None => self.wrong(at, no_such_word(field, words, text)),
        }
    }

    fn flag(&mut self, field: &'static Field, start: usize) -> Read<Node> {
        let (at, text) = self.value(field, start)?;
        match yes_or_no(&text) {
            Some(is) => Ok(negated(Node::Test(Test { field: Some(field), want: Want::Has }), !is)),
            None => self.wrong(at, format!("`{0}` is so or not: {0} or -{0}", field.name)),
        }
    }
}

enum Meant {
    Like(Pattern),
    Has(bool),
}

fn no_such_word(field: &Field, words: &[Word], text: &str) -> String {
    let names = words.iter().flat_map(|word| std::iter::once(&word.name).chain(word.aliases));
    match nearest(&text.to_ascii_lowercase(), names.copied()) {
        Some(near) => format!("`{}` is never `{text}`; did you mean `{near}`?", field.name),
        None => {
            let names: Vec<_> = words.iter().map(|word| word.name).collect();
            format!("`{}` is never `{text}`, but one of {}", field.name, names.join(", "))
        }
    }
}
