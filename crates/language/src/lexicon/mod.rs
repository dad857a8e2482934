//! Tables of words that decide what a noun phrase is: in lower case, in dictionary form, sorted. [`super::roles`] has the
//! rules that use them.

mod beings;
mod grammar;
mod scenes;
mod things;

pub(super) use beings::{ANIMALS, PEOPLE};
pub(super) use grammar::{
    ACTIONS, BINOMIALS, CLAUSAL, CONJUNCTIONS, CONTAINING, COPULAS, CREDITS, DEGREES, DISTRIBUTIVES, ELLIPTIC,
    FRAMING, GERUNDS, LOCATING, NEGATIONS, PRONOUNS, RELATIONS, RELATIVES, SAYING, TITLES, WEARING,
};
pub(super) use scenes::{BRANDS, MEDIA, PICTURES, PLACES, RATINGS, STYLES, TAG_KINDS, TIMES};
pub(super) use things::{BODY, COLORS, NAMESAKES, QUALITIES, SHADES, WEARABLES};

/// A sorted list of words.
pub(super) type Table = &'static [&'static str];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_searched() {
        let tables = [
            ACTIONS, ANIMALS, BODY, BRANDS, CLAUSAL, COLORS, CONJUNCTIONS, CONTAINING, COPULAS, CREDITS,
            DEGREES, DISTRIBUTIVES, ELLIPTIC, FRAMING, GERUNDS, LOCATING, MEDIA, NAMESAKES, NEGATIONS, PEOPLE,
            PICTURES, PLACES, PRONOUNS, QUALITIES, RATINGS, RELATIONS, RELATIVES, SAYING, SHADES, STYLES,
            TAG_KINDS, TIMES, TITLES, WEARABLES, WEARING,
        ];
        for table in tables {
            assert!(table.is_sorted_by(|a, b| a < b), "{table:?}");
        }
    }
}
