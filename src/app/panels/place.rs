//! A place of the picture: which words it looks at. Follows the pointer; a click pins it.

use egui::{Area, Frame, Id, Margin, Order, Rect, Response, Stroke, Ui, pos2, vec2};

use ndarray::Array3;

use super::{
    super::{
        entities::{letter, name},
        part_maps::at_place,
        reading::Part,
        session::{Mode, Shown, ViewCommand},
        theme,
        widgets::{short_value, small},
    },
    Drawing,
};
use tauscope_core::attention::Place;

/// How many words are listed.
const LISTED: usize = 5;

pub(super) fn show(
    d: &mut Drawing<'_>,
    ui: &Ui,
    response: &Response,
    rect: Rect,
    shown: Shown<'_>,
    step: usize,
) {
    let under = |pos: egui::Pos2| {
        let share = (pos - rect.min) / rect.size();
        rect.contains(pos).then_some(Place { x: share.x.clamp(0.0, 1.0), y: share.y.clamp(0.0, 1.0) })
    };
    let pinned = d.session.view.pinned;
    if response.clicked() {
        let clicked = response.interact_pointer_pos().and_then(under);
        d.send(ViewCommand::Pin(if pinned.is_some() { None } else { clicked }));
    }
    let pointed = response.hover_pos().filter(|_| !response.dragged()).and_then(under);
    let Some(place) = pinned.or(pointed) else { return };
    let Some(maps) = d.step_maps(shown, step) else { return };
    let at = rect.min + vec2(place.x, place.y) * rect.size();
    if pinned.is_some() {
        ui.painter().circle_stroke(at, 5.0, Stroke::new(3.0, egui::Color32::from_black_alpha(140)));
        ui.painter().circle_stroke(at, 5.0, Stroke::new(1.5, egui::Color32::WHITE));
    }
    let entities = if d.session.view.mode == Mode::Entities {
        d.maps.scores(shown, &d.session.view.layers, step)
    } else {
        None
    };
    let mut ranking = maps.ranking(place);
    // Padding and function words often take most and say little: they are listed only while they have tiles.
    let listed = d.session.view.tiles(shown.words);
    ranking.retain(|(part, _)| listed.contains(part) || *part == Part::Start);
    ranking.truncate(LISTED);
    Area::new(Id::unique("place"))
        .order(Order::Tooltip)
        .fixed_pos(pos2(at.x + 18.0, at.y - 20.0))
        .constrain(true)
        .interactable(false)
        .fade_in(false)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style())
                .corner_radius(theme::SMALL_RADIUS)
                .inner_margin(Margin::symmetric(11, 8))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 3.0;
                    ui.set_width(if entities.is_some() { 150.0 } else { 96.0 });
                    match &entities {
                        Some(scores) => entity_rows(d, ui, shown, step, scores, place),
                        None => ranking.iter().for_each(|&(part, value)| row(d, ui, shown, part, value)),
                    }
                });
        });
}

/// The entities that a place looks at, the one that it follows first.
fn entity_rows(
    d: &Drawing<'_>,
    ui: &mut Ui,
    shown: Shown<'_>,
    step: usize,
    scores: &Array3<f32>,
    place: Place,
) {
    let mut ranking: Vec<_> = at_place(scores, place).into_iter().enumerate().collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    let entities = &shown.entities(step).list;
    for (index, score) in ranking.into_iter().take(LISTED) {
        let name = entities.get(index).map_or_else(String::new, |entity| name(entity, shown.words));
        line(ui, &format!("{} {name}", letter(index)), score, d.palette.text);
    }
}

fn row(d: &Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, part: Part, value: f32) {
    let palette = d.palette;
    let color = if shown.words.word_of(part).is_some() { palette.text } else { palette.dim };
    line(ui, &shown.words.name_of(part), value, color);
}

/// A name and its value.
fn line(ui: &mut Ui, name: &str, value: f32, color: egui::Color32) {
    ui.horizontal(|ui| {
        ui.set_height(16.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - 34.0);
            ui.add(egui::Label::new(small(name, color)).truncate().selectable(false));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(small(short_value(value), color)).selectable(false));
        });
    });
}
