//! Editing weights with the keyboard: Ctrl+Up and Ctrl+Down, as in AUTOMATIC1111's web UI.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    instructions,
    syntax::{Bracket, Mark, marks},
};

/// The lowest weight that nudging gives.
const LOWEST: f64 = 0.05;

/// A pair of parentheses with a weight.
struct Block {
    whole: Range<usize>,
    inner: Range<usize>,
    weight: f64,
}

/// Changes the weight of the selection in `text` by `delta` (0.1 or 0.05). An empty selection stands for the innermost
/// parentheses around the cursor, else for the word at it. At weight 1 the parentheses are removed.
///
/// `selection` is in bytes and is clamped to the text. Returns the new text and the selection in it, so that the key can
/// be pressed again. If there is nothing to weigh, both are unchanged; what is not read as text ("<lora:x:1>") weighs
/// nothing.
pub fn nudge_weight(text: &str, selection: Range<usize>, delta: f32) -> (String, Range<usize>) {
    let start = text.floor_char_boundary(selection.start.min(selection.end));
    let end = text.floor_char_boundary(selection.end.max(selection.start));
    let marks = marks(text, &instructions::find(text));
    let blocks = blocks(&marks);
    let cuts: Vec<_> =
        marks.iter().filter(|(_, mark)| matches!(mark, Mark::Cut(_))).map(|(cut, _)| cut).collect();
    let target = if start == end {
        let around = blocks.iter().filter(|block| block.whole.start < start && start < block.whole.end);
        around
            .min_by_key(|block| block.whole.len())
            .map(|block| block.inner.clone())
            .or_else(|| word_at(text, &cuts, start))
    } else {
        let chosen = &text[start..end];
        let start = end - chosen.trim_start().len();
        Some(start..start + chosen.trim().len()).filter(|target| !target.is_empty())
    };
    let is_read = |target: &Range<usize>| {
        cuts.iter().all(|cut| {
            let is_within = target.start <= cut.start && cut.end <= target.end;
            is_within || cut.end <= target.start || target.end <= cut.start
        })
    };
    let Some(target) = target.filter(is_read) else {
        return (text.to_owned(), start..end);
    };

    let block = blocks
        .into_iter()
        .find(|block| block.inner == target || block.whole == target)
        .unwrap_or(Block { whole: target.clone(), inner: target, weight: 1.0 });
    // Rounded to hundredths, so that steps neither drift nor miss 1.
    let hundredths = ((block.weight + f64::from(delta)) * 100.0).round();
    let weight = (hundredths / 100.0).max(LOWEST.min(block.weight));
    let inner = &text[block.inner];
    let (before, after) =
        if weight == 1.0 { (String::new(), String::new()) } else { ("(".into(), format!(":{weight:?})")) };
    let from = block.whole.start + before.len();
    let edited = [&text[..block.whole.start], &before, inner, &after, &text[block.whole.end..]].concat();
    (edited, from..from + inner.len())
}

/// The closed parentheses.
fn blocks(marks: &[(Range<usize>, Mark)]) -> Vec<Block> {
    let mut open = Vec::new();
    let mut blocks = Vec::new();
    for (range, mark) in marks {
        match mark {
            Mark::Open(Bracket::Round, weight) => open.push((range, *weight)),
            Mark::Close(Bracket::Round) => {
                blocks.extend(open.pop().map(|(opening, weight): (&Range<usize>, f64)| Block {
                    whole: opening.start..range.end,
                    inner: opening.end..range.start,
                    weight,
                }));
            }
            _ => {}
        }
    }
    blocks
}

/// The word that the cursor is in or next to, as far as it is read.
fn word_at(text: &str, cuts: &[&Range<usize>], cursor: usize) -> Option<Range<usize>> {
    let start = cuts.iter().map(|cut| cut.end).filter(|&end| end <= cursor).max().unwrap_or(0);
    let end = cuts.iter().map(|cut| cut.start).find(|&next| next >= start).unwrap_or(text.len());
    text[start..end]
        .unicode_word_indices()
        .map(|(at, word)| start + at..start + at + word.len())
        .find(|word| word.start <= cursor && cursor <= word.end)
}

#[cfg(test)]
mod tests {
    use super::{
        super::trouble::{TROUBLE, texts},
        *,
    };

    /// Brackets ⟦ ⟧ mark the selection, before and after.
    fn check(text: &str, delta: f32, expected: &str) {
        let start = text.find('⟦').unwrap();
        let end = text.find('⟧').unwrap() - '⟦'.len_utf8();
        let (edited, selected) = nudge_weight(&text.replace(['⟦', '⟧'], ""), start..end, delta);
        let shown = format!(
            "{}⟦{}⟧{}",
            &edited[..selected.start],
            &edited[selected.clone()],
            &edited[selected.end..]
        );
        assert_eq!(shown, expected, "{text} {delta:+}");
    }

