//! Arguments of `fax_send` and `fax_receive`.

params! {
    /// Sends a PDF as a fax: `calling.send_fax` (relay-protocol 3.12).
    FaxSend = "fax_send" {
        /// `document`: http or https address of a PDF.
        document: Text,
        ;
        /// `identity`: sender shown at the other end. Unset: the call's own number.
        identity: Text,
        /// `header_info`: line at the top of each page; empty for none. Unset: `SignalWire`.
        header: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Receives a fax: `calling.receive_fax` (relay-protocol 3.12).
    FaxReceive = "fax_receive" {
        ;
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

from_text! { FaxSend }
