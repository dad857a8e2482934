//! From the draft to the queue: what is asked for becomes a job.

use std::sync::Arc;

use super::super::{Session, effect::Effect, queue::Steering};
use tauscope_core::{diffusion::Settings, prompt::Prompt};
use tauscope_studio::painting::{Branch, JobId, ModelSource};

/// Opens a model. What was asked of the one before may be asked anew.
pub(in super::super) fn open_model(session: &mut Session, source: ModelSource) -> Vec<Effect> {
    session.inspection.forget_questions();
    vec![session.models.open(source)]
}

/// Asks for the draft, behind what waits already.
pub(in super::super) fn generate(session: &mut Session) -> Vec<Effect> {
    if !session.can_generate() {
        if let Err(error) = session.draft.settings().validate() {
            session.notices.complain(&error);
        }
        return Vec::new();
    }
    session.draft.draw_seed();
    // What was said of the last picture has been read, and takes room from the next.
    session.notices.dismiss_news();
    let (_, mut effects) = ask(session, session.draft.settings().clone(), None);
    effects.push(Effect::Remember);
    effects
}

/// Goes on from the step with this index of the shown painting, with the draft's settings as far as a run can change
/// them.
pub(in super::super) fn branch(session: &mut Session, step: usize) -> Vec<Effect> {
    let Some(parent) = session.shown().map(|shown| shown.painting.clone()) else { return Vec::new() };
    let (from, draft) = (&parent.settings, session.draft.settings());
    // A branch keeps its parent's words; others that are typed by now are for the next picture.
    let text = if draft.prompt == from.prompt { draft } else { from };
    let settings = Settings {
        prompt: text.prompt.clone(),
        control: draft.steer_at(step).control,
        entities: text.steer_at(step).entities,
        width: from.width,
        height: from.height,
        steps: from.steps,
        sampler: from.sampler,
        seed: from.seed,
        changes: draft.changes.iter().filter(|change| change.step > step).cloned().collect(),
        ..draft.clone()
    };
    add(session, settings, None, Some(Branch { parent, step })).1
}

/// Asks for a picture from the seed's noise; gives the job's name.
pub(super) fn ask(
    session: &mut Session,
    settings: Settings,
    steering: Option<Steering>,
) -> (JobId, Vec<Effect>) {
    add(session, settings, steering, None)
}

fn add(
    session: &mut Session,
    settings: Settings,
    steering: Option<Steering>,
    branch: Option<Branch>,
) -> (JobId, Vec<Effect>) {
    let prompt = known_prompt(session, &settings.prompt);
    session.queue.add(settings, prompt, steering, branch, session.draft.size_is_chosen())
}

/// This text as the draft or the shown painting has it read; the worker reads any other.
fn known_prompt(session: &Session, text: &str) -> Option<Arc<Prompt>> {
    let shown = session.shown().and_then(|shown| shown.painting.prompt.as_ref());
    let mut known = session.draft.reading().prompt.as_ref().into_iter().chain(shown);
    known.find(|prompt| prompt.source == text).cloned()
}
