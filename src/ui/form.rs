//! A form: one method of the catalogue with an editor per field.

use std::collections::{HashMap, VecDeque};

use crossterm::event::{KeyEvent, KeyEventKind};
use tui_textarea::TextArea;

use super::chord::Chord;
use super::template::Template;
use crate::catalog::{self, Choice, Field, InvalidParams, Kind, Method, Target, Values};
use crate::model::Call;
use crate::protocol::{CallId, ControlId, Tag};

/// When what a form asks for begins, while something else sounds on the call. The form's own; the service knows no such
/// thing.
const BEGINS: &Field = &Field {
    name: "when",
    label: "When",
    path: "",
    kind: Kind::Choice(&[
        Choice { value: "now", label: "at once" },
        Choice { value: "after", label: "after it ends" },
        Choice { value: "instead", label: "stop it first" },
    ]),
    required: true,
    default: None,
    help: "What already sounds goes on, is waited for, or is stopped. What waits can be taken back.",
    advanced: false,
    only: None,
};

/// When a form's act leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// At once.
    AtOnce,
    /// When the action that runs has ended.
    After,
    /// When the action that runs has been stopped, which is asked for first.
    Instead,
}

const YES_NO: &[Choice] = &[Choice { value: "true", label: "yes" }, Choice { value: "false", label: "no" }];

/// One field being filled in.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is for.
    pub field: &'static Field,
    /// Its text. Choices are texts too: their values.
    pub editor: TextArea<'static>,
}

impl Entry {
    fn new(field: &'static Field, text: &str) -> Self {
        Self { field, editor: editor(text) }
    }

    /// Empty, but for a choice that has to be made: its first.
    fn fresh(field: &'static Field) -> Self {
        let entry = Self::new(field, "");
        let first = entry.choices().and_then(<[Choice]>::first).filter(|_| field.required);
        first.map_or_else(|| entry.clone(), |choice| Self::new(field, choice.value))
    }

    /// Its text in one piece.
    #[must_use]
    pub fn text(&self) -> String {
        self.editor.lines().join("\n")
    }

    /// What can be chosen, when it is a choice.
    #[must_use]
    pub const fn choices(&self) -> Option<&'static [Choice]> {
        match self.field.kind {
            Kind::Choice(choices) => Some(choices),
            Kind::Bool => Some(YES_NO),
            _ => None,
        }
    }

    /// What is suggested, when other values are allowed too.
    #[must_use]
    pub const fn suggestions(&self) -> Option<&'static [Choice]> {
        match self.field.kind {
            Kind::OpenChoice(choices) => Some(choices),
            _ => self.choices(),
        }
    }

    fn is_begin(&self) -> bool {
        self.field.name == BEGINS.name
    }

    fn set(&mut self, text: &str) {
        self.editor = editor(text);
    }

    /// Goes through the choices in a ring, and through nothing where that is allowed.
    fn choose(&mut self, by: i32) {
        let Some(choices) = self.suggestions() else { return };
        let nothing = (!self.field.required).then_some("");
        let values: Vec<&str> =
            nothing.into_iter().chain(choices.iter().map(|choice| choice.value)).collect();
        let text = self.text();
        let at = values.iter().position(|value| *value == text).unwrap_or(0) as i32;
        if let Some(value) = values.get((at + by).rem_euclid(values.len().max(1) as i32) as usize) {
            self.set(value);
        }
    }

    /// A text of several lines: Enter still sends the form, pasted line breaks stay.
    #[must_use]
    pub const fn is_long(&self) -> bool {
        matches!(self.field.kind, Kind::Long { .. } | Kind::Media | Kind::Json)
    }
}

fn editor(text: &str) -> TextArea<'static> {
    let mut editor = TextArea::new(text.lines().map(str::to_owned).collect());
    editor.set_max_histories(50);
    editor.move_cursor(tui_textarea::CursorMove::Bottom);
    editor.move_cursor(tui_textarea::CursorMove::End);
    editor
}

/// A method being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    /// The method.
    pub method: &'static Method,
    /// The calls it acts on; none for a dial.
    pub calls: Vec<CallId>,
    /// What already sounds on the one call, and can be waited for.
    pub running: Option<ControlId>,
    /// Its fields, in order.
    pub entries: Vec<Entry>,
    /// The field that has the keys.
    pub focus: usize,
    /// Whether rarely used fields are shown.
    pub expanded: bool,
    /// The first line shown of the params, while they are shown instead of the fields.
    pub preview: Option<usize>,
    /// Whether the templates are shown, and the next digit takes one.
    pub templates: Option<Vec<Template>>,
    /// What is wrong, from the last attempt to send.
    pub errors: Option<InvalidParams>,
    /// How far back in the history it is.
    pub back: Option<usize>,
}

