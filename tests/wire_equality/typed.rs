//! Every method of `Call`, in both its forms, called with a case's arguments through its typed parameters.

use callboard::calling::action::{
    CollectAction, ConnectAction, DetectAction, FaxAction, PlayAction, PromptAction, RecordAction,
    SendDigitsAction, StreamAction, TapAction,
};
use callboard::calling::params::{
    Answer, Collect, Connect, Detect, DetectAnsweringMachine, DetectDigit, DetectFax, Dial, FaxReceive,
    FaxSend, Hangup, Play, PlayAudio, PlayRingtone, PlaySilence, PlayTts, Prompt, PromptAudio,
    PromptRingtone, PromptTts, Record, SendDigits, Stream, Tap,
};
use callboard::calling::{Call, Client, Error, PauseBehavior};
use callboard::catalog::Values;
use callboard::protocol::device::{DevicePlan, Media};
use serde_json::Value;

use crate::ours;

/// Why a call could not be made.
pub enum Failed {
    /// The types have no room for it; the compiler would refuse it.
    Unwritable(String),
    /// Our client refused it.
    Refused(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// A running operation.
pub enum Running {
    Nothing,
    Play(PlayAction),
    Record(RecordAction),
    Detect(DetectAction),
    Prompt(PromptAction),
    Collect(CollectAction),
    Tap(TapAction),
    Fax(FaxAction),
    Stream(StreamAction),
    SendDigits,
    Connect,
}

macro_rules! running {
    ($($action:ty => $variant:ident,)+) => {$(
        impl From<$action> for Running {
            fn from(action: $action) -> Self {
                Self::$variant(action)
            }
        }
    )+};
}

running! {
    PlayAction => Play,
    RecordAction => Record,
    DetectAction => Detect,
    PromptAction => Prompt,
    CollectAction => Collect,
    TapAction => Tap,
    FaxAction => Fax,
    StreamAction => Stream,
}

impl From<SendDigitsAction> for Running {
    fn from(_: SendDigitsAction) -> Self {
        Self::SendDigits
    }
}

impl From<ConnectAction> for Running {
    fn from(_: ConnectAction) -> Self {
        Self::Connect
    }
}

/// Arguments that are taken one by one, each as what its parameter is.
pub struct Args(Values);

type Taken<T> = Result<Option<T>, Failed>;

impl Args {
    fn take<T>(&mut self, name: &str, what: &str, read: impl Fn(&Value) -> Option<T>) -> Taken<T> {
        let Some(value) = self.0.shift_remove(name) else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| Failed::Unwritable(format!("{name} is {what}")))
    }

    fn text(&mut self, name: &str) -> Taken<String> {
        self.take(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    fn number(&mut self, name: &str) -> Taken<f64> {
        self.take(name, "a number", Value::as_f64)
    }

    fn whole(&mut self, name: &str) -> Taken<u32> {
        self.take(name, "a number", |value| u32::try_from(value.as_u64()?).ok())
    }

    fn port(&mut self, name: &str) -> Taken<u16> {
        self.take(name, "a number", |value| u16::try_from(value.as_u64()?).ok())
    }

    fn flag(&mut self, name: &str) -> Taken<bool> {
        self.take(name, "a bool", Value::as_bool)
    }

    fn texts(&mut self, name: &str) -> Taken<Vec<String>> {
        self.take(name, "a list of texts", |value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    fn json(&mut self, name: &str) -> Taken<Value> {
        self.take(name, "JSON", |value| Some(value.clone()))
    }

    fn media(&mut self, name: &str) -> Taken<Vec<Media>> {
        let Some(value) = self.0.shift_remove(name) else { return Ok(None) };
        ours::media(&value).map(Some).map_err(Failed::Unwritable)
    }

    fn plan(&mut self, name: &str) -> Taken<DevicePlan> {
        let Some(value) = self.0.shift_remove(name) else { return Ok(None) };
        ours::devices(&value).map(Some).map_err(Failed::Unwritable)
    }

    /// Nothing may be left over.
    fn spent<T>(self, params: T) -> Result<T, Failed> {
        match self.0.keys().next() {
            Some(name) => Err(Failed::Unwritable(format!("there is no {name}"))),
            None => Ok(params),
        }
    }
}

/// Parameters from arguments: those that `new` takes in brackets, then those with setters.
macro_rules! params {
    ($args:ident, $type:ident($($must:ident: $must_kind:ident),*), $($may:ident: $may_kind:ident),* $(,)?) => {{
        $(let Some($must) = $args.$must_kind(stringify!($must))? else {
            return Err(Failed::Unwritable(concat!("there has to be ", stringify!($must)).into()));
        };)*
        let params = $type::new($($must),*);
        $(let params = match $args.$may_kind(stringify!($may))? {
            Some(value) => params.$may(value),
            None => params,
        };)*
        $args.spent(params)?
    }};
}

/// The parameters of every prompt, after its own.
macro_rules! prompt {
    ($args:ident, $type:ident($($must:ident: $must_kind:ident),*), $($may:ident: $may_kind:ident),*) => {
        params!($args, $type(prompt_type: text, $($must: $must_kind),*), $($may: $may_kind,)* digits_max: whole,
            digits_terminators: text, digits_timeout: number, initial_timeout: number, end_silence_timeout: number,
            speech_timeout: number, speech_language: text, speech_hints: texts, volume: number, digits_min: whole,
            speech_engine: text, speech_model: text, status_url: text)
    };
}

/// The parameters of machine detection.
macro_rules! machine {
    ($args:ident, $type:ident($($must:ident: $must_kind:ident),*), $($may:ident: $may_kind:ident),*) => {
        params!($args, $type($($must: $must_kind),*), timeout: number, wait_for_beep: flag,
            initial_timeout: number, end_silence_timeout: number, machine_voice_threshold: number,
            machine_words_threshold: whole, machine_ready_timeout: number, detect_interruptions: flag,
            detect_message_end: flag, status_url: text, $($may: $may_kind),*)
    };
}

/// Calls one form or the other.
macro_rules! either {
    ($call:ident, $is_async:ident, $method:ident, $twin:ident, $params:expr) => {{
        let params = $params;
        if $is_async {
            $call.$twin(params).await?.into()
        } else {
            $call.$method(params).await?;
            Running::Nothing
        }
    }};
}

/// Calls the method with these arguments. The waiting form returns when the operation is over.
pub async fn call(
    client: &Client,
    call: &Call,
    method: &str,
    values: Values,
    is_async: bool,
) -> Result<Running, Failed> {
    let plain = values.is_empty();
    let mut args = Args(values);
    Ok(match method {
        "answer" if plain => drop_result(call.answer().await?),
        "answer" => {
            drop_result(call.answer_with(params!(args, Answer(), max_duration: whole, codecs: texts)).await?)
        }
        "pass" => drop_result(call.pass().await?),
        "hangup" if plain => drop_result(call.hangup().await?),
        "hangup" => drop_result(call.hangup_with(params!(args, Hangup(), reason: text)).await?),
        "dial" if plain => drop_result(call.dial().await?),
        "dial" => drop_result(client.dial(params!(args, Dial(devices: plan), max_duration: whole)).await?),
        "disconnect" => drop_result(call.disconnect().await?),
        "connect" => either!(
            call,
            is_async,
            connect,
            connect_async,
            params!(args, Connect(devices: plan), ringback: media, max_duration: whole,
                max_price_per_minute: number, status_url: text)
        ),
        "play" => either!(
            call,
            is_async,
            play,
            play_async,
            params!(args, Play(media: media), volume: number, direction: text, loops: whole, status_url: text)
        ),
        "play_audio" => either!(
            call,
            is_async,
            play_audio,
            play_audio_async,
            params!(args, PlayAudio(url: text), volume: number)
        ),
        "play_silence" => either!(
            call,
            is_async,
            play_silence,
            play_silence_async,
            params!(args, PlaySilence(duration: number),)
        ),
        "play_ringtone" => either!(
            call,
            is_async,
            play_ringtone,
            play_ringtone_async,
            params!(args, PlayRingtone(name: text), duration: number, volume: number)
        ),
        "play_tts" => either!(
            call,
            is_async,
            play_tts,
            play_tts_async,
            params!(args, PlayTts(text: text), language: text, gender: text, volume: number, voice: text)
        ),
        "record" => either!(
            call,
            is_async,
            record,
            record_async,
            params!(args, Record(), record_type: text, beep: flag, record_format: text, stereo: flag,
                direction: text, initial_timeout: number, end_silence_timeout: number, terminators: text,
                input_sensitivity: number, max_length: whole, status_url: text)
        ),
        "detect" => either!(
            call,
            is_async,
            detect,
            detect_async,
            machine!(args, Detect(detect_type: text), tone: text, digits: text)
        ),
        "detect_answering_machine" => either!(
            call,
            is_async,
            detect_answering_machine,
            detect_answering_machine_async,
            machine!(args, DetectAnsweringMachine(),)
        ),
        "amd" => either!(call, is_async, amd, amd_async, machine!(args, DetectAnsweringMachine(),)),
        "detect_digit" => either!(
            call,
            is_async,
            detect_digit,
            detect_digit_async,
            params!(args, DetectDigit(), digits: text, timeout: number)
        ),
        "detect_fax" => either!(
            call,
            is_async,
            detect_fax,
            detect_fax_async,
            params!(args, DetectFax(), tone: text, timeout: number)
        ),
        "prompt" => either!(call, is_async, prompt, prompt_async, prompt!(args, Prompt(media: media),)),
        "prompt_audio" => {
            either!(call, is_async, prompt_audio, prompt_audio_async, prompt!(args, PromptAudio(url: text),))
        }
        "prompt_ringtone" => either!(
            call,
            is_async,
            prompt_ringtone,
            prompt_ringtone_async,
            prompt!(args, PromptRingtone(name: text), duration: number)
        ),
        "prompt_tts" => either!(
            call,
            is_async,
            prompt_tts,
            prompt_tts_async,
            prompt!(args, PromptTts(text: text), language: text, gender: text, voice: text)
        ),
        "collect" => either!(
            call,
            is_async,
            collect,
            collect_async,
            params!(args, Collect(collect_type: text), digits_max: whole, digits_terminators: text,
                digits_timeout: number, initial_timeout: number, end_silence_timeout: number,
                speech_timeout: number, speech_language: text, speech_hints: texts, partial_results: flag,
                continuous: flag, send_start_of_input: flag, start_input_timers: flag, digits_min: whole,
                speech_engine: text, speech_model: text, status_url: text)
        ),
        "send_digits" => {
            either!(call, is_async, send_digits, send_digits_async, params!(args, SendDigits(digits: text),))
        }
        "tap" => either!(
            call,
            is_async,
            tap,
            tap_async,
            params!(args, Tap(audio_direction: text, target_type: text), target_addr: text, target_port: port,
                target_ptime: whole, target_uri: text, rate: whole, codec: text, status_url: text)
        ),
        "fax_send" => either!(
            call,
            is_async,
            fax_send,
            fax_send_async,
            params!(args, FaxSend(document: text), identity: text, header: text, status_url: text)
        ),
        "fax_receive" => either!(
            call,
            is_async,
            fax_receive,
            fax_receive_async,
            params!(args, FaxReceive(), status_url: text)
        ),
        "stream" => either!(
            call,
            is_async,
            stream,
            stream_async,
            params!(args, Stream(url: text), name: text, codec: text, track: text, status_url: text,
                status_url_method: text, authorization_bearer_token: text, custom_parameters: json)
        ),
        "receive" | "unreceive" => {
            let names = args.texts("contexts")?.unwrap_or_default();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if method == "receive" {
                client.receive(&names).await?;
            } else {
                client.unreceive(&names).await?;
            }
            Running::Nothing
        }
        _ => panic!("{method} is no method of ours"),
    })
}

fn drop_result<T>(_: T) -> Running {
    Running::Nothing
}

impl Running {
    /// Calls one of the action's methods.
    pub async fn then(&self, control: &str, args: &Value) -> Result<(), Failed> {
        let level = args.get("value").or_else(|| args.get("volume")).unwrap_or(&Value::Null);
        let volume = || level.as_f64().ok_or_else(|| Failed::Unwritable("volume is a number".into()));
        match (self, control) {
            (Self::Play(action), "stop") => drop(action.stop().await?),
            (Self::Play(action), "pause") => drop(action.pause().await?),
            (Self::Play(action), "resume") => drop(action.resume().await?),
            (Self::Play(action), "volume") => drop(action.volume(volume()?).await?),
            (Self::Record(action), "stop") => drop(action.stop().await?),
            (Self::Record(action), "pause") => {
                let silence = args["behavior"] == "silence";
                let behavior = if silence { PauseBehavior::Silence } else { PauseBehavior::Skip };
                drop(action.pause(behavior).await?);
            }
            (Self::Record(action), "resume") => drop(action.resume().await?),
            (Self::Detect(action), "stop") => drop(action.stop().await?),
            (Self::Prompt(action), "stop") => drop(action.stop().await?),
            (Self::Prompt(action), "volume") => drop(action.volume(volume()?).await?),
            (Self::Collect(action), "stop") => drop(action.stop().await?),
            (Self::Collect(action), "start_input_timers") => drop(action.start_input_timers().await?),
            (Self::Tap(action), "stop") => drop(action.stop().await?),
            (Self::Fax(action), "stop") => drop(action.stop().await?),
            (Self::Stream(action), "stop") => drop(action.stop().await?),
            (_, control) => return Err(Failed::Unwritable(format!("the action has no {control}"))),
        }
        Ok(())
    }
}
