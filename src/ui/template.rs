//! Ready-made values for forms.

/// Values that fill a form at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The method it is for.
    pub method: &'static str,
    /// Its name in the form.
    pub name: String,
    /// Whether a new form starts with it.
    pub preset: bool,
    /// Texts by field.
    pub texts: Vec<(String, String)>,
}

impl Template {
    fn new(method: &'static str, name: &str, texts: &[(&str, &str)]) -> Self {
        let texts = texts.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect();
        Self { method, name: name.to_owned(), preset: false, texts }
    }

    const fn preset(mut self) -> Self {
        self.preset = true;
        self
    }
}

/// Phrases that any floor needs.
#[must_use]
pub fn stock() -> Vec<Template> {
    let say = |name, text| Template::new("play_tts", name, &[("text", text)]);
    vec![
        say("apology", "We are sorry for the delay, a colleague will be with you in a moment."),
        say("hold on", "Please hold on for a moment."),
        say("callback", "We will call you back within the hour. Thank you for your patience."),
        Template::new(
            "record",
            "whole call",
            &[
                ("direction", "both"),
                ("stereo", "true"),
                ("initial_timeout", "0"),
                ("end_silence_timeout", "0"),
                ("terminators", "\"\""),
            ],
        )
        // With the service's own defaults a recording ends at the first second of silence.
        .preset(),
    ]
}

/// Numbers of the simulated floor.
#[must_use]
pub fn demo() -> Vec<Template> {
    let mut templates = stock();
    templates.push(Template::new(
        "connect",
        "on call",
        &[("devices", "+14155550191, +14155550192; +14155550193")],
    ));
    templates.push(Template::new("dial", "a person", &[("devices", "+14155550191 from=+18005550100")]));
    templates
}
