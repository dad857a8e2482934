//! What other programs read in a prompt as an instruction, not as text. It is never painted as words.
//!
//! | typed                                     | means                                                | is read as          |
//! |-------------------------------------------|------------------------------------------------------|---------------------|
//! | `<lora:name:0.8>`                         | an extra network (AUTOMATIC1111's web UI)            | nothing             |
//! | `embedding:name`                          | a textual inversion (ComfyUI)                        | nothing             |
//! | `__name__`                                | a line of a file of words (dynamic prompts)          | nothing             |
//! | `BREAK`                                   | what follows starts a new chunk                      | a new chunk         |
//! | `a AND b :1.2`                            | prompts of their own, combined                       | `a`, then `b`       |
//! | `[a:b:0.5]`, `[a::0.5]`, `[a:0.5]`        | prompt editing: the text changes during the run      | `a`                 |
//! | `[a\|b]`                                  | the text alternates from step to step                | `a`                 |
//! | `{a\|b}`, `{2$$a\|b}`, `{0.5::a\|b}`      | one is drawn at random (dynamic prompts, ComfyUI)    | `a`                 |
//!
//! A choice is read as its first text that is not blank. A backslash before a sign makes it text. Lower-case "and" and
//! "break" are words; "[x:y]" and "[16:9]" only weigh, and "{x}" is text. Brackets that weigh are read afterwards, by
//! [`super::syntax`]; [`super::PromptNotice`] tells what was done.

mod tags;

use std::ops::Range;

use tags::{is_word, keyword, network, part_weight};

/// The kinds of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Network,
    Embedding,
    Wildcard,
    Break,
    And,
    /// The weight of one of the prompts that AND combines.
    PartWeight,
    /// Prompt editing and alternation.
    Schedule,
    RandomChoice,
}

impl Kind {
    /// What is read instead of a cut. Space keeps the words around it apart, a line break also their phrases.
    pub(super) fn gap(self) -> &'static str {
        match self {
            Self::Network | Self::Embedding | Self::Wildcard => " ",
            Self::Break | Self::And => "\n",
            Self::PartWeight | Self::Schedule | Self::RandomChoice => "",
        }
    }
}

/// An instruction in the text as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// The text of a choice that is read; empty for everything else.
    pub(super) kept: Range<usize>,
}

/// The ranges of the source that are not read, in order and apart from each other.
pub(super) fn cuts(instructions: &[Instruction]) -> Vec<(Range<usize>, Kind)> {
    let around = |instruction: &Instruction| {
        let Instruction { kind, range, kept } = instruction;
        [(range.start..kept.start, *kind), (kept.end..range.end, *kind)]
    };
    let mut cuts: Vec<_> = instructions.iter().flat_map(around).filter(|(cut, _)| !cut.is_empty()).collect();
    cuts.sort_by_key(|(cut, _)| cut.start);
    let mut end = 0;
    cuts.retain(|(cut, _)| {
        let is_apart = cut.start >= end;
        end = end.max(cut.end);
        is_apart
    });
    cuts
}

/// All instructions of `source` by their start, without those in a text that is not read. Time is linear but for sorting.
pub(super) fn find(source: &str) -> Vec<Instruction> {
    let mut scan = Scan { source, found: Vec::new(), open: Vec::new() };
    let (mut at, mut before) = (0, ' ');
    while let Some(sign) = source[at..].chars().next() {
        let end = scan.step(at, sign, before);
        before = source[at..end].chars().next_back().unwrap_or(sign);
        at = end;
    }
    let mut found = scan.found;
    if !found.iter().any(|instruction| instruction.kind == Kind::And) {
        found.retain(|instruction| instruction.kind != Kind::PartWeight);
    }
    found.sort_by_key(|instruction| instruction.range.start);
    found
}

struct Scan<'a> {
    source: &'a str,
    found: Vec<Instruction>,
    open: Vec<Bracket>,
}

/// A bracket that is not closed yet.
struct Bracket {
    start: usize,
    closing: char,
    /// How many instructions were found before it.
    found: usize,
    separators: Vec<Separator>,
}

/// A ":" or "|" directly within a bracket, or the bracket's end.
#[derive(Clone, Copy)]
struct Separator {
    sign: char,
    at: usize,
    /// How many instructions were found before it.
    found: usize,
}

