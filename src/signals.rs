//! Signals of the system as a stream, and the promise that the program ends in time when it is told to.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::term;

/// What the system asks of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End with this exit code, 128+n.
    Quit(i32),
    /// Ctrl-Z, or SIGTSTP from elsewhere: call [`term::Term::suspend`].
    Suspend,
    /// The program goes on after it was stopped: call [`term::Term::resume`].
    Continue,
    /// The terminal has another size: draw again.
    Redraw,
}

/// Time for a screen to close before it is closed by force.
pub const SCREEN_GRACE: Duration = Duration::from_millis(800);

/// Signals, one after another.
#[derive(Debug)]
pub struct Signals(mpsc::Receiver<Signal>);

impl Signals {
    /// The next signal.
    pub async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Some(signal) => signal,
            // The runtime is being shut down.
            None => std::future::pending().await,
        }
    }
}

/// Listens to everything that concerns a screen. A [`Signal::Quit`] that is not heeded within `grace` is carried out
/// by force, and so is a second one at once: the terminal is restored and the program exits.
///
/// # Errors
/// When the system does not let us listen.
pub fn listen(grace: Duration) -> io::Result<Signals> {
    let (sender, receiver) = mpsc::channel(32);
    for (kind, meaning) in [
        (SignalKind::interrupt(), Signal::Quit(130)),
        (SignalKind::terminate(), Signal::Quit(143)),
        (SignalKind::hangup(), Signal::Quit(129)),
        (SignalKind::quit(), Signal::Quit(131)),
        (SignalKind::from_raw(signal_hook::consts::SIGTSTP), Signal::Suspend),
        (SignalKind::from_raw(signal_hook::consts::SIGCONT), Signal::Continue),
        (SignalKind::window_change(), Signal::Redraw),
    ] {
        forward(kind, meaning, &sender, grace)?;
    }
    watch_terminal(sender, grace);
    Ok(Signals(receiver))
}

/// Listens, without a screen, to SIGINT and SIGTERM, and to SIGHUP if `hangup` says so; without it `nohup` works.
/// With the same force.
///
/// # Errors
/// When the system does not let us listen.
pub fn listen_for_end(grace: Duration, hangup: bool) -> io::Result<Signals> {
    let (sender, receiver) = mpsc::channel(32);
    forward(SignalKind::interrupt(), Signal::Quit(130), &sender, grace)?;
    forward(SignalKind::terminate(), Signal::Quit(143), &sender, grace)?;
    if hangup {
        forward(SignalKind::hangup(), Signal::Quit(129), &sender, grace)?;
    }
    Ok(Signals(receiver))
}

fn forward(
    kind: SignalKind,
    meaning: Signal,
    sender: &mpsc::Sender<Signal>,
    grace: Duration,
) -> io::Result<()> {
    let mut stream = signal(kind)?;
    let sender = sender.clone();
    tokio::spawn(async move {
        while stream.recv().await.is_some() {
            report(meaning, &sender, grace);
        }
    });
    Ok(())
}

/// Whether another program has the terminal, and what is typed there is for it alone.
static PASSED: AtomicBool = AtomicBool::new(false);

/// While it is `true`, Ctrl-C and Ctrl-\\ are for the program that has the terminal: we do not end by them.
pub fn pass_interrupts(pass: bool) {
    PASSED.store(pass, Ordering::SeqCst);
}

fn report(signal: Signal, sender: &mpsc::Sender<Signal>, grace: Duration) {
    if matches!(signal, Signal::Quit(130 | 131)) && PASSED.load(Ordering::SeqCst) {
        return;
    }
    static QUITTING: AtomicBool = AtomicBool::new(false);
    // A queue that is full means that nobody heeds signals; the force below does.
    let _ = sender.try_send(signal);
    if let Signal::Quit(code) = signal {
        tracing::info!(exit = code, "told to end");
        if QUITTING.swap(true, Ordering::SeqCst) {
            force(code);
        }
        // Not a task: it must happen even when every worker is stuck.
        std::thread::spawn(move || {
            std::thread::sleep(grace);
            force(code);
        });
    }
}

/// Exits, the terminal restored if that is possible at all: one that takes no output must not keep us.
fn force(code: i32) {
    std::thread::spawn(term::restore);
    std::thread::sleep(Duration::from_millis(100));
    std::process::exit(code);
}

/// Quits when the terminal is gone. The system tells by SIGHUP only those whose controlling terminal it was, and
/// reading keys from a dead terminal would otherwise spin.
fn watch_terminal(sender: mpsc::Sender<Signal>, grace: Duration) {
    let stdin: BorrowedFd<'static> = rustix::stdio::stdin();
    if !rustix::termios::isatty(stdin) {
        return;
    }
    std::thread::spawn(move || {
        loop {
            // No flags asked for: only errors and hang-ups end the wait.
            let mut terminal = [PollFd::new(&stdin, PollFlags::empty())];
            match poll(&mut terminal, None) {
                Ok(_) if terminal[0].revents().is_empty() => {}
                Ok(_) => return report(Signal::Quit(129), &sender, grace),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    });
}
