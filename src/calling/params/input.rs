//! Arguments of `prompt`, its short forms, and `collect`.

params! {
    /// Plays a list and collects the answer: `calling.play_and_collect` (relay-protocol 3.8).
    Prompt = "prompt" {
        /// What answer is expected: `digits`, `speech` or `both`, see [`InputType`](super::InputType). Not sent as
        /// such: it decides which of `collect.digits` and `collect.speech` exist, and arguments of the other are refused.
        prompt_type: Text,
        /// `play`: what is played, at least one item.
        media: Playlist,
        ;
        /// `collect.digits.max`: how many digits end the input, at least 1. Required for digits.
        digits_max: Whole,
        /// `collect.digits.terminators`: keys that end the input early, of `0-9A-Da-d*#`. Unset: none.
        digits_terminators: Text,
        /// `collect.digits.digit_timeout`: seconds to wait for the next digit, 0 or more. Unset: 5.0.
        digits_timeout: Number,
        /// `collect.initial_timeout`: seconds to wait for the first input, 0 or more. Unset: 4.0.
        initial_timeout: Number,
        /// `collect.speech.end_silence_timeout`: seconds of silence that end the speech. Unset: 1.0.
        end_silence_timeout: Number,
        /// `collect.speech.speech_timeout`: seconds of speech at most. Unset: 60.0.
        speech_timeout: Number,
        /// `collect.speech.language`: language that is listened for, a BCP-47 tag. Unset: `en-US`.
        speech_language: Text,
        /// `collect.speech.hints`: words that are likely to be said. Unset: none.
        speech_hints: Texts,
        /// `volume`: loudness in dB, -40 to 40; sent whenever set, even 0. Unset: 0.
        volume: Number,
        /// `collect.digits.min`: fewest digits, at most `digits_max`. Current service only. Unset: no minimum.
        digits_min: Whole,
        /// `collect.speech.engine`: `Google`, `Google.V2` or `Deepgram`; case matters. Current service only. Unset: the
        /// service chooses.
        speech_engine: Text,
        /// `collect.speech.model`: model of the engine. Current service only. Unset: the engine's own.
        speech_model: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Plays a sound file and collects the answer: `calling.play_and_collect` (relay-protocol 3.8).
    PromptAudio = "prompt_audio" {
        /// What answer is expected: `digits`, `speech` or `both`, see [`InputType`](super::InputType). Not sent as
        /// such: it decides which of `collect.digits` and `collect.speech` exist, and arguments of the other are refused.
        prompt_type: Text,
        /// `play.0.params.url`: http or https address of the sound.
        url: Text,
        ;
        /// `collect.digits.max`: how many digits end the input, at least 1. Required for digits.
        digits_max: Whole,
        /// `collect.digits.terminators`: keys that end the input early, of `0-9A-Da-d*#`. Unset: none.
        digits_terminators: Text,
        /// `collect.digits.digit_timeout`: seconds to wait for the next digit, 0 or more. Unset: 5.0.
        digits_timeout: Number,
        /// `collect.initial_timeout`: seconds to wait for the first input, 0 or more. Unset: 4.0.
        initial_timeout: Number,
        /// `collect.speech.end_silence_timeout`: seconds of silence that end the speech. Unset: 1.0.
        end_silence_timeout: Number,
        /// `collect.speech.speech_timeout`: seconds of speech at most. Unset: 60.0.
        speech_timeout: Number,
        /// `collect.speech.language`: language that is listened for, a BCP-47 tag. Unset: `en-US`.
        speech_language: Text,
        /// `collect.speech.hints`: words that are likely to be said. Unset: none.
        speech_hints: Texts,
        /// `volume`: loudness in dB, -40 to 40; sent whenever set, even 0. Unset: 0.
        volume: Number,
        /// `collect.digits.min`: fewest digits, at most `digits_max`. Current service only. Unset: no minimum.
        digits_min: Whole,
        /// `collect.speech.engine`: `Google`, `Google.V2` or `Deepgram`; case matters. Current service only. Unset: the
        /// service chooses.
        speech_engine: Text,
        /// `collect.speech.model`: model of the engine. Current service only. Unset: the engine's own.
        speech_model: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Plays a ringing tone and collects the answer: `calling.play_and_collect` (relay-protocol 3.8).
    PromptRingtone = "prompt_ringtone" {
        /// What answer is expected: `digits`, `speech` or `both`, see [`InputType`](super::InputType). Not sent as
        /// such: it decides which of `collect.digits` and `collect.speech` exist, and arguments of the other are refused.
        prompt_type: Text,
        /// `play.0.params.name`: a code of [`RINGTONES`](crate::catalog::choices::RINGTONES), such as `us`.
        name: Text,
        ;
        /// `play.0.params.duration`: seconds, more than 0. Unset: one cycle.
        duration: Number,
        /// `collect.digits.max`: how many digits end the input, at least 1. Required for digits.
        digits_max: Whole,
        /// `collect.digits.terminators`: keys that end the input early, of `0-9A-Da-d*#`. Unset: none.
        digits_terminators: Text,
        /// `collect.digits.digit_timeout`: seconds to wait for the next digit, 0 or more. Unset: 5.0.
        digits_timeout: Number,
        /// `collect.initial_timeout`: seconds to wait for the first input, 0 or more. Unset: 4.0.
        initial_timeout: Number,
        /// `collect.speech.end_silence_timeout`: seconds of silence that end the speech. Unset: 1.0.
        end_silence_timeout: Number,
        /// `collect.speech.speech_timeout`: seconds of speech at most. Unset: 60.0.
        speech_timeout: Number,
        /// `collect.speech.language`: language that is listened for, a BCP-47 tag. Unset: `en-US`.
        speech_language: Text,
        /// `collect.speech.hints`: words that are likely to be said. Unset: none.
        speech_hints: Texts,
        /// `volume`: loudness in dB, -40 to 40; sent whenever set, even 0. Unset: 0.
        volume: Number,
        /// `collect.digits.min`: fewest digits, at most `digits_max`. Current service only. Unset: no minimum.
        digits_min: Whole,
        /// `collect.speech.engine`: `Google`, `Google.V2` or `Deepgram`; case matters. Current service only. Unset: the
        /// service chooses.
        speech_engine: Text,
        /// `collect.speech.model`: model of the engine. Current service only. Unset: the engine's own.
        speech_model: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Speaks a text and collects the answer: `calling.play_and_collect` (relay-protocol 3.8).
    PromptTts = "prompt_tts" {
        /// What answer is expected: `digits`, `speech` or `both`, see [`InputType`](super::InputType). Not sent as
        /// such: it decides which of `collect.digits` and `collect.speech` exist, and arguments of the other are refused.
        prompt_type: Text,
        /// `play.0.params.text`: what is said, at most 10,000 characters.
        text: Text,
        ;
        /// `play.0.params.language`: language of the speech, a BCP-47 tag. Unset: `en-US`.
        language: Text,
        /// `play.0.params.gender`: `female` or `male`, see [`Gender`](super::Gender). Unset: `female`.
        gender: Text,
        /// `collect.digits.max`: how many digits end the input, at least 1. Required for digits.
        digits_max: Whole,
        /// `collect.digits.terminators`: keys that end the input early, of `0-9A-Da-d*#`. Unset: none.
        digits_terminators: Text,
        /// `collect.digits.digit_timeout`: seconds to wait for the next digit, 0 or more. Unset: 5.0.
        digits_timeout: Number,
        /// `collect.initial_timeout`: seconds to wait for the first input, 0 or more. Unset: 4.0.
        initial_timeout: Number,
        /// `collect.speech.end_silence_timeout`: seconds of silence that end the speech. Unset: 1.0.
        end_silence_timeout: Number,
        /// `collect.speech.speech_timeout`: seconds of speech at most. Unset: 60.0.
        speech_timeout: Number,
        /// `collect.speech.language`: language that is listened for, a BCP-47 tag. Unset: `en-US`.
        speech_language: Text,
        /// `collect.speech.hints`: words that are likely to be said. Unset: none.
        speech_hints: Texts,
        /// `volume`: loudness in dB, -40 to 40; sent whenever set, even 0. Unset: 0.
        volume: Number,
        /// `play.0.params.voice`: a named voice, where the service accepts one. Unset: by language and gender.
        voice: Text,
        /// `collect.digits.min`: fewest digits, at most `digits_max`. Current service only. Unset: no minimum.
        digits_min: Whole,
        /// `collect.speech.engine`: `Google`, `Google.V2` or `Deepgram`; case matters. Current service only. Unset: the
        /// service chooses.
        speech_engine: Text,
        /// `collect.speech.model`: model of the engine. Current service only. Unset: the engine's own.
        speech_model: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}

params! {
    /// Collects digits or speech without playing anything: `calling.collect` (relay-protocol 3.9). Current service
    /// only.
    Collect = "collect" {
        /// What answer is expected: `digits`, `speech` or `both`, see [`InputType`](super::InputType). Not sent as
        /// such: it decides which of `digits` and `speech` exist, and arguments of the other are refused.
        collect_type: Text,
        ;
        /// `digits.max`: how many digits end the input, at least 1. Required for digits.
        digits_max: Whole,
        /// `digits.terminators`: keys that end the input early, of `0-9A-Da-d*#`. Unset: none.
        digits_terminators: Text,
        /// `digits.digit_timeout`: seconds to wait for the next digit, 0 or more. Unset: 5.0.
        digits_timeout: Number,
        /// `initial_timeout`: seconds to wait for the first input, 0 or more. Unset: 4.0.
        initial_timeout: Number,
        /// `speech.end_silence_timeout`: seconds of silence that end the speech. Unset: 1.0.
        end_silence_timeout: Number,
        /// `speech.speech_timeout`: seconds of speech at most. Unset: 60.0.
        speech_timeout: Number,
        /// `speech.language`: language that is listened for, a BCP-47 tag. Unset: `en-US`.
        speech_language: Text,
        /// `speech.hints`: words that are likely to be said. Unset: none.
        speech_hints: Texts,
        /// `partial_results`: report speech while it goes on. Unset: false.
        partial_results: Flag,
        /// `continuous`: go on after each result. Unset: false.
        continuous: Flag,
        /// `send_start_of_input`: report when the input starts. Unset: false.
        send_start_of_input: Flag,
        /// `start_input_timers`: start the initial timeout at once; otherwise when told to. Unset: false.
        start_input_timers: Flag,
        /// `digits.min`: fewest digits, at most `digits_max`. Current service only. Unset: no minimum.
        digits_min: Whole,
        /// `speech.engine`: `Google`, `Google.V2` or `Deepgram`; case matters. Current service only. Unset: the
        /// service chooses.
        speech_engine: Text,
        /// `speech.model`: model of the engine. Current service only. Unset: the engine's own.
        speech_model: Text,
        /// `status_url`: http or https address that is also told of each change. Unset: nobody is.
        status_url: Text,
    }
}
