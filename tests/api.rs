//! The Call API as a program outside of this crate uses it: every method of the seed by name, waiting and `_async`,
//! every property, action and result, over a real socket to the simulated service.

#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::calling::params::{
    Answer, AudioDirection, Collect, Connect, Detect, DetectAnsweringMachine, DetectDigit, DetectFax,
    DetectType, Dial, FaxReceive, FaxSend, Gender, Hangup, InputType, Play, PlayAudio, PlayRingtone,
    PlaySilence, PlayTts, Prompt, PromptAudio, PromptRingtone, PromptTts, Record, RecordFormat, SendDigits,
    Stream, Tap, Tone, Track,
};
use callboard::calling::{Call, Client, ClientConfig, Error, Handler, PauseBehavior};
use callboard::client::{Credentials, Endpoint};
use callboard::protocol::device::{Device, Media};
use callboard::protocol::{CallState, Dialect, Direction, EndReason, Secret};
use callboard::sim::server::{Options, Running, serve};
use callboard::sim::{Script, Stage};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A quick world: a caller on `support`, and numbers that behave in every way a number can.
const WORLD: &str = r#"
[calls]
delay = 0.02
private_taps = true

[parties.caller]
greeting = 0.0
[parties.friend]
after = 0.1
greeting = 0.0
replies = [{ after = 0.1, digits = "1234#", says = "yes please", gap = 0.02 }]
[parties.typist]
after = 0.1
presses = [{ after = 1.0, digits = "42", gap = 0.1 }]
[parties.person]
after = 0.1
greeting = 0.6
[parties.robot]
answers = "machine"
after = 0.1
greeting = 2.5
[parties.paper]
answers = "fax"
after = 0.1
pages = 2
page = 0.1
[parties.taken]
answers = "busy"
after = 0.1

[[arrival]]
label = "caller"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "caller"
"#;

const NUMBERS: [(&str, &str); 6] = [
    ("+12025550101", "friend"),
    ("+12025550102", "typist"),
    ("+12025550103", "person"),
    ("+12025550104", "robot"),
    ("+12025550105", "paper"),
    ("+12025550106", "taken"),
];

const OURS: &str = "+12025550100";

struct World {
    sim: Running,
    client: Client,
    _stop: tokio_util::sync::DropGuard,
}

impl World {
    async fn new() -> Self {
        Self::speaking(Dialect::Current).await
    }

    async fn speaking(dialect: Dialect) -> Self {
        let mut world = WORLD.to_owned();
        for (number, party) in NUMBERS {
            world += &format!("[[number]]\nmatch = \"{number}\"\nparty = \"{party}\"\n");
        }
        let stop = CancellationToken::new();
        let sim = serve(Options::new(Script::parse(&world).unwrap()), stop.clone()).await.unwrap();
        let client = speaker(dialect, &sim, &["support"]);
        client.ready().await.unwrap();
        // In Blade the contexts come after the login.
        soon(async {
            while client.with_model(|model, _| model.contexts().is_empty()) {
                client.changed().await;
            }
        })
        .await;
        Self { sim, client, _stop: stop.drop_guard() }
    }

    /// A call to one of the parties, answered.
    async fn to(&self, party: &str) -> Call {
        let number = NUMBERS.iter().find(|(_, name)| *name == party).unwrap().0;
        let dialed = soon(self.client.dial(Dial::phone(number, OURS))).await.unwrap();
        assert!(dialed.successful);
        dialed.call
    }

    /// An inbound call, not answered yet.
    async fn offered(&self) -> Call {
        let mut incoming = self.client.incoming();
        self.sim.stage(Stage::Arrive("caller".into()));
        soon(incoming.next()).await.expect("a call")
    }

    fn commands(&self, method: &str) -> usize {
        self.sim.ledger().received().filter(|command| command.method == method).count()
    }
}

fn client(sim: &Running, contexts: &[&str]) -> Client {
    speaker(Dialect::Current, sim, contexts)
}

fn speaker(dialect: Dialect, sim: &Running, contexts: &[&str]) -> Client {
    Client::connect(ClientConfig {
        endpoint: Endpoint::new(&sim.url(), None).unwrap(),
        credentials: Credentials::Token {
            project: Secret::new("project-1"),
            token: Secret::new("PT-canary"),
        },
        contexts: contexts.iter().map(|&name| name.to_owned()).collect(),
        dialect,
    })
}

