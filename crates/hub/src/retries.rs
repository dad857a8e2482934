//! Retries after temporary failures.

use std::{
    thread,
    time::{Duration, Instant},
};

use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Number of failures in a row without progress that end a download.
const TRIES: u32 = 5;
/// If the hub asks for a longer pause than this, the download fails at once.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Why a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// A retry may succeed.
    Temporary {
        /// In words, without a full stop.
        reason: String,
        /// The pause before the retry, if the hub asks for one.
        wait: Option<Duration>,
    },
    /// A retry would fail, too.
    Permanent(Error),
}

impl Failure {
    /// A failed connection.
    pub(super) fn connection(reason: impl Into<String>) -> Self {
        Self::Temporary { reason: reason.into(), wait: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Permanent(error)
    }
}

/// Counts failures and waits between retries.
pub(super) struct Retries {
    first_pause: Duration,
    failures: u32,
    reached_bytes: u64,
}

impl Retries {
    /// The first pause is `first_pause` long, each later one twice as long.
    pub(super) fn new(first_pause: Duration) -> Self {
        Self { first_pause, failures: 0, reached_bytes: 0 }
    }

    /// Waits until it is time to retry after `failure`. If `reached_bytes` has grown since the last failure, the count
    /// starts again. `pausing` is called before the pause.
    ///
    /// # Errors
    /// The error of a permanent failure, [`Error::Cancelled`], and [`Error::Input`] after too many failures.
    pub(super) fn wait(
        &mut self,
        failure: Failure,
        reached_bytes: u64,
        pausing: impl FnOnce(),
        cancel: &CancelToken,
    ) -> Result<()> {
        let (reason, wait) = match failure {
            Failure::Permanent(error) => return Err(error),
            Failure::Temporary { reason, wait } => (reason, wait),
        };
        self.failures = if reached_bytes > self.reached_bytes { 1 } else { self.failures + 1 };
        self.reached_bytes = self.reached_bytes.max(reached_bytes);
        let wait = wait.unwrap_or(self.first_pause * 2_u32.pow(self.failures - 1));
        if self.failures == TRIES || wait > LONGEST_PAUSE {
            return Err(Error::input(
                format!("The download failed: {reason}."),
                "Check the network and try again later; the download continues where it stopped.",
            ));
        }
        pausing();
        pause(wait, cancel)
    }
}

/// Waits, unless the job is cancelled.
fn pause(length: Duration, cancel: &CancelToken) -> Result<()> {
    let end = Instant::now() + length;
    loop {
        cancel.check()?;
        match end.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => thread::sleep(left.min(Duration::from_millis(50))),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Handles these failures in turn, without pauses, each after `bytes` more bytes; returns the number of retries.
    fn retried(failures: Vec<Failure>, bytes: u64) -> (Result<()>, usize) {
        let (mut retries, mut pauses) = (Retries::new(Duration::ZERO), 0);
        let cancel = CancelToken::new();
        let outcome = (0..)
            .zip(failures)
            .try_for_each(|(at, failure)| retries.wait(failure, at * bytes, || pauses += 1, &cancel));
        (outcome, pauses)
    }

    fn lost(times: usize) -> Vec<Failure> {
        (0..times).map(|_| Failure::connection("the line is dead")).collect()
    }

    #[test]
    fn it_ends_when_nothing_gets_further() {
        let (outcome, pauses) = retried(lost(4), 0);
        assert!(outcome.is_ok() && pauses == 4);
        let (outcome, pauses) = retried(lost(9), 0);
        assert!(outcome.unwrap_err().to_string().contains("the line is dead."));
        assert_eq!(pauses, 4);
    }

    #[test]
    fn whatever_gets_further_may_go_on() {
        let (outcome, pauses) = retried(lost(20), 1);
        assert!(outcome.is_ok() && pauses == 20);
    }

    #[test]
    fn permanent_failures_and_long_pauses_end_it_at_once() {
        let (outcome, pauses) = retried(vec![Failure::Permanent(Error::Internal("no".into()))], 0);
        assert!(matches!(outcome, Err(Error::Internal(_))) && pauses == 0);
        let wait = Some(Duration::from_hours(1));
        let (outcome, pauses) = retried(vec![Failure::Temporary { reason: "busy".into(), wait }], 0);
        assert!(matches!(outcome, Err(Error::Input { .. })) && pauses == 0);
    }

    #[test]
    fn cancelling_ends_a_pause() {
        let cancel = CancelToken::new();
        let mut retries = Retries::new(Duration::from_secs(100));
        let outcome = retries.wait(Failure::connection("cut"), 0, || cancel.cancel(), &cancel);
        assert!(matches!(outcome, Err(Error::Cancelled)));
    }
}
