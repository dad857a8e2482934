//! The range in which τ acts, as a band over the steps whose ends can be dragged.

use egui::{
    Align2, Color32, CursorIcon, Rangef, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2, remap_clamp, vec2,
};

use super::{
    super::{command::Command, fonts},
    Drawing,
};
use crate::attention::Span;

/// The band's height.
pub(super) const HEIGHT: f32 = 10.0;
/// How far from an end a drag still takes it.
const REACH: f32 = 8.0;

/// Draws the band over `x`, where 0 is the first step's place and 1 the last's.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, x: Rangef, top: f32) {
    let palette = d.palette;
    let control = &d.state.draft.control;
    let span = control.tau_span;
    let at = |progress: f32| lerp(x.min..=x.max, progress);
    let band =
        |from: f32, to: f32| Rect::from_min_max(pos2(from, top), pos2(to.max(from + 4.0), top + HEIGHT));
    let is_neutral = control.tau == 1.0;
    ui.painter().rect_filled(band(x.min, x.max), 3.0, palette.raised);
    let fill = if is_neutral { palette.line } else { palette.accent.gamma_multiply(0.55) };
    let rect = band(at(span.start), at(span.end));
    ui.painter().rect_filled(rect, 3.0, fill);
    if rect.width() > 24.0 {
        let color = if is_neutral { palette.dim } else { palette.text };
        let left = pos2(rect.left() + 7.0, rect.center().y);
        ui.painter().text(left, Align2::LEFT_CENTER, "τ", fonts::semibold(10.0), color);
    }
    end(d, ui, x, rect.left_center(), "Start of τ", |value| Span { start: value.min(span.end), ..span });
    end(d, ui, x, rect.right_center(), "End of τ", |value| Span { end: value.max(span.start), ..span });
}

fn end(
    d: &mut Drawing<'_>,
    ui: &mut Ui,
    x: Rangef,
    at: egui::Pos2,
    name: &str,
    moved: impl FnOnce(f32) -> Span,
) {
    let rect = Rect::from_center_size(at, vec2(2.0 * REACH, HEIGHT + 6.0));
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::click_and_drag());
    let value = remap_clamp(at.x, x.min..=x.max, 0.0..=1.0);
    response.widget_info(|| WidgetInfo {
        role: Role::Slider,
        ..WidgetInfo::slider(true, f64::from(value), name)
    });
    let is_hot = response.hovered() || response.dragged() || response.has_focus();
    let color = if is_hot { d.palette.accent } else { Color32::TRANSPARENT };
    ui.painter().rect_filled(Rect::from_center_size(at, vec2(4.0, HEIGHT + 4.0)), 2.0, color);
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let progress = remap_clamp(pointer.x, x.min..=x.max, 0.0..=1.0);
        d.send(Command::TauSpan(moved((progress * 100.0).round() / 100.0)));
    }
    if response.drag_stopped() {
        d.send(Command::SteeringSettled);
    }
    response
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal)
        .on_hover_text("Drag: the temperature acts from the start to the end of this band");
}
