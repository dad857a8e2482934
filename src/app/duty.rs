//! What keeps the program alive after its window is gone: files that were asked for and are not written yet. If
//! they cannot be, standard error says so.

use std::{
    convert::Infallible,
    fmt::Display,
    io::{self, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use tauscope_core::CancelToken;

/// How long the program stays for them. A disk that has stopped answering must not keep it for ever.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long they may then take to stop, so that nothing half-written is left behind.
const LAST_PATIENCE: Duration = Duration::from_millis(400);

/// Held by the thread that writes files, until it has written all that it was asked for.
pub(super) struct Duty {
    /// Stops a long write.
    pub(super) cancel: CancelToken,
    _held: Sender<Infallible>,
}

/// The other side of a [`Duty`].
pub(super) struct Duties {
    cancel: CancelToken,
    held: Receiver<Infallible>,
}

/// A duty, and what waits for it.
pub(super) fn duty() -> (Duty, Duties) {
    let (sender, held) = channel();
    let cancel = CancelToken::new();
    (Duty { cancel: cancel.clone(), _held: sender }, Duties { cancel, held })
}

/// Says on standard error what no window is left to show.
pub(super) fn tell(sentence: impl Display) {
    // It may be closed too.
    let _ = writeln!(io::stderr(), "tauscope: {sentence}");
}

impl Duties {
    /// Waits until the duty is let go, which takes no time if there is nothing to write.
    pub(super) fn finish(self) {
        if !self.finish_within(PATIENCE) {
            tell("The last files were not written: the disk did not answer. Check it and save them again.");
        }
    }

    /// Whether the duty was let go in the end.
    fn finish_within(self, patience: Duration) -> bool {
        if !self.is_held_after(patience) {
            return true;
        }
        self.cancel.cancel();
        !self.is_held_after(LAST_PATIENCE)
    }

    fn is_held_after(&self, patience: Duration) -> bool {
        // Nothing is ever sent.
        self.held.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Instant};

    use super::*;

    #[test]
    fn nothing_to_write_takes_no_time() {
        let (duty, duties) = duty();
        let begun = Instant::now();
        drop(duty);
        duties.finish();
        assert!(begun.elapsed() < PATIENCE / 10);
    }

    #[test]
    fn a_write_is_finished_and_an_endless_one_is_stopped() {
        let (held, duties) = duty();
        thread::scope(|scope| {
            let writer = scope.spawn(move || {
                thread::sleep(Duration::from_millis(50));
                let is_stopped = held.cancel.is_cancelled();
                drop(held);
                is_stopped
            });
            duties.finish();
            assert!(!writer.join().unwrap(), "it was left to finish");
        });

        let (held, duties) = duty();
        thread::scope(|scope| {
            scope.spawn(move || {
                while !held.cancel.is_cancelled() {
                    thread::sleep(Duration::from_millis(1));
                }
                drop(held);
            });
            assert!(duties.finish_within(Duration::ZERO), "it stopped");
        });
    }

    /// Nobody was told.
    #[test]
    fn a_write_that_does_not_stop_is_noticed() {
        let (held, duties) = duty();
        assert!(!duties.finish_within(Duration::ZERO));
        drop(held);
    }
}
