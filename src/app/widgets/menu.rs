//! A word with a chevron that opens a menu.

use egui::{Align2, Color32, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::{fonts, theme, theme::Palette};

/// Shows `text` in `color`; a click opens `content`, a click anywhere closes it. `name` says what is chosen.
pub(in super::super) fn menu(
    ui: &mut Ui,
    palette: &Palette,
    name: &str,
    text: &str,
    color: Color32,
    content: impl FnOnce(&mut Ui),
) -> Response {
    let most = (ui.available_width() - 14.0).max(24.0);
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), fonts::regular(theme::BODY), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(most);
    let galley = ui.painter().layout_job(job);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 14.0, galley.size().y.max(18.0)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("{name}: {text}")));
    let color = if response.hovered() || response.has_focus() { palette.text } else { color };
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size()).min;
    ui.painter().galley_with_override_text_color(at, galley, color);
    super::chevron(ui, pos2(rect.right() - 5.0, rect.center().y), color);
    if response.has_focus() {
        ui.painter().hline(rect.x_range(), rect.bottom() + 1.0, palette.ring());
    }
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick).show(|ui| {
        egui::ScrollArea::vertical().max_height(360.0).show(ui, content);
    });
    response
}