impl Scan<'_> {
    /// Reads what starts with `sign` at `at`, behind the character `before`, and returns its end.
    fn step(&mut self, at: usize, sign: char, before: char) -> usize {
        let rest = &self.source[at..];
        let instruction = match sign {
            '\\' => return at + rest.chars().take(2).map(char::len_utf8).sum::<usize>(),
            '<' => network(rest).map(|length| (Kind::Network, length)),
            ':' if self.open.is_empty() && !before.is_ascii_digit() => {
                part_weight(rest).map(|length| (Kind::PartWeight, length))
            }
            _ if !is_word(before) => keyword(rest),
            _ => None,
        };
        let Some((kind, length)) = instruction else {
            self.step_bracket(at, sign);
            return at + sign.len_utf8();
        };
        let end = at + length;
        self.found.push(Instruction { kind, range: at..end, kept: end..end });
        end
    }

    /// Keeps account of brackets and of what separates texts in them.
    fn step_bracket(&mut self, at: usize, sign: char) {
        let found = self.found.len();
        let open = |closing| Bracket { start: at, closing, found, separators: Vec::new() };
        let separator = Separator { sign, at, found };
        match (sign, self.open.last_mut()) {
            ('(', _) => self.open.push(open(')')),
            ('[', _) => self.open.push(open(']')),
            ('{', _) => self.open.push(open('}')),
            (')' | ']' | '}', Some(innermost)) if innermost.closing == sign => self.close(separator),
            (':' | '|', Some(innermost)) => innermost.separators.push(separator),
            _ => {}
        }
    }

    /// Closes the innermost bracket at `end`, which makes it a choice if it separates texts.
    fn close(&mut self, end: Separator) {
        let Some(Bracket { start, closing, found: mut before, mut separators }) = self.open.pop() else {
            return;
        };
        let has_bars = separators.iter().any(|separator| separator.sign == '|');
        let kind = match closing {
            '}' if has_bars => Kind::RandomChoice,
            ']' if has_bars || self.is_editing(start, &separators, end.at) => Kind::Schedule,
            _ => return,
        };
        if has_bars {
            separators.retain(|separator| separator.sign == '|');
            separators.push(end);
        }
        let mut from = start + 1;
        for Separator { at, found, .. } in separators {
            let text = &self.source[from..at];
            let options = if kind == Kind::RandomChoice { draw_options(text) } else { 0 };
            if !self.is_blank(from + options..at, &self.found[before..found]) {
                self.found.truncate(found);
                self.found.push(Instruction { kind, range: start..end.at + 1, kept: from + options..at });
                return;
            }
            (from, before) = (at + 1, found);
        }
    }

    /// Whether nothing of a text is read but these instructions in it.
    fn is_blank(&self, text: Range<usize>, within: &[Instruction]) -> bool {
        let mut at = text.start;
        let mut is_blank = true;
        for cut in within.iter().filter(|instruction| instruction.kept.is_empty()) {
            is_blank &= self.source.get(at..cut.range.start).is_none_or(|before| before.trim().is_empty());
            at = at.max(cut.range.end);
        }
        is_blank && self.source.get(at..text.end).is_none_or(|rest| rest.trim().is_empty())
    }

    /// Whether "[a:b:0.5" from `start` to `end` has a number last. "[16:9" and "[at 10:30" are a ratio and a time.
    fn is_editing(&self, start: usize, separators: &[Separator], end: usize) -> bool {
        let Some(last) = separators.last() else { return false };
        let (texts, when) = (&self.source[start + 1..last.at], self.source[last.at + 1..end].trim());
        let is_whole =
            |number: &str| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        let is_ratio =
            separators.len() == 1 && is_whole(when) && texts.rsplit(' ').next().is_some_and(is_whole);
        when.parse().is_ok_and(f64::is_finite) && !is_ratio
    }
}

