//! Rows: fax_send, fax_receive.

use super::super::kind::ActionKind;
use super::super::method::{Group, Method, Scope, Surface, When};
use super::{LINE, STATUS_URL, WEB, opt, req};

pub static FAX_SEND: Method = Method {
    name: "fax_send",
    aliases: &[],
    rpc: "calling.send_fax",
    title: "Send fax",
    doc: "Sends a PDF as a fax.",
    group: Group::Fax,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::SendFax),
    fields: &[
        req("document", "Document", "document", WEB, "http or https address of a PDF"),
        opt("identity", "Identity", "identity", LINE, "Sender shown; the call's own number when left empty"),
        opt(
            "header",
            "Header",
            "header_info",
            LINE,
            "Line at the top of each page; two quotes \"\" for none",
        )
        .or("SignalWire"),
        STATUS_URL,
    ],
    surface: Surface::Seed,
};

pub static FAX_RECEIVE: Method = Method {
    name: "fax_receive",
    aliases: &[],
    rpc: "calling.receive_fax",
    title: "Receive fax",
    doc: "Receives a fax on the call.",
    group: Group::Fax,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::ReceiveFax),
    fields: &[STATUS_URL],
    surface: Surface::Seed,
};
