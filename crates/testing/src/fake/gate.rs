//! Lets a test decide at every moment how a run continues.

use std::sync::mpsc::{self, Receiver, Sender};

use super::Moment;
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Where the fake model stops and waits for the test. Once the gate is dropped, nothing stops there any more.
pub struct Gate(Receiver<Arrival>);

impl Gate {
    /// Waits until the model stops at its next moment. `None` if there is no model left.
    pub fn next(&self) -> Option<Arrival> {
        self.0.recv().ok()
    }
}

/// The model has stopped, and continues when this is answered or dropped, or when it is cancelled.
pub struct Arrival {
    /// Where it stopped.
    pub moment: Moment,
    reply: Sender<Reply>,
}

enum Reply {
    Go,
    Fail(Error),
    Panic,
}

impl Arrival {
    /// Lets the model continue.
    pub fn go(self) {}

    /// Makes the model fail.
    pub fn fail(self, error: Error) {
        self.answer(Reply::Fail(error));
    }

    /// Makes the model panic.
    pub fn panic(self) {
        self.answer(Reply::Panic);
    }

    fn answer(&self, reply: Reply) {
        // A model that was cancelled meanwhile waits for no answer.
        self.reply.send(reply).unwrap_or_default();
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.answer(Reply::Go);
    }
}

pub(super) fn gate() -> (impl Fn(Moment, &CancelToken) -> Result<()> + Send + Sync, Gate) {
    let (arrivals, gate) = mpsc::channel();
    let script = move |moment, cancel: &CancelToken| {
        let (reply, answers) = mpsc::channel();
        let interrupt = reply.clone();
        if arrivals.send(Arrival { moment, reply }).is_err() {
            return Ok(());
        }
        cancel.guard(
            move || interrupt.send(Reply::Go).unwrap_or_default(),
            || match answers.recv() {
                Ok(Reply::Go) | Err(_) => Ok(()),
                Ok(Reply::Fail(error)) => Err(error),
                Ok(Reply::Panic) => panic!("the script says so"),
            },
        )
    };
    (script, Gate(gate))
}
