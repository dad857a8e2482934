//! What a noun phrase is by itself, by the tables of [`super::lexicon`], and by the sign or "of" after it.

use super::{
    lexicon::{
        ANIMALS, BODY, BRANDS, COLORS, FRAMING, MEDIA, NAMESAKES, PEOPLE, PLACES, QUALITIES, RATINGS,
        RELATIONS, SHADES, STYLES, TIMES, Table, WEARABLES,
    },
    phrases::NounPhrase,
    word::TaggedWord,
};

/// A phrase and what follows it.
pub(super) struct Kind<'a> {
    pub(super) first: &'a TaggedWord,
    pub(super) head: &'a TaggedWord,
    words: &'a [TaggedWord],
    after: &'a [TaggedWord],
}

impl<'a> Kind<'a> {
    pub(super) fn new(words: &'a [TaggedWord], phrase: &NounPhrase) -> Self {
        Self {
            first: &words[phrase.words.start],
            head: &words[phrase.head],
            words: &words[phrase.words.clone()],
            after: &words[phrase.words.end..],
        }
    }

    /// Whether it has no determiner.
    pub(super) fn is_bare(&self) -> bool {
        !self.first.is_determiner()
    }

    /// Whether it is a person or an animal.
    pub(super) fn is_being(&self) -> bool {
        self.is_any(&[PEOPLE, ANIMALS])
    }

    /// Whether it is more than one: "cats", "two sheep", "2girls".
    pub(super) fn is_several(&self) -> bool {
        self.head.is_plural() || self.first.may_be("CD") && !self.first.is("one")
    }

    /// Whether it only refers to one or more of several: "one", "the others", "one old"; not "the red one", "one orange".
    pub(super) fn is_reference(&self) -> bool {
        let is_attribute = |word: &TaggedWord| {
            let is_quality = word.is_in(COLORS) || word.is_in(QUALITIES);
            is_quality || word.may_be("JJ") && !word.is_noun()
        };
        let mut words = self.words.iter().filter(|word| !word.is("the"));
        words.next().is_some_and(TaggedWord::is_elliptic)
            && words.all(is_attribute)
            && !self.head.is_in(NAMESAKES)
    }

    /// Whether it is a name: "pikachu", "saber (series)".
    pub(super) fn is_name(&self) -> bool {
        self.is_bare() && (self.head.is_unknown() || self.head.is_explained)
    }

    /// Whether it is a part of a body, is worn, or is for a part of the body: "hair bow", not "red hair girl". A "top" is
    /// worn if it has an attribute: "a red top".
    pub(super) fn is_worn(&self) -> bool {
        let before = self.words.iter().rev().nth(1).filter(|word| !word.is_determiner());
        let is_for_body = !self.is_being() && before.is_some_and(|word| word.is_in(BODY));
        let is_top = self.head.is("top") && before.is_some() && !self.is_framing() && !self.is_before_of();
        self.is_any(&[BODY, WEARABLES]) || is_for_body || is_top
    }

    pub(super) fn is_before_of(&self) -> bool {
        self.after.first().is_some_and(|word| word.is("of"))
    }

    /// Whether it introduces what follows: "left: a cat", "panel 1: a dog", "two pets: a cat and a dog".
    pub(super) fn is_label(&self) -> bool {
        let after = self.after.iter().find(|word| !word.is_number());
        let is_sum = self.first.may_be("CD") && self.words.len() > 1;
        let introduces = self.is_bare() && !self.is_being() || self.head.is_in(RELATIONS) || is_sum;
        introduces && after.is_some_and(|word| word.is_break() && word.is(":"))
    }

    /// Whether it only says where or how much of something is in the picture: "upper left", "full body".
    pub(super) fn is_framing(&self) -> bool {
        self.words.iter().all(|word| word.is_in(RELATIONS) || word.is_in(FRAMING))
    }

    /// Whether a thing follows "of", as after "a double exposure", but not after "the style" or "a sense".
    pub(super) fn shows_something(&self) -> bool {
        let shown = self.after.get(1);
        let is_thing = shown.is_some_and(|word| word.may_be("CD") || word.is("a") || word.is("an"));
        self.is_before_of() && (self.head.is_in(MEDIA) || self.head.is_in(STYLES) && is_thing)
    }

    /// Whether it is a place, a time or a style.
    pub(super) fn is_scenery(&self) -> bool {
        self.is_any(&[PLACES, STYLES, TIMES])
    }

    /// Whether it is a colour, which is no thing: "dark red", "one white", but not "whipped cream", "one orange".
    pub(super) fn is_color(&self) -> bool {
        let mut before = self.words.iter().rev().skip(1);
        let is_shade = |word: &TaggedWord| {
            word.is_in(COLORS) || word.is_in(SHADES) || word.is_conjunction() || word.is_break()
        };
        let may_be_thing = self.head.is_in(NAMESAKES) && !before.all(is_shade);
        let is_color = self.head.is_in(COLORS) && !may_be_thing || self.words.iter().all(is_shade);
        is_color && (self.is_bare() || self.first.may_be("CD"))
    }

    /// Whether it is no thing without a determiner: a medium, or what a brand makes a style.
    pub(super) fn is_mere_style(&self) -> bool {
        self.is_bare() && (self.head.is_in(MEDIA) || self.first.is_in(BRANDS))
    }

    /// Whether it is a rating alone: "safe".
    pub(super) fn is_rating(&self) -> bool {
        self.words.len() == 1 && self.head.is_in(RATINGS)
    }

    fn is_any(&self, tables: &[Table]) -> bool {
        tables.iter().any(|table| self.head.is_in(table))
    }
}
