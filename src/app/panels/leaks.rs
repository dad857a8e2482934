//! Which attributes land on the noun of another entity, and how far any two words share a place.

use egui::{Align, Align2, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{
    super::{
        entities::of_part,
        fonts,
        part_maps::PartMaps,
        reading::Part,
        session::{Shown, ViewCommand},
        theme::{self, Palette},
        widgets::{caption, short_value, small},
    },
    Drawing,
};
use tauscope_core::attention::{Excess, Leak, leaks};
use tauscope_studio::export::nouns;

/// How many leaks are listed.
const LISTED: usize = 4;
/// How many words the table has room for.
const TABLED: usize = 9;
/// The least overlap that is worth a line.
const LEAST: f32 = 0.01;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize) {
    let words = shown.words.content();
    let Some(maps) = d.maps.neutral(shown, &d.session.view.layers, step) else { return };
    if words.len() < 2 {
        return;
    }
    ui.add_space(12.0);
    listed(d, ui, shown, step, &maps);
    ui.add_space(6.0);
    table(d, ui, shown, step, &maps, &words[..words.len().min(TABLED)]);
}

fn listed(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize, maps: &PartMaps) {
    let palette = d.palette;
    let entities = shown.entities(step);
    if entities.list.len() < 2 {
        ui.label(caption("Overlap", palette.text))
            .on_hover_text("How far two words share a place: 0 apart, 1 the same place");
        return;
    }
    ui.horizontal(|ui| {
        ui.label(caption("Leaks", palette.text))
            .on_hover_text("Attributes whose attention lies on the noun of another entity, the worst first");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(small(which(shown, step), palette.dim));
        });
    });
    let found = measured(shown, step, maps);
    let mut is_clean = true;
    for leak in found.iter().filter(|leak| leak.overlap >= LEAST).take(LISTED) {
        is_clean = false;
        let name = |word: usize| shown.words.name_of(Part::Word(word));
        let text = format!("{} on {}", name(leak.attribute), name(leak.onto));
        let tooltip = format!(
            "{}: {} on {}, and {} on its own {}. Click to see both",
            name(leak.attribute),
            short_value(leak.overlap),
            name(leak.onto),
            short_value(leak.own_overlap),
            name(leak.own)
        );
        if bar(ui, palette, &text, leak.overlap).on_hover_text(tooltip).clicked() {
            d.commands.push(ViewCommand::Select { part: Part::Word(leak.attribute), add: false }.into());
            d.commands.push(ViewCommand::Select { part: Part::Word(leak.onto), add: true }.into());
        }
    }
    if is_clean {
        ui.label(small("None at this step", palette.dim));
    }
}

/// The leaks at a step, the worst first; words are places in the prompt.
fn measured(shown: Shown<'_>, step: usize, neutral: &PartMaps) -> Vec<Leak> {
    let words = &shown.words.list;
    let excess: Vec<Excess> =
        (0..words.len()).map(|word| neutral.excess(Part::Word(word)).unwrap_or_default()).collect();
    leaks(&excess, &nouns(shown.entities(step), words))
}

/// The worst leak at a step in words, "red on girl .18"; `None` without entities to tell apart.
pub(super) fn worst(d: &mut Drawing<'_>, shown: Shown<'_>, step: usize) -> Option<String> {
    let maps = d.maps.neutral(shown, &d.session.view.layers, step)?;
    let worst = measured(shown, step, &maps).into_iter().find(|leak| leak.overlap >= LEAST)?;
    let name = |word: usize| shown.words.name_of(Part::Word(word));
    let (attribute, onto) = (name(worst.attribute), name(worst.onto));
    Some(format!("{attribute} on {onto} {}", short_value(worst.overlap)))
}

