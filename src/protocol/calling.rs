//! Typed parameters of every `calling.*` command, for whoever has to read them: the sim, and the tests.
