//! The status line: what runs, how long it takes, what it needs.

use egui::{Align, Layout, Rect, Sense, Ui, vec2};

use super::{
    super::{
        session::{ModelCommand, ModelStatus, milliseconds_per_step},
        widgets::small,
    },
    Drawing,
};
use tauscope_studio::painting::PaintingStage;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    let palette = d.palette;
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, palette.hairline());
    ui.horizontal_centered(|ui| {
        ui.add_space(14.0);
        ui.spacing_mut().item_spacing.x = 16.0;
        let (text, share) = doing(d);
        ui.label(small(text, palette.dim));
        if let Some(share) = share {
            progress(d, ui, share);
        }
        if matches!(d.session.models.status(), ModelStatus::Loading { .. })
            && d.session.queue.running().is_none()
        {
            let cancel = ui.add(egui::Button::new(small("Cancel", palette.accent)).frame(false));
            if cancel.on_hover_text("Stops loading").clicked() {
                d.send(ModelCommand::CancelLoading);
            }
        }
        if let Some(left) = d.session.queue.seconds_left().filter(|&left| left > 0.0) {
            ui.label(small(format!("{} left", duration(left)), palette.dim));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(14.0);
            ui.spacing_mut().item_spacing.x = 20.0;
            if let Some(model) = d.session.models.ready() {
                ui.label(small(format!("ONNX Runtime {}", model.runtime_version), palette.dim));
            }
            if d.resident_bytes > 0 {
                let bytes = d.resident_bytes;
                let text = format!("{} MB", bytes / 1_000_000);
                ui.label(small(text, palette.dim)).on_hover_text("Memory that the program holds now");
            }
            let timed = d.session.queue.running().and_then(|run| run.painting.as_ref());
            let timed = timed.or(d.session.shown().map(|shown| shown.painting));
            if let Some(each) = timed.and_then(|painting| milliseconds_per_step(painting)) {
                ui.label(small(format!("{each:.0} ms a step"), palette.dim));
            }
        });
    });
}

/// What runs, and its share done.
fn doing(d: &Drawing<'_>) -> (String, Option<f32>) {
    let session = d.session;
    if let Some(run) = session.queue.running() {
        let total = run.job.settings.steps;
        let done = run.painting.as_ref().map_or(0, |painting| painting.steps.len());
        let text = match done {
            _ if run.stopping => "Stopping".to_owned(),
            0 => "Reading the prompt".to_owned(),
            done if done >= total => match run.painting.as_ref().map(|painting| painting.stage) {
                Some(PaintingStage::Decoding { done, of: of @ 2.. }) => {
                    format!("Decoding tile {} of {of}", done + 1)
                }
                _ => "Decoding the picture".to_owned(),
            },
            done => format!("Step {} of {total}, then decode", done + 1),
        };
        return (text, Some(done as f32 / total.max(1) as f32));
    }
    match session.models.status() {
        ModelStatus::None => ("No model".to_owned(), None),
        ModelStatus::Failed(_) => ("The model could not be loaded".to_owned(), None),
        ModelStatus::Loading { stage, fraction, .. } => (stage.clone(), Some(fraction.unwrap_or(0.0))),
        ModelStatus::Ready(_) => match session.shown() {
            None => ("Ready".to_owned(), None),
            Some(shown) => {
                let painting = shown.painting;
                let seconds: f32 = painting.steps.iter().map(|step| step.elapsed.as_secs_f32()).sum();
                let (done, of) = (painting.steps.len(), painting.settings.steps);
                let text = match painting.image {
                    Some(_) => format!("Painted in {}", duration(seconds)),
                    None => format!("Stopped after step {done} of {of}"),
                };
                (text, None)
            }
        },
    }
}

fn progress(d: &Drawing<'_>, ui: &mut Ui, share: f32) {
    let width = (ui.available_width() * 0.25).clamp(60.0, 180.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 4.0), Sense::hover());
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::new(egui::Role::ProgressIndicator);
        info.label = Some("Progress".to_owned());
        info.value = Some(f64::from(share));
        info
    });
    ui.painter().rect_filled(rect, 2.0, d.palette.line);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(done, 2.0, d.palette.accent);
}

/// "0.4 s", "12 s", "3 min 20 s".
fn duration(seconds: f32) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s => format!("{} min {} s", s as u32 / 60, s as u32 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_as_people_do() {
        fn check(seconds: f32, expected: &str) {
            assert_eq!(duration(seconds), expected);
        }
        check(0.41, "0.4 s");
        check(12.3, "12 s");
        check(200.0, "3 min 20 s");
    }
}
