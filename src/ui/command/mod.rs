//! What a user can do, and what is known of each: the words of the table of commands.

mod table;

pub use table::COMMANDS;

/// What a user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Move the cursor by so many lines.
    Move(i32),
    /// Move the cursor by so many half pages.
    Page(i32),
    /// Move the cursor to the top.
    Top,
    /// Move the cursor to the bottom.
    Bottom,
    /// Move to the next or previous pane.
    Pane(i32),
    /// Go to the next or previous call.
    Sibling(i32),
    /// Go to a screen.
    Go(Screen),
    /// Open what is under the cursor.
    Open,
    /// Close, clear, go back; never quits.
    Escape,
    /// Go back; at the top asks to quit.
    Back,
    /// Quit.
    Quit,
    /// Cancel; twice within a second quits.
    Interrupt,
    /// Stop the program as the shell does.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Help for what has the keys.
    Help,
    /// Type a filter for the list, or a word to look for in what is shown.
    Filter,
    /// Go to the next or previous place that matches what was looked for.
    Match(i32),
    /// Choose the column to sort by.
    SortMenu,
    /// Scroll the columns of the list.
    Scroll(i32),
    /// Sort by the next or previous column.
    Sort(i32),
    /// Turn the order of the sort around.
    Reverse,
    /// Choose the columns of the list and their order.
    Columns,
    /// Give the list so many steps more lines, and what is below it fewer.
    Taller(i32),
    /// Give the left part so many steps more columns.
    Wider(i32),
    /// In the list of columns: move the column under the cursor.
    MoveColumn(i32),
    /// Choose a saved view.
    Views,
    /// Save what the list shows now as a view.
    SaveView,
    /// Mark or unmark what is under the cursor.
    Mark,
    /// Mark everything from the last mark to the cursor.
    MarkRange,
    /// Mark every call that fits a rule.
    MarkRule,
    /// Take all marks away.
    Unmark,
    /// Mark what is not marked, and the other way round.
    InvertMarks,
    /// Hold the display; everything goes on behind it.
    Freeze,
    /// Keep the newest event in view.
    Follow,
    /// Show times of day, differences, or times since the call began.
    TimeFormat,
    /// Show the next or previous family of events alone.
    Family(i32),
    /// Forget ended calls.
    ClearEnded,
    /// Connect now instead of after the back-off.
    Reconnect,
    /// Ask the service whether the call still exists.
    Probe,
    /// The form of a method.
    Invoke(&'static str),
    /// Answer the call, without a form.
    Answer,
    /// A list of all methods.
    AllActs,
    /// Stop the action under the cursor.
    StopAction,
    /// Stop all actions of the call.
    StopAll,
    /// Pause or resume the action under the cursor.
    PauseAction,
    /// Change the volume of the action under the cursor by so many dB.
    Volume(i32),
    /// Pause or resume the call's recording.
    PauseRecording,
    /// Stop the call's recording.
    StopRecording,
    /// Hang up the call.
    HangUp,
    /// Do the last act again, here.
    Repeat,
    /// Take back a hang-up that has not left yet.
    Undo,
    /// What became of the last act on several calls.
    Results,
    /// In the results: ask again for what failed.
    Retry,
    /// Write a note on the call.
    Note,
    /// Say that the call is one's own to care for, or no longer.
    Claim,
    /// The applications whose sessions pass through the hub.
    Applications,
    /// Be told when something comes true.
    Wait(Until),
    /// What is waited for.
    Waits,
    /// Go to what last rang.
    Jump,
    /// Acknowledge the alert under the cursor.
    Acknowledge,
    /// Silence the alert under the cursor for a while.
    Snooze,
    /// Copy something to the clipboard.
    Copy(Copied),
    /// Show something to be read, copied or written to a file.
    Export(Exported),
    /// Hide the middle digits of numbers, or show them.
    Mask,
    /// Every command, found by typing.
    Palette,
    /// Type a command.
    CommandLine,
    /// Choose the theme, with a preview.
    Themes,
    /// A guided tour.
    Tour,
    /// The next span of time for the wallboard's numbers.
    Window,
    /// What the wallboard's numbers mean.
    Definitions,
    /// The difference of the two marked steps.
    Diff,
    /// Unfold or fold what is under the cursor.
    Unfold(bool),
    /// Take inbound calls of a context.
    AddContext,
    /// Take no more inbound calls of a context.
    DropContext,
    /// Look at the past, from a moment ago.
    LookBack,
    /// In the past: pause, or go on.
    Play,
    /// In the past: one record on, or back.
    Step(i32),
    /// In the past: so many seconds on, or back.
    Seek(i32),
    /// In the past: to the first record, or the last.
    SeekEnd(bool),
    /// In the past: to a time that is typed.
    SeekTo,
    /// In the past: faster, or slower.
    Faster(i32),
    /// In the past: back to the present.
    Now,
    /// In a form: send it.
    Send,
    /// In a form: go to the next or previous field.
    Field(i32),
    /// In a form: the next or previous choice.
    Choose(i32),
    /// In a form: templates.
    Templates,
    /// In a form: what was sent before.
    History,
    /// In a form: show the params that would be sent.
    Preview,
    /// In a form: show all fields.
    Expand,
    /// In a form: edit the field in `$EDITOR`.
    Editor,
}

/// What can be waited for with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Until {
    /// The call is answered.
    Answered,
    /// The call ends.
    Ended,
    /// The call is recorded.
    Recorded,
    /// A filter that is typed fits a call.
    Filter,
}

