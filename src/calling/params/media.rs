//! Arguments of `send_digits`, `tap` and `stream`.

params! {
    /// Sends DTMF tones: `calling.send_digits` (relay-protocol 3.10).
    SendDigits = "send_digits" {
        /// `digits`: of `0-9*#A-D`, `w` for a short and `W` for a long pause; small letters a to d are sent as
        /// capitals. One wrong character refuses all.
        digits: Text,
        ;
    }
}

params! {
    /// Copies the audio of the call elsewhere: `calling.tap` (relay-protocol 3.11).
    Tap = "tap" {
        /// `tap.params.direction`: `listen`, `speak` or `both`, see [`AudioDirection`](super::AudioDirection).
        audio_direction: Text,
        /// `device.type`: `rtp`, which needs `target_addr` and `target_port`, or `ws`, which needs `target_uri`.
        target_type: Text,
        ;
        /// `device.params.addr`, rtp: a public IPv4 address. Private and reserved ones are refused.
        target_addr: Text,
        /// `device.params.port`, rtp: 1 to 65535.
        target_port: Port,
        /// `device.params.uri`, ws: ws or wss address.
        target_uri: Text,
        /// `device.params.codec`: `PCMU`, `PCMA` or `OPUS`. Unset: that of the call.
        codec: Text,
        /// `device.params.ptime`, rtp: milliseconds per packet, a multiple of 10 from 10 to 120. Unset: that of
        /// the call.
        target_ptime: Whole,
        /// `device.params.rate`: samples per second. Unset: that of the call.
        rate: Whole,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

impl Tap {
    /// To an RTP endpoint.
    #[must_use]
    pub fn rtp(audio_direction: impl Into<String>, addr: impl Into<String>, port: u16) -> Self {
        Self::new(audio_direction, "rtp").target_addr(addr).target_port(port)
    }

    /// To a WebSocket.
    #[must_use]
    pub fn ws(audio_direction: impl Into<String>, uri: impl Into<String>) -> Self {
        Self::new(audio_direction, "ws").target_uri(uri)
    }
}

params! {
    /// Streams the audio of the call to a WebSocket: `calling.stream` (relay-protocol 3.14). Current service only.
    Stream = "stream" {
        /// `url`: wss address.
        url: Text,
        ;
        /// `track`: `inbound_track`, `outbound_track` or `both_tracks`, see [`Track`](super::Track). Unset:
        /// `inbound_track`.
        track: Text,
        /// `codec`: codec of the stream. Unset: the service chooses.
        codec: Text,
        /// `name`: a name that the stream's events repeat. Unset: none.
        name: Text,
        /// `authorization_bearer_token`: what the WebSocket's server is given. A secret: errors do not show it.
        /// Unset: none.
        authorization_bearer_token: Text,
        /// `custom_parameters`: a JSON object that the WebSocket's server is given. Unset: none.
        custom_parameters: Json,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
        /// `status_url_method`: `POST` or `GET`. Unset: the service chooses.
        status_url_method: Text,
    }
}

from_text! { SendDigits Stream }