/// The length of "2$$", "1-2$$, $$" or "0.5::" before a text that may be drawn.
fn draw_options(text: &str) -> usize {
    let text = &text[..text.find(['(', '[', '{', '<']).unwrap_or(text.len())];
    let start = text.rfind("$$").map_or(0, |count| count + 2);
    let weight = text[start..].split_once("::").filter(|(weight, _)| weight.trim().parse::<f64>().is_ok());
    start + weight.map_or(0, |(weight, _)| weight.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::{
        super::trouble::{TROUBLE, texts},
        *,
    };

    /// What is read of `source`, by its cuts alone.
    fn read(source: &str) -> String {
        let mut read = String::new();
        let mut at = 0;
        for (cut, kind) in cuts(&find(source)) {
            read.push_str(&source[at..cut.start]);
            read.push_str(kind.gap());
            at = cut.end;
        }
        read + &source[at..]
    }

    /// LoRA tags, BREAK and the like were painted as words.
    #[test]
    fn instructions_of_other_programs_are_not_text() {
        fn check(source: &str, expected: &str) {
            assert_eq!(read(source), expected, "{source}");
        }
        // Extra networks.
        check("<lora:detail:0.8>a cat", " a cat");
        check("a<LoRA:Some name-v2 (best):1:te=0.5> cat", "a  cat");
        check("<lyco:x> <hypernet:y:1><lora:z:-1>", "    ");
        check("(<lora:x:1>cat:1.2)", "( cat:1.2)");
        // Textual inversions.
        check("embedding:bad_hands, a cat", " , a cat");
        check("a (embedding:sub/name.pt:1.2) cat", "a ( :1.2) cat");
        check("[Embedding:a:b]", "[ ]");
        // Chunks and combined prompts.
        check("a cat BREAK a dog,BREAK,", "a cat \n a dog,\n,");
        check("a cat :1.2 AND a dog AND (fog:0.5)", "a cat  \n a dog \n (fog:0.5)");
        check("a cat AND a dog : -1", "a cat \n a dog ");
        // Prompt editing and alternation.
        check("a [cat:dog:0.5] b", "a cat b");
        check("[cat::0.5][:dog:10][fox:.25]", "catdogfox");
        check("[ cat : dog : 1e-1 ]", " cat ");
        check("[cat|dog] [|owl|] [a:b|c]", "cat owl a:b");
        check("[[cat|dog]:(fox:1.2):0.5]", "cat");
        check("[(red:1.2) cat:<lora:x:1>:3]", "(red:1.2) cat");
        check("(a [b|c]:1.2)", "(a b:1.2)");
        // Random choices.
        check("a {red|blue|} cat", "a red cat");
        check("{<lora:a:1>|b} [ <lora:a:1> :c:0.5]", "b c");
        check("a __animal__, __a/b-*__", "a  ,  ");
        check("{|red} {2$$a|b} {1-2$$ and $$a|b} {0.5::a|1::b} {{a|b}|c}", "red a a a a");
        check("[{a|b}:{c|d}:0.5] {a {2$$b|c}|d}", "a a b");
    }

    #[test]
    fn ordinary_text_is_no_instruction() {
        fn check(source: &str) {
            assert_eq!((read(source).as_str(), find(source).len()), (source, 0));
        }
        check("a < b > c, <3, <b>bold</b>, <|endoftext|>, <a: b>, <lora:x, <3:4>");
        check("a __ b, snake_case, __init, a__b__c, ____");
        check("this embedding: a layer, myembedding:x");
        check("a break and BREAKS, BREAK_1, BAND, ANDY, a_AND");
        check("at 10:30, a cat :1.2, 16:9, a: b");
        check("[word] [x:y] [16:9] [at 10:30] (a|b) a | b {word} [|] {|}");
        check("[a:b:c] [a:nan] [a|b {a|b (a:b:0.5)");
        check(r"\<lora:x:1> \BREAK \[a|b\] \{a|b\} [a\|b]");
    }

    #[test]
    fn instructions_of_any_text_lie_in_it() {
        for text in texts(TROUBLE, 5000) {
            let found = find(&text);
            for Instruction { range, kept, .. } in &found {
                assert!(text.get(range.clone()).is_some() && text.get(kept.clone()).is_some(), "{text:?}");
                assert!(range.start <= kept.start && kept.end <= range.end, "{text:?}");
            }
            assert!(cuts(&found).is_sorted_by(|(a, _), (b, _)| a.end <= b.start), "{text:?}");
        }
    }
}
