//! Handles of running operations: look at them, wait for them, control them.

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use super::call::Call;
use super::client::Client;
use super::core::Watch;
use super::desk::{Ask, ControlValue, PauseBehavior};
use super::error::Error;
use super::result::{
    CollectResult, ConnectResult, ControlResult, DetectResult, FaxResult, FromAction, PlayPauseResult,
    PlayResult, PlayResumeResult, PlayVolumeResult, PromptResult, PromptVolumeResult, RecordPauseResult,
    RecordResult, RecordResumeResult, RelayEvent, SendDigitsResult, StartInputTimersResult, StopResult,
    StreamResult, TapResult,
};
use crate::catalog::Control;
use crate::client::Outcome;
use crate::model;
use crate::protocol::device::Device;
use crate::protocol::{CallId, ControlId};

/// What every action handle is made of. It keeps its call from being forgotten.
#[derive(Clone)]
pub(super) struct ActionHandle {
    client: Client,
    call: Call,
    id: CallId,
    control_id: ControlId,
}

impl ActionHandle {
    pub fn new(client: &Client, id: CallId, control_id: ControlId) -> Self {
        Self { client: client.clone(), call: Call::known(client, id.clone()), id, control_id }
    }

    /// Looks at the action; `None` when it is no longer known.
    pub fn look<T>(&self, look: impl FnOnce(&model::Action) -> T) -> Option<T> {
        self.client.with_model(|model, _| model.call(&self.id)?.action(&self.control_id).map(look))
    }

    /// Waits until `done` says so of the action. One that is forgotten counts as over.
    pub async fn until(&self, done: impl Fn(&model::Action) -> bool) -> Result<model::Action, Error> {
        let look = |model: &model::Model| match model
            .call(&self.id)
            .and_then(|call| call.action(&self.control_id))
        {
            Some(action) => done(action).then(|| Some(action.clone())),
            None => Some(None),
        };
        let give_up = |model: &model::Model| {
            let call = model.call(&self.id)?;
            let at = call.action_given_up_at(call.action(&self.control_id)?)?;
            Some((at, Error::Unknown("whether it still runs was not heard since the link was lost".into())))
        };
        let seen = self.client.core.until_given_up(Watch::Call(self.id.clone()), look, give_up);
        seen.await?.ok_or(Error::CallOver)
    }

    async fn control<R: ControlResult>(
        &self,
        control: Control,
        value: Option<ControlValue>,
    ) -> Result<R, Error> {
        let ask = Ask::Control { call: self.id.clone(), control_id: self.control_id.clone(), control, value };
        match self.client.core.outcome(ask).await? {
            Outcome::Done(reply) => Ok(R::accepted(&reply)),
            Outcome::Refused { code, message } => Ok(R::refused(code, message)),
            Outcome::NotSent(why) => Err(Error::NotSent(why)),
            Outcome::Unknown(why) => Err(Error::Unknown(why)),
        }
    }
}

/// An operation that runs on a call, with the result type of its family. The aliases below name the families.
pub struct Action<R> {
    pub(super) handle: ActionHandle,
    result: PhantomData<fn() -> R>,
}

impl<R> Clone for Action<R> {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl<R> std::fmt::Debug for Action<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Action")
            .field("control_id", &self.handle.control_id)
            .field("state", &self.state())
            .finish()
    }
}

impl<R> Action<R> {
    pub(super) const fn new(handle: ActionHandle) -> Self {
        Self { handle, result: PhantomData }
    }

    /// The id of the operation; for a connect its tag, as the wire has no other.
    #[must_use]
    pub const fn control_id(&self) -> &ControlId {
        &self.handle.control_id
    }

    /// The params that were sent.
    #[must_use]
    pub fn payload(&self) -> Arc<Value> {
        self.handle.look(|action| action.ours.payload.clone()).unwrap_or_default()
    }

    /// Whether it reached its end. A bridge has reached its end, in this sense, once it stands.
    #[must_use]
    pub fn completed(&self) -> bool {
        let over = |action: &model::Action| {
            action.is_over()
                || (action.kind == crate::catalog::ActionKind::Connect && action.answer().is_some())
        };
        self.handle.look(over).unwrap_or(true)
    }

    /// The service's last word on it; `failed` when the call ended first, empty before the first event.
    #[must_use]
    pub fn state(&self) -> String {
        self.handle.look(|action| action.state.to_string()).unwrap_or_default()
    }
}

impl<R: FromAction> Action<R> {
    /// The result so far; final once [`Action::completed`]. A recording's address may still come after the end of
    /// its call.
    #[must_use]
    pub fn result(&self) -> Option<R> {
        self.handle.look(R::from_action)
    }

    /// Waits for the end of the operation or of its call. Dropping the wait cancels nothing; put
    /// `tokio::time::timeout` around it to wait only so long.
    ///
    /// # Errors
    /// When the client is closed, or nobody knows how it stands: [`Error::Unknown`].
    pub async fn wait(&self) -> Result<R, Error> {
        Ok(R::from_action(&self.handle.until(model::Action::is_over).await?))
    }

