//! A call: its properties, its events, and the 50 methods of the Call API with their current extras.

use std::sync::{Arc, OnceLock};

use super::action::{
    Action, CollectAction, ConnectAction, DetectAction, FaxAction, PlayAction, PromptAction, RecordAction,
    SendDigitsAction, StreamAction, TapAction,
};
use super::client::Client;
use super::core::Watch;
use super::desk::Ask;
use super::error::Error;
use super::handler::Handler;
use super::names::CallEvent;
use super::params::{
    Answer, Collect, Connect, Detect, DetectAnsweringMachine, DetectDigit, DetectFax, Dial, Disconnect,
    FaxReceive, FaxSend, Hangup, Params, Pass, Play, PlayAudio, PlayRingtone, PlaySilence, PlayTts, Prompt,
    PromptAudio, PromptRingtone, PromptTts, Record, SendDigits, Stream, Tap,
};
use super::result::{
    AnswerResult, CollectResult, ConnectResult, DetectResult, DialResult, DisconnectResult, FaxResult,
    FromAction, HangupResult, PlayResult, PromptResult, RecordResult, RelayEvent, SendDigitsResult,
    StreamResult, TapResult,
};
use crate::catalog::{ActionKind, Control};
use crate::client::Outcome;
use crate::model;
use crate::protocol::device::Device;
use crate::protocol::{CallId, CallState, ControlId, Direction, EndReason, NodeId, Tag};

/// One call of this client. Cheap to clone; while a clone exists, the call is remembered after its end.
#[derive(Clone)]
pub struct Call(Arc<Inner>);

struct Inner {
    client: Client,
    /// How to reach it, for a call that this program dials.
    dial: Option<(Tag, Dial)>,
    /// Its id, once there is one for good, and whether the model holds the call for us.
    id: OnceLock<(CallId, bool)>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some((id, true)) = self.id.take() {
            self.client.core.dropped(id);
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("id", &self.id()).field("state", &self.state()).finish()
    }
}

impl Call {
    pub(super) fn known(client: &Client, id: CallId) -> Self {
        let held = client.lock().desk.model_mut().pin(&id);
        Self(Arc::new(Inner { client: client.clone(), dial: None, id: OnceLock::from((id, held)) }))
    }

    pub(super) fn undialed(client: &Client, dial: Dial) -> Self {
        let tag = Tag::from(client.next_id().as_str());
        Self(Arc::new(Inner { client: client.clone(), dial: Some((tag, dial)), id: OnceLock::new() }))
    }

    fn client(&self) -> &Client {
        &self.0.client
    }

    fn look<T>(&self, look: impl FnOnce(&model::Call) -> T) -> Option<T> {
        let id = self.id()?;
        self.client().with_model(|model, _| model.call(&id).map(look))
    }

    fn known_id(&self) -> Result<CallId, Error> {
        self.id().ok_or(Error::NotDialed)
    }
}

/// Properties.
impl Call {
    /// Unique id of the call. For a call being dialled it is that of its first leg, and for good that of the leg
    /// that won; none before the first event.
    #[must_use]
    pub fn id(&self) -> Option<CallId> {
        if let Some((id, _)) = self.0.id.get() {
            return Some(id.clone());
        }
        let (tag, _) = self.0.dial.as_ref()?;
        self.client().with_model(|model, _| {
            let dial = model.dial(tag)?;
            if let model::DialState::Answered(winner) = &dial.state {
                Some(winner)
            } else {
                dial.legs.first()
            }
            .cloned()
        })
    }

    /// Kind of endpoint: `phone`, `sip` and so on.
    #[must_use]
    pub fn call_type(&self) -> Option<String> {
        self.device().map(|device| device.kind)
    }

    /// Calling number or address.
    #[must_use]
    pub fn from_number(&self) -> Option<String> {
        Some(self.device()?.from_address()?.into_owned())
    }

