//! The least any client must do, in a process of its own: read, parse into a tree, acknowledge.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{OptionExt, Result, bail};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The first argument of such a process.
pub const WORD: &str = "bare-loop";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A process that is ended with its handle.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this very program as a bare loop: `ack` answers every event, `count` only counts.
pub fn start(url: &str, how: &str) -> Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    Ok(Process(command.args([WORD, how, url]).stdout(Stdio::null()).spawn()?))
}

/// The process itself.
pub fn child(mut words: impl Iterator<Item = String>) -> Result<()> {
    let (how, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (sink, source) = login(&url).await?;
        if how == "count" { count(source).await } else { answer(sink, source).await }
    })
}

/// A socket that is logged in.
pub async fn login(url: &str) -> Result<(SplitSink<Socket, Message>, SplitStream<Socket>)> {
    let (mut socket, _) = connect_async(url).await?;
    let login = json!({"jsonrpc":"2.0","id":"login","method":"signalwire.connect","params":{
        "version":{"major":2,"minor":0,"revision":0},"agent":"bare","event_acks":true,
        "authentication":{"project":"bare-project","token":"bare-token"},"contexts":["flood"]}});
    socket.send(Message::text(login.to_string())).await?;
    while let Some(message) = socket.next().await {
        let frame: Value = serde_json::from_str(message?.to_text()?)?;
        if frame["id"] == "login" {
            return if frame.get("error").is_none() { Ok(socket.split()) } else { bail!("refused: {frame}") };
        }
    }
    bail!("closed")
}

async fn count(mut source: SplitStream<Socket>) -> Result<()> {
    let (mut begun, mut frames) = (Instant::now(), 0u64);
    while let Some(message) = source.next().await {
        message?;
        frames += 1;
        if frames.is_multiple_of(100_000) {
            let rate = 100_000.0 / begun.elapsed().as_secs_f64();
            writeln!(std::io::stderr(), "{rate:.0} frames/s reach a reader that only counts")?;
            begun = Instant::now();
        }
    }
    Ok(())
}

/// The acknowledgement of an event; none of an answer.
fn ack(text: &str) -> Result<Option<Message>> {
    let frame: Value = serde_json::from_str(text)?;
    Ok(frame.get("method").is_some().then(|| {
        let id = frame["id"].as_str().unwrap_or_default();
        Message::text(format!(r#"{{"jsonrpc":"2.0","id":"{id}","result":{{}}}}"#))
    }))
}

async fn answer(mut sink: SplitSink<Socket, Message>, mut source: SplitStream<Socket>) -> Result<()> {
    while let Some(message) = source.next().await {
        let mut next = Some(message?);
        while let Some(message) = next {
            if let Message::Text(text) = &message
                && let Some(ack) = ack(text)?
            {
                sink.feed(ack).await?;
            }
            next = source.next().now_or_never().flatten().transpose()?;
        }
        sink.flush().await?;
    }
    Ok(())
}

/// Commands per second with so many in flight.
pub async fn commands(url: &str, calls: usize, flights: usize, span: Duration) -> Result<f64> {
    let (mut sink, mut source) = login(url).await?;
    let calls = answered(&mut sink, &mut source, calls).await?;
    let (mut pending, mut next, mut done) = (HashMap::new(), 0usize, 0u64);
    let begun = Instant::now();
    while begun.elapsed() < span {
        while pending.len() < flights {
            let (call, node) = &calls[next % calls.len()];
            let id = uuid();
            let params = json!({"node_id":node,"call_id":call,"control_id":uuid(),
                "play":[{"type":"tts","params":{"text":"one moment please"}}]});
            let frame = json!({"jsonrpc":"2.0","id":id,"method":"calling.play","params":params});
            pending.insert(id, next);
            next += 1;
            sink.feed(Message::text(frame.to_string())).await?;
        }
        sink.flush().await?;
        let mut message = Some(source.next().await.ok_or_eyre("closed")??);
        while let Some(Message::Text(text)) = &message {
            match ack(text)? {
                Some(ack) => sink.feed(ack).await?,
                None => {
                    let frame: Value = serde_json::from_str(text)?;
                    let known = frame["id"].as_str().and_then(|id| pending.remove(id));
                    if known.is_none() || frame["result"]["code"] != "200" {
                        bail!("not an answer to a command: {text}");
                    }
                    done += 1;
                }
            }
            message = source.next().now_or_never().flatten().transpose()?;
        }
    }
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

/// So many calls, by id and node, once the last of them is answered.
async fn answered(
    sink: &mut SplitSink<Socket, Message>,
    source: &mut SplitStream<Socket>,
    calls: usize,
) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    while found.len() < calls {
        let message = source.next().await.ok_or_eyre("closed")??;
        let Message::Text(text) = &message else { continue };
        if let Some(ack) = ack(text)? {
            sink.send(ack).await?;
        }
        let frame: Value = serde_json::from_str(text)?;
        let body = &frame["params"]["params"];
        if body["call_state"] == "answered" {
            let named = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
            found.push((named("call_id"), named("node_id")));
        }
    }
    Ok(found)
}

fn uuid() -> String {
    callboard::protocol::id::IdSource::Random.next()
}
