//! The lock between the window's thread and the worker's: held for moments only, and after each change that
//! published something the window is woken. Publish first, wake second, happens here and nowhere else.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::state::{State, Task};

pub(super) struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Mailbox {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), wake: Box::new(wake) }
    }

    pub(super) fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.lock())
    }

    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
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

    /// Waits for the next task; `None` once the handle is gone.
    pub(super) fn next(&self) -> Option<Task> {
        loop {
            let state = self.changed.wait_while(self.lock(), |state| state.is_idle());
            let closing = state.unwrap_or_else(PoisonError::into_inner).closing;
            if closing {
                return None;
            }
            // What was asked for may be cancelled in between.
            if let Some((task, _before)) = self.change(State::begin) {
                return Some(task);
            }
        }
    }

    /// Stops everything and waits for [`Self::ending`]'s guard as long as `patience`. Whether the thread ended.
    pub(super) fn close(&self, patience: Duration) -> bool {
        self.change(State::close);
        let waited = self.changed.wait_timeout_while(self.lock(), patience, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    /// To be held by the thread until it ends, in whatever way.
    pub(super) fn ending(&self) -> impl Drop {
        Ending(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change leaves the state half-made by panicking.
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
                found.send(mailbox.change(State::drain).len()).unwrap();
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
        mailbox.change(State::clear_queue);
        assert_eq!(finds.try_iter().collect::<Vec<_>>(), [2]);
        mailbox.change(State::clear_queue);
        assert_eq!(finds.try_iter().count(), 0, "nothing was published");
    }
}
