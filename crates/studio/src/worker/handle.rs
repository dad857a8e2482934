//! The side of the worker that its user holds.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Event, ModelLoader, Request, mailbox::Mailbox, studio::Studio};
use crate::painting::{JobId, Painting};
use tauscope_core::{
    attention::Control,
    diffusion::{Settings, Steer},
    error::{Error, Result},
    prompt::Entities,
};

/// How long closing waits for the running call to notice that it is cancelled. ONNX Runtime cannot be stopped while
/// it builds a session; the window should not freeze for that.
const PATIENCE: Duration = Duration::from_millis(100);

/// A handle to the thread that owns the model. No call waits for the thread except dropping the handle, which
/// cancels everything and waits for a tenth of a second at most; after that the thread ends on its own.
pub struct Worker {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread, with no model. `wake` is called after something new was published, from any thread, and
    /// should request a repaint.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system cannot start a thread.
    pub fn start(
        loader: impl ModelLoader + Send + 'static,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self> {
        let mailbox = Arc::new(Mailbox::new(wake));
        let theirs = Arc::clone(&mailbox);
        let thread = thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || {
                let _ending = theirs.ending();
                Studio::new(loader, &theirs).work();
            })
            .map_err(|error| Error::Internal(format!("the worker thread could not be started ({error}).")))?;
        Ok(Self { mailbox, thread: Some(thread) })
    }

    /// Sends a request; the answers come as events.
    pub fn send(&self, request: Request) {
        self.mailbox.change(|state| state.send(request));
    }

    /// Cancels a job: within a step if it runs, before it starts if it waits. Does nothing once it has ended.
    pub fn cancel(&self, id: JobId) {
        self.mailbox.change(|state| state.cancel(id));
    }

    /// Steers a job that runs, from its next step on, or one that waits. Does nothing once it has ended.
    ///
    /// # Errors
    /// As [`Control::validate`]; the job then continues unchanged.
    pub fn steer(&self, id: JobId, control: Control, entities: Entities) -> Result<()> {
        self.mailbox.read(|state| state.steer(id, Steer { control, entities }))
    }

    /// Changes the entities of a job that runs, from its next step on, or of one that waits; its control stays as it is.
    /// Does nothing once it has ended.
    pub fn set_entities(&self, id: JobId, entities: Entities) {
        self.mailbox.read(|state| state.set_entities(id, entities));
    }

    /// Stops loading, and cancels the jobs that wait for the model. Does nothing if no load is requested.
    pub fn cancel_loading(&self) {
        self.mailbox.change(|state| state.cancel_loading());
    }

    /// Cancels every job that waits; the running one continues.
    pub fn clear_queue(&self) {
        self.mailbox.change(|state| state.clear_queue());
    }

    /// The jobs that wait, next one first, without the running one.
    pub fn queue(&self) -> Vec<(JobId, Settings)> {
        self.mailbox.read(|state| state.queue())
    }

    /// Takes the events since the last call, oldest first. Drain before reading [`Self::live`], and drain while
    /// hidden too: while four finished pictures wait to be drained no further job starts, so that memory stays bounded.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<> {
        self.mailbox.change(|state| state.drain()).into_iter()
    }

    /// The newest snapshot of the job that runs, or of the last that ran: what a cancelled or failed job
    /// completed stays here until another starts or the model is freed.
    pub fn live(&self) -> Option<Arc<Painting>> {
        self.mailbox.read(|state| state.live())
    }

    /// Cancels everything and waits up to `patience` for the thread. Returns whether it ended.
    fn close(&mut self, patience: Duration) -> bool {
        let ended = self.mailbox.close(patience);
        if let Some(thread) = self.thread.take_if(|_| ended) {
            // An error is a panic outside of any job, which was printed when it happened.
            thread.join().unwrap_or_default();
        }
        ended
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.close(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use tauscope_core::{CancelToken, Error, Result};

    use super::*;
    use crate::{painting::ModelSource, worker::LoadedModel};

    /// Signals when loading begins, and returns only when it is released, even if it is cancelled.
    struct Stuck {
        entered: Sender<()>,
        released: Receiver<()>,
    }

    impl ModelLoader for Stuck {
        fn load(
            &mut self,
            _: &ModelSource,
            _: &mut dyn FnMut(&str, Option<f32>),
            _: &CancelToken,
        ) -> Result<LoadedModel> {
            self.entered.send(()).unwrap();
            self.released.recv().unwrap();
            Err(Error::Cancelled)
        }
    }

    #[test]
    fn closing_does_not_wait_for_a_call_that_cannot_be_stopped() {
        let (entered, enters) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let mut worker = Worker::start(Stuck { entered, released }, || ()).unwrap();
        worker.send(Request::Load(ModelSource::Embedded));
        enters.recv().unwrap();
        assert!(!worker.close(Duration::ZERO));
        release.send(()).unwrap();
        assert!(worker.close(Duration::from_secs(60)));
    }
}
