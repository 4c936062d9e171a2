//! Word of changed files: folders are watched by the system, nothing is polled.

use std::path::PathBuf;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long it must be quiet after a change: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// A few folders under watch. Those that do not exist yet are waited for.
#[derive(Debug)]
pub struct Watch {
    folders: Vec<PathBuf>,
    /// None where the system cannot watch; then nothing ever changes.
    watcher: Option<RecommendedWatcher>,
    changes: mpsc::Receiver<()>,
    /// When a change that happened will be told.
    due: Option<Instant>,
}

impl Watch {
    /// Begins to watch these folders.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let told = move |event: notify::Result<notify::Event>| {
            // Reading a file is no change. One word is enough for many changes.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(told).ok();
        let mut watch = Self { folders, watcher, changes, due: None };
        watch.settle();
        watch
    }

    /// Completes when something changed and it has been quiet since. Can be dropped and called again at any time.
    pub async fn changed(&mut self) {
        loop {
            let quiet_at = self.due;
            tokio::select! {
                told = self.changes.recv() => match told {
                    Some(()) => self.due = Some(Instant::now() + QUIET),
                    None => std::future::pending().await,
                },
                () = until(quiet_at), if quiet_at.is_some() => {
                    self.due = None;
                    self.settle();
                    return;
                }
            }
        }
    }

    /// Watches each folder, or what there is on the way to it.
    fn settle(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        for folder in &self.folders {
            if let Some(nearest) = folder.ancestors().find(|path| path.is_dir()) {
                let _ = watcher.watch(nearest, RecursiveMode::NonRecursive);
            }
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(watch: &mut Watch) -> bool {
        tokio::time::timeout(Duration::from_secs(2), watch.changed()).await.is_ok()
    }

    #[tokio::test]
    async fn a_burst_of_changes_is_told_once_and_a_folder_may_come_later() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/themes");
        let mut watch = Watch::new(vec![folder.clone()]);
        std::fs::create_dir_all(&folder).unwrap();
        assert!(told(&mut watch).await, "the folder came");
        // What happened between the word and the watch is not lost: the caller reads after it.
        for text in ["1", "2", "3"] {
            std::fs::write(folder.join("mine.toml"), text).unwrap();
        }
        // Dropping the future loses nothing.
        let _ = tokio::time::timeout(Duration::from_millis(30), watch.changed()).await;
        assert!(told(&mut watch).await, "the file came");
        let quiet = tokio::time::timeout(Duration::from_millis(400), watch.changed()).await;
        assert!(quiet.is_err(), "once is enough, and reading is no change");
    }
}
