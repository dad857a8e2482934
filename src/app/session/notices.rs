//! What a person should know, in sentences.

use tauscope_core::error::Error;

/// How many notices there is room for.
const MOST: usize = 3;

/// A sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened and what to do.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// The notices that nobody has put away, oldest first.
#[derive(Debug, Default)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// All of them, oldest first.
    pub fn list(&self) -> &[Notice] {
        &self.0
    }

    /// Adds good news.
    pub(super) fn notify(&mut self, text: String) {
        self.add(Notice { text, is_error: false });
    }

    /// Adds an error's sentence.
    pub(super) fn complain(&mut self, error: &Error) {
        self.add(Notice { text: error.to_string(), is_error: true });
    }

    /// Puts the notice with this index away.
    pub(super) fn dismiss(&mut self, index: usize) {
        if index < self.0.len() {
            self.0.remove(index);
        }
    }

    /// Puts good news away.
    pub(super) fn dismiss_news(&mut self) {
        self.0.retain(|notice| notice.is_error);
    }

    /// The same sentence is not said twice; beyond the limit the oldest go.
    fn add(&mut self, notice: Notice) {
        self.0.retain(|other| *other != notice);
        self.0.push(notice);
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }
}
