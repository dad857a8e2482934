//! Steering: the self-attention temperature. Where it acts is a band of the filmstrip.

use egui::{Align, CornerRadius, DragValue, Layout, Rect, Sense, StrokeKind, Ui, vec2};

use super::{
    super::{
        command::Command,
        theme,
        widgets::{Slider, SliderChange, caption, number, small},
    },
    Drawing, child,
};
use crate::attention::{Control, Span, TAU_RANGE};

const TAU_TOOLTIP: &str = "Below 1 each place looks at fewer others and shapes get sharper; above 1 they melt. A double click is neutral";

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let state = d.state;
    let palette = d.palette;
    let control = &state.draft.control;
    ui.horizontal(|ui| {
        ui.label(caption("Steer", palette.dim));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if *control == Control::default() { "neutral" } else { "changes the picture" };
            ui.label(small(text, palette.dim));
        });
    });
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        let label = ui.label("Self-attention temperature τ");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(48.0, 24.0), Sense::hover());
            value(d, ui, rect, label.id);
        });
    });
    let slider = Slider {
        name: "Self-attention temperature",
        tooltip: TAU_TOOLTIP,
        value: control.tau,
        range: TAU_RANGE,
        neutral: 1.0,
        step: 0.01,
    };
    let change = slider.show(ui, palette);
    send(d, change);
    ends(ui, palette);
    ui.label(small(acting(control.tau_span, state.draft.steps), palette.dim))
        .on_hover_text("Drag the ends of the τ band over the steps to change it");
}

/// The value as a number that can be typed.
fn value(d: &mut Drawing<'_>, ui: &mut Ui, rect: Rect, label: egui::Id) {
    let palette = d.palette;
    ui.painter().rect(
        rect,
        CornerRadius::same(theme::SMALL_RADIUS),
        palette.raised,
        palette.hairline(),
        StrokeKind::Inside,
    );
    let mut inner = child(ui, rect.shrink2(vec2(9.0, 3.0)), "tau value");
    let mut tau = d.state.draft.control.tau;
    let text = format!("{tau:.2}");
    let drag = DragValue::new(&mut tau).range(TAU_RANGE).speed(0.01).fixed_decimals(2);
    let response = number(&mut inner, &text, drag).labelled_by(label).on_hover_text(TAU_TOOLTIP);
    let change = SliderChange {
        value: response.changed().then_some(tau),
        settled: response.drag_stopped() || response.lost_focus(),
    };
    send(d, change);
}

fn send(d: &mut Drawing<'_>, change: SliderChange) {
    d.commands.extend(change.value.map(Command::Tau));
    if change.settled {
        d.send(Command::SteeringSettled);
    }
}

/// "sharper", "1 neutral" under the tick, "softer".
fn ends(ui: &mut Ui, palette: &theme::Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let tick =
        egui::remap(1.0, *TAU_RANGE.start()..=*TAU_RANGE.end(), rect.left() + 7.0..=rect.right() - 7.0);
    let font = super::super::fonts::regular(theme::SMALL);
    for (x, align, text) in [
        (rect.left(), egui::Align2::LEFT_CENTER, "sharper"),
        (tick, egui::Align2::CENTER_CENTER, "1 neutral"),
        (rect.right(), egui::Align2::RIGHT_CENTER, "softer"),
    ] {
        ui.painter().text(egui::pos2(x, rect.center().y), align, text, font.clone(), palette.dim);
    }
}

/// Where the temperature acts, in steps as a person counts them.
fn acting(span: Span, steps: usize) -> String {
    let mut acts = (0..steps).filter(|&step| span.contains(Control::progress(step, steps)));
    match (acts.next(), acts.next_back()) {
        (None, _) => "acts at no step".to_owned(),
        (Some(0), Some(last)) if last + 1 == steps => "acts at all steps".to_owned(),
        (Some(first), None) => format!("acts at step {}", first + 1),
        (Some(first), Some(last)) => format!("acts at steps {} to {}", first + 1, last + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_told_in_steps() {
        fn check(span: (f32, f32), steps: usize, expected: &str) {
            assert_eq!(acting(Span { start: span.0, end: span.1 }, steps), expected);
        }
        check((0.0, 1.0), 25, "acts at all steps");
        check((0.0, 0.5), 25, "acts at steps 1 to 12");
        check((0.0, 0.0), 25, "acts at no step");
        check((0.0, 0.01), 25, "acts at step 1");
        check((0.9, 1.0), 11, "acts at steps 10 to 11");
    }
}
