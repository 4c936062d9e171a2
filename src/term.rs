//! The terminal guard: takes the terminal for the screen and gives it back, whatever happens.
//!
//! There is one terminal, so its state is one set of statics: [`restore`] works from a panic hook, from another
//! thread and twice.

mod parse;
mod reader;
mod slim;
mod writer;

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, queue};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

pub use parse::{Input, Parser};
pub use reader::Inputs;
use slim::Slim;
use writer::Writer;

use crate::signals::{self, Signals};

/// Clicks, drags and the wheel, in the notation that knows no edge. Not every move: nobody needs those, and on a slow
/// line they are in the way of keys.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether a frame is being written.
static WRITING: AtomicBool = AtomicBool::new(false);
/// Panics of tasks that the screen outlived.
static PANICS: AtomicU32 = AtomicU32::new(0);
/// Whether the mouse is wanted.
static MOUSE: AtomicBool = AtomicBool::new(true);
/// The thread that draws.
static UI_THREAD: Mutex<Option<ThreadId>> = Mutex::new(None);
/// Where standard error goes when the terminal is not ours.
static STDERR: Mutex<Option<OwnedFd>> = Mutex::new(None);

/// Writes a frame as long as the terminal is ours, so that no part of it ends up on the screen we came from.
fn put_frame(bytes: &[u8]) -> io::Result<()> {
    WRITING.store(true, Ordering::SeqCst);
    let mut parts = bytes.chunks(1_024);
    let written = parts.try_for_each(|part| if TAKEN.load(Ordering::SeqCst) { put(part) } else { Ok(()) });
    WRITING.store(false, Ordering::SeqCst);
    written
}

/// Writes to the terminal past the lock of standard output, which a thread that is stuck in a write may hold.
fn put(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            // Somebody who shares the terminal made it non-blocking.
            Err(rustix::io::Errno::AGAIN) => std::thread::sleep(std::time::Duration::from_millis(1)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether an error of drawing means that nobody is there to see it any more.
#[must_use]
pub fn is_gone(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let gone = [Errno::PIPE, Errno::IO, Errno::NXIO, Errno::BADF, Errno::NODEV].map(Errno::raw_os_error);
    error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error().is_some_and(|code| gone.contains(&code))
}

/// The terminal while the screen is up. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Term {
    screen: Terminal<Slim>,
    writer: Writer,
    /// What is said to the terminal beside the screen; goes with the next frame.
    aside: Vec<u8>,
    /// [`Term::suspend`] has taken the terminal again already; the signal that says so is still to come.
    resumed: bool,
}

impl Term {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, focus reports, and where it is wanted the mouse.
    /// The calling thread is the one whose panic gives the terminal back.
    ///
    /// # Errors
    /// When standard input or output is no terminal, or it fails.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other("standard input and output must be a terminal"));
        }
        *lock(&UI_THREAD) = Some(std::thread::current().id());
        MOUSE.store(mouse, Ordering::SeqCst);
        take()?;
        let entered = (|| {
            let mut slim = Slim::default();
            slim.resize(size()?);
            let Ok(screen) = Terminal::new(slim);
            Ok(Self { screen, writer: Writer::start(put_frame)?, aside: Vec::new(), resumed: false })
        })();
        if entered.is_err() {
            restore();
        }
        entered
    }

    /// Signals from now on. Those that end the program do so within a second even when nobody heeds them.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub fn signals(&self) -> io::Result<Signals> {
        signals::listen(signals::SCREEN_GRACE)
    }

    /// Draws a frame and has it written; what did not change is not sent. With `asks`, the terminal is asked to say
    /// when it has shown it: [`Input::Shown`]. Gives the number of bytes: when there are any, wait for
    /// [`Term::written`] before the next frame.
    ///
    /// # Errors
    /// When the terminal does not tell its size.
    pub fn draw(&mut self, asks: bool, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<usize> {
        self.screen.backend_mut().resize(size()?);
        let Ok(()) = self.screen.autoresize();
        render(&mut self.screen.get_frame());
        let Ok(()) = self.screen.flush();
        self.screen.swap_buffers();
        let mut bytes = std::mem::take(&mut self.aside);
        bytes.append(&mut self.screen.backend_mut().take());
        let count = bytes.len();
        if count == 0 {
            return Ok(0);
        }
        if asks {
            bytes.extend_from_slice(slim::QUESTION);
        }
        if !self.writer.write(bytes) {
            // The frame before is not written yet, which the caller should have waited for: begin anew.
            self.repaint()?;
        }
        Ok(count)
    }

    /// For sequences that are not part of the screen, such as those of the clipboard: they go out before the next frame.
    pub const fn aside(&mut self) -> &mut Vec<u8> {
        &mut self.aside
    }

    /// When the frame that was drawn last is written.
    ///
    /// # Errors
    /// When the terminal does not take it. Once it [`is_gone`], end the program.
    pub async fn written(&mut self) -> io::Result<()> {
        self.writer.written().await
    }

    /// Size of the screen now.
    ///
    /// # Errors
    /// When the terminal does not tell.
    pub fn area(&self) -> io::Result<Rect> {
        Ok(Rect::from(((0, 0).into(), size()?)))
    }

    /// Makes the next frame be sent as a whole.
    ///
    /// # Errors
    /// When the terminal does not take it.
    pub fn repaint(&mut self) -> io::Result<()> {
        let area = self.area()?;
        let slim = self.screen.backend_mut();
        slim.forget();
        slim.resize(area.as_size());
        let Ok(()) = self.screen.resize(area);
        Ok(())
    }

    /// Gives the terminal back and stops the program until somebody continues it, then takes the terminal again:
    /// draw afterwards. For [`signals::Signal::Suspend`]. Does nothing and says `false` where nobody could continue
    /// it. Drop the stream of inputs before, and make a new one after.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !can_suspend() {
            return Ok(false);
        }
        restore();
        stop()?;
        self.resumed = true;
        take()?;
        self.repaint()?;
        Ok(true)
    }

    /// For [`signals::Signal::Continue`]: takes the terminal again after a stop that did not go through
    /// [`Term::suspend`], in which others may have changed it. Draw afterwards.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn resume(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.resumed) {
            return Ok(());
        }
        restore();
        take()?;
        self.repaint()
    }

    /// Gives the terminal back, for a while or for good. A frame drawn now goes nowhere.
    pub fn leave(&mut self) {
        restore();
    }

    /// Takes the terminal again after [`Term::leave`]. Draw afterwards.
    ///
    /// # Errors
    /// When the terminal cannot be taken.
    pub fn reenter(&mut self) -> io::Result<()> {
        take()?;
        self.repaint()
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        restore();
    }
}