    #[test]
    fn the_word_at_the_cursor_gets_a_weight() {
        check("a r⟦⟧ed cat", 0.1, "a (⟦red⟧:1.1) cat");
        check("a red⟦⟧, cat", 0.05, "a (⟦red⟧:1.05), cat");
        check("⟦⟧red", -0.1, "(⟦red⟧:0.9)");
        check("שלו⟦⟧ם", 0.1, "(⟦שלום⟧:1.1)");
        check("a , ⟦⟧ b", 0.1, "a , ⟦⟧ b");
        check("⟦⟧", 0.1, "⟦⟧");
    }

    #[test]
    fn a_weight_that_is_there_is_stepped() {
        check("a (⟦red⟧:1.1) cat", 0.1, "a (⟦red⟧:1.2) cat");
        check("a (⟦red⟧:1.2) cat", -0.05, "a (⟦red⟧:1.15) cat");
        check("a (red c⟦⟧at:1.9)", 0.1, "a (⟦red cat⟧:2.0)");
        check("a (red cat:1.⟦⟧9)", 0.1, "a (⟦red cat⟧:2.0)");
        check("a (⟦red⟧)", 0.1, "a (⟦red⟧:1.2)");
        check("a ⟦(red:1.3)⟧", 0.1, "a (⟦red⟧:1.4)");
        check("((re⟦⟧d:1.2) cat:1.3)", 0.1, "((⟦red⟧:1.3) cat:1.3)");
        check("(red:0.0⟦⟧5)", -0.1, "(⟦red⟧:0.05)");
        check("(red:0.0⟦⟧1)", -0.1, "(⟦red⟧:0.01)");
    }

    #[test]
    fn a_weight_of_0_or_below_rises_from_0() {
        check("(⟦red⟧:0)", 0.1, "(⟦red⟧:0.1)");
        check("(⟦red⟧:-2)", 0.05, "(⟦red⟧:0.05)");
        check("(⟦red⟧:0)", -0.1, "(⟦red⟧:0.0)");
    }

    #[test]
    fn what_is_not_read_keeps_its_form() {
        check("<lora:de⟦⟧tail:0.8> a cat", 0.1, "<lora:de⟦⟧tail:0.8> a cat");
        check("<lora:x:1> a c⟦⟧at", 0.1, "<lora:x:1> a (⟦cat⟧:1.1)");
        check("⟦<lora:x:1> a cat⟧", 0.1, "(⟦<lora:x:1> a cat⟧:1.1)");
        check("a [c⟦⟧at:dog:0.5]", 0.1, "a [(⟦cat⟧:1.1):dog:0.5]");
        check("a [cat:d⟦⟧og:0.5]", 0.1, "a [cat:d⟦⟧og:0.5]");
        check("a {⟦red|blue⟧}", 0.1, "a {⟦red|blue⟧}");
        check("⟦embedding:x⟧ BREAK", -0.1, "(⟦embedding:x⟧:0.9) BREAK");
    }

    #[test]
    fn at_1_the_syntax_goes() {
        check("a (⟦red⟧:1.1) cat", -0.1, "a ⟦red⟧ cat");
        check("a (r⟦⟧ed:0.95) cat", 0.05, "a ⟦red⟧ cat");
        check("a (⟦red⟧)", -0.1, "a ⟦red⟧");
    }

    #[test]
    fn a_selection_is_weighted_without_the_space_around_it() {
        check("a⟦ red cat ⟧and", 0.1, "a (⟦red cat⟧:1.1) and");
        check("a⟦   ⟧b", 0.1, "a⟦   ⟧b");
        check("⟦(red:1.2) cat⟧", 0.1, "(⟦(red:1.2) cat⟧:1.1)");
    }

    #[test]
    fn up_and_down_comes_back_to_the_start() {
        let (mut text, mut selected) = ("a red cat".to_owned(), 3..3);
        for delta in [0.1; 12].into_iter().chain([-0.1; 12]) {
            (text, selected) = nudge_weight(&text, selected, delta);
        }
        assert_eq!((text.as_str(), selected), ("a red cat", 2..5));
    }

    #[test]
    fn any_text_and_selection_will_do() {
        for text in texts(TROUBLE, 500) {
            for start in 0..text.len() + 2 {
                let (edited, selected) = nudge_weight(&text, start..(start * 7) % (text.len() + 2), 0.1);
                assert!(edited.get(selected).is_some(), "{text:?}");
            }
        }
    }
}