/// The same story in either dialect: what is said inside the envelopes is one language.
macro_rules! in_both_dialects {
    ($($name:ident)+) => {
        mod current {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Dialect::Current).await;
            })+
        }
        mod blade {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Dialect::Blade).await;
            })+
        }
    };
}

in_both_dialects! {
    an_inbound_call_from_the_offer_to_the_end
    a_call_that_ends_before_the_answer_was_not_answered
    every_reason_to_hang_up
    a_call_passed_on_goes_to_another_client
    dials_that_are_answered_and_dials_that_are_not
    nothing_heard_is_a_recording_that_failed
    detectors_tell_people_machines_keys_and_faxes_apart
    prompts_collect_digits_and_words
    digits_are_sent_all_or_not_at_all
    faxes_are_sent_and_received
    calls_are_bridged_and_parted
    handlers_are_called_in_order_and_taken_off
    the_client_closes_and_everything_with_it
}

/// No wait of this test is for ever.
async fn soon<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}

#[test]
fn every_method_of_the_seed_is_called_here() {
    let seed = "answer hangup dial connect connect_async play play_async play_audio play_audio_async play_silence \
        play_silence_async play_ringtone play_ringtone_async play_tts play_tts_async record record_async detect \
        detect_async detect_answering_machine detect_answering_machine_async amd amd_async detect_digit \
        detect_digit_async detect_fax detect_fax_async prompt prompt_async prompt_audio prompt_audio_async \
        prompt_ringtone prompt_ringtone_async prompt_tts prompt_tts_async send_digits send_digits_async tap tap_async \
        fax_receive fax_receive_async fax_send fax_send_async on off wait_for wait_for_ringing wait_for_answered \
        wait_for_ending wait_for_ended";
    let names: BTreeSet<&str> = seed.split_whitespace().collect();
    assert_eq!(names.len(), 50);
    let source = include_str!("api.rs");
    let missing: Vec<_> = names.iter().filter(|name| !source.contains(&format!(".{name}("))).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

async fn an_inbound_call_from_the_offer_to_the_end(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.offered().await;
    // All 13 properties, and the further ones.
    assert!(!call.id().unwrap().as_str().is_empty());
    assert_eq!(call.call_type().as_deref(), Some("phone"));
    assert_eq!(call.from_number().as_deref(), Some("+12025550123"));
    assert_eq!(call.to_number().as_deref(), Some("+12025550199"));
    assert_eq!(call.timeout(), None);
    assert!(matches!(call.state(), Some(CallState::Created | CallState::Ringing)));
    assert_eq!(call.context().as_deref(), Some("support"));
    assert_eq!(
        (call.active(), call.ended(), call.answered(), call.failed(), call.busy()),
        (true, false, false, false, false)
    );
    assert_eq!(call.direction(), Some(Direction::Inbound));
    assert!(call.node_id().is_some() && call.device().is_some() && call.peer().is_none() && !call.in_doubt());
    assert!(soon(call.wait_for_ringing()).await.unwrap());
    assert_eq!(world.client.call(&call.id().unwrap()).unwrap().id(), call.id());

    let answered = soon(call.answer()).await.unwrap();
    assert!(answered.successful && call.answered());
    assert_eq!(answered.event.unwrap().name, "answered");
    assert_eq!(call.prev_state(), Some(CallState::Ringing));
    assert!(
        soon(call.answer_with(Answer::new().codecs(["PCMU", "OPUS"]))).await.unwrap().successful,
        "it is harmless"
    );
    assert!(soon(call.wait_for_answered()).await.unwrap());
    assert!(soon(call.wait_for(&[CallState::Answered, CallState::Ended])).await.unwrap());

    let waits = tokio::spawn({
        let call = call.clone();
        async move { (call.wait_for_ending().await, call.wait_for_ended().await) }
    });
    let hung_up = soon(call.hangup()).await.unwrap();
    assert!(hung_up.successful);
    assert_eq!((hung_up.reason, hung_up.event.unwrap().name), (EndReason::Hangup, "ended".to_owned()));
    assert_eq!(soon(waits).await.unwrap(), (Ok(true), Ok(true)));
    assert_eq!((call.active(), call.ended(), call.answered()), (false, true, false));
    assert_eq!(call.end_reason(), Some(EndReason::Hangup));
    // Once more is no error, and nothing else can be asked.
    assert!(soon(call.hangup()).await.unwrap().successful);
    assert_eq!(soon(call.play_tts("too late")).await.unwrap_err(), Error::CallOver);
    assert_eq!(world.commands("calling.end"), 1);
}

async fn a_call_that_ends_before_the_answer_was_not_answered(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.offered().await;
    let waiting = tokio::spawn({
        let call = call.clone();
        async move { call.wait_for_answered().await }
    });
    world.sim.stage(Stage::HangUp(call.id().unwrap()));
    assert_eq!(soon(waiting).await.unwrap(), Ok(false));
    assert!(matches!(soon(call.answer()).await, Err(Error::CallOver)));
}

async fn every_reason_to_hang_up(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let reasons = [
        EndReason::Hangup,
        EndReason::Cancel,
        EndReason::Busy,
        EndReason::NoAnswer,
        EndReason::Decline,
        EndReason::Error,
    ];
    for reason in reasons {
        let call = world.offered().await;
        let hung_up = soon(call.hangup_with(Hangup::new().reason(reason.clone()))).await.unwrap();
        assert_eq!((hung_up.reason, call.end_reason()), (reason.clone(), Some(reason.clone())));
        assert_eq!((call.failed(), call.busy()), (reason == EndReason::Error, reason == EndReason::Busy));
    }
    let call = world.offered().await;
    let wrong = soon(call.hangup_with(Hangup::new().reason("tired"))).await;
    assert!(
        matches!(&wrong, Err(Error::Invalid(invalid)) if invalid.to_string().contains("reason")),
        "{wrong:?}"
    );
    assert_eq!(
        soon(world.client.clone().call(&call.id().unwrap()).unwrap().hangup()).await.unwrap().reason,
        EndReason::Hangup
    );
}

async fn a_call_passed_on_goes_to_another_client(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let other = client(&world.sim, &["support"]);
    other.ready().await.unwrap();
    let (mut here, mut there) = (world.client.incoming(), other.incoming());
    world.sim.stage(Stage::Arrive("caller".into()));
    let first = soon(async {
        tokio::select! { call = here.next() => call, call = there.next() => call }
    })
    .await
    .unwrap();
    let id = first.id().unwrap();
    soon(first.pass()).await.unwrap();
    let second = soon(async {
        tokio::select! { call = here.next() => call, call = there.next() => call }
    })
    .await
    .unwrap();
    assert_eq!(second.id().unwrap(), id, "the same call, offered to the other");
    assert!(!first.active() && second.active());
    assert!(soon(second.answer()).await.unwrap().successful);
}

#[tokio::test]
async fn contexts_can_be_taken_and_left() {
    let world = World::new().await;
    world.client.receive(&["sales", "vip"]).await.unwrap();
    world.client.unreceive(&["support", "vip"]).await.unwrap();
    world.client.receive(&[]).await.unwrap();
    let contexts: Vec<_> =
        world.client.with_model(|model, _| model.contexts().iter().map(ToString::to_string).collect());
    assert_eq!(contexts, ["sales"]);
    assert!(matches!(world.client.receive(&[" "]).await, Err(Error::Invalid(_))));
}

async fn dials_that_are_answered_and_dials_that_are_not(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.client.new_call(Dial::phone("+12025550101", OURS));
    assert_eq!((call.id(), call.state(), call.active()), (None, None, false));
    assert_eq!(
        (call.call_type().as_deref(), call.to_number().as_deref()),
        (Some("phone"), Some("+12025550101"))
    );
    assert!(call.tag().is_some());
    assert_eq!(call.play_tts("nobody there").await.unwrap_err(), Error::NotDialed);
    assert!(matches!(call.wait_for_answered().await, Err(Error::NotDialed)));
    let dialed = soon(call.dial()).await.unwrap();
    assert!(dialed.successful && call.answered() && dialed.call.id() == call.id());
    assert_eq!(dialed.event.unwrap().name, "answered");
    assert_eq!((call.direction(), call.from_number().as_deref()), (Some(Direction::Outbound), Some(OURS)));
    assert_eq!(call.dial().await.unwrap_err(), Error::AlreadyDialed);
    assert_eq!(
        world.client.call(&call.id().unwrap()).unwrap().dial().await.unwrap_err(),
        Error::AlreadyDialed
    );
    assert_eq!(world.commands(if dialect == Dialect::Blade { "calling.begin" } else { "calling.dial" }), 1);

    let busy = soon(world.client.dial(Dial::phone("+12025550106", OURS))).await.unwrap();
    assert!(!busy.successful && busy.event.unwrap().name == "failed");
    assert!(soon(busy.call.wait_for_ended()).await.unwrap());
    assert!(busy.call.busy() && !busy.call.failed());
    assert_eq!(busy.call.wait_for_answered().await, Ok(false));

    // Two at once, the first answers; then one after another, the first is busy.
    let phone = |to: &str| Device::phone(to).from(OURS).timeout(20);
    let at_once = Dial::new(vec![vec![phone("+12025550101"), phone("+12025550107")]]);
    assert!(soon(world.client.dial(at_once)).await.unwrap().call.answered());
    let in_turn = Dial::new(vec![vec![phone("+12025550106")], vec![phone("+12025550101")]]).region("us");
    let dialed = soon(world.client.dial(in_turn)).await.unwrap();
    assert_eq!(dialed.call.to_number().as_deref(), Some("+12025550101"));
    assert_eq!(dialed.call.timeout(), Some(20.0));

    let nowhere = world.client.dial(Dial::phone("12", OURS)).await;
    assert!(matches!(nowhere, Err(Error::Invalid(_))), "{nowhere:?}");
}

#[tokio::test]
async fn sounds_are_played_waiting_and_not() {
    let world = World::new().await;
    let call = world.to("friend").await;
    let media = vec![Media::tts("One."), Media::silence(0.1)];
    let played = soon(call.play(Play::new(media.clone()).volume(2))).await.unwrap();
    assert!(played.successful);
    let event = played.event.unwrap();
    assert_eq!((event.name.as_str(), &event.payload["state"]), ("finished", &"finished".into()));
    assert!(soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap().successful);
    assert!(
        soon(call.play_tts(PlayTts::new("Hi").language("en-GB").gender(Gender::Male)))
            .await
            .unwrap()
            .successful
    );
    assert!(soon(call.play_ringtone(PlayRingtone::new("us").duration(0.2))).await.unwrap().successful);
    let unreachable = soon(call.play_audio("https://media.invalid/x.mp3")).await.unwrap();
    assert!(!unreachable.successful && unreachable.event.unwrap().name == "error");

    for action in [
        soon(call.play_async(media)).await.unwrap(),
        soon(call.play_silence_async(PlaySilence::new(30))).await.unwrap(),
        soon(call.play_tts_async("Wait a moment please, this takes a while to say.")).await.unwrap(),
        soon(call.play_ringtone_async("de")).await.unwrap(),
        soon(call.play_audio_async(PlayAudio::new("https://media.example.com/hold.mp3").loops(0)))
            .await
            .unwrap(),
    ] {
        assert!(!action.completed() && !action.control_id().as_str().is_empty());
        assert!(action.payload()["play"].is_array());
        assert!(soon(action.stop()).await.unwrap().successful);
        let played = soon(action.wait()).await.unwrap();
        assert_eq!(
            (played.successful, action.completed(), action.state().as_str()),
            (true, true, "finished")
        );
        assert_eq!(action.result().unwrap(), played);
        assert!(!soon(action.stop()).await.unwrap().successful, "there is nothing to stop any more");
        assert!(call.active());
    }

    let action = soon(call.play_audio_async("https://media.example.com/hold.mp3")).await.unwrap();
    assert!(soon(action.pause()).await.unwrap().successful);
    until(|| action.state() == "paused").await;
    assert!(!action.completed(), "a pause is no end");
    let volume = soon(action.volume(-3.5)).await.unwrap();
    assert_eq!((volume.successful, volume.code.as_str()), (true, "200"));
    assert!(matches!(action.volume(50.0).await, Err(Error::Invalid(_))));
    assert!(soon(action.resume()).await.unwrap().successful);
    until(|| action.state() == "playing").await;
    // The end of the call is the end of what runs on it.
    let end = tokio::spawn({
        let action = action.clone();
        async move { action.wait().await }
    });
    soon(call.hangup()).await.unwrap();
    let cut = soon(end).await.unwrap().unwrap();
    assert!(action.completed());
    assert_eq!(action.result().unwrap().successful, cut.successful || action.state() == "finished");
}

/// Waits for something that a later event brings.
async fn until(mut so: impl FnMut() -> bool) {
    let since = tokio::time::Instant::now();
    while !so() {
        assert!(since.elapsed() < Duration::from_secs(20), "in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn recordings_have_an_address_a_length_and_a_size() {
    let world = World::new().await;
    let call = world.to("friend").await;
    let params = Record::new()
        .beep(true)
        .stereo(true)
        .record_format(RecordFormat::Wav)
        .max_length(1)
        .initial_timeout(0);
    let recorded =
        soon(call.record(params.end_silence_timeout(0).direction(AudioDirection::Both))).await.unwrap();
    assert!(recorded.successful && recorded.url.unwrap().ends_with(".wav"));
    assert!((0.9..1.2).contains(&recorded.duration.unwrap()) && recorded.size.unwrap() > 30_000.0);
    assert_eq!(recorded.event.unwrap().name, "finished");

    let action = soon(call.record_async(Record::conversation())).await.unwrap();
    assert!(action.url().unwrap().starts_with("https://"));
    for behavior in [PauseBehavior::Skip, PauseBehavior::Silence] {
        assert!(soon(action.pause(behavior)).await.unwrap().successful);
        until(|| action.state() == "paused").await;
        assert!(soon(action.resume()).await.unwrap().successful);
        until(|| action.state() == "recording").await;
    }
    assert!(soon(action.stop()).await.unwrap().successful);
    let recorded = soon(action.wait()).await.unwrap();
    assert_eq!(recorded.url, action.url());

    // What is still being recorded at the end gets its length shortly after it.
    let action = soon(call.record_async(Record::conversation())).await.unwrap();
    soon(call.hangup()).await.unwrap();
    until(|| action.result().is_some_and(|result| result.successful)).await;
    assert!(action.result().unwrap().duration.is_some());
}

async fn nothing_heard_is_a_recording_that_failed(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.offered().await;
    soon(call.answer()).await.unwrap();
    let recorded = soon(call.record(Record::new().initial_timeout(0.2))).await.unwrap();
    assert!(!recorded.successful && recorded.event.unwrap().name == "no_input");
}

async fn detectors_tell_people_machines_keys_and_faxes_apart(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let quick =
        || DetectAnsweringMachine::new().end_silence_timeout(0.2).machine_voice_threshold(0.8).timeout(10);
    let (person, robot) = tokio::join!(world.to("person"), world.to("robot"));
    let (human, machine) = tokio::join!(person.amd(quick()), robot.detect_answering_machine(quick()));
    let (human, machine) = (human.unwrap(), machine.unwrap());
    assert!(human.successful && human.result == "HUMAN" && human.detect_type == "machine");
    assert!(machine.successful && machine.result == "MACHINE" && !machine.beep);
    assert_eq!(machine.event.unwrap().payload["type"], "machine");
    // The detector of the machine was stopped: its answer was known.
    until(|| world.commands("calling.detect.stop") == 1).await;

    let robot = world.to("robot").await;
    let action = soon(robot.detect_answering_machine_async(quick())).await.unwrap();
    let beep = soon(robot.amd(quick().wait_for_beep(true))).await.unwrap();
    assert!(beep.successful && beep.result == "MACHINE" && beep.beep);
    let all = soon(action.wait()).await.unwrap();
    assert_eq!(all.heard, ["MACHINE", "READY"]);
    assert!(all.successful && all.heard.join(",") == "MACHINE,READY");
    let again = soon(robot.amd_async(quick())).await.unwrap();
    assert!(soon(again.stop()).await.unwrap().successful);
    assert!(!soon(again.wait()).await.unwrap().successful);

    let (typist, other) = tokio::join!(world.to("typist"), world.to("typist"));
    let (digit, detected) = tokio::join!(
        typist.detect_digit(DetectDigit::new().digits("42").timeout(5)),
        other.detect(Detect::new(DetectType::Digit).timeout(5)),
    );
    assert_eq!((digit.unwrap().result, detected.unwrap().result), ("4".to_owned(), "4".to_owned()));
    let typist = world.to("typist").await;
    let (keys, any) = (
        soon(typist.detect_digit_async(DetectDigit::new().timeout(3))).await.unwrap(),
        soon(typist.detect_async(Detect::new("digit").timeout(3))).await.unwrap(),
    );
    assert_eq!(soon(keys.wait()).await.unwrap().heard, ["4", "2"]);
    assert_eq!(soon(any.wait()).await.unwrap().heard.join(","), "4,2");

    let paper = world.to("paper").await;
    let fax = soon(paper.detect_fax_async(DetectFax::new().tone(Tone::Ced).timeout(8))).await.unwrap();
    let heard = soon(paper.detect_fax(DetectFax::new().timeout(8))).await.unwrap();
    assert!(heard.successful && heard.result == "CED" && heard.detect_type == "fax");
    assert!(soon(fax.wait()).await.unwrap().successful);

    let nothing = soon(paper.detect_digit(DetectDigit::new().timeout(0.2))).await.unwrap();
    assert_eq!((nothing.successful, nothing.result.as_str()), (false, "finished"));
}

async fn prompts_collect_digits_and_words(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.to("friend").await;
    let say = || vec![Media::silence(0.1)];
    let typed =
        soon(call.prompt(Prompt::new(InputType::Digits, say()).digits_max(9).digits_terminators("#")))
            .await
            .unwrap();
    assert!(typed.successful);
    assert_eq!(
        (typed.prompt_type.as_str(), typed.result.as_deref(), typed.terminator.as_deref()),
        ("digit", Some("1234"), Some("#"))
    );
    assert_eq!(typed.event.unwrap().payload["type"], "digit");
    let said = soon(call.prompt_tts(PromptTts::new(InputType::Speech, "Well?").end_silence_timeout(0.1)))
        .await
        .unwrap();
    assert_eq!((said.prompt_type.as_str(), said.result.as_deref()), ("speech", Some("yes please")));
    assert!(said.confidence.is_some());
    let tone =
        PromptRingtone::new(InputType::Digits, "us").duration(0.1).digits_max(9).digits_terminators("#");
    assert_eq!(soon(call.prompt_ringtone(tone.clone())).await.unwrap().result.as_deref(), Some("1234"));
    let sound = || {
        PromptAudio::new(InputType::Both, "https://media.example.com/menu.mp3")
            .digits_max(9)
            .digits_terminators("#")
    };
    let action = soon(call.prompt_audio_async(sound())).await.unwrap();
    assert!(soon(action.volume(3.0)).await.unwrap().successful);
    assert!(soon(action.stop()).await.unwrap().successful);
    let stopped = soon(action.wait()).await.unwrap();
    assert_eq!(
        (stopped.successful, action.completed(), stopped.prompt_type.as_str()),
        (false, true, "no_input")
    );
    let action = soon(call.prompt_async(Prompt::new("digits", say()).digits_max(9).digits_terminators("#")))
        .await
        .unwrap();
    assert!(action.payload()["collect"]["digits"]["max"] == 9);
    let result = soon(action.wait()).await.unwrap();
    assert_eq!((result.result.as_deref(), action.state().as_str()), (Some("1234"), "digit"));
    let action =
        soon(call.prompt_tts_async(PromptTts::new("digits", "Hm?").digits_max(9).digits_terminators("#")))
            .await
            .unwrap();
    assert_eq!(soon(action.wait()).await.unwrap().result.as_deref(), Some("1234"));
    let action = soon(call.prompt_ringtone_async(tone)).await.unwrap();
    assert_eq!(soon(action.wait()).await.unwrap().result.as_deref(), Some("1234"));
    let failed = tokio::spawn({
        let call = call.clone();
        async move { call.prompt_audio(sound().initial_timeout(0.1)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    soon(call.hangup()).await.unwrap();
    assert!(!soon(failed).await.unwrap().unwrap().successful, "the call ended");
    let missing = world.to("friend").await.prompt_tts(PromptTts::new(InputType::Digits, "How many?")).await;
    assert!(
        matches!(&missing, Err(Error::Invalid(invalid)) if invalid.to_string().contains("digits_max")),
        "{missing:?}"
    );
}

#[tokio::test]
async fn input_is_collected_without_a_sound() {
    let world = World::new().await;
    let call = world.to("friend").await;
    let collected =
        soon(call.collect(
            Collect::new(InputType::Digits).digits_max(9).digits_terminators("#").initial_timeout(5),
        ))
        .await
        .unwrap();
    assert!(collected.successful);
    assert_eq!((collected.collect_type.as_str(), collected.result.as_deref()), ("digit", Some("1234")));
    let action = soon(call.collect_async(Collect::new("digits").digits_max(9).start_input_timers(false)))
        .await
        .unwrap();
    assert!(soon(action.start_input_timers()).await.unwrap().successful);
    assert!(soon(action.stop()).await.unwrap().successful);
    soon(action.wait()).await.unwrap();
    assert!(action.completed() && action.result().is_some());
}

async fn digits_are_sent_all_or_not_at_all(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.to("friend").await;
    assert!(soon(call.send_digits("1w#")).await.unwrap().successful);
    let action = soon(call.send_digits_async(SendDigits::new("ab"))).await.unwrap();
    assert_eq!(action.payload()["digits"], "AB");
    assert!(soon(action.wait()).await.unwrap().successful);
    assert_eq!((action.state().as_str(), action.completed()), ("finished", true));
    assert!(matches!(call.send_digits("12x").await, Err(Error::Invalid(_))));
    assert_eq!(world.commands("calling.send_digits"), 2);
}

#[tokio::test]
async fn media_are_tapped_and_streamed_until_stopped() {
    let world = World::new().await;
    let call = world.to("friend").await;
    let action =
        soon(call.tap_async(Tap::rtp(AudioDirection::Both, "8.8.8.8", 4_000).codec("PCMU"))).await.unwrap();
    assert!(action.source_device().unwrap().params.contains_key("port"));
    until(|| action.state() == "tapping").await;
    assert!(soon(action.stop()).await.unwrap().successful);
    let tapped = soon(action.wait()).await.unwrap();
    assert!(tapped.successful && tapped.tap.is_some() && tapped.source_device == action.source_device());
    assert_eq!(tapped.destination_device.unwrap().params["addr"], "8.8.8.8");

    let action =
        soon(call.stream_async(Stream::new("wss://media.example.com").track(Track::Both).name("ear")))
            .await
            .unwrap();
    until(|| action.state() == "streaming").await;
    assert!(soon(action.stop()).await.unwrap().successful);
    assert!(soon(action.wait()).await.unwrap().successful);

    // Waiting for what ends with the call only.
    let (tap, stream) = (call.clone(), call.clone());
    let tap = tokio::spawn(async move { tap.tap(Tap::ws("listen", "wss://media.example.com")).await });
    let stream = tokio::spawn(async move { stream.stream("wss://media.example.com").await });
    until(|| world.client.with_model(|model, _| model.my_running().count()) == 2).await;
    soon(call.hangup()).await.unwrap();
    assert!(soon(tap).await.unwrap().is_ok() && soon(stream).await.unwrap().is_ok());
}

async fn faxes_are_sent_and_received(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.to("paper").await;
    let document = "https://files.example.com/offer.pdf";
    let sent =
        soon(call.fax_send(FaxSend::new(document).identity(OURS).header("Example Ltd"))).await.unwrap();
    assert!(sent.successful);
    assert_eq!(
        (sent.direction.as_deref(), sent.identity.as_deref(), sent.pages),
        (Some("send"), Some(OURS), Some(2.0))
    );
    assert!(sent.remote_identity.is_some() && sent.document.is_some());
    assert_eq!(sent.event.unwrap().payload["type"], "finished");
    let received = soon(call.fax_receive(FaxReceive::new())).await.unwrap();
    assert_eq!((received.successful, received.direction.as_deref()), (true, Some("receive")));
    for action in [
        soon(call.fax_send_async(document)).await.unwrap(),
        soon(call.fax_receive_async(FaxReceive::new())).await.unwrap(),
    ] {
        assert!(soon(action.stop()).await.unwrap().successful);
        soon(action.wait()).await.unwrap();
        assert!(action.completed());
    }
}

async fn calls_are_bridged_and_parted(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.offered().await;
    soon(call.answer()).await.unwrap();
    let connected = soon(call.connect(Connect::phone("+12025550101").ringback(vec![Media::ringtone("us")])))
        .await
        .unwrap();
    assert!(connected.successful && connected.event.unwrap().name == "connected");
    let peer = connected.call.unwrap();
    assert_eq!((call.peer().unwrap().id(), peer.peer().unwrap().id()), (peer.id(), call.id()));
    assert_eq!(peer.from_number().as_deref(), Some("+12025550123"), "that of the originating call");
    let again = soon(call.connect(Connect::phone("+12025550101"))).await;
    assert!(matches!(&again, Err(Error::Refused { code, .. }) if code == "409"), "{again:?}");
    let parted = soon(call.disconnect()).await.unwrap();
    assert!(parted.successful && parted.event.unwrap().name == "disconnected");
    assert!(call.peer().is_none() && peer.peer().is_none() && call.answered() && peer.active());

    let action = soon(call.connect_async(Connect::phone("+12025550106"))).await.unwrap();
    assert!(action.payload()["devices"].is_array() && !action.control_id().as_str().is_empty());
    let failed = soon(action.wait()).await.unwrap();
    assert_eq!((failed.successful, action.completed(), action.state().as_str()), (false, true, "failed"));
    assert!(action.result().unwrap().call.is_none() && action.call().id() == call.id());
}

async fn handlers_are_called_in_order_and_taken_off(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.offered().await;
    let said = Arc::new(Mutex::new(Vec::<String>::new()));
    let note = |name: &'static str| {
        let said = said.clone();
        move |call: &Call, event: &callboard::calling::CallEvent| {
            let state = call.state().unwrap();
            said.lock().unwrap().push(format!(
                "{name} {} {state} {}",
                event.name,
                event.payload["event_type"].is_string()
            ));
        }
    };
    let (first, twice) = (Handler::new(note("first")), Handler::new(note("twice")));
    call.on_handler("answered", &first)
        .on("stateChange", note("any"))
        .on_handler("answered", &twice)
        .on_handler("answered", &twice)
        .on("calling.call.state", note("wire"))
        .on("play.stateChange", note("play"))
        .on("play.finished", note("play"))
        .on("ended", |_, _| panic!("a handler of its own problem"))
        .on("ended", note("end"));
    call.off("answered", Some(&first)).off("nothing", None);
    soon(call.answer()).await.unwrap();
    soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap();
    call.off("play.stateChange", None);
    soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap();
    soon(call.hangup()).await.unwrap();
    until(|| said.lock().unwrap().iter().any(|line| line.starts_with("end "))).await;
    let mut said = said.lock().unwrap().clone();
    // Handlers run beside the call, which may be further on by then.
    said.iter_mut().for_each(|line| *line = line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    said.retain(|line| {
        !line.ends_with("stateChange") && !line.starts_with("wire") || line.starts_with("play")
    });
    assert_eq!(
        said,
        [
            "twice answered",
            "twice answered",
            "play play.stateChange",
            "play play.stateChange",
            "play play.finished",
            "play play.finished",
            "end ended"
        ]
    );
}

#[tokio::test]
async fn what_ended_while_the_link_was_lost_ends_every_wait_after_it() {
    let world = World::new().await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let call = world.offered().await;
        soon(call.answer()).await.unwrap();
        let play = soon(call.play_silence_async(PlaySilence::new(600))).await.unwrap();
        calls.push((call, play));
    }
    let mut waits = Vec::new();
    for (call, play) in &calls[..10] {
        let (call, play) = (call.clone(), play.clone());
        waits.push(tokio::spawn(async move { (call.wait_for_ended().await, play.wait().await.unwrap()) }));
    }
    world.sim.stage(Stage::Cut);
    for (call, _) in calls.iter().take(10) {
        world.sim.stage(Stage::HangUp(call.id().unwrap()));
    }
    until(|| calls.iter().all(|(call, _)| call.in_doubt())).await;
    for wait in waits {
        assert_eq!(soon(wait).await.unwrap().0, Ok(true));
    }
    let live = world.sim.look(|sim| sim.calls().count());
    assert_eq!((live, world.client.with_model(|model, _| model.live())), (10, 10));
    for (call, play) in &calls[10..] {
        assert!(call.active() && !play.completed());
        // Nobody knows whether these still exist until they are heard of: any accepted command tells.
        assert!(soon(play.stop()).await.unwrap().successful && !call.in_doubt());
    }
    // Nothing was done twice over all this.
    let ledger = world.sim.ledger();
    assert!(ledger.received().all(|command| command.copies == 1 && command.executed == 1));
}

async fn the_client_closes_and_everything_with_it(dialect: Dialect) {
    let world = World::speaking(dialect).await;
    let call = world.to("friend").await;
    let action = soon(call.play_silence_async(PlaySilence::new(60))).await.unwrap();
    let waits = tokio::spawn({
        let (call, action) = (call.clone(), action.clone());
        async move { (call.wait_for_ended().await, action.wait().await.map(|_| ())) }
    });
    let mut incoming = world.client.incoming();
    soon(world.client.disconnect()).await;
    assert_eq!(soon(waits).await.unwrap(), (Err(Error::Closed), Err(Error::Closed)));
    assert!(soon(incoming.next()).await.is_none());
    assert!(matches!(soon(call.hangup()).await, Err(Error::NotSent(_))));
    assert!(call.answered() && !action.completed(), "the call goes on at the service, for all we know");
    assert_eq!(world.sim.ledger().unacked().count(), 0);
}
