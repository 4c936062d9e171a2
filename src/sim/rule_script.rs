//! `[session]` and `[calls]`: how the service behaves where sources differ or say nothing, as a scenario says it.

use serde::Deserialize;

/// `[session]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionRules {
    /// Seconds a session is kept after its socket is gone.
    pub keep: f64,
    /// Whether and how unacknowledged events come again after a resume.
    pub resend: Resend,
    /// What becomes of events while no client is there.
    pub gap: GapEvents,
    /// The most unacknowledged events held for one session; the oldest go first.
    pub held: usize,
    /// Contexts whose subscription is refused with 402.
    pub unpaid: Vec<String>,
}

/// What a resume brings again (relay-protocol 9, question 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resend {
    /// Each event under its first frame id.
    #[default]
    SameId,
    /// Each event under a new frame id.
    NewId,
    /// Nothing.
    Nothing,
}

/// What becomes of events while no client is there (relay-protocol 9, question 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapEvents {
    /// They are held, and sent as `resend` has it.
    #[default]
    Held,
    /// They are lost; only what went out before and was not acknowledged may come again.
    Lost,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { keep: 300.0, resend: Resend::SameId, gap: GapEvents::Held, held: 10_000, unpaid: Vec::new() }
    }
}

/// `[calls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallRules {
    /// Seconds from a command's answer to its first event.
    pub delay: f64,
    /// Where the final events of running operations stand when a call ends.
    pub final_events: FinalEvents,
    /// Whether a recording's `finished` comes shortly after `ended`, as files take time.
    pub record_after_end: bool,
    /// Let taps go to private and reserved addresses.
    pub private_taps: bool,
    /// Seconds an ended call answers 410 rather than 404.
    pub remembered: f64,
    /// What a command on a call that is gone is answered.
    pub gone: GoneAnswer,
    /// What the control of an operation that does not run is answered, on a live call.
    pub stray_control: StrayControl,
    /// Whether the second leg of a bridge gets connect events of its own (question 17).
    pub peer_connect_events: bool,
    /// The result type that follows the stop of a collect or prompt (question 16).
    pub stopped_collect: String,
    /// How many media nodes there are.
    pub nodes: u32,
}

/// What a command on a call that is gone is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GoneAnswer {
    /// 410 while it is remembered, then 404.
    #[default]
    Told,
    /// 404.
    NotFound,
    /// 500, which proves nothing.
    Failure,
}

/// What the control of an operation that does not run is answered, on a live call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrayControl {
    /// 404, in words that name the control id (relay-protocol 8 shows them).
    #[default]
    NotFound,
    /// 200, and nothing happens.
    Accepted,
    /// 404 in the very words that a call which is gone gets.
    AsGone,
}

/// Where final events stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinalEvents {
    /// Just before `ended`.
    #[default]
    Before,
    /// Just after `ended`.
    After,
    /// Not at all.
    Never,
}

impl Default for CallRules {
    fn default() -> Self {
        Self {
            delay: 0.12,
            final_events: FinalEvents::Before,
            record_after_end: true,
            private_taps: false,
            remembered: 600.0,
            gone: GoneAnswer::Told,
            stray_control: StrayControl::NotFound,
            peer_connect_events: false,
            stopped_collect: "no_input".into(),
            nodes: 2,
        }
    }
}