    /// Called number or address.
    #[must_use]
    pub fn to_number(&self) -> Option<String> {
        Some(self.device()?.to_address()?.into_owned())
    }

    /// Ring time in seconds, where the service or the dial names one.
    #[must_use]
    pub fn timeout(&self) -> Option<f64> {
        self.device()?.ring_timeout()
    }

    /// Its state; none before a dialled call has an id.
    #[must_use]
    pub fn state(&self) -> Option<CallState> {
        self.look(|call| call.state.clone())
    }

    /// The state before that.
    #[must_use]
    pub fn prev_state(&self) -> Option<CallState> {
        self.look(|call| call.prev_state.clone()).flatten()
    }

    /// The context an inbound call came by.
    #[must_use]
    pub fn context(&self) -> Option<String> {
        self.look(|call| call.context.as_ref().map(ToString::to_string)).flatten()
    }

    /// Whether it is live: it exists and is not `ended`.
    #[must_use]
    pub fn active(&self) -> bool {
        self.look(model::Call::is_live).unwrap_or(false)
    }

    /// Whether it is over or ending.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.state().is_some_and(|state| state.is_over())
    }

    /// Whether it is answered now.
    #[must_use]
    pub fn answered(&self) -> bool {
        self.state() == Some(CallState::Answered)
    }

    /// Whether it ended by a failure.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.end_reason() == Some(EndReason::Error)
    }

    /// Whether it ended because the far end was busy.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.end_reason() == Some(EndReason::Busy)
    }

    /// Whether it is in doubt: the connection was lost while it was live, and nothing was heard of it since.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        self.look(|call| call.doubt.is_some()).unwrap_or(false)
    }

    /// Whether its end is only concluded from how a command or a probe was refused. Later word of it takes that back.
    #[must_use]
    pub fn is_concluded(&self) -> bool {
        self.look(|call| call.inferred.is_some()).unwrap_or(false)
    }

    /// Whether it is an orphan: it answered a dial that nobody waited for any more, and goes on until it is hung up.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.look(|call| call.orphan.is_some()).unwrap_or(false)
    }

    /// Why it ended.
    #[must_use]
    pub fn end_reason(&self) -> Option<EndReason> {
        self.look(|call| call.end_reason.clone()).flatten()
    }

    /// Who called whom.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.look(|call| call.direction.clone()).flatten()
    }

    /// The tag of the dial or connect that made it.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        self.0
            .dial
            .as_ref()
            .map(|(tag, _)| tag.clone())
            .or_else(|| self.look(|call| call.tag.clone()).flatten())
    }

    /// The media node that holds it.
    #[must_use]
    pub fn node_id(&self) -> Option<NodeId> {
        self.look(|call| call.node.clone()).flatten()
    }

    /// Its endpoint. Before a dialled call has events: the first device of its plan.
    #[must_use]
    pub fn device(&self) -> Option<Device> {
        let planned = || self.0.dial.as_ref()?.1.devices.first()?.first().cloned();
        self.look(|call| call.device.clone()).flatten().or_else(planned)
    }

    /// The other leg of its bridge.
    #[must_use]
    pub fn peer(&self) -> Option<Self> {
        let peer = self.look(|call| call.peer.clone()).flatten()?;
        Some(Self::known(self.client(), peer))
    }
}

/// Life of the call.
impl Call {
    /// Answers an inbound call. Relay `calling.answer`. Waits for `answered`, the end, or until nobody can know
    /// ([`Error::Unknown`]); successful only when the
    /// call is answered (v2 counts its end as success, too). Answering an answered call is harmless.
    ///
    /// # Errors
    /// As any method: see [`Error`].
    pub async fn answer(&self) -> Result<AnswerResult, Error> {
        self.answer_with(Answer::default()).await
    }