    /// Waits for the answer that the operation is for: a detector's verdict, everything else's end.
    pub(super) async fn answer(&self) -> Result<R, Error> {
        let answered = |action: &model::Action| action.answer().is_some() || action.is_over();
        Ok(R::from_action(&self.handle.until(answered).await?))
    }
}

macro_rules! stoppable {
    ($($result:ty)+) => {$(
        impl Action<$result> {
            /// Asks the service to end it. The end itself comes as an event: see [`Action::wait`].
            ///
            /// # Errors
            /// When the command was not sent, or its outcome is unknown.
            pub async fn stop(&self) -> Result<StopResult, Error> {
                self.handle.control(Control::Stop, None).await
            }
        }
    )+};
}

stoppable! { PlayResult RecordResult DetectResult PromptResult TapResult FaxResult StreamResult CollectResult }

/// A running play.
pub type PlayAction = Action<PlayResult>;
/// A running recording.
pub type RecordAction = Action<RecordResult>;
/// A running detector.
pub type DetectAction = Action<DetectResult>;
/// A running prompt.
pub type PromptAction = Action<PromptResult>;
/// A running collect.
pub type CollectAction = Action<CollectResult>;
/// Digits being sent. The wire has no way to stop them.
pub type SendDigitsAction = Action<SendDigitsResult>;
/// A running tap.
pub type TapAction = Action<TapResult>;
/// A running fax.
pub type FaxAction = Action<FaxResult>;
/// A running media stream.
pub type StreamAction = Action<StreamResult>;
/// A bridge being made. To undo one that stands: [`Call::disconnect`].
pub type ConnectAction = Action<ConnectResult>;

impl PlayAction {
    /// Holds the sound.
    ///
    /// # Errors
    /// As [`Action::stop`].
    pub async fn pause(&self) -> Result<PlayPauseResult, Error> {
        self.handle.control(Control::Pause, None).await
    }

    /// Goes on after a pause.
    ///
    /// # Errors
    /// As [`Action::stop`].
    pub async fn resume(&self) -> Result<PlayResumeResult, Error> {
        self.handle.control(Control::Resume, None).await
    }

    /// Changes the loudness, in dB from -40 to 40.
    ///
    /// # Errors
    /// As [`Action::stop`], and outside that range.
    pub async fn volume(&self, db: f64) -> Result<PlayVolumeResult, Error> {
        self.handle.control(Control::Volume, Some(ControlValue::Volume(db))).await
    }
}

impl PromptAction {
    /// Changes the loudness, in dB from -40 to 40.
    ///
    /// # Errors
    /// As [`Action::stop`], and outside that range.
    pub async fn volume(&self, db: f64) -> Result<PromptVolumeResult, Error> {
        self.handle.control(Control::Volume, Some(ControlValue::Volume(db))).await
    }
}

impl RecordAction {
    /// Where the recording will be, from the service's answer.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.handle.look(|action| action.yields.url.clone()).flatten()
    }

    /// Holds the recording. `behavior` is always sent: the sources disagree about the default.
    ///
    /// # Errors
    /// As [`Action::stop`].
    pub async fn pause(&self, behavior: PauseBehavior) -> Result<RecordPauseResult, Error> {
        self.handle.control(Control::Pause, Some(ControlValue::Pause(behavior))).await
    }

    /// Goes on after a pause.
    ///
    /// # Errors
    /// As [`Action::stop`].
    pub async fn resume(&self) -> Result<RecordResumeResult, Error> {
        self.handle.control(Control::Resume, None).await
    }
}

impl CollectAction {
    /// Starts the timers of a collect that was made with `start_input_timers: false`.
    ///
    /// # Errors
    /// As [`Action::stop`].
    pub async fn start_input_timers(&self) -> Result<StartInputTimersResult, Error> {
        self.handle.control(Control::StartInputTimers, None).await
    }
}

impl TapAction {
    /// Where the media come from, from the service's answer.
    #[must_use]
    pub fn source_device(&self) -> Option<Device> {
        self.handle.look(|action| action.yields.source_device.clone()).flatten()
    }
}

impl ConnectAction {
    /// The result so far; final once [`Action::completed`].
    #[must_use]
    pub fn result(&self) -> Option<ConnectResult> {
        self.handle.look(model::Action::clone).map(|action| self.read(&action))
    }

    /// Waits until the bridge stands or fails.
    ///
    /// # Errors
    /// When the client is closed, or nobody knows how it stands: [`Error::Unknown`].
    pub async fn wait(&self) -> Result<ConnectResult, Error> {
        let answered = |action: &model::Action| action.answer().is_some() || action.is_over();
        Ok(self.read(&self.handle.until(answered).await?))
    }

    fn read(&self, action: &model::Action) -> ConnectResult {
        let successful = action.answer() == Some(true);
        let peer = action.yields.peer.clone().filter(|_| successful);
        let call = peer.map(|peer| Call::known(&self.handle.client, peer));
        ConnectResult { successful, event: RelayEvent::of(action), call }
    }

    /// The call it runs on.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.handle.call
    }
}