/// What was sent with each form, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Histories(HashMap<&'static str, VecDeque<HashMap<String, String>>>);

impl Histories {
    /// So many are kept for each form.
    const KEPT: usize = 20;

    /// Keeps the texts of a form, by field.
    pub fn keep(&mut self, method: &'static str, texts: HashMap<String, String>) {
        let sent = self.0.entry(method).or_default();
        sent.retain(|known| *known != texts);
        sent.push_front(texts);
        sent.truncate(Self::KEPT);
    }

    /// What was sent before the one at this place, and its place; behind the oldest comes the newest again.
    #[must_use]
    pub fn older(&self, method: &str, back: Option<usize>) -> Option<(usize, &HashMap<String, String>)> {
        let sent = self.0.get(method).filter(|sent| !sent.is_empty())?;
        let place = back.map_or(0, |back| (back + 1) % sent.len());
        Some((place, sent.get(place)?))
    }
}

impl Form {
    /// An empty form with the defaults of the program.
    #[must_use]
    pub fn new(method: &'static Method, calls: Vec<CallId>) -> Self {
        let entries: Vec<Entry> = method.arguments().map(Entry::fresh).collect();
        // The keys go to what has to be typed; what has to be chosen is chosen already.
        let typed = |entry: &Entry| entry.field.required && entry.choices().is_none();
        let focus = entries.iter().position(typed).unwrap_or(0);
        Self {
            method,
            calls,
            running: None,
            entries,
            focus,
            expanded: false,
            preview: None,
            templates: None,
            errors: None,
            back: None,
        }
    }

    /// Offers to wait for what already sounds, or to stop it.
    pub fn beside(&mut self, running: ControlId) {
        self.running = Some(running);
        self.entries.push(Entry::fresh(BEGINS));
    }

    /// When it is to leave.
    #[must_use]
    pub fn begins(&self) -> Begins {
        let chosen = self.entries.iter().find(|entry| entry.is_begin()).map(Entry::text);
        match chosen.as_deref() {
            Some("after") => Begins::After,
            Some("instead") => Begins::Instead,
            _ => Begins::AtOnce,
        }
    }

    /// The fields of the method that are filled in.
    fn filled(&self) -> impl Iterator<Item = (&'static str, String)> {
        let filled = self.entries.iter().filter(|entry| !entry.is_begin());
        filled.map(|entry| (entry.field.name, entry.text())).filter(|(_, text)| !text.is_empty())
    }

    /// The fields that are shown: those that apply and, unless expanded, are not rarely used.
    #[must_use]
    pub fn visible(&self) -> Vec<usize> {
        let values = self.texts_as_values();
        let shown = |entry: &Entry| {
            let filled = !entry.text().is_empty();
            let applies = entry.field.applies(&values) != Some(false);
            filled || (applies && (self.expanded || !entry.field.advanced))
        };
        (0..self.entries.len()).filter(|&index| shown(&self.entries[index])).collect()
    }

    /// How many fields are not shown because they are rarely used.
    #[must_use]
    pub fn hidden(&self) -> usize {
        let values = self.texts_as_values();
        let applying =
            self.entries.iter().filter(|entry| entry.field.applies(&values) != Some(false)).count();
        applying.saturating_sub(self.visible().len())
    }

    fn texts_as_values(&self) -> Values {
        self.filled().map(|(name, text)| (name.to_owned(), text.into())).collect()
    }

    /// The field that has the keys.
    #[must_use]
    pub fn focused(&self) -> Option<&Entry> {
        self.entries.get(self.focus).filter(|_| self.visible().contains(&self.focus))
    }

