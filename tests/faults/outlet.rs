//! The writing half of a line: turns what the world says, or a test past it, into messages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use callboard::sim::Output;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};

use crate::line::Fate;

/// What goes out on a line.
pub enum Put {
    World(Output),
    /// Past the world, as a message or a bare frame.
    Raw(Message),
}

/// Writes what a line has to say, to its end.
pub async fn write(
    mut sink: SplitSink<WebSocketStream<DuplexStream>, Message>,
    mut outputs: mpsc::Receiver<Put>,
    fate: &Fate,
) {
    while let Some(output) = outputs.recv().await {
        let output = match output {
            Put::World(output) => output,
            Put::Raw(message) => {
                if sink.send(message).await.is_err() {
                    return;
                }
                continue;
            }
        };
        let (message, last) = match output {
            Output::Send { text, .. } => (Message::text(text), false),
            Output::SendMany { frames, .. } => {
                for text in frames.iter() {
                    if sink.send(Message::text(text.to_owned())).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            Output::SendBinary { bytes, .. } => (Message::binary(bytes), false),
            Output::Ping { .. } => (Message::Ping(Vec::new().into()), false),
            Output::SendHalf { text, .. } => {
                (Message::Frame(Frame::message(text, OpCode::Data(Data::Text), false)), false)
            }
            Output::Close { code, .. } => {
                (Message::Close(Some(CloseFrame { code: code.into(), reason: "as asked".into() })), true)
            }
            Output::Cut { .. } => {
                let _ = sink.flush().await;
                return fate.reset.store(true, Ordering::Relaxed);
            }
        };
        if sink.feed(message).await.is_err() || ((last || outputs.is_empty()) && sink.flush().await.is_err())
        {
            return;
        }
        if last {
            return sleep(Duration::from_secs(2)).await;
        }
    }
}
