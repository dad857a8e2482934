//! The prompt with its words marked, and the negative prompt.

use std::{ops::Range, sync::Arc};

use egui::{
    Align, FontSelection, Frame, Galley, Id, Key, Layout, Margin, Modifiers, ScrollArea, Stroke, TextEdit,
    TextFormat, Ui,
    epaint::text::{CharIndex, cursor::CCursor},
    text::LayoutJob,
    text_selection::CCursorRange,
    vec2,
};

use super::{
    super::{
        fonts,
        reading::{Part, Reading},
        session::DraftCommand,
        theme::{self, Palette},
        widgets::{caption, dotted_line, small},
    },
    Drawing, entities,
};
use tauscope_core::prompt::{Entities, PromptNotice, nudge_weight};

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let draft = &d.session.draft;
    let palette = d.palette;
    let label = ui
        .horizontal(|ui| {
            let label = ui.label(caption("Prompt", palette.dim));
            let reading = draft.reading();
            if reading.limit() > 0 {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let count = format!("{} of {} tokens", reading.tokens(), reading.limit());
                    ui.label(small(count, palette.dim)).on_hover_text(
                        "The model reads a prompt in pieces, at most 77 at a time with start and end",
                    );
                });
            }
            label.id
        })
        .inner;
    ui.spacing_mut().item_spacing.y = 6.0;
    prompt_field(d, ui, label);
    remarks(d, ui);
    entities::show(d, ui);
    if draft.settings().prompt.trim().is_empty() {
        examples(d, ui);
    }
    negative(d, ui);
}

fn prompt_field(d: &mut Drawing<'_>, ui: &mut Ui, label: Id) {
    let draft = &d.session.draft;
    let palette = d.palette;
    let id = Id::unique("prompt");
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let stroke = Stroke::new(1.0, if has_focus { palette.accent } else { palette.line });
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(stroke)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(11, 9));
    frame.show(ui, |ui| {
        ScrollArea::vertical().id_salt("prompt scroll").max_height(150.0).show(ui, |ui| {
            let mut text = draft.settings().prompt.clone();
            let is_nudged = has_focus && nudge(ui, id, &mut text);
            let selected = chosen(d);
            let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
                let marks = Marks {
                    reading: draft.reading(),
                    entities: &draft.settings().entities,
                    selected: &selected,
                };
                marked(ui, text.as_str(), &marks, palette, width)
            };
            let output = TextEdit::multiline(&mut text)
                .id(id)
                .frame(Frame::NONE)
                .margin(Margin::ZERO)
                .desired_width(f32::INFINITY)
                .desired_rows(3)
                .font(FontSelection::FontId(fonts::regular(theme::PROMPT)))
                .hint_text("What should be painted?")
                .layouter(&mut layouter)
                .show(ui);
            let response = output.response.response.labelled_by(label);
            if response.changed() || is_nudged {
                d.send(DraftCommand::Prompt(text));
            } else {
                underline_unseen(ui, draft.reading(), &text, &output.galley, output.galley_pos, palette);
            }
        });
    });
}

/// The words of the draft that are chosen in the painting shown.
fn chosen(d: &Drawing<'_>) -> Vec<Part> {
    let shown = d.session.shown();
    let draft = d.session.draft.reading();
    let parts = shown.iter().flat_map(|shown| {
        d.session.view.selected.iter().filter_map(|&part| draft.words.counterpart(part, shown.words))
    });
    parts.map(|part| if let Part::Piece(word, _) = part { Part::Word(word) } else { part }).collect()
}

/// Ctrl+Up and Ctrl+Down weigh the word at the cursor, or what is selected; `true` if they did.
fn nudge(ui: &Ui, id: Id, text: &mut String) -> bool {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, key));
    let delta = match (pressed(Key::ArrowUp), pressed(Key::ArrowDown)) {
        (true, false) => 0.1,
        (false, true) => -0.1,
        _ => return false,
    };
    let Some(mut field) = TextEdit::load_state(ui.ctx(), id) else { return false };
    let Some(selection) = field.cursor.char_range() else { return false };
    let chars = selection.as_sorted_char_range();
    let byte = |char: CharIndex| text.char_indices().nth(char.0).map_or(text.len(), |(byte, _)| byte);
    let (nudged, bytes) = nudge_weight(text, byte(chars.start)..byte(chars.end), delta);
    let cursor = |byte: usize| CCursor::new(nudged[..byte].chars().count());
    field.cursor.set_char_range(Some(CCursorRange::two(cursor(bytes.start), cursor(bytes.end))));
    TextEdit::store_state(ui.ctx(), id, field);
    *text = nudged;
    true
}

/// What the prompt's letters are marked by.
struct Marks<'a> {
    reading: &'a Reading,
    entities: &'a Entities,
    selected: &'a [Part],
}

