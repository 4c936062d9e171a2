//! The current dialect: the method is the command, and there is hardly any envelope.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{AGENT, Executed, Feed, Login, Meaning, Told};
use crate::protocol::event::EventFrame;
use crate::protocol::frame;
use crate::protocol::id::RequestId;
use crate::protocol::session::{Connect, Version};

pub(super) fn meaning<'a>(method: &Cow<'a, str>, params: Option<&'a RawValue>) -> Meaning<'a> {
    match &**method {
        EventFrame::METHOD => Meaning::Event(Told { protocol: None, feed: Feed::Calling, body: params }),
        "signalwire.ping" => Meaning::Ping(params),
        "signalwire.connect" => Meaning::Login(params),
        "signalwire.disconnect" => Meaning::Disconnect(params),
        "signalwire.reauthenticate" => Meaning::Reauthenticate(params),
        other => {
            named(Executed { protocol: None, method: method.clone(), params }).unwrap_or_else(|command| {
                // What is neither the session's nor Blade's belongs to a service behind it.
                let foreign = other.starts_with("signalwire.") || other.starts_with("blade.");
                if foreign { Meaning::Other } else { Meaning::Command(command) }
            })
        }
    }
}

/// The commands that are about contexts, in either dialect.
pub(super) fn named(command: Executed<'_>) -> Result<Meaning<'_>, Executed<'_>> {
    match &*command.method {
        "signalwire.receive" | "calling.receive" => Ok(Meaning::Contexts { add: true, command }),
        "signalwire.unreceive" => Ok(Meaning::Contexts { add: false, command }),
        _ => Err(command),
    }
}

pub(super) fn login(id: &RequestId, login: Login<'_>) -> String {
    let connect = Connect {
        version: Version::CURRENT,
        agent: AGENT.to_owned(),
        event_acks: true,
        authentication: login.authentication,
        contexts: login.contexts.to_vec(),
        protocol: login.protocol.map(str::to_owned),
        authorization_state: login.protocol.and(login.authorization_state).map(str::to_owned),
    };
    frame::request(id, "signalwire.connect", &connect)
}
