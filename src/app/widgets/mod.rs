//! Small controls in the window's own look. None of them knows the session: values come in, changes go out.

mod buttons;
mod field;
mod menu;
mod segmented;
mod slider;
mod toggle;

use egui::{Color32, Pos2, Rect, RichText, Shape, Stroke, Ui, pos2, vec2};

pub(super) use buttons::{ButtonKind, button, chip, dots, icon_button};
pub(super) use field::{FIELD_HEIGHT, field, number};
pub(super) use menu::menu;
pub(super) use segmented::segmented;
pub(super) use slider::{Slider, SliderChange};
pub(super) use toggle::toggle;

use super::{fonts, theme};

/// Small text in this colour.
pub(super) fn small(text: impl Into<String>, color: Color32) -> RichText {
    RichText::new(text).font(fonts::regular(theme::SMALL)).color(color)
}

/// Small text that names what follows.
pub(super) fn caption(text: impl Into<String>, color: Color32) -> RichText {
    RichText::new(text).font(fonts::semibold(theme::SMALL)).color(color)
}

/// A value as it stands on the picture: ".41", ".052".
pub(super) fn short_value(value: f32) -> String {
    let text =
        if value != 0.0 && value.abs() < 0.0995 { format!("{value:.3}") } else { format!("{value:.2}") };
    text.strip_prefix('0').map_or_else(|| text.clone(), str::to_owned)
}

/// A downward chevron around `center`.
pub(super) fn chevron(ui: &Ui, center: Pos2, color: Color32) {
    let points = vec![center + vec2(-3.5, -2.0), center + vec2(3.5, -2.0), center + vec2(0.0, 2.5)];
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// Paints a texture with round corners.
pub(super) fn picture(ui: &Ui, texture: egui::TextureId, rect: Rect, radius: u8, opacity: f32) {
    egui::Image::from_texture((texture, rect.size()))
        .corner_radius(radius)
        .tint(Color32::WHITE.gamma_multiply(opacity))
        .paint_at(ui, rect);
}

/// The largest rectangle of this aspect (width / height) inside `within`, centred.
pub(super) fn fit(within: Rect, aspect: f32) -> Rect {
    let size = within.size();
    let width = size.x.min(size.y * aspect).max(1.0);
    Rect::from_center_size(within.center(), vec2(width, width / aspect))
}

/// A dotted line under a word.
pub(super) fn dotted_line(ui: &Ui, from: Pos2, to_x: f32, color: Color32) {
    let mut x = from.x + 1.0;
    while x < to_x {
        ui.painter().circle_filled(pos2(x, from.y), 0.9, color);
        x += 3.5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short() {
        fn check(value: f32, expected: &str) {
            assert_eq!(short_value(value), expected);
        }
        check(0.412, ".41");
        check(0.0523, ".052");
        check(0.0, ".00");
        check(0.9999, "1.00");
    }

    #[test]
    fn pictures_keep_their_aspect() {
        let rect = fit(Rect::from_min_size(Pos2::ZERO, vec2(400.0, 300.0)), 2.0);
        assert_eq!((rect.size(), rect.center()), (vec2(400.0, 200.0), pos2(200.0, 150.0)));
    }
}
