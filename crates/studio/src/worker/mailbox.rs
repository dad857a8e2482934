//! The lock between the window's thread and the worker's. It is held only briefly, and after each change that published
//! something the window is woken. Only this module wakes the window, always after publishing.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::state::{Task, WorkerState};

pub(super) struct Mailbox {
    state: Mutex<WorkerState>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Mailbox {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), wake: Box::new(wake) }
    }

    pub(super) fn read<R>(&self, read: impl FnOnce(&WorkerState) -> R) -> R {
        read(&self.lock())
    }

    pub(super) fn change<R>(&self, change: impl FnOnce(&mut WorkerState) -> R) -> R {
        let mut state = self.lock();
        let result = change(&mut state);
        let news = state.take_news();
        drop(state);
        self.changed.notify_all();
        if news {
            (self.wake)();
        }
        result
    }

    /// Waits for the next task; `None` once the handle is dropped.
    pub(super) fn next(&self) -> Option<Task> {
        loop {
            let state = self.changed.wait_while(self.lock(), |state| state.is_idle());
            let closing = state.unwrap_or_else(PoisonError::into_inner).closing;
            if closing {
                return None;
            }
            // The request may be cancelled in between.
            if let Some((task, _before)) = self.change(WorkerState::begin) {
                return Some(task);
            }
        }
    }

    /// Stops everything and waits up to `patience` for the guard of [`Self::ending`]. Returns whether the thread ended.
    pub(super) fn close(&self, patience: Duration) -> bool {
        self.change(WorkerState::close);
        let waited = self.changed.wait_timeout_while(self.lock(), patience, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    /// A guard that the thread holds until it ends, even by a panic.
    pub(super) fn ending(&self) -> impl Drop {
        Ending(self)
    }

    fn lock(&self) -> MutexGuard<'_, WorkerState> {
        // No change panics halfway and leaves the state inconsistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ending<'a>(&'a Mailbox);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.ended = true);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak, mpsc};

    use super::*;
    use crate::{painting::JobId, worker::Request};
    use tauscope_core::diffusion::Settings;

    #[test]
    fn what_is_published_is_there_when_the_window_wakes() {
        let (found, finds) = mpsc::channel();
        let mailbox = Arc::new_cyclic(|mailbox: &Weak<Mailbox>| {
            let mailbox = mailbox.clone();
            Mailbox::new(move || {
                let mailbox = mailbox.upgrade().unwrap();
                found.send(mailbox.change(WorkerState::drain).len()).unwrap();
            })
        });
        let ids = [JobId(1), JobId(2)];
        for id in ids {
            mailbox.change(|state| {
                state.send(Request::Generate {
                    id,
                    settings: Settings::default(),
                    prompt: None,
                    branch: None,
                })
            });
        }
        assert_eq!(finds.try_iter().count(), 0, "nothing was published");
        mailbox.change(WorkerState::clear_queue);
        assert_eq!(finds.try_iter().collect::<Vec<_>>(), [2]);
        mailbox.change(WorkerState::clear_queue);
        assert_eq!(finds.try_iter().count(), 0, "nothing was published");
    }
}
