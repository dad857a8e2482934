//! Cancelling a job from another thread.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::error::{Error, Result};

type Interrupt = Box<dyn Fn() + Send>;

/// One per job, shared between the thread that runs it and those that may cancel it. Only the token decides whether a job
/// was cancelled, not the error that an interrupted call returns.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    /// Interrupts the running call.
    interrupt: Mutex<Option<Interrupt>>,
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the job: interrupts the running call, and later ones do not start.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        if let Some(interrupt) = &*self.0.interrupt.lock().unwrap_or_else(PoisonError::into_inner) {
            interrupt();
        }
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Fails if the job is cancelled.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Locks what another job may hold for as long as a download takes. `waiting` is called at once and every half second
    /// meanwhile.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the token is cancelled before the lock is free.
    pub fn lock<'a, T>(&self, mutex: &'a Mutex<T>, mut waiting: impl FnMut()) -> Result<MutexGuard<'a, T>> {
        const PAUSE: Duration = Duration::from_millis(500);
        let mut told: Option<Instant> = None;
        loop {
            self.check()?;
            match mutex.try_lock() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if told.is_none_or(|told| told.elapsed() >= PAUSE) => {
                    waiting();
                    told = Some(Instant::now());
                }
                Err(TryLockError::WouldBlock) => {}
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs `work`, which `interrupt` can stop from another thread.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the token is cancelled before or during `work`, whatever `work` returns; otherwise the error
    /// of `work`.
    pub fn guard<T>(
        &self,
        interrupt: impl Fn() + Send + 'static,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        *self.0.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(interrupt));
        // Checked after the interrupt is set, so that a cancel in between is not lost.
        let result = self.check().and_then(|()| work());
        *self.0.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.check()?;
        result
    }
}

impl std::fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_lock_can_be_cancelled() {
        let (mutex, token) = (Mutex::new(7), CancelToken::new());
        let held = mutex.lock().unwrap();
        let mut told = 0;
        let waited = token.lock(&mutex, || {
            told += 1;
            if told == 2 {
                token.cancel();
            }
        });
        assert!(matches!(waited, Err(Error::Cancelled)));
        drop(held);
        assert_eq!(*CancelToken::new().lock(&mutex, || panic!("it is free")).unwrap(), 7);
    }

    #[test]
    fn cancel_interrupts_the_running_call() {
        let token = CancelToken::new();
        let (stop, stopped) = std::sync::mpsc::channel();
        let other = token.clone();
        let result = token.guard(
            move || stop.send(()).unwrap_or_default(),
            || {
                other.cancel();
                stopped.recv().map_err(|gone| Error::Internal(gone.to_string()))
            },
        );
        assert!(matches!(result, Err(Error::Cancelled)));
    }

    #[test]
    fn a_cancelled_job_begins_nothing() {
        let token = CancelToken::new();
        token.cancel();
        let mut ran = false;
        let result = token.guard(
            || (),
            || {
                ran = true;
                Ok(())
            },
        );
        assert!(matches!(result, Err(Error::Cancelled)) && !ran);
    }
}
