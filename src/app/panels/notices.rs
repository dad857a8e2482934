//! What a person should know, as calm lines over the picture until they are put away.

use egui::{Align, Frame, Layout, Margin, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::{
    super::{session::Command, theme, widgets::small},
    Drawing,
};

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    for (index, notice) in d.session.notices.list().iter().enumerate() {
        let color = if notice.is_error { palette.warning } else { palette.accent };
        Frame::new()
            .fill(palette.panel)
            .stroke(Stroke::new(1.0, color))
            .corner_radius(theme::RADIUS)
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    if close(ui, color, index) {
                        d.send(Command::Dismiss(index));
                    }
                    ui.with_layout(Layout::top_down(Align::Min), |ui| {
                        ui.add(
                            egui::Label::new(small(notice.text.clone(), palette.text))
                                .wrap()
                                .selectable(true),
                        );
                    });
                });
            });
    }
}

fn close(ui: &mut Ui, color: egui::Color32, index: usize) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Dismiss notice {}", index + 1)));
    let cross = rect.shrink(5.0);
    let stroke = Stroke::new(1.5, color);
    ui.painter().line_segment([cross.left_top(), cross.right_bottom()], stroke);
    ui.painter().line_segment([cross.right_top(), cross.left_bottom()], stroke);
    response.on_hover_text("Puts this away").clicked()
}
