//! Everything a user can do, in one table. Key handling, help, footer, menus, `callboard keys` and the README are
//! read from it.

use super::{Arg, Command, Copied, Exported, Focus, Group, Row, Screen, Until};

const fn row(
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
    help: &'static str,
) -> Row {
    Row {
        command,
        name,
        title,
        brief: title,
        help,
        group: Group::Move,
        focus: &[Focus::Global],
        keys,
        footer: 0,
        arg: Arg::None,
    }
}

impl Row {
    const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    const fn at(mut self, focus: &'static [Focus]) -> Self {
        self.focus = focus;
        self
    }

    // The groups of the table, each with what must have the keys unless a row says otherwise.
    const fn find(self) -> Self {
        self.group(Group::Find)
    }

    const fn act(self) -> Self {
        self.group(Group::Act).at(CALL)
    }

    const fn action(self) -> Self {
        self.group(Group::Action).at(ACTION)
    }

    const fn program(self) -> Self {
        self.group(Group::Program)
    }

    const fn mark(self) -> Self {
        self.group(Group::Mark).at(&[Focus::List])
    }

    const fn know(self) -> Self {
        self.group(Group::Know).at(CALL)
    }

    const fn take(self) -> Self {
        self.group(Group::Take)
    }

    const fn see(self) -> Self {
        self.group(Group::See)
    }

    const fn past(self) -> Self {
        self.group(Group::Past).at(&[Focus::Past])
    }

    const fn form(self) -> Self {
        self.group(Group::Form).at(FORM)
    }

    const fn arg(mut self, arg: Arg) -> Self {
        self.arg = arg;
        self
    }

    const fn brief(mut self, word: &'static str) -> Self {
        self.brief = word;
        self
    }

    const fn footer(mut self, place: u8) -> Self {
        self.footer = place;
        self
    }
}

const CALL: &[Focus] = &[Focus::List, Focus::Actions, Focus::Feed, Focus::Flow, Focus::Log, Focus::Alerts];
const ACTION: &[Focus] = &[Focus::List, Focus::Actions];
const EVERYWHERE: &[Focus] = &[Focus::Global, Focus::Form];
const NOT_FLOW: &[Focus] =
    &[Focus::List, Focus::Actions, Focus::Feed, Focus::Wall, Focus::Log, Focus::Alerts];
const PARTED: &[Focus] = &[Focus::List, Focus::Actions, Focus::Feed];
const FOUND: &[Focus] = &[Focus::Feed, Focus::Flow, Focus::Text, Focus::List];
const FORM: &[Focus] = &[Focus::Form];

