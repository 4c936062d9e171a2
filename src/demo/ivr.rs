//! A menu that answers the calls of its contexts: it greets, records, asks what is wanted, and keeps the caller company.

use crate::calling::params::{InputType, PlayTts, PromptTts, Record};
use crate::calling::{Call, Client, Error};

/// Where music comes from.
const MUSIC: &str = "https://media.example.com/hold.mp3";
/// Songs after which a caller has waited long enough.
const SONGS: usize = 20;

/// Takes calls until the client is closed.
pub(super) async fn run(client: Client) {
    let mut incoming = client.incoming();
    while let Some(call) = incoming.next().await {
        tokio::spawn(async move {
            // The caller has hung up, most likely; a supervisor may have.
            if let Err(error) = serve(&call).await {
                tracing::debug!(%error, "the menu lost its caller");
            }
        });
    }
}

async fn serve(call: &Call) -> Result<(), Error> {
    if !call.answer().await?.successful {
        return Ok(());
    }
    call.record_async(Record::conversation().terminators("")).await?;
    call.play_tts(PlayTts::new("Welcome to Example. This call is recorded.")).await?;
    let question = PromptTts::new(InputType::Digits, "For an agent press one. For your order press two.");
    let answer = call.prompt_tts(question.digits_max(1).digits_terminators("#").initial_timeout(6)).await?;
    match answer.result.as_deref() {
        Some("1") => hold(call, "All agents are busy. Please stay on the line.").await,
        Some(_) => hold(call, "Your order leaves today. Somebody will tell you more in a moment.").await,
        None => {
            call.play_tts(PlayTts::new("We did not hear you. Goodbye.")).await?;
            call.hangup().await.map(drop)
        }
    }
}

/// Music until somebody takes care of the caller, or too much of it.
async fn hold(call: &Call, words: &str) -> Result<(), Error> {
    call.play_tts(PlayTts::new(words)).await?;
    for _ in 0..SONGS {
        if !call.play_audio(MUSIC).await?.successful && call.ended() {
            return Ok(());
        }
    }
    call.hangup().await.map(drop)
}