    /// [`Call::answer`] with parameters.
    ///
    /// # Errors
    /// As any method.
    pub async fn answer_with(&self, params: Answer) -> Result<AnswerResult, Error> {
        self.command(&params).await?;
        let (successful, event) = self
            .until(|call| {
                let answered = call.entered(&CallState::Answered).is_some();
                (answered || call.state.is_over()).then(|| (answered, state_event(call)))
            })
            .await?;
        Ok(AnswerResult { successful, event: Some(event) })
    }

    /// Hangs up and waits for `ended`, or until nobody can know ([`Error::Unknown`]). Relay `calling.end`, reason `hangup`. A call that is already ending is not
    /// told again, only waited for (v2 reports a failure); one that has ended gives its reason at once.
    ///
    /// # Errors
    /// As any method.
    pub async fn hangup(&self) -> Result<HangupResult, Error> {
        self.hangup_with(Hangup::default()).await
    }

    /// [`Call::hangup`] with a reason.
    ///
    /// # Errors
    /// As any method.
    pub async fn hangup_with(&self, params: Hangup) -> Result<HangupResult, Error> {
        self.known_id()?;
        if !self.ended() {
            // Gone already is what was wanted.
            match self.command(&params).await {
                Err(Error::Refused { code, .. }) if matches!(&*code, "404" | "410") => {}
                answer => answer?,
            }
        }
        let sent = params.reason.as_deref().map_or(EndReason::Hangup, EndReason::from);
        let (event, reason) = self
            .until(|call| (!call.is_live()).then(|| (state_event(call), call.end_reason.clone())))
            .await?;
        Ok(HangupResult { successful: true, event: Some(event), reason: reason.unwrap_or(sent) })
    }

    /// Dials a call made by [`Client::new_call`] and waits until somebody answers or nobody does. Relay
    /// `calling.dial`. See [`Client::dial`].
    ///
    /// # Errors
    /// As any method; also for a call that was not made to be dialled, or was dialled before.
    pub async fn dial(&self) -> Result<DialResult, Error> {
        let Some((tag, dial)) = &self.0.dial else { return Err(Error::AlreadyDialed) };
        // The tag is what the service tells dials apart by.
        if self.client().with_model(|model, _| model.dial(tag).is_some()) {
            return Err(Error::AlreadyDialed);
        }
        let (successful, id, event) = self.client().place(dial, tag).await?;
        if let Some(id) = id {
            let held = self.client().lock().desk.model_mut().pin(&id);
            if let (Err((id, _)), true) = (self.0.id.set((id.clone(), held)), held) {
                self.client().core.dropped(id);
            }
        }
        Ok(DialResult { successful, event, call: self.clone() })
    }

    /// Declines an offered call without ending it: it goes to another client of its context. Relay `calling.pass`.
    ///
    /// # Errors
    /// As any method.
    pub async fn pass(&self) -> Result<(), Error> {
        self.command(&Pass::default()).await
    }

    /// Ends the bridge and neither of its legs, and waits for the event, or until nobody can know
    /// ([`Error::Unknown`]). Relay `calling.disconnect`.
    ///
    /// # Errors
    /// As any method.
    pub async fn disconnect(&self) -> Result<DisconnectResult, Error> {
        // The one that stands or is being made; one that was refused beside it is none.
        let running =
            |call: &model::Call| call.running_kind(ActionKind::Connect).map(|it| it.control_id.clone());
        let bridge = self.look(running).flatten();
        self.command(&Disconnect::default()).await?;
        let Some(bridge) = bridge else { return Ok(DisconnectResult { successful: true, event: None }) };
        self.until(|call| {
            let action = call.action(&bridge)?;
            action.is_over().then(|| DisconnectResult {
                successful: action.state.as_str() == "disconnected",
                event: RelayEvent::of(action),
            })
        })
        .await
    }

