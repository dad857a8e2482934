//! Where one place of the picture looks in the picture itself: a click asks for it, with τ or without.

use egui::{Align2, Color32, Rect, Response, Stroke, Ui, pos2, vec2};

use super::{
    super::{
        fonts,
        session::{Shown, ViewCommand},
        theme,
        widgets::{picture, toggle},
    },
    Drawing, child,
};
use tauscope_core::attention::{Control, Place};

#[expect(clippy::too_many_arguments, reason = "it lies over the picture, which is drawn from as much")]
pub(super) fn show(
    d: &mut Drawing<'_>,
    ui: &mut Ui,
    layer: &Ui,
    response: &Response,
    canvas: Rect,
    rect: Rect,
    shown: Shown<'_>,
    step: usize,
) {
    let view = &d.session.view;
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|at| response.clicked() && rect.contains(*at))
    {
        let share = (pointer - rect.min) / rect.size();
        d.send(ViewCommand::LookAt(Place { y: share.y.clamp(0.0, 1.0), x: share.x.clamp(0.0, 1.0) }));
    }
    let Some(place) = view.patch else {
        hint(d, ui, canvas, "Click a place to see where it looks in the picture");
        return;
    };
    match d.patch(ui, shown, step) {
        Some(texture) => picture(layer, texture, rect, theme::RADIUS, 1.0),
        None if !d.session.models.is_of_loaded(shown.painting) => {
            let loaded = d.session.models.ready().map_or("", |model| &model.name);
            let model = shown.painting.model_beside(loaded);
            hint(d, ui, canvas, &format!("{model} painted this: open it to see where a place looks"));
        }
        None if d.session.queue.running().is_some() => {
            hint(d, ui, canvas, "Looks as soon as the painting is done")
        }
        None => {}
    }
    let at = rect.min + vec2(place.x, place.y) * rect.size();
    ui.painter().circle_stroke(at, 5.0, Stroke::new(3.0, Color32::from_black_alpha(140)));
    ui.painter().circle_stroke(at, 5.0, Stroke::new(1.5, Color32::WHITE));
    let progress = Control::progress(step, shown.painting.settings.steps);
    let control = shown.painting.steps.get(step).map(|step| &step.steer.control);
    if control.is_some_and(|control| control.tau != 1.0 && control.tau_span.contains(progress)) {
        let corner = Rect::from_min_size(pos2(canvas.left(), canvas.bottom() - 28.0), vec2(130.0, 24.0));
        ui.painter().rect_filled(corner, theme::SMALL_RADIUS, d.palette.panel);
        let mut row = child(ui, corner.shrink2(vec2(8.0, 2.0)), "without tau");
        let is_on = !view.without_tau;
        let switch = toggle(&mut row, d.palette, "With τ", is_on);
        if switch.on_hover_text("Off: the same step as if τ were 1").clicked() {
            d.send(ViewCommand::WithoutTau(is_on));
        }
    }
}

/// A line over the picture.
pub(super) fn hint(d: &Drawing<'_>, ui: &Ui, canvas: Rect, text: &str) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(theme::SMALL), d.palette.text);
    let at = canvas.center_top() + vec2(0.0, 20.0);
    let place = Align2::CENTER_TOP.anchor_size(at, galley.size() + vec2(20.0, 10.0));
    ui.painter().rect_filled(place, theme::SMALL_RADIUS, d.palette.panel.gamma_multiply(0.9));
    ui.painter().galley(place.min + vec2(10.0, 5.0), galley, d.palette.text);
}
