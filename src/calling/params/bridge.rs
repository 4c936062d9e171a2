//! Arguments of `connect` and `disconnect`.

use crate::protocol::device::{Device, DevicePlan};

params! {
    /// Rings other parties and bridges the first that answers: `calling.connect` (relay-protocol 3.4).
    Connect = "connect" {
        /// `devices`: who is rung, as in [`Dial`](super::Dial). A telephone without `from_number` or `timeout`
        /// takes them from the originating call.
        devices: Plan,
        ;
        /// `ringback`: what the originating party hears meanwhile. Unset or empty: the service's own tone.
        ringback: Playlist,
        /// `max_duration`: ends the bridge after this long, at least 1; the sources disagree on minutes or
        /// seconds. Unset: no limit.
        max_duration: Whole,
        /// `max_price_per_minute`: highest price per minute, 0 or more. Unset: no cap.
        max_price_per_minute: Number,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

impl Connect {
    /// Rings one telephone, E.164, with the number and ring time of the originating call.
    #[must_use]
    pub fn phone(to: &str) -> Self {
        Self::new(vec![vec![Device::phone(to)]])
    }
}

impl From<DevicePlan> for Connect {
    fn from(devices: DevicePlan) -> Self {
        Self::new(devices)
    }
}

params! {
    /// Takes a bridge apart without ending either call: `calling.disconnect` (relay-protocol 3.4).
    Disconnect = "disconnect" {
        ;
    }
}