    /// Bridges the call to whoever of the plan answers first, and waits until the bridge stands or fails. Relay
    /// `calling.connect`. A telephone without calling number or ring time takes those of this call.
    ///
    /// # Errors
    /// As any method. A second connect while one stands is refused by the service (409).
    pub async fn connect(&self, params: impl Into<Connect>) -> Result<ConnectResult, Error> {
        self.connect_async(params).await?.wait().await
    }

    /// [`Call::connect`] without waiting for the bridge. The control id of the action is the tag of the connect.
    ///
    /// # Errors
    /// As any method.
    pub async fn connect_async(&self, params: impl Into<Connect>) -> Result<ConnectAction, Error> {
        Ok(Action::new(self.client().start(&params.into(), &self.known_id()?).await?))
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident, $twin:ident($params:ty) -> $action:ty, $result:ty;)+) => {
        impl Call {$(
            $(#[$doc])*
            ///
            /// Waits for the end of the operation or of the call, or until nobody can know ([`Error::Unknown`]).
            ///
            /// # Errors
            /// As any method: see [`Error`]. An operation that ran and failed is a result, not an error.
            pub async fn $name(&self, params: impl Into<$params>) -> Result<$result, Error> {
                self.start::<$result, $params>(&params.into()).await?.answer().await
            }

            #[doc = concat!("[`Call::", stringify!($name), "`] without waiting: gives the action once the service has accepted it.")]
            ///
            /// # Errors
            /// As any method: see [`Error`].
            pub async fn $twin(&self, params: impl Into<$params>) -> Result<$action, Error> {
                self.start::<$result, $params>(&params.into()).await
            }
        )+}
    };
}

operations! {
    /// Plays a list of media, one after another. Relay `calling.play`.
    play, play_async(Play) -> PlayAction, PlayResult;
    /// Plays a sound file. Relay `calling.play`.
    play_audio, play_audio_async(PlayAudio) -> PlayAction, PlayResult;
    /// Plays silence. Relay `calling.play`.
    play_silence, play_silence_async(PlaySilence) -> PlayAction, PlayResult;
    /// Plays a ringing tone. Relay `calling.play`.
    play_ringtone, play_ringtone_async(PlayRingtone) -> PlayAction, PlayResult;
    /// Speaks a text. Relay `calling.play`.
    play_tts, play_tts_async(PlayTts) -> PlayAction, PlayResult;
    /// Records the call. Relay `calling.record`. Only what is set is sent; with the service's defaults a recording
    /// ends at the first second of silence.
    record, record_async(Record) -> RecordAction, RecordResult;
    /// Plays media and collects digits or speech. Relay `calling.play_and_collect`.
    prompt, prompt_async(Prompt) -> PromptAction, PromptResult;
    /// Plays a sound file and collects digits or speech. Relay `calling.play_and_collect`.
    prompt_audio, prompt_audio_async(PromptAudio) -> PromptAction, PromptResult;
    /// Plays a ringing tone and collects digits or speech. Relay `calling.play_and_collect`.
    prompt_ringtone, prompt_ringtone_async(PromptRingtone) -> PromptAction, PromptResult;
    /// Speaks a text and collects digits or speech. Relay `calling.play_and_collect`.
    prompt_tts, prompt_tts_async(PromptTts) -> PromptAction, PromptResult;
    /// Sends digits. Relay `calling.send_digits`; `w` waits half a second, `W` a whole one.
    send_digits, send_digits_async(SendDigits) -> SendDigitsAction, SendDigitsResult;
    /// Sends a copy of the audio elsewhere until stopped. Relay `calling.tap`.
    tap, tap_async(Tap) -> TapAction, TapResult;
    /// Sends a fax. Relay `calling.send_fax`.
    fax_send, fax_send_async(FaxSend) -> FaxAction, FaxResult;
    /// Receives a fax. Relay `calling.receive_fax`.
    fax_receive, fax_receive_async(FaxReceive) -> FaxAction, FaxResult;
    /// Sends the audio to a WebSocket until stopped. Relay `calling.stream`.
    stream, stream_async(Stream) -> StreamAction, StreamResult;
}