/// The table.
pub static COMMANDS: &[Row] = &[
    row(Command::Move(1), "move-down", &["j", "down"], "move", "Move the cursor down."),
    row(Command::Move(-1), "move-up", &["k", "up"], "move", "Move the cursor up."),
    row(Command::Top, "move-top", &["g", "home"], "top, bottom", "Move to the first line."),
    row(Command::Bottom, "move-bottom", &["G", "end"], "bottom", "Move to the last line."),
    row(Command::Page(1), "half-page-down", &["ctrl+d", "pgdn"], "half page", "Move down half a page."),
    row(Command::Page(-1), "half-page-up", &["ctrl+u", "pgup"], "half page", "Move up half a page."),
    row(Command::Pane(1), "next-pane", &["tab"], "pane", "Go to the next pane.").footer(3),
    row(Command::Pane(-1), "previous-pane", &["shift+tab"], "pane", "Go to the previous pane."),
    row(
        Command::Open,
        "open",
        &["enter"],
        "open, raw frame",
        "Open the call under the cursor, or the raw frame of the event.",
    )
    .footer(13),
    row(
        Command::Escape,
        "escape",
        &["esc"],
        "close, clear filter",
        "Close what is open, clear the filter, go back. Never quits.",
    ),
    row(Command::Back, "back", &["q"], "back", "Go back; on the first screen asks to quit.").footer(5),
    row(
        Command::Sibling(-1),
        "previous-call",
        &["["],
        "call before, after",
        "Go to the previous call without leaving the screen.",
    ),
    row(
        Command::Sibling(1),
        "next-call",
        &["]"],
        "call before, after",
        "Go to the next call without leaving the screen.",
    ),
    row(Command::Go(Screen::Calls), "go-calls", &["1"], "calls", "Go to the list of calls.").footer(12),
    row(Command::Go(Screen::Detail), "go-detail", &["2"], "detail", "Go to the call under the cursor.")
        .footer(11),
    row(
        Command::Go(Screen::Flow),
        "go-flow",
        &["3"],
        "ladder",
        "Go to the ladder of the call under the cursor.",
    )
    .brief("flow")
    .footer(10),
    row(Command::Go(Screen::Events), "go-events", &["4"], "events", "Go to the events of all calls.")
        .footer(9),
    row(Command::Go(Screen::Wall), "go-wall", &["5"], "wallboard", "Go to the numbers of the floor.")
        .brief("wall")
        .footer(8),
    row(
        Command::Go(Screen::Acts),
        "go-acts",
        &["6"],
        "acts",
        "Go to what was asked from here, with outcomes.",
    )
    .footer(7),
    row(
        Command::Go(Screen::Alerts),
        "go-alerts",
        &["7"],
        "alerts",
        "Go to the alerts and to what is waited for.",
    )
    .footer(6),
    row(
        Command::Filter,
        "filter",
        &["/", "f3", "f7"],
        "filter",
        "Show only the calls that fit a filter; elsewhere, look for a word.",
    )
    .find()
    .arg(Arg::Filter)
    .footer(23),
    row(Command::Match(1), "next-match", &["n"], "next match", "Go to the next place that matches.")
        .find()
        .at(FOUND),
    row(Command::Match(-1), "previous-match", &["N"], "match before", "Go to the place before that matches.")
        .find()
        .at(FOUND),
    row(Command::SortMenu, "sort", &["s"], "sort", "Choose the column to sort by; again turns the order.")
        .find()
        .arg(Arg::Column)
        .at(&[Focus::List]),
    row(Command::Sort(1), "sort-next", &[">"], "sort by column", "Sort by the column to the right.")
        .find()
        .at(&[Focus::List]),
    row(Command::Sort(-1), "sort-previous", &["<"], "sort by column", "Sort by the column to the left.")
        .find()
        .at(&[Focus::List]),
    row(Command::Reverse, "sort-reverse", &[], "turn the order", "Turn the order of the list around.")
        .find()
        .at(&[Focus::List]),
    row(
        Command::Scroll(1),
        "columns-right",
        &["l", "right"],
        "scroll columns",
        "Show columns, or uprights of the ladder, further to the right; on the wall, go right.",
    )
    .find()
    .at(&[Focus::List, Focus::Flow, Focus::Wall]),
    row(
        Command::Scroll(-1),
        "columns-left",
        &["h", "left"],
        "scroll columns",
        "Show columns, or uprights of the ladder, further to the left; on the wall, go left.",
    )
    .find()
    .at(&[Focus::List, Focus::Flow, Focus::Wall]),
    row(
        Command::Columns,
        "columns",
        &["c", "f10"],
        "columns",
        "Choose the columns of the list and their order.",
    )
    .find()
    .at(&[Focus::List]),
    row(Command::MoveColumn(1), "column-right", &[">"], "move column", "Move the column to the right.")
        .find()
        .at(&[Focus::Picker]),
    row(Command::MoveColumn(-1), "column-left", &["<"], "move column", "Move the column to the left.")
        .find()
        .at(&[Focus::Picker]),
    row(Command::Taller(1), "list-taller", &["ctrl+w +"], "list taller", "Give the list more lines.")
        .find()
        .at(PARTED),
    row(Command::Taller(-1), "list-shorter", &["ctrl+w -"], "list shorter", "Give the list fewer lines.")
        .find()
        .at(PARTED),
    row(Command::Wider(1), "left-wider", &["ctrl+w >"], "left wider", "Give the left side more columns.")
        .find()
        .at(PARTED),
    row(
        Command::Wider(-1),
        "left-narrower",
        &["ctrl+w <"],
        "left narrower",
        "Give the left side fewer columns.",
    )
    .find()
    .at(PARTED),
    row(Command::Views, "views", &["V"], "views", "Choose a saved view: then its digit.")
        .find()
        .arg(Arg::View)
        .footer(18),
    row(
        Command::SaveView,
        "save-view",
        &[],
        "save view",
        "Save filter, columns and order of the list as a view.",
    )
    .find()
    .arg(Arg::Text("a name")),
    row(
        Command::Family(1),
        "next-family",
        &["l", "right"],
        "family of events",
        "Show the next family of events alone.",
    )
    .find()
    .at(&[Focus::Feed]),
    row(
        Command::Family(-1),
        "previous-family",
        &["h", "left"],
        "family of events",
        "Show the previous family of events alone.",
    )
    .find()
    .at(&[Focus::Feed]),
    row(Command::Follow, "follow", &["f"], "follow newest", "Keep the newest event in view.").find(),
    row(Command::Mark, "mark", &["space"], "mark", "Mark the call under the cursor, or unmark it.")
        .mark()
        .at(&[Focus::List, Focus::Flow, Focus::Picker]),
    row(Command::MarkRange, "mark-range", &["v"], "mark range", "Mark all from the last mark to the cursor.")
        .mark(),
    row(
        Command::MarkRule,
        "mark-rule",
        &["*"],
        "mark by rule",
        "Mark every call that fits a rule: its digit, or a filter.",
    )
    .mark()
    .arg(Arg::Rule)
    .brief("mark rule")
    .footer(22),
    row(Command::Unmark, "unmark", &["u"], "unmark all", "Take all marks away.").mark(),
    row(
        Command::InvertMarks,
        "invert-marks",
        &["I"],
        "invert marks",
        "Mark what is not marked, and the other way round.",
    )
    .mark(),
    row(Command::Freeze, "freeze", &["z"], "freeze", "Hold the display; counting and recording go on.")
        .find(),
    row(
        Command::TimeFormat,
        "time-format",
        &["T"],
        "time format",
        "Show times of day, times since the call began, or how long ago.",
    )
    .find(),
    row(Command::ClearEnded, "clear-ended", &["f5"], "clear ended", "Remove ended calls from the list.")
        .find(),
    row(Command::Invoke("play_tts"), "play-tts", &["t"], "tts", "Speak a text into the call.")
        .act()
        .footer(30),
    row(
        Command::Invoke("play_audio"),
        "play-audio",
        &["p a"],
        "play audio",
        "Play a sound file into the call.",
    )
    .act()
    .brief("play")
    .footer(29),
    row(Command::Invoke("play_silence"), "play-silence", &["p s"], "play silence", "Play silence.").act(),
    row(Command::Invoke("play_ringtone"), "play-ringtone", &["p r"], "play ringtone", "Play a ringing tone.")
        .act(),
    row(Command::Invoke("play"), "play-list", &["p l"], "play list", "Play several media one after another.")
        .act(),
    row(Command::Invoke("record"), "record", &["r enter"], "record: start", "Start a recording.")
        .act()
        .brief("record")
        .footer(28),
    row(
        Command::PauseRecording,
        "record-pause",
        &["r p"],
        "record: pause/resume",
        "Pause the call's recording, or go on with it.",
    )
    .act(),
    row(Command::StopRecording, "record-stop", &["r x"], "record: stop", "Stop the call's recording.")
        .act()
        .arg(Arg::Text("a reason")),
    row(Command::Invoke("send_digits"), "send-digits", &["d"], "digits", "Send digits into the call.")
        .act()
        .footer(27),
    row(
        Command::Invoke("detect_answering_machine"),
        "detect-machine",
        &["e m"],
        "detect machine",
        "Find out whether a person or a machine answered.",
    )
    .act()
    .brief("detect")
    .footer(16),
    row(Command::Invoke("detect_digit"), "detect-digit", &["e d"], "detect digits", "Listen for digits.")
        .act(),
    row(Command::Invoke("detect_fax"), "detect-fax", &["e f"], "detect fax", "Listen for a fax.").act(),
    row(
        Command::Invoke("detect"),
        "detect",
        &["e e"],
        "detect anything",
        "Detect a machine, digits or a fax, with all parameters.",
    )
    .act(),
    row(
        Command::Invoke("prompt_tts"),
        "prompt-tts",
        &["i t"],
        "prompt, spoken",
        "Ask for digits or speech with a spoken text.",
    )
    .act()
    .brief("prompt")
    .footer(15),
    row(
        Command::Invoke("prompt_audio"),
        "prompt-audio",
        &["i a"],
        "prompt, audio",
        "Ask for digits or speech with a sound file.",
    )
    .act(),
    row(
        Command::Invoke("prompt_ringtone"),
        "prompt-ringtone",
        &["i r"],
        "prompt, ringtone",
        "Ask for digits or speech with a ringing tone.",
    )
    .act(),
    row(
        Command::Invoke("prompt"),
        "prompt-list",
        &["i l"],
        "prompt, list",
        "Ask for digits or speech with several media.",
    )
    .act(),
    row(
        Command::Invoke("collect"),
        "collect",
        &["i c"],
        "collect",
        "Collect digits or speech without playing anything.",
    )
    .act(),
    row(
        Command::Invoke("tap"),
        "tap",
        &["O t"],
        "tap",
        "Send a copy of the audio to an RTP or WebSocket address.",
    )
    .act(),
    row(Command::Invoke("stream"), "stream", &["O s"], "stream", "Send the audio to a WebSocket.").act(),
    row(Command::Invoke("connect"), "connect", &["C"], "connect", "Bridge the call to somebody else.")
        .act()
        .footer(14),
    row(Command::Invoke("disconnect"), "disconnect", &[], "disconnect", "End the bridge, keep both legs.")
        .act(),
    row(Command::Invoke("fax_send"), "fax-send", &["F s"], "fax: send", "Send a fax.").act(),
    row(Command::Invoke("fax_receive"), "fax-receive", &["F r"], "fax: receive", "Receive a fax.").act(),
    row(Command::Answer, "answer", &["A"], "answer", "Answer an inbound call.").act().footer(17),
    row(Command::Invoke("pass"), "pass", &["Y"], "pass on", "Leave an offered call to another client.").act(),
    row(
        Command::Invoke("answer"),
        "answer-with",
        &[],
        "answer with options",
        "Answer with a longest duration or codecs.",
    )
    .act(),
    row(
        Command::Invoke("hangup"),
        "hang-up-with",
        &[],
        "hang up with reason",
        "Hang up and say why: busy, decline and so on.",
    )
    .act(),
    row(
        Command::HangUp,
        "hang-up",
        &["H"],
        "hang up",
        "Hang up the call. Asks, and can be taken back for a moment.",
    )
    .act()
    .arg(Arg::Text("a reason"))
    .footer(25),
    row(
        Command::AllActs,
        "all-acts",
        &["a"],
        "all actions",
        "Show everything that can be done with the call.",
    )
    .act()
    .brief("all acts")
    .footer(24),
    row(
        Command::Repeat,
        "repeat",
        &["."],
        "repeat last",
        "Do the last act again, here. Asks if it takes something away.",
    )
    .act(),
    row(Command::StopAction, "stop-action", &["x"], "stop", "Stop the action under the cursor.")
        .action()
        .arg(Arg::Text("a reason"))
        .footer(26),
    row(
        Command::PauseAction,
        "pause-action",
        &["P"],
        "pause/resume",
        "Pause the action under the cursor, or go on with it.",
    )
    .action(),
    row(Command::Volume(1), "volume-up", &["+"], "volume", "Play 1 dB louder.").action(),
    row(Command::Volume(-1), "volume-down", &["-"], "volume", "Play 1 dB softer.").action(),
    row(Command::StopAll, "stop-all", &["X"], "stop all", "Stop everything that runs on the call. Asks.")
        .action()
        .arg(Arg::Text("a reason")),
    row(Command::Invoke("dial"), "dial", &["D"], "dial", "Dial a new call.").program().at(NOT_FLOW).footer(4),
    row(
        Command::AddContext,
        "add-context",
        &["L a"],
        "take a context",
        "Take inbound calls of a context. It takes them from other listeners.",
    )
    .program()
    .brief("contexts")
    .footer(1),
    row(
        Command::DropContext,
        "drop-context",
        &["L d"],
        "drop a context",
        "Take no more inbound calls of a context.",
    )
    .program(),
    row(
        Command::Applications,
        "applications",
        &["L l"],
        "applications",
        "At a hub: the applications whose calls these are.",
    )
    .program(),
    row(Command::Reconnect, "reconnect", &["R"], "reconnect now", "Connect now instead of waiting.")
        .program(),
    row(
        Command::Probe,
        "probe",
        &["ctrl+r"],
        "still there?",
        "Ask the service whether the call still exists. Harmless.",
    )
    .know()
    .at(CALL),
    row(Command::Palette, "palette", &["ctrl+p"], "palette", "Find a command, a call or a view by typing.")
        .program()
        .footer(20),
    row(Command::CommandLine, "command-line", &[":"], "command", "Type a command, with completion.")
        .program()
        .footer(21),
    row(Command::Mask, "mask", &["M"], "hide numbers", "Hide the middle digits of numbers, or show them.")
        .program(),
    row(Command::Themes, "theme", &[], "theme", "Choose the theme, with a preview.")
        .program()
        .arg(Arg::Theme),
    row(Command::Tour, "tour", &[], "tour", "A short guided tour. It can be left at any time.").program(),
    row(Command::Results, "results", &[], "results", "What became of the last act on several calls.")
        .program(),
    row(Command::Retry, "retry", &["r"], "ask again", "Ask again for what failed.")
        .program()
        .at(&[Focus::Results]),
    row(Command::Note, "note", &["m"], "note", "Write a note on the call.").know().arg(Arg::Text("a note")),
    row(
        Command::Claim,
        "claim",
        &["W"],
        "claim, let go",
        "At a hub: say that the call is yours to care for, or no longer. Others see it.",
    )
    .know()
    .brief("claim"),
    row(
        Command::Wait(Until::Answered),
        "wait-answered",
        &["w a"],
        "tell: answered",
        "Ring when the call is answered.",
    )
    .know(),
    row(Command::Wait(Until::Ended), "wait-ended", &["w e"], "tell: ended", "Ring when the call ends.")
        .know(),
    row(
        Command::Wait(Until::Recorded),
        "wait-recorded",
        &["w r"],
        "tell: recorded",
        "Ring when the call is recorded.",
    )
    .know(),
    row(
        Command::Wait(Until::Filter),
        "wait",
        &["w f"],
        "tell: a filter",
        "Ring when some call fits a filter.",
    )
    .know()
    .arg(Arg::Filter),
    row(Command::Waits, "waits", &["w w"], "what is waited for", "See what is waited for, and give it up.")
        .know(),
    row(Command::Jump, "jump", &["'"], "jump", "Go to what last rang.").know().at(&[Focus::Global]),
    row(
        Command::Acknowledge,
        "acknowledge",
        &["K"],
        "acknowledge",
        "Acknowledge the alert: it stays, and is quiet. A wait is given up.",
    )
    .know()
    .at(&[Focus::Alerts])
    .footer(42),
    row(
        Command::Snooze,
        "snooze",
        &["Z"],
        "snooze",
        "Silence the alert for ten minutes; again for an hour, for eight, for not at all.",
    )
    .know()
    .at(&[Focus::Alerts])
    .footer(41),
    row(Command::Copy(Copied::CallId), "copy-id", &["y i"], "copy: call id", "Copy the id of the call.")
        .take()
        .at(CALL),
    row(Command::Copy(Copied::From), "copy-from", &["y f"], "copy: from", "Copy the calling number.")
        .take()
        .at(CALL),
    row(Command::Copy(Copied::To), "copy-to", &["y t"], "copy: to", "Copy the called number.")
        .take()
        .at(CALL),
    row(Command::Copy(Copied::Json), "copy-json", &["y j"], "copy: JSON", "Copy the raw frame.")
        .take()
        .at(CALL),
    row(
        Command::Copy(Copied::Url),
        "copy-url",
        &["y u"],
        "copy: recording",
        "Copy the address of the recording.",
    )
    .take()
    .at(CALL),
    row(Command::Copy(Copied::Line), "copy-line", &["y l"], "copy: line", "Copy the line as text.")
        .take()
        .at(CALL),
    row(Command::Copy(Copied::Notes), "copy-notes", &["y n"], "copy: notes", "Copy the notes on the call.")
        .take()
        .at(CALL),
    row(
        Command::Copy(Copied::Command),
        "copy-command",
        &["y c"],
        "copy: command",
        "Copy the act as a line for a shell: callboard act.",
    )
    .take()
    .at(CALL),
    row(Command::Copy(Copied::Text), "copy-text", &["y"], "copy", "Copy the text that is open.")
        .take()
        .at(&[Focus::Text])
        .footer(20),
    row(
        Command::Export(Exported::Text),
        "save-text",
        &["s"],
        "save",
        "Write the text that is open to a file.",
    )
    .take()
    .at(&[Focus::Text])
    .footer(19),
    row(
        Command::Export(Exported::List),
        "export-list",
        &["E l", "f2 l"],
        "export: list",
        "The list, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format)
    .brief("export")
    .footer(2),
    row(
        Command::Export(Exported::Call),
        "export-call",
        &["E c", "f2 c"],
        "export: call",
        "The call, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format),
    row(
        Command::Export(Exported::Flow),
        "export-flow",
        &["E w", "f2 w"],
        "export: ladder",
        "The ladder, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format),
    row(
        Command::Export(Exported::Acts),
        "export-acts",
        &["E a", "f2 a"],
        "export: acts",
        "What was asked, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format),
    row(
        Command::Export(Exported::Wall),
        "export-wall",
        &["E n", "f2 n"],
        "export: numbers",
        "The floor's numbers, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format),
    row(
        Command::Export(Exported::HandOver),
        "hand-over",
        &["E h", "f2 h"],
        "hand-over note",
        "What I did and what is open, to read, copy or save.",
    )
    .take()
    .arg(Arg::Format),
    row(Command::Window, "window", &["w"], "window", "The next span: 5 m, 15 m, 1 h, the shift.")
        .see()
        .at(&[Focus::Wall])
        .footer(39),
    row(Command::Definitions, "definitions", &["d"], "definitions", "What every number means.")
        .see()
        .at(&[Focus::Wall])
        .footer(38),
    row(Command::Diff, "diff", &["D"], "diff", "The difference of the two marked steps.")
        .see()
        .at(&[Focus::Flow])
        .footer(43),
    row(Command::Unfold(true), "unfold", &["+"], "unfold, fold", "Unfold the step under the cursor.")
        .see()
        .at(&[Focus::Flow])
        .footer(42),
    row(Command::Unfold(false), "fold", &["-"], "unfold, fold", "Fold the step under the cursor.")
        .see()
        .at(&[Focus::Flow]),
    row(
        Command::LookBack,
        "look-back",
        &["b"],
        "look back",
        "Look at the past, from ten seconds ago. Everything goes on meanwhile.",
    )
    .group(Group::Past),
    row(Command::Play, "play-pause", &["space"], "pause, play", "In the past: pause, or go on.")
        .past()
        .brief("play")
        .footer(60),
    row(Command::Step(-1), "step-back", &[","], "step back, on", "In the past: one record back, and pause.")
        .past()
        .brief("back")
        .footer(59),
    row(Command::Step(1), "step", &["."], "step", "In the past: one record on, and pause.")
        .past()
        .brief("step")
        .footer(58),
    row(Command::Seek(-10), "back-10s", &["(", "b"], "10 s back, on", "In the past: ten seconds back.")
        .past()
        .brief("-10 s")
        .footer(57),
    row(Command::Seek(10), "on-10s", &[")"], "10 s", "In the past: ten seconds on.")
        .past()
        .brief("+10 s")
        .footer(56),
    row(Command::SeekTo, "go-to-time", &["@"], "go to time", "In the past: to a time, such as 14:03:10.")
        .past()
        .arg(Arg::Text("a time"))
        .brief("time")
        .footer(53),
    row(Command::Seek(-60), "back-1m", &["{"], "1 min back, on", "In the past: a minute back.")
        .past()
        .brief("-1 min")
        .footer(55),
    row(Command::Seek(60), "on-1m", &["}"], "1 min", "In the past: a minute on.")
        .past()
        .brief("+1 min")
        .footer(54),
    row(Command::Faster(-1), "slower", &["<"], "slower, faster", "In the past: half as fast.")
        .past()
        .brief("slower")
        .footer(51),
    row(Command::Faster(1), "faster", &[">"], "faster", "In the past: twice as fast.")
        .past()
        .brief("faster")
        .footer(50),
    row(Command::SeekEnd(false), "go-to-start", &["^"], "start, end", "In the past: to the first record.")
        .past()
        .brief("start")
        .footer(49),
    row(Command::SeekEnd(true), "go-to-end", &["$"], "end", "In the past: to the last record, and follow.")
        .past()
        .brief("end")
        .footer(48),
    row(Command::Now, "now", &["B"], "back to now", "In the past: come back to the present.")
        .past()
        .brief("now")
        .footer(61),
    row(Command::Undo, "undo", &["U"], "undo hang-up", "Take back hang-ups that have not left yet.")
        .program(),
    row(Command::Help, "help", &["?", "f1"], "help", "Show these keys.").program().footer(19),
    row(Command::Redraw, "redraw", &["ctrl+l"], "redraw", "Draw the whole screen anew.")
        .program()
        .at(EVERYWHERE),
    row(Command::Suspend, "suspend", &["ctrl+z"], "suspend", "Go to the shell; `fg` comes back.")
        .program()
        .at(EVERYWHERE),
    row(
        Command::Interrupt,
        "interrupt",
        &["ctrl+c"],
        "cancel, twice quits",
        "Cancel; twice within a second quits.",
    )
    .program()
    .at(EVERYWHERE),
    row(Command::Quit, "quit", &["Q"], "quit", "Quit. Asks while actions that you started still run.")
        .program(),
    row(Command::Send, "form-send", &["enter"], "send", "Send the form.").form().footer(20),
    row(Command::Field(1), "form-next", &["tab", "down"], "field", "Go to the next field.").form().footer(19),
    row(Command::Field(-1), "form-previous", &["shift+tab", "up"], "field", "Go to the previous field.")
        .form(),
    row(
        Command::Choose(1),
        "form-choose",
        &["right"],
        "choice",
        "Take the next choice of the field; Space does so too.",
    )
    .form(),
    row(Command::Choose(-1), "form-unchoose", &["left"], "choice", "Take the previous choice of the field.")
        .form(),
    row(
        Command::Templates,
        "form-templates",
        &["ctrl+t"],
        "templates",
        "Fill the form from a template: then its digit.",
    )
    .form()
    .footer(18),
    row(
        Command::History,
        "form-history",
        &["ctrl+r"],
        "last values",
        "Fill the form with what was sent last.",
    )
    .form()
    .footer(17),
    row(Command::Preview, "form-preview", &["ctrl+g"], "JSON", "Show the params that would be sent.")
        .form()
        .footer(16),
    row(
        Command::Copy(Copied::Form),
        "form-copy",
        &["ctrl+y"],
        "copy command",
        "Copy what the form would do as a line for a shell.",
    )
    .form(),
    row(Command::Expand, "form-expand", &["ctrl+e"], "all fields", "Show the rarely used fields too.")
        .form()
        .footer(15),
    row(Command::Editor, "form-editor", &["ctrl+o"], "editor", "Edit the field in $EDITOR.").form(),
    row(Command::Escape, "form-cancel", &["esc"], "cancel", "Close the form; nothing is sent.")
        .form()
        .footer(14),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_method_of_the_catalogue_can_be_reached() {
        for method in crate::catalog::METHODS {
            let reachable = COMMANDS.iter().any(|row| row.command == Command::Invoke(method.name));
            assert!(reachable, "{} is not in the table", method.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = COMMANDS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
    }

    #[test]
    fn nothing_destructive_is_on_a_control_chord_or_a_small_letter() {
        for row in COMMANDS
            .iter()
            .filter(|row| matches!(row.command, Command::HangUp | Command::StopAll | Command::Quit))
        {
            assert!(row.keys.iter().all(|key| key.chars().all(|c| c.is_ascii_uppercase())), "{}", row.name);
        }
    }
}
