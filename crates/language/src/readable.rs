//! The text as the tagger reads it: the same bytes in lower case, but without what is not English.
//!
//! Underscores and quotation marks become spaces, and a tag that speaks to a model or a program ("score_9",
//! "<lora:name:0.8>", "very_aesthetic") becomes a comma.

use std::{iter, ops::Range};

use super::lexicon::{TAG_KINDS, TITLES};

/// Signs that end a tag.
const TAG_ENDS: &str = ",;|()[]{}<>";

/// Signs around an item, which weigh it.
const BRACKETS: &str = "()[]{}";

/// Signs between the items of a list of tags.
const SEPARATORS: &str = ",;|\n";

/// The text for the tagger, and what is quoted in it.
pub(super) struct Readable {
    /// As many bytes as the text, words at the same ones.
    pub(super) text: String,
    /// What stands between quotation marks.
    pub(super) quotations: Vec<Range<usize>>,
}

impl Readable {
    pub(super) fn new(text: &str) -> Self {
        let mut replaced: Vec<(Range<usize>, char)> = Vec::new();
        let mut quotes = Quotes::default();
        let mut before = None;
        let mut begins_item = true;
        let mut at = 0;
        while let Some(sign) = text[at..].chars().next() {
            let is_start = !before.is_some_and(|c: char| c.is_alphanumeric() || c == '_');
            let item = if begins_item { item_length(&text[at..]) } else { None };
            let tag = if is_start { tag_length(&text[at..]).or(item) } else { None };
            let end = at + tag.unwrap_or(sign.len_utf8());
            let after = text[end..].chars().next();
            match sign {
                _ if tag.is_some() => replaced.push((at..end, ',')),
                '_' => replaced.push((at..end, ' ')),
                '.' if ends_title(&text[..at]) => replaced.push((at..end, ' ')),
                _ => quotes.read(at..end, sign, [before, after]),
            }
            let is_around = sign.is_whitespace() || BRACKETS.contains(sign);
            begins_item = tag.is_some() || SEPARATORS.contains(sign) || begins_item && is_around;
            before = Some(sign);
            at = end;
        }
        replaced.extend(quotes.marks.into_iter().map(|mark| (mark, ' ')));
        replaced.sort_by_key(|(range, _)| range.start);
        Self { text: replace(text, &replaced), quotations: quotes.closed }
    }
}

/// The text in lower case with each range replaced by a sign and spaces.
fn replace(text: &str, replaced: &[(Range<usize>, char)]) -> String {
    let mut read = String::with_capacity(text.len());
    for (range, sign) in replaced {
        read.push_str(&text[read.len()..range.start]);
        read.push(*sign);
        read.extend(iter::repeat_n(' ', range.len() - 1));
    }
    read.push_str(&text[read.len()..]);
    read.make_ascii_lowercase();
    read
}

/// The length of a tag that `text` begins with: "<kind:name>", or a word that a known kind or a later number marks
/// ("rating_safe", "artist:name", "style_v2").
fn tag_length(text: &str) -> Option<usize> {
    if let Some(inner) = text.strip_prefix('<') {
        let kind = inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let inner = kind.strip_prefix(':').filter(|_| kind.len() < text.len() - 1)?;
        let end = inner.find(['<', '>', '\n']).filter(|&end| inner[end..].starts_with('>'))?;
        return Some(text.len() - inner.len() + end + 1);
    }
    let length = text.find(|c: char| c.is_whitespace() || TAG_ENDS.contains(c)).unwrap_or(text.len());
    let (first, rest) = text[..length].split_once(['_', ':'])?;
    let is_kind = TAG_KINDS.binary_search(&first.to_ascii_lowercase().as_str()).is_ok();
    let is_numbered = text[first.len()..].starts_with('_') && rest.contains(|c: char| c.is_ascii_digit());
    (!rest.is_empty() && !first.is_empty() && (is_kind || is_numbered)).then_some(length)
}

/// The length of the item of a list that `text` begins with, if it is one word with underscores: "best_quality",
/// "saber_(fate)"; not "red_hat and a dog".
fn item_length(text: &str) -> Option<usize> {
    let is_around = |c: char| c.is_whitespace() || BRACKETS.contains(c);
    if text.starts_with(is_around) {
        return None;
    }
    let item = &text[..text.find(|c| SEPARATORS.contains(c) || c == '<').unwrap_or(text.len())];
    let word = item.trim_end_matches(is_around);
    // "_word_" is stressed, as people write who know Markdown.
    let has_underscore = word.starts_with("__") || word.trim_matches('_').contains('_');
    (has_underscore && !word.contains(char::is_whitespace)).then_some(word.len())
}

/// Whether the text ends in "Mrs" or the like, whose point ends no sentence.
fn ends_title(text: &str) -> bool {
    let title = &text[text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len()..];
    TITLES.binary_search(&title.to_ascii_lowercase().as_str()).is_ok()
}

/// Pairs quotation marks of any language and tells single ones from apostrophes.
#[derive(Default)]
struct Quotes {
    double: Option<Range<usize>>,
    single: Option<Range<usize>>,
    marks: Vec<Range<usize>>,
    closed: Vec<Range<usize>>,
}

impl Quotes {
    /// Reads a character between two others.
    fn read(&mut self, at: Range<usize>, sign: char, [before, after]: [Option<char>; 2]) {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match sign {
            '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' => {
                self.marks.push(at.clone());
                match self.double.take() {
                    Some(open) => self.closed.push(open.end..at.start),
                    None => self.double = Some(at),
                }
            }
            '\'' | '‘' | '’' | '‚' if !is_word(after) => {
                if let Some(open) = self.single.take() {
                    self.closed.push(open.end..at.start);
                    self.marks.extend([open, at]);
                }
            }
            '\'' | '‘' | '’' | '‚' if !is_word(before) => self.single = Some(at),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, quotations: &[&str]) {
        let read = Readable::new(text);
        assert_eq!((read.text.as_str(), read.text.len()), (expected, text.len()));
        let found: Vec<_> = read.quotations.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, quotations, "{text}");
    }

    #[test]
    fn tags_of_models_and_programs_become_commas() {
        check("a Red_Hat, x", "a red hat, x", &[]);
        check("Red_Hat, cat_ear hat, (a_b), {c_d:1.2}", ",      , cat ear hat, (,  ), {,      }", &[]);
        check("red_hat and a cat\nd_e_(f) <lora:g:1>", "red hat and a cat\n,     ) ,         ", &[]);
        check("score_8_up, cat", ",         , cat", &[]);
        check("<lora:a b:0.8>cat <x", ",             cat <x", &[]);
        check("(Rating:safe), Re:zero", "(,          ), re:zero", &[]);
        check("style_v2 1girl 2_cats_", ",        1girl 2 cats ", &[]);
        check("score: 9, artist_, <:a>", "score: 9, artist , <:a>", &[]);
        check("Mrs. Claus. a_b", "mrs  claus. a b", &[]);
    }

    #[test]
    fn quotation_marks_become_spaces() {
        check("a “red” «Cat»", "a    red      cat  ", &["red", "Cat"]);
        check("‘a’ 'b' „c“ »d«", "   a     b     c      d  ", &["a", "b", "c", "d"]);
        check("the girl’s, dogs' 'n'", "the girl’s, dogs'  n ", &["n"]);
        check("6\" pipe, '90s", "6  pipe, '90s", &[]);
    }
}