/// The prompt laid out: content words underlined, in their entity's colour if they have one; the chosen ones thicker,
/// what is cut off dim.
fn marked(ui: &Ui, text: &str, marks: &Marks<'_>, palette: &Palette, width: f32) -> Arc<Galley> {
    let Marks { reading, entities, selected } = marks;
    let plain = |color| TextFormat {
        line_height: Some(20.0),
        ..TextFormat::simple(fonts::regular(theme::PROMPT), color)
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let mut at = 0;
    let mut append = |range: Range<usize>, format: TextFormat| {
        if let Some(part) = text.get(range) {
            job.append(part, 0.0, format);
        }
    };
    for (index, word) in reading.words.list.iter().enumerate() {
        // The reading may be of the text before this keystroke.
        let fits = word.source.start >= at && text.get(word.source.clone()).is_some();
        if !fits || !word.content {
            continue;
        }
        append(at..word.source.start, plain(palette.text));
        let is_selected = selected.contains(&Part::Word(index));
        let is_cut = reading.cut().is_some_and(|cut| cut.contains(&word.source.start));
        let entity = entities.of_word(&word.source).map(|index| palette.entity(index));
        let mut format = plain(if is_cut { palette.dim } else { entity.unwrap_or(palette.text) });
        if entity.is_some() {
            format.font_id = fonts::semibold(theme::PROMPT);
        }
        let line = match entity {
            Some(color) => color,
            None if is_selected => palette.accent,
            None => palette.dim.gamma_multiply(0.6),
        };
        if !reading.is_unseen(index) {
            format.underline = Stroke::new(if is_selected { 2.5 } else { 1.0 }, line);
        }
        append(word.source.clone(), format);
        at = word.source.end;
    }
    append(at..text.len(), plain(palette.text));
    ui.painter().layout_job(job)
}

fn underline_unseen(
    ui: &Ui,
    reading: &Reading,
    text: &str,
    galley: &Galley,
    origin: egui::Pos2,
    palette: &Palette,
) {
    for word in reading.unseen.iter().filter_map(|&word| reading.words.list.get(word)) {
        let chars = |bytes: usize| text.get(..bytes).map(|before| CCursor::new(before.chars().count()));
        let (Some(from), Some(to)) = (chars(word.source.start), chars(word.source.end)) else { continue };
        let (from, to) = (galley.pos_from_cursor(from), galley.pos_from_cursor(to));
        if from.top() == to.top() {
            let start = origin + vec2(from.left(), from.bottom() - 1.5);
            dotted_line(ui, start, origin.x + to.left(), palette.warning);
        }
    }
}

/// What the model makes of the prompt, in words.
fn remarks(d: &mut Drawing<'_>, ui: &mut Ui) {
    let reading = d.session.draft.reading();
    let unseen = reading.unseen_words();
    if !unseen.is_empty() {
        let text = format!("Never seen by this model: {}", unseen.join(", "));
        ui.add(egui::Label::new(small(text, d.palette.warning)).wrap())
            .on_hover_text("The model learned from other words; it will paint something, but hardly this");
    }
    for notice in reading.notices() {
        let is_done = *notice == PromptNotice::Break;
        let color = if is_done { d.palette.dim } else { d.palette.warning };
        ui.add(egui::Label::new(small(notice.to_string(), color)).wrap());
    }
}

fn examples(d: &mut Drawing<'_>, ui: &mut Ui) {
    let Some(reader) = d.session.draft.reader() else { return };
    let examples = reader.examples();
    if examples.is_empty() {
        return;
    }
    ui.label(small("Try one of these", d.palette.dim));
    for example in examples {
        let chip = egui::Button::new(small(example.clone(), d.palette.text))
            .fill(d.palette.raised)
            .corner_radius(theme::SMALL_RADIUS)
            .truncate();
        if ui.add(chip).on_hover_text("Takes this as the prompt").clicked() {
            d.send(DraftCommand::Prompt(example));
        }
    }
}

fn negative(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    ui.add_space(2.0);
    ui.spacing_mut().item_spacing.y = 10.0;
    let id = Id::unique("negative prompt");
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let stroke = Stroke::new(1.0, if has_focus { palette.accent } else { palette.line });
    Frame::new()
        .fill(palette.raised)
        .stroke(stroke)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(11, 7))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let label = ui
                .label(small("Negative prompt", palette.dim))
                .on_hover_text("What the picture should keep away from; without guidance it has no effect");
            ScrollArea::vertical().id_salt("negative scroll").max_height(64.0).show(ui, |ui| {
                let mut text = d.session.draft.settings().negative_prompt.clone().unwrap_or_default();
                let edit = TextEdit::multiline(&mut text)
                    .id(id)
                    .frame(Frame::NONE)
                    .margin(Margin::ZERO)
                    .desired_width(f32::INFINITY)
                    .desired_rows(1)
                    .hint_text("none");
                if ui.add(edit).labelled_by(label.id).changed() {
                    d.send(DraftCommand::NegativePrompt(text));
                }
            });
        });
}