    /// Whether anything was filled in.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.entries.iter().any(|entry| !entry.text().is_empty())
    }

    /// Goes to another visible field, in a ring.
    pub fn step(&mut self, by: i32) {
        let visible = self.visible();
        if visible.is_empty() {
            return;
        }
        let at = visible.iter().position(|&index| index == self.focus).unwrap_or(0) as i32;
        self.focus = visible[(at + by).rem_euclid(visible.len() as i32) as usize];
    }

    /// Shows the rarely used fields, or hides them again.
    pub fn expand(&mut self) {
        self.expanded = !self.expanded;
        self.stay_visible();
    }

    /// The keys are on a field that can be seen.
    fn stay_visible(&mut self) {
        let visible = self.visible();
        if !visible.contains(&self.focus) {
            self.focus = visible.first().copied().unwrap_or(0);
        }
    }

    /// Takes the next or previous choice. Gives false when the field is no choice, and the key means something else.
    pub fn choose(&mut self, by: i32) -> bool {
        let Some(entry) = self.entries.get_mut(self.focus) else { return false };
        let open_and_typed = entry.choices().is_none() && !is_suggested(entry);
        if entry.suggestions().is_none() || open_and_typed {
            return false;
        }
        entry.choose(by);
        self.revise();
        true
    }

    /// Takes a key that is no command. Gives false when it means nothing here either.
    pub fn type_key(&mut self, key: KeyEvent) -> bool {
        if key.kind == KeyEventKind::Release {
            return false;
        }
        let Some(entry) = self.entries.get_mut(self.focus) else { return false };
        if let Some(choices) = entry.choices() {
            if key.code == crossterm::event::KeyCode::Backspace {
                entry.set("");
            }
            let Some(typed) = Chord::of(&key).typed() else { return false };
            if typed == ' ' {
                entry.choose(1);
            } else if let Some(choice) =
                choices.iter().find(|choice| choice.label.starts_with(typed.to_ascii_lowercase()))
            {
                entry.set(choice.value);
            }
        } else {
            entry.editor.input(key);
        }
        self.revise();
        true
    }

    /// Takes pasted text into the field. In a field of one line, line breaks become blanks.
    pub fn paste(&mut self, text: &str) {
        let Some(entry) = self.entries.get_mut(self.focus) else { return };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        if entry.choices().is_none() {
            entry.editor.insert_str(if entry.is_long() { text } else { text.replace('\n', " ") });
        }
        self.revise();
    }

    /// Fills fields with ready-made texts; others stay.
    pub fn fill_in<'a>(&mut self, texts: impl IntoIterator<Item = (&'a String, &'a String)>) {
        for (name, text) in texts {
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.field.name == name) {
                entry.set(text);
            }
        }
        self.revise();
    }

    /// Puts a text into a field with the cursor before it.
    pub fn suggest(&mut self, name: &str, text: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.field.name == name) {
            entry.set(text);
            entry.editor.move_cursor(tui_textarea::CursorMove::Head);
        }
    }

    /// Fills the form with what was sent before, from that place of the history.
    pub fn recall(&mut self, back: usize, texts: &HashMap<String, String>) {
        self.entries
            .iter_mut()
            .filter(|entry| !entry.is_begin() && !texts.contains_key(entry.field.name))
            .for_each(|entry| entry.set(""));
        self.fill_in(texts);
        self.back = Some(back);
    }

    /// Puts another text into the field that has the keys.
    pub fn replace(&mut self, text: &str) {
        if let Some(entry) = self.entries.get_mut(self.focus) {
            entry.set("");
        }
        self.paste(text);
    }

    /// After an error was shown, every change checks again.
    fn revise(&mut self) {
        self.stay_visible();
        if self.errors.is_some() {
            self.errors = self.values().err();
        }
    }

    /// The texts by field.
    #[must_use]
    pub fn texts(&self) -> HashMap<String, String> {
        self.filled().map(|(name, text)| (name.to_owned(), text)).collect()
    }

    /// The values, or everything that is wrong.
    ///
    /// # Errors
    /// With all field errors at once.
    pub fn values(&self) -> Result<Values, InvalidParams> {
        let texts: Vec<(&str, String)> = self.filled().collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        catalog::fill(self.method, &texts)
    }

    /// The error of a field in words, if it has one. A part of a list or device is named.
    #[must_use]
    pub fn error(&self, field: &Field) -> Option<String> {
        let errors = &self.errors.as_ref()?.errors;
        let error = errors.iter().find(|error| error.root() == field.name)?;
        let part = error.field.rsplit('.').next().filter(|part| *part != field.name);
        Some(part.map_or_else(|| error.rule.clone(), |part| format!("{part} {}", error.rule)))
    }

    /// Notes what is wrong and goes to the first field that is.
    pub fn reject(&mut self, errors: InvalidParams) {
        let wrong = |entry: &Entry| errors.errors.iter().any(|error| error.root() == entry.field.name);
        if let Some(first) = self.entries.iter().position(wrong) {
            self.focus = first;
        }
        self.errors = Some(errors);
    }

    /// The params that would be sent, as JSON over several lines; the errors when there are some.
    #[must_use]
    pub fn preview_text(&self, call: Option<&Call>) -> String {
        let id = ControlId::from("(made when sent)");
        let tag = Tag::from("(made when sent)");
        let target = Target {
            call_id: call.map(|call| &call.id),
            node_id: call.and_then(|call| call.node.as_ref()),
            control_id: Some(&id),
            tag: Some(&tag),
            device: call.and_then(|call| call.device.as_ref()),
        };
        match self.values() {
            Ok(values) => {
                let params = catalog::wire(self.method, &values, &target);
                serde_json::to_string_pretty(&params).unwrap_or_default()
            }
            Err(errors) => errors.to_string(),
        }
    }
}

fn is_suggested(entry: &Entry) -> bool {
    let text = entry.text();
    text.is_empty()
        || entry.suggestions().is_some_and(|choices| choices.iter().any(|choice| choice.value == text))
}