/// What can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Copied {
    /// The id of the call.
    CallId,
    /// Its calling party.
    From,
    /// Its called party.
    To,
    /// The raw frame of the event or action.
    Json,
    /// The address of its newest recording.
    Url,
    /// The line as it is shown.
    Line,
    /// The notes on the call.
    Notes,
    /// The act, as a line for a shell.
    Command,
    /// What the form would do, as a line for a shell.
    Form,
    /// The text that is open.
    Text,
}

/// What can be taken away: copied, or written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exported {
    /// The list as it is shown.
    List,
    /// The call with its actions and events.
    Call,
    /// The call flow.
    Flow,
    /// What this program asked for.
    Acts,
    /// The wallboard's numbers.
    Wall,
    /// The hand-over note; shown first.
    HandOver,
    /// The text that is open.
    Text,
}

/// The screens, by their digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// The list of calls with a preview of one.
    Calls,
    /// One call.
    Detail,
    /// The life of a call as a ladder.
    Flow,
    /// The events of all calls.
    Events,
    /// The numbers of the floor.
    Wall,
    /// What this program asked for.
    Acts,
    /// Alerts and what is waited for.
    Alerts,
}

impl Screen {
    /// Every screen, by its digit from 1 on.
    pub const ALL: [Self; 7] =
        [Self::Calls, Self::Detail, Self::Flow, Self::Events, Self::Wall, Self::Acts, Self::Alerts];
}

/// What has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Focus {
    /// Everywhere but in forms and questions.
    Global,
    /// The list of calls.
    List,
    /// The actions of a call.
    Actions,
    /// A feed of events.
    Feed,
    /// The ladder of a call.
    Flow,
    /// The numbers of the floor.
    Wall,
    /// What this program asked for.
    Log,
    /// Alerts.
    Alerts,
    /// A form.
    Form,
    /// A text that is open over the screen.
    Text,
    /// A list to choose from.
    Picker,
    /// What became of an act on several calls.
    Results,
    /// Everything, while the past is looked at: its keys go before those of what else has them.
    Past,
}

impl Focus {
    /// Every focus.
    pub const ALL: [Self; 13] = [
        Self::Global,
        Self::List,
        Self::Actions,
        Self::Feed,
        Self::Flow,
        Self::Wall,
        Self::Log,
        Self::Alerts,
        Self::Form,
        Self::Text,
        Self::Picker,
        Self::Results,
        Self::Past,
    ];
}

/// Groups of the help screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Moving about.
    Move,
    /// Finding and arranging.
    Find,
    /// Acting on the call under the cursor.
    Act,
    /// Acting on the action under the cursor.
    Action,
    /// Marking calls.
    Mark,
    /// Alerts, waits, notes.
    Know,
    /// Copying and exporting.
    Take,
    /// The ladder and the wallboard.
    See,
    /// Looking at the past.
    Past,
    /// The link and the program.
    Program,
    /// Inside a form.
    Form,
}

impl Group {
    /// Every group in the order of help.
    pub const ALL: [Self; 11] = [
        Self::Act,
        Self::Action,
        Self::Mark,
        Self::Find,
        Self::Know,
        Self::Take,
        Self::Move,
        Self::See,
        Self::Past,
        Self::Program,
        Self::Form,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Find => "FIND AND SHAPE",
            Self::Act => "ACT ON CALL",
            Self::Action => "RUNNING ACTION",
            Self::Mark => "MARK",
            Self::Know => "KNOW",
            Self::Take => "TAKE AWAY",
            Self::See => "LADDER AND WALL",
            Self::Past => "LOOK BACK",
            Self::Program => "LINK AND PROGRAM",
            Self::Form => "IN A FORM",
        }
    }
}

/// One thing a user can do.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What it is.
    pub command: Command,
    /// Its name in configuration and `callboard keys`.
    pub name: &'static str,
    /// A word or two for help.
    pub title: &'static str,
    /// The same in a word for the footer, where that is the title of its own. Of keys like `p a` the footer shows the
    /// first, so it is the word for all that begin with it.
    pub brief: &'static str,
    /// A sentence for the full list.
    pub help: &'static str,
    /// Where help shows it.
    pub group: Group,
    /// What must have the keys.
    pub focus: &'static [Focus],
    /// Its keys; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// Place in the footer; 0 is not there, 1 goes last when there is little room.
    pub footer: u8,
    /// What may follow its name on the command line.
    pub arg: Arg,
}

/// What may follow the name of a command on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arg {
    /// Nothing.
    None,
    /// A filter.
    Filter,
    /// A column.
    Column,
    /// The name of a saved view.
    View,
    /// The name of a mark rule, or a filter.
    Rule,
    /// The name of a theme.
    Theme,
    /// A format of files: `csv`, `json`, `text` or `mermaid`.
    Format,
    /// Any text: what it is.
    Text(&'static str),
}

impl Row {
    /// Whether this row is the other direction of the one before it: help shows both in one line.
    #[must_use]
    pub fn pairs_with(&self, before: &Self) -> bool {
        let directed = !matches!(
            self.command,
            Command::Invoke(_) | Command::Go(_) | Command::Wait(_) | Command::Copy(_) | Command::Export(_)
        );
        let same = std::mem::discriminant(&self.command) == std::mem::discriminant(&before.command);
        let ends = matches!((before.command, self.command), (Command::Top, Command::Bottom));
        (directed && same) || ends
    }
}
