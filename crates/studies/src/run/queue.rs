//! The pictures that are still to be painted, each handed out once with what its prompt needs.

use super::{painting::Task, shots::Shots};
use crate::study::Plan;
use tauscope_core::{caught, error::Result, prompt::Entities};

/// Finds the entities of a prompt.
pub(super) type FindEntities<'a> = &'a (dyn Fn(&str) -> Result<Entities> + Send + Sync);

/// A queue that painters share behind a lock.
pub(super) struct Queue<'a> {
    plan: &'a Plan,
    shots: &'a Shots,
    numbers: std::vec::IntoIter<usize>,
    find: FindEntities<'a>,
    /// The prompt of the last picture, by its place in the plan, with its entities: all its pictures follow each other.
    known: Option<(usize, Result<Entities, String>)>,
}

impl<'a> Queue<'a> {
    /// Of the pictures with these numbers.
    pub(super) fn new(plan: &'a Plan, shots: &'a Shots, numbers: Vec<usize>, find: FindEntities<'a>) -> Self {
        Self { plan, shots, numbers: numbers.into_iter(), find, known: None }
    }

    /// The next picture to be painted.
    pub(super) fn next(&mut self) -> Option<Task<'a>> {
        let number = self.numbers.next()?;
        let place = self.shots.place(number);
        let prompt = &self.plan.prompts[place.prompt].prompt;
        let known = self.known.take().filter(|(known, _)| *known == place.prompt);
        let (_, entities) = self.known.insert(known.unwrap_or_else(|| {
            let found = caught("finding entities", || (self.find)(prompt)).flatten();
            (place.prompt, found.map_err(|cause| cause.to_string()))
        }));
        Some(Task {
            number,
            shot: self.shots.shot(number),
            file_name: self.shots.file_name(number),
            prompt,
            arm: &self.plan.arms[place.arm],
            common: &self.plan.common,
            entities: entities.clone(),
        })
    }
}
