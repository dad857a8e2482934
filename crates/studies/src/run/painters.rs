//! The threads that paint: each has a model of its own, takes the next picture of a common queue, and hands it over when
//! its file is written.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use super::{
    ModelName,
    painting::{Painted, check_settings, paint},
    queue::Queue,
};
use crate::study::Plan;
use tauscope_core::{
    CancelToken, caught,
    error::{Error, Result},
};
use tauscope_studio::worker::LoadedModel;

/// How long a cancel may wait until the painters hear of it.
const CANCEL_DELAY: Duration = Duration::from_millis(50);

/// Who paints.
#[derive(Clone, Copy)]
pub struct Painters<'a> {
    /// Loads a model, on the thread that paints with it, and again after a panic. Returns soon after the token is
    /// triggered.
    pub load: &'a (dyn Fn(&CancelToken) -> Result<LoadedModel> + Sync),
    /// How many paint at once, at least one. Each has a model in memory.
    pub count: usize,
}

/// The run that is painted.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// Its folder.
    pub(super) root: &'a Path,
    pub(super) model: &'a ModelName,
    pub(super) plan: &'a Plan,
}

/// Paints what is in the queue into a run's folder; `take` gets each picture, on the caller's thread.
///
/// # Errors
/// What `take` and the painters report, and [`Error::Cancelled`]. Pictures that `take` has not got then are in the folder,
/// with their lines in them.
pub(super) fn paint_all(
    painters: Painters<'_>,
    queue: Queue<'_>,
    run: Target<'_>,
    cancel: &CancelToken,
    mut take: impl FnMut(Painted) -> Result<()>,
) -> Result<()> {
    let count = painters.count.max(1);
    let queue = Mutex::new(queue);
    // A token interrupts one call at a time, so each painter has its own.
    let tokens: Vec<_> = (0..count).map(|_| CancelToken::new()).collect();
    let stop = || tokens.iter().for_each(CancelToken::cancel);
    let (hand_over, painted) = sync_channel(count);
    thread::scope(|scope| {
        let mut result = Ok(());
        for (at, token) in tokens.iter().enumerate() {
            let (hand_over, queue) = (hand_over.clone(), &queue);
            let work = move || {
                // A panic outside a painting, which none is known to cause.
                let worked = caught("painting", || work(painters, queue, run, token, &hand_over));
                if let Err(cause) = worked.flatten() {
                    // Nobody listens any more if another failed before.
                    hand_over.send(Err(cause)).unwrap_or_default();
                }
            };
            let started =
                thread::Builder::new().name(format!("painter {}", at + 1)).spawn_scoped(scope, work);
            if let Err(cause) = started {
                result = Err(Error::Internal(format!("a painter's thread could not be started ({cause}).")));
                stop();
                break;
            }
        }
        drop(hand_over);
        loop {
            if cancel.is_cancelled() {
                stop();
            }
            match painted.recv_timeout(CANCEL_DELAY) {
                // After an error the rest stays in the folder.
                Ok(_) if result.is_err() => {}
                Ok(news) => {
                    result = news.and_then(&mut take);
                    if result.is_err() {
                        stop();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        cancel.check().and(result)
    })
}

/// Paints until the queue is empty.
fn work(
    painters: Painters<'_>,
    queue: &Mutex<Queue<'_>>,
    run: Target<'_>,
    cancel: &CancelToken,
    hand_over: &SyncSender<Result<Painted>>,
) -> Result<()> {
    let mut loaded: Option<LoadedModel> = None;
    loop {
        cancel.check()?;
        let Some(task) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else { return Ok(()) };
        let model = match &mut loaded {
            Some(model) => model,
            None => loaded.insert(load(painters, run, cancel)?),
        };
        let (painted, is_sound) = paint(model, &task, run.root, cancel)?;
        if !is_sound {
            loaded = None;
        }
        if hand_over.send(Ok(painted)).is_err() {
            return Ok(());
        }
    }
}

fn load(painters: Painters<'_>, run: Target<'_>, cancel: &CancelToken) -> Result<LoadedModel> {
    let model = caught("loading the model", || (painters.load)(cancel)).flatten()?;
    let name = run.model;
    if model.info.fingerprint == name.fingerprint {
        return check_settings(&model.info, run.plan).map(|()| model);
    }
    Err(Error::input(
        format!("The run is painted by {name}, and {} is loaded.", ModelName::from(&model.info)),
        "Choose the model that the run began with, or another folder for this one.",
    ))
}
