//! The console in a pseudo-terminal of 120x36 that answers as terminals do, and what the system says about it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use color_eyre::eyre::{OptionExt, Result, bail, eyre};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use super::Variant;
use super::service::PATIENCE;

const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();
const LINES: NonZero<u16> = NonZero::new(36).unwrap();
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[0n";
/// The console's own name in the first line of every frame.
const TITLE: &str = "callboard";

/// What the user would see, and when it last changed.
struct Seen {
    screen: vt100::Parser,
    bytes: u64,
    paints: u64,
    over: bool,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;
type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// A console that is ended with its handle.
pub struct Console {
    child: Box<dyn Child + Send + Sync>,
    seen: Shared,
    keys: Keys,
    /// Its process.
    pub pid: u32,
    /// From its start to its first frame.
    pub first_frame: Duration,
    _home: tempfile::TempDir,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Console {
    /// Starts the program against that service and waits for its first frame.
    pub fn start(host: &str, variant: Variant<'_>) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let mut command = CommandBuilder::new(variant.build);
        command.args(["--host", host, "--context", "flood"]);
        if !variant.journal {
            command.args(["--journal", "off"]);
        }
        command.args(variant.more);
        command.env_clear();
        for (name, value) in [
            ("PATH", "/usr/bin:/bin"),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("SIGNALWIRE_PROJECT_ID", "0f5a2c1e-1111-4222-8333-944445555666"),
            ("SIGNALWIRE_API_TOKEN", "PT0123456789abcdef0123456789abcdef"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        let size = PtySize { rows: LINES.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|error| eyre!(error))?;
        let reader = pair.master.try_clone_reader().map_err(|error| eyre!(error))?;
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().map_err(|error| eyre!(error))?));
        let seen = Seen { screen: vt100::Parser::new(LINES, COLUMNS, 0), bytes: 0, paints: 0, over: false };
        let seen: Shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(|error| eyre!(error))?;
        drop(pair.slave);
        let (shown, answers) = (seen.clone(), keys.clone());
        std::thread::spawn(move || {
            // The terminal lives as long as somebody reads from it.
            let _master = pair.master;
            watch(reader, &shown, &answers);
        });
        let pid = child.process_id().ok_or_eyre("the console has no process id")?;
        let first_frame = Duration::ZERO;
        let mut console = Self { child, seen, keys, pid, first_frame, _home: home };
        console.until(PATIENCE, |screen| screen.contents().contains(TITLE))?;
        console.first_frame = begun.elapsed();
        Ok(console)
    }

    /// Waits until the screen is as wanted; how long that took.
    pub fn until(&self, patience: Duration, wanted: impl Fn(&vt100::Screen) -> bool) -> Result<Duration> {
        let begun = Instant::now();
        let (mutex, changed) = &*self.seen;
        let mut seen = locked(mutex);
        while !wanted(seen.screen.screen()) {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() || seen.over {
                bail!("after {patience:?} the screen is\n{}", seen.screen.screen().contents());
            }
            seen = changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(begun.elapsed())
    }

    /// The line of the list that begins with the cursor.
    pub fn cursor(screen: &vt100::Screen) -> Option<usize> {
        screen.rows(0, 3).position(|line| line.starts_with("│>"))
    }

    /// Sends a key that moves the cursor of the list; how long until it is seen to have moved.
    pub fn key_to_paint(&self, key: &str) -> Result<Duration> {
        let before = Self::cursor(locked(&self.seen.0).screen.screen());
        let begun = Instant::now();
        self.press(key)?;
        self.until(PATIENCE, |screen| Self::cursor(screen).is_some_and(|line| Some(line) != before))?;
        Ok(begun.elapsed())
    }

    /// Sends keys.
    pub fn press(&self, keys: &str) -> Result<()> {
        let mut writer = locked(&self.keys);
        writer.write_all(keys.as_bytes())?;
        Ok(writer.flush()?)
    }

    /// How often something was painted, and how many bytes, since the start.
    pub fn painted(&self) -> (u64, u64) {
        let seen = locked(&self.seen.0);
        (seen.paints, seen.bytes)
    }

    /// A value of its status in KiB, as `VmHWM` or `VmRSS`.
    pub fn memory(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or_eyre("no such value")?;
        Ok(kib.parse()?)
    }

    /// Processor time so far, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        cpu(self.pid)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may be gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process so far, in seconds: user and system time in its `stat`, which counts hundredths.
pub fn cpu(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = text.rsplit_once(')').ok_or_eyre("no such process")?.1;
    let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

fn watch(mut reader: impl Read, shown: &Shared, answers: &Keys) {
    let mut bytes = vec![0; 65_536];
    let mut tail = Vec::new();
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let new = &bytes[..count];
        // A question may come in two pieces.
        tail.extend_from_slice(new);
        let asked = tail.windows(QUESTION.len()).filter(|window| *window == QUESTION).count();
        tail.drain(..tail.len().saturating_sub(QUESTION.len() - 1));
        let mut seen = locked(&shown.0);
        seen.screen.process(new);
        seen.bytes += count as u64;
        seen.paints += asked as u64;
        drop(seen);
        shown.1.notify_all();
        let mut writer = locked(answers);
        // It may be gone by now.
        let _ = writer.write_all(&ANSWER.repeat(asked)).and_then(|()| writer.flush());
    }
    locked(&shown.0).over = true;
    shown.1.notify_all();
}
