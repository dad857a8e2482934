//! What a person should know about how a prompt is read: what is left out of it or read in another way than typed.

use std::{fmt, ops::Range};

use super::{
    CONTENT_TOKENS,
    instructions::{Instruction, Kind},
};

/// What a person should know about a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptNotice {
    /// Extra networks as typed, "<lora:detail:0.8>"; they are left out.
    Networks(Vec<String>),
    /// Textual inversions as typed, "embedding:name"; they are left out.
    Embeddings(Vec<String>),
    /// Wildcards as typed, "__animal__"; they are left out.
    Wildcards(Vec<String>),
    /// Texts that other programs change during a run: "[cat:dog:0.5]", "[cat|dog]".
    Schedules(Vec<Choice>),
    /// Texts of which other programs draw one: "{red|blue}".
    RandomChoices(Vec<Choice>),
    /// "AND" combines prompts; they are read as one.
    Combined,
    /// Weights below 0 as typed, "(cat:-1)".
    NegativeWeights(Vec<String>),
    /// "BREAK" starts a new chunk.
    Break,
    /// "BREAK" is left out, because the model takes fewer chunks.
    TooManyChunks {
        /// How many chunks the prompt takes with it.
        chunks: usize,
        /// How many the model takes.
        most: usize,
    },
    /// The end of the prompt is left out, because the model takes fewer tokens.
    CutOff {
        /// How many content tokens the model takes.
        tokens: usize,
        /// What is left out, without syntax.
        text: String,
    },
}

/// A choice of several texts, of which one is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As typed.
    pub typed: String,
    /// What is read instead, without syntax.
    pub read: String,
}

impl PromptNotice {
    /// What there is to tell about `instructions`, the parts of `source` that are no text; `read` is what is read of a
    /// range.
    pub(super) fn of<'a>(
        source: &str,
        instructions: &[Instruction],
        read: impl Fn(&Range<usize>) -> &'a str,
    ) -> Vec<Self> {
        let typed =
            |kind| outermost(instructions, kind).map(|range| source[range.clone()].to_owned()).collect();
        let choices = |kind| {
            let choice = |range: &Range<usize>| Choice {
                typed: source[range.clone()].to_owned(),
                read: read(range).trim().to_owned(),
            };
            outermost(instructions, kind).map(choice).collect()
        };
        let mut notices = vec![
            Self::Networks(typed(Kind::Network)),
            Self::Embeddings(typed(Kind::Embedding)),
            Self::Wildcards(typed(Kind::Wildcard)),
            Self::Schedules(choices(Kind::Schedule)),
            Self::RandomChoices(choices(Kind::RandomChoice)),
        ];
        notices.retain(|notice| match notice {
            Self::Networks(typed) | Self::Embeddings(typed) | Self::Wildcards(typed) => !typed.is_empty(),
            Self::Schedules(choices) | Self::RandomChoices(choices) => !choices.is_empty(),
            _ => true,
        });
        notices.extend(outermost(instructions, Kind::And).next().map(|_| Self::Combined));
        notices.extend(outermost(instructions, Kind::Break).next().map(|_| Self::Break));
        notices
    }
}

/// The instructions of this kind that lie in no other of it.
fn outermost(instructions: &[Instruction], kind: Kind) -> impl Iterator<Item = &Range<usize>> {
    let ranges = instructions.iter().filter(move |instruction| instruction.kind == kind);
    let mut end = 0;
    ranges.map(|instruction| &instruction.range).filter(move |range| {
        let is_outermost = range.start >= end;
        end = end.max(range.end);
        is_outermost
    })
}