macro_rules! detectors {
    ($($(#[$doc:meta])* $name:ident, $twin:ident($params:ty);)+) => {
        impl Call {$(
            $(#[$doc])*
            ///
            /// Waits for the first verdict (with `wait_for_beep`, until a message may be left, or HUMAN or UNKNOWN)
            /// and then stops the detector, which v2 leaves running to its time-out.
            ///
            /// # Errors
            /// As any method: see [`Error`].
            pub async fn $name(&self, params: impl Into<$params>) -> Result<DetectResult, Error> {
                self.verdict(self.$twin(params).await?).await
            }

            #[doc = concat!("[`Call::", stringify!($name), "`] without waiting: gives the action once the service has accepted it.")]
            /// The detector runs until it is stopped or its time is over, and keeps everything it hears.
            ///
            /// # Errors
            /// As any method: see [`Error`].
            pub async fn $twin(&self, params: impl Into<$params>) -> Result<DetectAction, Error> {
                self.start::<DetectResult, $params>(&params.into()).await
            }
        )+}
    };
}

detectors! {
    /// Detects a machine, a fax or digits. Relay `calling.detect`.
    detect, detect_async(Detect);
    /// Detects an answering machine. Relay `calling.detect`, type `machine`.
    detect_answering_machine, detect_answering_machine_async(DetectAnsweringMachine);
    /// The same as [`Call::detect_answering_machine`].
    amd, amd_async(DetectAnsweringMachine);
    /// Detects digits. Relay `calling.detect`, type `digit`.
    detect_digit, detect_digit_async(DetectDigit);
    /// Detects a fax tone. Relay `calling.detect`, type `fax`.
    detect_fax, detect_fax_async(DetectFax);
}

/// Input without a sound, and what all operations share.
impl Call {
    /// Collects digits or speech without playing anything. Relay `calling.collect`. Waits for a final result.
    ///
    /// # Errors
    /// As any method: see [`Error`].
    pub async fn collect(&self, params: impl Into<Collect>) -> Result<CollectResult, Error> {
        self.collect_async(params).await?.answer().await
    }

    /// [`Call::collect`] without waiting: gives the action once the service has accepted it.
    ///
    /// # Errors
    /// As any method: see [`Error`].
    pub async fn collect_async(&self, params: impl Into<Collect>) -> Result<CollectAction, Error> {
        self.start::<CollectResult, Collect>(&params.into()).await
    }

    async fn start<R: FromAction, P: Params>(&self, params: &P) -> Result<Action<R>, Error> {
        Ok(Action::new(self.client().start(params, &self.known_id()?).await?))
    }

    async fn verdict(&self, action: DetectAction) -> Result<DetectResult, Error> {
        let result = action.answer().await?;
        if !action.completed() {
            let stop = Ask::Control {
                call: self.known_id()?,
                control_id: action.control_id().clone(),
                control: Control::Stop,
                value: None,
            };
            // The verdict stands whether or not the stop gets through.
            let _ = self.client().submit(stop);
        }
        Ok(result)
    }

    /// Sends a command that starts no operation, and waits until the service accepts it.
    async fn command<P: Params>(&self, params: &P) -> Result<(), Error> {
        let outcome = self.client().invoke(params, Some(self.known_id()?), ControlId::from("")).await?;
        match outcome {
            // What an unanswered command did shows in the state of the call, which callers wait for.
            Outcome::Unknown(_) if self.ended() => Ok(()),
            outcome => Error::of(outcome).map_or(Ok(()), Err),
        }
    }

    /// Waits until `look` sees what it looks for, or nobody can know. A call that is forgotten is over.
    async fn until<T>(&self, mut look: impl FnMut(&model::Call) -> Option<T>) -> Result<T, Error> {
        let id = self.known_id()?;
        let look = |model: &model::Model| match model.call(&id) {
            Some(call) => look(call).map(Some),
            None => Some(None),
        };
        let give_up = |model: &model::Model| {
            let why = "whether the call still exists was not heard since the link was lost";
            Some((model.call(&id)?.given_up_at()?, Error::Unknown(why.into())))
        };
        let seen = self.client().core.until_given_up(Watch::Call(id.clone()), look, give_up);
        seen.await?.ok_or(Error::CallOver)
    }
}

/// Events.
impl Call {
    /// Runs a handler at an event, by its name in the Call API (`stateChange`, `answered`, `play.finished`,
    /// `detect.update` …) or on the wire (`calling.call.play`). Several handlers run in the order of registration,
    /// one after another, away from the connection; the same one may be added twice. They go with the call's end, and
    /// for a call that is over none is added.
    ///
    /// A call that is still being dialled has no events of its own; add handlers once it has an id. A handler that
    /// takes long holds up the others, and when too many events wait for it, the connection.
    pub fn on(&self, event: &str, handler: impl Fn(&Self, &CallEvent) + Send + Sync + 'static) -> &Self {
        self.on_handler(event, &Handler::new(handler))
    }

    /// [`Call::on`] with a handler that can be taken off again by [`Call::off`].
    pub fn on_handler(&self, event: &str, handler: &Handler) -> &Self {
        let handler = handler.clone();
        if let Some(id) = self.id() {
            let mut state = self.client().lock();
            if state.desk.model().call(&id).is_some_and(model::Call::is_live) {
                state.handlers.on(id, event, handler);
            }
        }
        self
    }

    /// Takes a handler off an event; all of them when none is named.
    pub fn off(&self, event: &str, handler: Option<&Handler>) -> &Self {
        if let Some(id) = self.id() {
            self.client().lock().handlers.off(&id, event, handler);
        }
        self
    }

    /// Waits for any of these states: true once one was entered, also if that was before; false when the call ends
    /// without. Waiting for `ended` in `ending` waits for the event (v2 gives false at once). Dropping the wait
    /// cancels nothing; put `tokio::time::timeout` around it to wait only so long.
    ///
    /// # Errors
    /// When the call was never dialled, is forgotten, the client is closed, or nobody knows how it stands:
    /// [`Error::Unknown`].
    pub async fn wait_for(&self, states: &[CallState]) -> Result<bool, Error> {
        self.until(|call| {
            let entered = states.iter().any(|state| call.entered(state).is_some() || call.state == *state);
            (entered || !call.is_live()).then_some(entered)
        })
        .await
    }

    /// [`Call::wait_for`] `ringing`.
    ///
    /// # Errors
    /// As [`Call::wait_for`].
    pub async fn wait_for_ringing(&self) -> Result<bool, Error> {
        self.wait_for(&[CallState::Ringing]).await
    }

    /// [`Call::wait_for`] `answered`.
    ///
    /// # Errors
    /// As [`Call::wait_for`].
    pub async fn wait_for_answered(&self) -> Result<bool, Error> {
        self.wait_for(&[CallState::Answered]).await
    }

    /// [`Call::wait_for`] `ending`.
    ///
    /// # Errors
    /// As [`Call::wait_for`].
    pub async fn wait_for_ending(&self) -> Result<bool, Error> {
        self.wait_for(&[CallState::Ending]).await
    }

    /// [`Call::wait_for`] `ended`.
    ///
    /// # Errors
    /// As [`Call::wait_for`].
    pub async fn wait_for_ended(&self) -> Result<bool, Error> {
        self.wait_for(&[CallState::Ended]).await
    }
}

fn state_event(call: &model::Call) -> RelayEvent {
    let payload = serde_json::json!({
        "call_id": call.id,
        "node_id": call.node,
        "call_state": call.state,
        "end_reason": call.end_reason,
    });
    RelayEvent { name: call.state.as_str().to_owned(), payload }
}
