//! The public Call API.

pub mod params;