/// For the Ctrl-Z key, which is a key like any other in raw mode: asks the system to stop the whole job, as it would
/// have done itself. Comes back as [`signals::Signal::Suspend`]. `false` where nobody could continue the job.
///
/// # Errors
/// When the system refuses.
pub fn ask_to_suspend() -> io::Result<bool> {
    if can_suspend() {
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        return Ok(true);
    }
    Ok(false)
}

/// Stops the program until somebody continues it. The terminal has to be given back before.
///
/// # Errors
/// When the system refuses.
pub fn stop() -> io::Result<()> {
    // SIGTSTP is handled by us, so the stop itself is the signal that cannot be.
    signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)
}

/// Whether there is a shell with job control above us. When the leader of the session is in our own process group,
/// there is none, and a stop would be for ever.
fn can_suspend() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

fn size() -> io::Result<Size> {
    crossterm::terminal::size().map(|(width, height)| Size { width, height })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take() -> io::Result<()> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let taken = (|| {
        enable_raw_mode()?;
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
        if MOUSE.load(Ordering::SeqCst) {
            queue!(bytes, Print(MOUSE_ON))?;
        }
        put(&bytes)
    })();
    if taken.is_err() {
        restore();
    } else {
        silence_stderr();
    }
    taken
}

/// Gives the terminal back as it was found. Does nothing when it is not ours.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // First, as it needs no cooperation of the terminal. There is nobody to tell of a failure.
    let _ = disable_raw_mode();
    // A frame that is being written stops at its next part, unless the terminal takes nothing at all.
    for _ in 0..100 {
        if !WRITING.load(Ordering::SeqCst) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let mut bytes = Vec::new();
    let _ = queue!(
        bytes,
        SetAttribute(Attribute::Reset),
        Print(MOUSE_OFF),
        DisableFocusChange,
        DisableBracketedPaste,
        cursor::Show,
        LeaveAlternateScreen
    );
    let _ = put(&bytes);
    if let Some(stderr) = lock(&STDERR).take() {
        let _ = rustix::stdio::dup2_stderr(stderr);
    }
}

/// While the screen is up, whatever a library prints to standard error must not tear it.
fn silence_stderr() {
    let stderr = io::stderr();
    if !stderr.is_terminal() {
        return;
    }
    let (Ok(kept), Ok(nowhere)) =
        (stderr.as_fd().try_clone_to_owned(), std::fs::OpenOptions::new().write(true).open("/dev/null"))
    else {
        return;
    };
    *lock(&STDERR) = Some(kept);
    let _ = rustix::stdio::dup2_stderr(nowhere);
}

/// Makes a panic give the terminal back before it is reported. A panic of any other thread than the one that draws
/// is only logged and counted while the screen is up. Call after `color_eyre::install`.
pub fn install_panic_hook() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The message may quote what was being worked on; the place is enough to find it.
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(thread = thread.name().unwrap_or("unnamed"), place, "panic");
        if TAKEN.load(Ordering::SeqCst) && *lock(&UI_THREAD) != Some(thread.id()) {
            PANICS.fetch_add(1, Ordering::SeqCst);
            return;
        }
        restore();
        report(panic);
    }));
}

/// How many tasks have panicked under the screen, for it to say so.
#[must_use]
pub fn panics() -> u32 {
    PANICS.load(Ordering::SeqCst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_without_a_terminal_goes_nowhere() {
        put_frame(b"\x1b[2Jframe").unwrap();
        assert!(!WRITING.load(Ordering::SeqCst));
    }

    #[test]
    fn restoring_what_was_not_taken_does_nothing() {
        restore();
        restore();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }

    #[test]
    fn a_terminal_that_is_gone_is_told_from_other_failures() {
        for code in [rustix::io::Errno::IO, rustix::io::Errno::PIPE] {
            assert!(is_gone(&io::Error::from_raw_os_error(code.raw_os_error())));
        }
        assert!(!is_gone(&io::Error::other("something else")));
    }
}
