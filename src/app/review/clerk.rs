//! The thread that keeps a review's answers and reads its pictures, so that the window never waits for a disk.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use image::RgbImage;

use tauscope_core::{
    caught,
    error::{Error, Result},
};
use tauscope_studies::run::Review;

/// What the window asks for.
pub(super) enum Order {
    /// Answers the question that is shown.
    Answer(Option<bool>),
    /// Takes the last answer back.
    Undo,
}

/// What the thread has for the window.
pub(super) enum News {
    /// The next question.
    Asked(Box<Asked>),
    /// All of so many are answered.
    Done(usize),
    /// Why it cannot go on.
    Failed(String),
}

/// A question with its picture.
pub(super) struct Asked {
    /// Its place in the review's order.
    pub(super) at: usize,
    /// How many questions are answered.
    pub(super) answered: usize,
    /// How many there are.
    pub(super) of: usize,
    pub(super) text: String,
    pub(super) prompt: String,
    pub(super) image: RgbImage,
}

/// A handle to the thread. It ends, with every answer kept, when this is dropped.
pub(super) struct Clerk {
    orders: Option<Sender<Order>>,
    news: Receiver<News>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clerk {
    /// Starts the thread; `wake` is called on it after all news.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system gives no thread.
    pub(super) fn start(mut review: Review, wake: impl Fn() + Send + 'static) -> Result<Self> {
        let (orders, inbox) = channel();
        let (outbox, news) = channel();
        let work = move || {
            let tell = |said: Result<News>| {
                let said = said.unwrap_or_else(|error| News::Failed(error.to_string()));
                let is_heard = outbox.send(said).is_ok();
                wake();
                is_heard
            };
            let mut goes_on = tell(caught("reading a picture", || ask(&review)).flatten());
            while goes_on && let Ok(order) = inbox.recv() {
                let done = caught("keeping an answer", || match order {
                    Order::Answer(answer) => review.answer(answer),
                    Order::Undo => review.undo(),
                });
                goes_on = tell(done.flatten().and_then(|()| ask(&review)));
            }
        };
        let thread = thread::Builder::new()
            .name("review".to_owned())
            .spawn(work)
            .map_err(|error| Error::Internal(format!("the system gives no thread ({error}).")))?;
        Ok(Self { orders: Some(orders), news, thread: Some(thread) })
    }

    /// Passes an order on.
    pub(super) fn tell(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends early only after it has told why.
            orders.send(order).unwrap_or_default();
        }
    }

    /// What happened since the last call.
    pub(super) fn poll(&self) -> Option<News> {
        self.news.try_recv().ok()
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic was caught and told.
            thread.join().unwrap_or_default();
        }
    }
}

/// The question that comes next, with its picture.
fn ask(review: &Review) -> Result<News> {
    let (answered, of) = review.progress();
    let Some((at, question)) = review.next() else { return Ok(News::Done(of)) };
    let image = image::open(&question.picture).map_err(|error| {
        Error::input(
            format!("{} cannot be read ({error}).", question.picture.display()),
            "Put the picture back, or paint it again with `tauscope evaluate`.",
        )
    })?;
    let (text, prompt) = (question.text.clone(), question.prompt.clone());
    Ok(News::Asked(Box::new(Asked { at, answered, of, text, prompt, image: image.into_rgb8() })))
}
