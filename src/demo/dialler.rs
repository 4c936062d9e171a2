//! A dialler: calls people, finds out whether a person answers, speaks to people and leaves machines a message.

use std::time::Duration;

use crate::calling::params::{DetectAnsweringMachine, Dial, InputType, PlayTts, PromptTts, Record};
use crate::calling::{Call, Client, Error};

/// The number it calls from.
const FROM: &str = "+18005550102";
/// Between two dials.
const PACE: Duration = Duration::from_secs(4);
/// At the same time at most.
const AT_ONCE: usize = 8;

/// Dials until the client is closed.
pub(super) async fn run(client: Client) {
    let room = std::sync::Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let mut number = fastrand::u32(..);
    while client.ready().await.is_ok() {
        // It is never closed.
        let Ok(seat) = room.clone().acquire_owned().await else { return };
        number = number.wrapping_add(37);
        let call = client.new_call(Dial::phone(&format!("+1303555{:04}", number % 10_000), FROM));
        tokio::spawn(async move {
            let _seat = seat;
            if let Err(error) = reach(&call).await {
                tracing::debug!(%error, "the dialler lost its call");
            }
        });
        tokio::time::sleep(PACE).await;
    }
}

async fn reach(call: &Call) -> Result<(), Error> {
    if !call.dial().await?.successful {
        return Ok(());
    }
    call.record_async(Record::conversation().terminators("")).await?;
    let heard = call.amd(DetectAnsweringMachine::new().wait_for_beep(true).timeout(40)).await?;
    match heard.result.as_str() {
        "HUMAN" => talk(call).await?,
        "MACHINE" => {
            call.play_tts(PlayTts::new("This is Example. Your contract ends soon. Please call us back."))
                .await?;
        }
        _ => {}
    }
    call.hangup().await.map(drop)
}

async fn talk(call: &Call) -> Result<(), Error> {
    let question =
        PromptTts::new(InputType::Digits, "Hello, this is Example. To renew your contract press one.");
    let answer = call.prompt_tts(question.digits_max(1).digits_terminators("#").initial_timeout(8)).await?;
    let words = match answer.result.as_deref() {
        Some("1") => "Thank you. Your contract is renewed for a year, on the same terms as before.",
        _ => "Then we will try again another day.",
    };
    call.play_tts(PlayTts::new(words)).await?;
    tokio::time::sleep(Duration::from_secs(20)).await;
    Ok(())
}
