//! A pseudo-terminal with a program in it, and an emulator that knows what its user would see.

#![expect(clippy::disallowed_methods, reason = "a real terminal takes real time")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A slow line hands over its bytes in so many portions a second.
const SLICES: usize = 40;
const QUESTION: &[u8] = b"\x1b[5n";

/// So many calls are on the floor of the demo from its first second.
const FLOOR: usize = 35;

/// Patience with a slow machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    written: Vec<u8>,
    /// Whether it answers questions, as terminals do.
    pub answers: bool,
    home: tempfile::TempDir,
}

impl Terminal {
    /// The program with these arguments and nothing in its environment.
    pub fn start(arguments: &[&str], width: u16, height: u16) -> Self {
        Self::start_with(arguments, width, height, &[])
    }

    pub fn start_with(arguments: &[&str], width: u16, height: u16, environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_callboard"));
        command.args(arguments);
        Self::run(command, width, height, environment, None)
    }

    /// On a line that carries so many bytes a second towards the screen.
    pub fn start_slow(arguments: &[&str], width: u16, height: u16, rate: usize) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_callboard"));
        command.args(arguments);
        Self::run(command, width, height, &[], Some(rate))
    }

    /// Another program.
    pub fn command(arguments: &[&str], width: u16, height: u16) -> Self {
        Self::command_with(arguments, width, height, &[])
    }

    pub fn command_with(arguments: &[&str], width: u16, height: u16, environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(arguments[0]);
        command.args(&arguments[1..]);
        Self::run(command, width, height, environment, None)
    }

    /// A shell with job control.
    pub fn shell(width: u16, height: u16) -> Self {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        Self::run(command, width, height, &[], None)
    }

    fn run(
        mut command: CommandBuilder,
        width: u16,
        height: u16,
        environment: &[(&str, &str)],
        rate: Option<usize>,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear();
        command.env("PATH", path);
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (name, value) in environment {
            command.env(name, value);
        }
        let pair = native_pty_system()
            .openpty(PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; rate.map_or(65_536, |rate| rate.div_ceil(SLICES))];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if let Some(rate) = rate {
                    std::thread::sleep(Duration::from_secs_f64(count as f64 / rate as f64));
                }
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(cells(height), cells(width), 0);
        Self { master: pair.master, writer, child, output, screen, written: Vec::new(), answers: true, home }
    }

    pub fn send(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        self
    }

    /// What the mouse did, as terminals report it: button, column and line from 1, `M` down or `m` up.
    pub fn mouse(&mut self, report: &str) -> &mut Self {
        self.send(&format!("\x1b[<{report}"))
    }

    /// A click on a column and line, both from 0.
    pub fn click(&mut self, column: u16, line: u16) -> &mut Self {
        let at = format!("0;{};{}", column + 1, line + 1);
        self.mouse(&format!("{at}M")).mouse(&format!("{at}m"))
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        // As a terminal does: it has its new size before the program hears of it.
        self.settle(Duration::from_millis(5));
        self.screen.screen_mut().set_size(cells(height), cells(width));
        self.master.resize(PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 }).unwrap();
        self
    }

    /// So many sizes as fast as they come, as a window does that is dragged; the last one stays.
    pub fn resize_through(&mut self, sizes: impl Iterator<Item = (u16, u16)>) -> &mut Self {
        let mut last = None;
        for (width, height) in sizes {
            self.master
                .resize(PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 })
                .unwrap();
            std::thread::sleep(Duration::from_micros(100));
            last = Some((width, height));
        }
        if let Some((width, height)) = last {
            self.resize(width, height);
        }
        self
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn signal(&mut self, name: &str) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Reads what comes for so long.
    pub fn settle(&mut self, span: Duration) -> &mut Self {
        let end = Instant::now() + span;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Ok(bytes) = self.output.recv_timeout(left) {
                self.take(&bytes);
            }
        }
        self
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        // A question may come in two pieces.
        let from = self.written.len().saturating_sub(QUESTION.len() - 1);
        self.written.extend_from_slice(bytes);
        if self.answers {
            self.answer(from);
        }
    }

    /// Answers what was asked from there on.
    fn answer(&mut self, from: usize) {
        let asked = self.written[from..].windows(QUESTION.len()).filter(|window| *window == QUESTION).count();
        // It may be gone by now.
        let _ = self.writer.write_all(&b"\x1b[0n".repeat(asked));
        let _ = self.writer.flush();
    }

    /// Sends a key that the line cuts into pieces. A terminal says nothing of its own in the middle of it; what was
    /// asked meanwhile it answers behind.
    pub fn send_in_pieces(&mut self, pieces: &[&str]) -> &mut Self {
        let from = self.written.len().saturating_sub(QUESTION.len() - 1);
        self.answers = false;
        for piece in pieces {
            self.send(piece).settle(Duration::from_millis(2));
        }
        self.answers = true;
        self.answer(from);
        self
    }

    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?}"), |terminal| terminal.contents().contains(text));
        self
    }

    /// Waits until the floor of the demo is whole and its first calls stand still.
    #[track_caller]
    pub fn wait_for_floor(&mut self) -> &mut Self {
        let mut before = None;
        loop {
            self.wait_until("the floor", |terminal| live(&terminal.contents()) >= FLOOR);
            let contents = self.contents();
            let first: Vec<String> =
                contents.lines().skip(4).take(6).map(|line| line.chars().take(28).collect()).collect();
            if before.as_ref() == Some(&first) {
                return self;
            }
            before = Some(first);
            self.settle(Duration::from_millis(400));
        }
    }

    /// Waits until the screen is as wanted; how long that took.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) -> Duration {
        let begin = Instant::now();
        while !wanted(self) {
            match self.output.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.take(&bytes),
                Err(_) if begin.elapsed() < PATIENCE => {}
                Err(_) => panic!("{what} never came:\n{}", self.contents()),
            }
        }
        begin.elapsed()
    }

    /// The home directory of the program.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// How many bytes came so far.
    pub fn received(&self) -> usize {
        self.written.len()
    }

    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Everything that was ever written to the terminal.
    pub fn everything(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    pub fn in_alternate_screen(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.settle(Duration::from_millis(100));
                return status.exit_code();
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.contents());
            self.settle(Duration::from_millis(20));
        }
    }

    /// Whether lines are edited by the terminal, as shells expect it.
    pub fn is_cooked(&self) -> bool {
        const ICANON: u32 = 0o2;
        self.master.get_termios().is_some_and(|termios| termios.local_flags.bits() & ICANON != 0)
    }

    /// The terminal is as it was found: main screen, cursor shown, no bracketed paste, lines edited.
    #[track_caller]
    pub fn assert_restored(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert!(self.is_cooked());
    }
}

/// How many calls the header says are live.
fn live(contents: &str) -> usize {
    let count = contents.lines().find_map(|line| line.trim_start().strip_prefix("live ")?.split(' ').next());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended already, or the test has failed.
        let _ = self.child.kill();
    }
}
