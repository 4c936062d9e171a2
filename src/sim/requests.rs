//! Frames from clients: acknowledgements, and requests with their answers, faults included.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::blade::MASTER;
use super::faults::RequestFate;
use super::ledger::Received;
use super::session::SessionKey;
use super::world::{ClientId, Due, Output, World};
use crate::protocol::Dialect;
use crate::protocol::calling::{BadParams, Command};
use crate::protocol::dialect::{Executed, Meaning, Nodes};
use crate::protocol::frame::{self, Frame, RpcError, code};
use crate::protocol::id::RequestId;

/// What a request gets: a result, or a JSON-RPC error.
pub(super) type Answer = Result<Value, RpcError>;

/// Why a command is refused by a code in its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub code: &'static str,
    pub message: &'static str,
}

/// Shorthand for a refusal.
pub(super) const fn refused<T>(code: &'static str, message: &'static str) -> Result<T, Refused> {
    Err(Refused { code, message })
}

/// Whether a result says that the command was taken.
fn is_success(result: &Value) -> bool {
    result.get("code").and_then(Value::as_str).is_some_and(|code| code.starts_with('2'))
}

fn params_of<'a>(command: &Executed<'a>) -> &'a str {
    command.params.map_or("{}", RawValue::get)
}

/// A JSON-RPC error.
pub(super) fn rpc_error(code: i64, message: &str) -> RpcError {
    RpcError { code, message: message.to_owned() }
}

impl World {
    /// Takes a text from a client. Whatever is no frame is counted, and that is all.
    pub(super) fn receive(&mut self, client: ClientId, text: &str) {
        if self.clients.get(&client).is_none_or(|client| client.closed) {
            return;
        }
        match Frame::parse(text) {
            Ok(Frame::Request { id: Some(id), method, params }) => {
                let Some(state) = self.clients.get_mut(&client) else { return };
                let dialect = *state.dialect.get_or_insert_with(|| Dialect::of(&method));
                let asked = dialect.meaning(&method, params);
                self.request(client, dialect, id, &method, &asked);
            }
            Ok(Frame::Response { id, .. } | Frame::Refusal { id, .. }) => {
                self.answered(client, id.as_ref().map(RequestId::as_str));
            }
            Ok(Frame::Request { id: None, .. }) | Err(_) => self.ledger_mut().counts.bad_frames += 1,
        }
    }

    fn answered(&mut self, client: ClientId, id: Option<&str>) {
        let key = self.clients.get(&client).and_then(|client| client.session);
        let session = key.and_then(|key| self.sessions.get_mut(&key));
        let released = session.zip(id).and_then(|(session, id)| session.release(id));
        match released {
            Some((None, acked)) => self.ledger_mut().counts.acked(acked),
            Some((Some(entry), acked)) => {
                let at = self.now.at.as_micros();
                self.ledger_mut().acked(entry, acked, at);
            }
            // Answers to our pings and disconnects carry ids with these prefixes.
            None if id.is_some_and(|id| id.starts_with("ping-") || id.starts_with("disconnect-")) => {}
            None => self.ledger_mut().counts.stray_answers += 1,
        }
        self.flood_acked();
    }

    fn request(
        &mut self,
        client: ClientId,
        dialect: Dialect,
        id: &RawValue,
        method: &str,
        asked: &Meaning<'_>,
    ) {
        let command = match asked {
            Meaning::Command(command) | Meaning::Contexts { command, .. } => {
                self.note_command(client, id, command)
            }
            _ => None,
        };
        // What has no name in the calling language goes by its own.
        let name = if asked.name().is_empty() { method } else { asked.name() };
        let fate = self.request_fate(client, name);
        let answer = match &fate {
            RequestFate::Deaf => return,
            RequestFate::Cut => return self.put(Output::Cut { client }),
            RequestFate::Closed(code) => return self.put(Output::Close { client, code: *code }),
            RequestFate::Refused { code, message } => Ok(json!({ "code": code, "message": message })),
            RequestFate::Error(error) => Err(error.clone()),
            RequestFate::Normal
            | RequestFate::Late(_)
            | RequestFate::Silent
            | RequestFate::Twice
            | RequestFate::CutAfterExecuting
            | RequestFate::CutAfterReply
            | RequestFate::HalfReply => {
                let answer = self.answer(client, dialect, asked);
                if answer.as_ref().is_ok_and(is_success) {
                    let entry = command.and_then(|number| self.ledger_mut().received_entry(number));
                    entry.into_iter().for_each(|entry| entry.executed += 1);
                }
                answer
            }
        };
        let text = self.answer_text(client, dialect, id, asked, &answer);
        self.reply(client, text, &answer, &fate, command);
    }

    /// In Blade what is executed is answered in an envelope, too.
    fn answer_text(
        &self,
        client: ClientId,
        dialect: Dialect,
        id: &RawValue,
        asked: &Meaning<'_>,
        answer: &Answer,
    ) -> String {
        let executed = matches!(asked, Meaning::Setup(_) | Meaning::Contexts { .. } | Meaning::Command(_));
        let requester = self.clients.get(&client).map_or("", |client| &client.nodeid);
        match answer {
            Ok(result) if executed => dialect.answer(id, Nodes { requester, responder: MASTER }, result),
            Ok(result) => frame::response(id, result),
            Err(error) => frame::refusal(id, error),
        }
    }

