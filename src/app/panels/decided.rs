//! Where each word was decided, on the timeline: from that step on its map stays where it ends. A click offers to go
//! there or to branch just before.

use egui::{Align2, Color32, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{
    super::{
        entities::of_part,
        fonts,
        reading::Part,
        session::{Command, Shown, ViewCommand},
    },
    Drawing,
};
use tauscope_core::attention::DECIDED_OVERLAP;

/// The height of the marks.
pub(super) const HEIGHT: f32 = 15.0;
/// The least width that a name is worth.
const LEAST_NAME: f32 = 18.0;

/// Draws the marks into `row`; `x` is where a step lies.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, x: impl Fn(usize) -> f32, row: Rect) {
    let Some(decided) = d.maps.decided(shown, &d.session.view.layers) else { return };
    let marks = by_step(&decided);
    if marks.first().is_some_and(|(step, _)| x(*step) > row.left() + 60.0) {
        let font = fonts::regular(10.5);
        let at = row.left_center() - vec2(0.0, 1.0);
        ui.painter().text(at, Align2::LEFT_CENTER, "decided", font, d.palette.dim);
    }
    for (index, (step, parts)) in marks.iter().enumerate() {
        let left = x(*step);
        let right = marks.get(index + 1).map_or(row.right(), |(next, _)| x(*next));
        let rect = Rect::from_min_max(
            pos2(left - 4.0, row.top()),
            pos2((right - 6.0).max(left + 8.0), row.bottom()),
        );
        mark(d, ui, shown, *step, parts, rect);
    }
}

/// The words of each step, the steps in order.
fn by_step(decided: &[(Part, usize)]) -> Vec<(usize, Vec<Part>)> {
    let mut steps: Vec<(usize, Vec<Part>)> = Vec::new();
    for &(part, step) in decided {
        match steps.iter_mut().find(|(other, _)| *other == step) {
            Some((_, parts)) => parts.push(part),
            None => steps.push((step, vec![part])),
        }
    }
    steps.sort_by_key(|(step, _)| *step);
    steps
}

fn mark(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize, parts: &[Part], rect: Rect) {
    let palette = d.palette;
    let names: Vec<_> = parts.iter().map(|&part| shown.words.name_of(part)).collect();
    let names = names.join(", ");
    let entities = shown.entities(step);
    let entities: Vec<_> = parts.iter().map(|&part| of_part(entities, shown.words, part)).collect();
    // A mark of one entity has its colour.
    let entity =
        entities.first().copied().flatten().filter(|_| entities.windows(2).all(|two| two[0] == two[1]));
    let color = entity.map_or(palette.dim, |entity| palette.entity(entity));

    let response = ui.interact(rect, ui.scope_id().with(("decided", step)), Sense::click());
    let label = format!("Decided at step {}: {names}", step + 1);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let is_lit = response.hovered() || response.has_focus();
    let color = if is_lit { palette.text } else { color };
    flag(ui, rect.left_top() + vec2(4.0, 3.0), color);
    let room = rect.width() - 12.0;
    if room >= LEAST_NAME {
        let mut job = egui::text::LayoutJob::simple_singleline(names.clone(), fonts::regular(10.5), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        let galley = ui.painter().layout_job(job);
        let at = Align2::LEFT_CENTER.anchor_size(rect.left_center() + vec2(11.0, -1.0), galley.size()).min;
        ui.painter().galley(at, galley, color);
    }
    Popup::menu(&response).show(|ui| menu(d, ui, shown, step));
    response.on_hover_text(format!(
        "{names}: from step {} on, the map stays where it ends (overlap of {DECIDED_OVERLAP} or more)",
        step + 1
    ));
}

fn menu(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize) {
    if ui.selectable_label(false, format!("Show step {}", step + 1)).clicked() {
        d.send(ViewCommand::Step(step));
        ui.close();
    }
    let can_branch = d.session.can_branch(shown.painting, step);
    ui.add_enabled_ui(can_branch, |ui| {
        let branch = ui.selectable_label(false, "Branch just before");
        let tooltip = "Paints anew from this step on, with the settings as they are now";
        let cannot = "There is no step before, or its latents are not kept, or another model is open";
        if branch.on_hover_text(tooltip).on_disabled_hover_text(cannot).clicked() {
            d.send(Command::Branch(step));
            ui.close();
        }
    });
}

/// A small triangle that points down at the step.
fn flag(ui: &Ui, at: egui::Pos2, color: Color32) {
    let points = [at + vec2(-3.5, 0.0), at + vec2(3.5, 0.0), at + vec2(0.0, 6.0)];
    ui.painter().add(egui::Shape::convex_polygon(points.to_vec(), color, egui::Stroke::NONE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_step_share_a_mark() {
        let decided = [(Part::Word(1), 7), (Part::Word(4), 2), (Part::Word(5), 7)];
        let expected = [(2, vec![Part::Word(4)]), (7, vec![Part::Word(1), Part::Word(5)])];
        assert_eq!(by_step(&decided), expected);
    }
}
