//! A switch with its word before it.

use egui::{Align2, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::{fonts, theme, theme::Palette};

/// Shows whether `text` is on; a click asks to switch it.
pub(in super::super) fn toggle(ui: &mut Ui, palette: &Palette, text: &str, is_on: bool) -> Response {
    const TRACK: egui::Vec2 = vec2(30.0, 16.0);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(theme::SMALL), palette.dim);
    let size = vec2(galley.size().x + GAP + TRACK.x, 20.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_on, text));
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size()).min;
    let color = if response.hovered() { palette.text } else { palette.dim };
    ui.painter().galley_with_override_text_color(at, galley, color);
    let track = Align2::RIGHT_CENTER.anchor_size(rect.right_center(), TRACK);
    let share = ui.ctx().animate_bool_responsive(response.id, is_on);
    let fill = palette.line.lerp_to_gamma(palette.accent, share);
    ui.painter().rect_filled(track, TRACK.y / 2.0, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(track, TRACK.y / 2.0, palette.ring(), egui::StrokeKind::Outside);
    }
    let radius = TRACK.y / 2.0 - 2.0;
    let x = egui::lerp(track.left() + 2.0 + radius..=track.right() - 2.0 - radius, share);
    ui.painter().circle_filled(pos2(x, track.center().y), radius, egui::Color32::WHITE);
    response
}

const GAP: f32 = 8.0;
