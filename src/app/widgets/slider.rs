//! A slider with a neutral place, to which a double click returns.

use std::ops::RangeInclusive;

use egui::{Key, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::super::theme::Palette;

/// A number in a range with a neutral value.
pub(in super::super) struct Slider<'a> {
    /// For accessibility.
    pub(in super::super) name: &'a str,
    /// What it does to the picture, a sentence.
    pub(in super::super) tooltip: &'a str,
    /// Now.
    pub(in super::super) value: f32,
    /// From the left to the right end.
    pub(in super::super) range: RangeInclusive<f32>,
    /// Where the tick is.
    pub(in super::super) neutral: f32,
    /// One press of an arrow key; values are whole multiples of it.
    pub(in super::super) step: f32,
}

/// What was done to a slider in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in super::super) struct SliderChange {
    /// The new value.
    pub(in super::super) value: Option<f32>,
    /// Whether it was let go.
    pub(in super::super) settled: bool,
}

impl Slider<'_> {
    pub(in super::super) fn show(self, ui: &mut Ui, palette: &Palette) -> SliderChange {
        const HANDLE: f32 = 7.0;
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), f64::from(self.value), self.name));
        let track = rect.x_range().shrink(HANDLE);
        let (low, high) = (*self.range.start(), *self.range.end());
        let rounded = |value: f32| ((value / self.step).round() * self.step).clamp(low, high);
        let x_of = |value: f32| egui::remap_clamp(value, self.range.clone(), track.min..=track.max);

        let mut change = SliderChange::default();
        if response.double_clicked() {
            change = SliderChange { value: Some(self.neutral), settled: true };
        } else if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let value = egui::remap_clamp(pointer.x, track.min..=track.max, self.range.clone());
            // The handle sticks to the tick a little.
            let near = (x_of(self.neutral) - pointer.x).abs() < 4.0;
            change.value = Some(if near { self.neutral } else { rounded(value) });
            change.settled = response.clicked();
        }
        change.settled |= response.drag_stopped();
        if response.has_focus() {
            ui.memory_mut(|memory| {
                let arrows = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
                memory.set_focus_lock_filter(response.id, arrows);
            });
            let steps = ui.input(|input| {
                input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32
            });
            if steps != 0.0 {
                change = SliderChange { value: Some(rounded(self.value + steps * self.step)), settled: true };
            }
        }
        change.value = change.value.filter(|&value| value != self.value);

        let middle = rect.center().y;
        let (handle, tick) = (x_of(change.value.unwrap_or(self.value)), x_of(self.neutral));
        let painter = ui.painter();
        let bar = |from: f32, to: f32, color| {
            let bar = egui::Rect::from_min_max(pos2(from, middle - 2.0), pos2(to, middle + 2.0));
            painter.rect_filled(bar, 2.0, color);
        };
        bar(rect.left(), rect.right(), palette.line);
        bar(rect.left(), handle, palette.accent);
        painter.vline(tick, middle - 6.0..=middle + 6.0, Stroke::new(2.0, palette.dim));
        let is_hot = response.hovered() || response.dragged() || response.has_focus();
        let radius = if is_hot { HANDLE } else { HANDLE - 0.5 };
        painter.circle(pos2(handle, middle), radius, palette.text, Stroke::new(2.5, palette.accent));
        response.on_hover_text(self.tooltip);
        change
    }
}