    fn answer(&mut self, client: ClientId, dialect: Dialect, asked: &Meaning<'_>) -> Answer {
        match asked {
            Meaning::Login(params) => return self.login(client, dialect, *params),
            Meaning::Setup(params) => return self.blade_setup(client, *params),
            // The Go SDK takes its leave so.
            Meaning::Disconnect(_) if dialect == Dialect::Blade => {
                self.after(0.0, Due::Close(client, 1000));
                return Ok(json!({}));
            }
            Meaning::Broken(why) => {
                return Err(rpc_error(code::INVALID_PARAMS, &format!("Invalid params: {why}")));
            }
            _ => {}
        }
        let Some(session) = self.clients.get(&client).and_then(|client| client.session) else {
            return Err(rpc_error(code::REQUESTER_VALIDATION_FAILED, "Requester validation failed"));
        };
        match asked {
            Meaning::Ping(params) => Ok(self.pong(params.map_or("{}", RawValue::get))),
            Meaning::Subscription(params) => self.blade_subscription(session, *params),
            Meaning::Contexts { command, .. } | Meaning::Command(command)
                if self.is_misaddressed(session, command) =>
            {
                Err(rpc_error(code::INVALID_PARAMS, "Invalid params: no such protocol"))
            }
            Meaning::Contexts { add: true, command } => Ok(self.subscribe(session, params_of(command))),
            Meaning::Contexts { add: false, command } => Ok(self.unsubscribe(session, params_of(command))),
            Meaning::Command(command) => match Command::parse(&command.method, params_of(command)) {
                Ok(command) => Ok(self
                    .execute(Some(session), &command)
                    .unwrap_or_else(|refused| json!({ "code": refused.code, "message": refused.message }))),
                Err(BadParams::UnknownMethod) => Err(rpc_error(code::METHOD_NOT_FOUND, "Method not found")),
                Err(why @ (BadParams::Shape(_) | BadParams::Field { .. })) => {
                    Ok(json!({ "code": "400", "message": format!("Bad request: {why}") }))
                }
            },
            _ => Err(rpc_error(code::METHOD_NOT_FOUND, "Method not found")),
        }
    }

    /// Whether a command goes to an address that is not the session's own.
    fn is_misaddressed(&self, session: SessionKey, command: &Executed<'_>) -> bool {
        let ours = self.sessions.get(&session).map(|session| &*session.protocol);
        command.protocol.is_some() && command.protocol.as_deref() != ours
    }

    fn reply(
        &mut self,
        client: ClientId,
        text: String,
        answer: &Answer,
        fate: &RequestFate,
        command: Option<u64>,
    ) {
        let unsent =
            matches!(fate, RequestFate::Silent | RequestFate::CutAfterExecuting | RequestFate::HalfReply);
        if let Some(entry) =
            command.and_then(|number| self.ledger_mut().received_entry(number)).filter(|_| !unsent)
        {
            entry.code = Some(match answer {
                Ok(result) => result.get("code").and_then(Value::as_str).unwrap_or_default().to_owned(),
                Err(error) => error.code.to_string(),
            });
        }
        match fate {
            RequestFate::Late(seconds) => drop(self.after(*seconds, Due::Send(client, text))),
            RequestFate::Silent => {}
            RequestFate::Twice => {
                self.send(client, text.clone());
                self.send(client, text);
            }
            RequestFate::CutAfterExecuting => self.put(Output::Cut { client }),
            RequestFate::CutAfterReply => {
                self.send(client, text);
                self.put(Output::Cut { client });
            }
            RequestFate::HalfReply => {
                let half = text.chars().take(text.chars().count() / 2).collect();
                self.put(Output::SendHalf { client, text: half });
                self.put(Output::Cut { client });
            }
            RequestFate::Normal
            | RequestFate::Refused { .. }
            | RequestFate::Error(_)
            | RequestFate::Deaf
            | RequestFate::Cut
            | RequestFate::Closed(_) => self.send(client, text),
        }
    }

    /// Enters a command of a logged-in client in the ledger.
    fn note_command(&mut self, client: ClientId, id: &RawValue, command: &Executed<'_>) -> Option<u64> {
        #[derive(serde::Deserialize, Serialize, Default)]
        struct Ids {
            #[serde(default)]
            call_id: Value,
            #[serde(default)]
            control_id: Value,
        }
        if !command.method.starts_with("calling.") {
            return None;
        }
        let key = self.clients.get(&client)?.session?;
        let ids: Ids = serde_json::from_str(params_of(command)).unwrap_or_default();
        let session = self.sessions.get_mut(&key)?;
        session.commands += 1;
        let entry = Received {
            at: self.now.at.as_micros(),
            session: session.protocol.clone(),
            client,
            request_id: id.get().trim_matches('"').to_owned(),
            method: command.method.clone().into_owned(),
            call_id: ids.call_id.as_str().map(str::to_owned),
            control_id: ids.control_id.as_str().map(str::to_owned),
            copies: 1,
            executed: 0,
            code: None,
        };
        Some(self.ledger_mut().enter_received(entry))
    }
}