/// Which maps are measured.
pub(super) fn which(shown: Shown<'_>, step: usize) -> &'static str {
    let Some(painted) = shown.painting.steps.get(step) else { return "" };
    let control = &painted.steer.control;
    if painted.neutral.is_some() {
        "before control, this step"
    } else if control.mask.strength > 0.0 || control.weights.on {
        // The history keeps only the maps that were used.
        "after control, this step"
    } else {
        "this step"
    }
}

/// A name, a bar and a number.
fn bar(ui: &mut Ui, palette: &Palette, text: &str, value: f32) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Leak: {text}")));
    let name = (rect.width() * 0.42).min(130.0);
    let color = if response.hovered() || response.has_focus() { palette.accent } else { palette.text };
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), fonts::regular(theme::BODY), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(name);
    let galley = ui.painter().layout_job(job);
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size()).min;
    ui.painter().galley(at, galley, color);
    let track = Rect::from_min_max(
        pos2(rect.left() + name + 8.0, rect.center().y - 3.0),
        pos2(rect.right() - 36.0, rect.center().y + 3.0),
    );
    ui.painter().rect_filled(track, 3.0, palette.line);
    let filled = Rect::from_min_size(track.min, vec2(track.width() * value.clamp(0.0, 1.0), track.height()));
    ui.painter().rect_filled(filled, 3.0, palette.warning);
    let font = fonts::regular(theme::BODY);
    ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, short_value(value), font, palette.text);
    response
}

/// The lower half of the table of overlaps: warm between entities, cool within one.
fn table(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize, maps: &PartMaps, words: &[Part]) {
    const ROW: f32 = 19.0;
    const GAP: f32 = 2.0;
    let palette = d.palette;
    let entities = shown.entities(step);
    let entity = |part: Part| of_part(entities, shown.words, part);
    let color = |part: Part| entity(part).map_or(palette.dim, |index| palette.entity(index));
    let count = words.len();
    let excess: Vec<Excess> = words.iter().map(|&part| maps.excess(part).unwrap_or_default()).collect();
    let size = vec2(ui.available_width() - 2.0, count as f32 * (ROW + GAP));
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let name_width = 62.0;
    let cell = ((rect.width() - name_width) / (count - 1) as f32 - GAP).max(8.0);
    let font = fonts::regular(10.5);
    let name = |ui: &Ui, part: Part, at: Rect, align: Align2| {
        let mut job = egui::text::LayoutJob::simple_singleline(
            shown.words.name_of(part).into_owned(),
            font.clone(),
            color(part),
        );
        job.wrap = egui::text::TextWrapping::truncate_at_width(at.width());
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(align.align_size_within_rect(galley.size(), at).min, galley, color(part));
    };
    for (row, &one) in words.iter().enumerate().skip(1) {
        let top = rect.top() + (row - 1) as f32 * (ROW + GAP);
        let label = Rect::from_min_size(pos2(rect.left(), top), vec2(name_width - 6.0, ROW));
        name(ui, one, label, Align2::LEFT_CENTER);
        for (column, &other) in words[..row].iter().enumerate() {
            let left = rect.left() + name_width + column as f32 * (cell + GAP);
            let place = Rect::from_min_size(pos2(left, top), vec2(cell, ROW));
            let overlap = excess[row].overlap(&excess[column]);
            let apart = matches!((entity(one), entity(other)), (Some(a), Some(b)) if a != b);
            let fill = if apart { palette.warning } else { palette.accent };
            ui.painter().rect_filled(place, 3.0, palette.raised);
            ui.painter().rect_filled(place, 3.0, fill.gamma_multiply(overlap.clamp(0.0, 1.0) * 0.6));
            if cell >= 22.0 {
                let value = format!("{overlap:.2}").trim_start_matches('0').to_owned();
                ui.painter().text(place.center(), Align2::CENTER_CENTER, value, font.clone(), palette.text);
            }
            let id = ui.scope_id().with(("overlap", one, other));
            let response = ui.interact(place, id, Sense::click());
            response.widget_info(|| {
                let (one, other) = (shown.words.name_of(one), shown.words.name_of(other));
                let label = format!("Overlap of {one} and {other}: {}", short_value(overlap));
                WidgetInfo::labeled(Role::Button, true, label)
            });
            let names = format!("{} and {}", shown.words.name_of(one), shown.words.name_of(other));
            let kind = if apart { "of different entities" } else { "not of different entities" };
            if response.on_hover_text(format!("{names}: {} ({kind})", short_value(overlap))).clicked() {
                d.commands.push(ViewCommand::Select { part: one, add: false }.into());
                d.commands.push(ViewCommand::Select { part: other, add: true }.into());
            }
        }
    }
    let top = rect.top() + (count - 1) as f32 * (ROW + GAP);
    for (column, &part) in words[..count - 1].iter().enumerate() {
        let left = rect.left() + name_width + column as f32 * (cell + GAP);
        name(ui, part, Rect::from_min_size(pos2(left, top), vec2(cell, ROW)), Align2::CENTER_CENTER);
    }
}
