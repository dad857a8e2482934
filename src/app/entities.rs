//! The prompt's entities in the state: found, changed by hand, kept with their prompt. Part of [`super::update()`].
//! And what people call them.

use super::{
    command::Effect,
    state::{Job, State},
};
use tauscope_core::{
    diffusion::Settings,
    error::Result,
    prompt::{Group, Groups, Owner, Part, PromptWords},
};

/// The prompt changed to `text`.
pub(super) fn typed(state: &mut State, text: String) -> Vec<Effect> {
    let before = &state.draft.groups;
    let mut carried = before.carried(&state.draft.prompt, &text);
    // Nothing of a person's groups is left: the new words are found as any others.
    carried.by_hand &= before.list.is_empty() || !carried.list.is_empty();
    state.draft.groups = match state.corrections.of(&text) {
        Some(groups) => groups.clone(),
        // Until they are found anew, and for good if a person made them.
        None => carried,
    };
    state.draft.prompt = text;
    // They were of the picture that the draft came from, and of its words.
    state.draft.changes.clear();
    state.picked = state.picked.take().map(|_| Vec::new());
    look(state)
}

/// Asks for the groups of the prompt, unless a person made them.
pub(super) fn look(state: &State) -> Vec<Effect> {
    if state.draft.groups.by_hand || state.reader.is_none() {
        Vec::new()
    } else {
        vec![Effect::FindGroups(state.draft.prompt.clone())]
    }
}

/// Groups were found, perhaps of a prompt that has been typed on since. A job that was asked for before gets them too.
pub(super) fn found(state: &mut State, prompt: &str, groups: Result<Groups>) -> Vec<Effect> {
    match groups {
        Ok(groups) => {
            let lacks = |settings: &Settings| {
                let known = &settings.groups;
                settings.prompt == prompt && known.list.is_empty() && !known.by_hand && *known != groups
            };
            if prompt == state.draft.prompt && !state.draft.groups.by_hand {
                state.draft.groups = groups.clone();
            }
            for job in state.waiting.iter_mut().filter(|job| !job.is_sent && lacks(&job.settings)) {
                job.settings.groups = groups.clone();
            }
            let sent = state.waiting.iter().filter(|job| job.is_sent);
            let late =
                sent.chain(state.running.iter().map(|run| &run.job)).filter(|job| lacks(&job.settings));
            let control = |job: &Job| Box::new(job.settings.control.clone());
            return late.map(|job| Effect::Steer(job.id, control(job), groups.clone())).collect();
        }
        // It comes with every prompt, and is worth one word.
        Err(error) if !state.language_is_broken => {
            state.language_is_broken = true;
            state.complain(&error);
        }
        Err(_) => {}
    }
    Vec::new()
}

pub(super) fn pick(state: &mut State, word: usize) {
    let Some(picked) = &mut state.picked else { return };
    match picked.iter().position(|&other| other == word) {
        Some(at) => drop(picked.remove(at)),
        None => picked.push(word),
    }
}

pub(super) fn assign(state: &mut State, owner: Owner) {
    let Some(picked) = state.picked.as_mut().filter(|picked| !picked.is_empty()) else { return };
    state.draft.groups = state.draft.groups.assign(&state.reading.words.list, picked, owner);
    picked.clear();
    state.draft.changes.clear();
    state.corrections.keep(&state.draft.prompt, &state.draft.groups);
}

pub(super) fn automatic(state: &mut State) -> Vec<Effect> {
    state.corrections.forget(&state.draft.prompt);
    state.draft.groups.by_hand = false;
    state.picked = state.picked.take().map(|_| Vec::new());
    look(state)
}

/// The entity's letter: A to Z, then AA and so on.
pub(super) fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// What people call an entity: "young boy + red hat".
pub(super) fn name(group: &Group, words: &PromptWords) -> String {
    let phrase = |span: &std::ops::Range<usize>| {
        let words =
            words.list.iter().filter(|word| word.source.start < span.end && span.start < word.source.end);
        let (all, content): (Vec<_>, Vec<_>) = (
            words.clone().map(|w| w.text.as_str()).collect(),
            words.filter(|w| w.content).map(|w| w.text.as_str()).collect(),
        );
        if content.is_empty() { all.join(" ") } else { content.join(" ") }
    };
    group.phrases.iter().map(|p| phrase(&p.span)).collect::<Vec<_>>().join(" + ")
}

/// The entity that a part of a prompt belongs to.
pub(super) fn of_part(groups: &Groups, words: &PromptWords, part: Part) -> Option<usize> {
    groups.of_word(&words.word_of(part)?.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on() {
        fn check(index: usize, expected: &str) {
            assert_eq!(letter(index), expected);
        }
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(53, "BB");
    }
}