impl fmt::Display for PromptNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Networks(typed) => write!(
                f,
                "Left out, because LoRAs and other extra networks are not supported yet: {}. Open a model with the \
                 LoRA merged into it instead.",
                listed(typed, String::clone)
            ),
            Self::Embeddings(typed) => write!(
                f,
                "Left out, because embeddings (textual inversions) are not supported yet: {}. Say in words what they \
                 stand for.",
                listed(typed, String::clone)
            ),
            Self::Wildcards(typed) => write!(
                f,
                "Left out, because wildcards are not supported: {}. Write a word that they stand for.",
                listed(typed, String::clone)
            ),
            Self::Schedules(choices) => write!(
                f,
                "A prompt cannot change during a run yet, so the first text counts throughout: {}.",
                listed(choices, Choice::to_string)
            ),
            Self::RandomChoices(choices) => write!(
                f,
                "Nothing is drawn at random; the first text counts: {}. Write the one that you want.",
                listed(choices, Choice::to_string)
            ),
            Self::Combined => f.write_str(
                "Prompts cannot be combined with AND yet: their parts are read as one prompt, without weights of their \
                 own.",
            ),
            Self::NegativeWeights(typed) => write!(
                f,
                "A weight below 0 counts as 0: {}. What the picture should keep away from belongs in the negative \
                 prompt.",
                listed(typed, String::clone)
            ),
            Self::Break => write!(
                f,
                "BREAK starts a new chunk of {CONTENT_TOKENS} tokens; at an end of the prompt it does nothing."
            ),
            Self::TooManyChunks { chunks, most } => write!(
                f,
                "BREAK is left out: with it the prompt takes {chunks} chunks, and this model takes {most} at most."
            ),
            Self::CutOff { tokens, text } => {
                write!(f, "This model takes {tokens} tokens; cut off: \"{}\".", beginning(text))
            }
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is read as \"{}\"", self.typed, self.read)
    }
}

/// The first items, and how many there are beside them.
fn listed<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    const MOST: usize = 5;
    let mut listed = items.iter().take(MOST).map(text).collect::<Vec<_>>().join(", ");
    if items.len() > MOST {
        listed.push_str(&format!(" and {} more", items.len() - MOST));
    }
    listed
}

/// The beginning of a text that may be of any length.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::WeightedText, *};

    #[test]
    fn what_is_not_read_as_typed_is_told() {
        fn check(source: &str, expected: &[&str]) {
            let notices = WeightedText::parse(source).notices;
            let notices: Vec<_> = notices.iter().map(PromptNotice::to_string).collect();
            let matches = notices.iter().zip(expected).all(|(notice, part)| notice.contains(part));
            assert!(matches && notices.len() == expected.len(), "{source}: {notices:?}");
        }
        check(
            "<lora:detail:0.8> a cat",
            &["LoRAs and other extra networks are not supported yet: <lora:detail:0.8>."],
        );
        check("(embedding:x:1.2), embedding:y", &["not supported yet: embedding:x, embedding:y."]);
        check("a [(big:1.2) cat:dog:0.5]", &["[(big:1.2) cat:dog:0.5] is read as \"big cat\"."]);
        check("[a|[b|c]] [[a|b]:c:2]", &["[a|[b|c]] is read as \"a\", [[a|b]:c:2] is read as \"a\"."]);
        check("a {2$$red|blue} cat", &["{2$$red|blue} is read as \"red\"."]);
        check("a cat :1.2 AND a dog", &["combined with AND"]);
        check("a cat BREAK a dog BREAK", &["BREAK starts a new chunk"]);
        check("a __animal__ on a __props/mat-*__", &["not supported: __animal__, __props/mat-*__."]);
        check("{<lora:a:1>|b} cat", &["LoRAs", "{<lora:a:1>|b} is read as \"b\"."]);
        check("(cat:-1) (dog:-0.5)", &["below 0 counts as 0: (cat:-1), (dog:-0.5)."]);
        check("{a|b} [a|b] <lora:x:1>", &["LoRAs", "[a|b]", "{a|b}"]);
        check("[a|<lora:x:1>]", &["[a|<lora:x:1>] is read as \"a\"."]);
        check(&"<lora:x:1>".repeat(7), &["<lora:x:1>, <lora:x:1> and 2 more."]);
        check("a (cat:0), a [dog], {red}, a < b, 16:9", &[]);
    }
}
