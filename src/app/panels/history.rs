//! The rail of finished paintings.

use egui::{Role, ScrollArea, Sense, StrokeKind, TextureId, Ui, WidgetInfo, vec2};

use super::{
    super::{
        command::Command,
        pixels,
        state::Kept,
        textures::TextureKey,
        theme,
        widgets::{picture, small},
    },
    Drawing,
};
use crate::{diffusion::Settings, history::Entry};

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), d.palette.hairline());
    ui.add_space(10.0);
    ui.vertical_centered(|ui| ui.label(small("History", d.palette.dim)));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.add_space(2.0);
        ui.vertical_centered(|ui| {
            for kept in &d.state.history {
                painting(d, ui, kept);
            }
            for entry in d.state.earlier() {
                earlier(d, ui, entry);
            }
        });
    });
}

/// A painting in memory.
fn painting(d: &mut Drawing<'_>, ui: &mut Ui, kept: &Kept) {
    let painting = &kept.painting;
    let newest = painting.image.as_ref().or(painting.steps.last().map(|step| &step.preview));
    let texture =
        d.textures.texture(ui.ctx(), TextureKey::Thumbnail(painting.id), || newest.map(pixels::thumbnail));
    let state = if painting.image.is_some() { "" } else { "\nStopped before its end." };
    let is_shown = d.state.shown == Some(painting.id);
    if thumbnail(d, ui, texture, &painting.settings, is_shown, state) {
        d.send(Command::Reopen(painting.id));
    }
}

/// A painting on disk.
fn earlier(d: &mut Drawing<'_>, ui: &mut Ui, entry: &Entry) {
    let texture =
        d.textures.texture(ui.ctx(), TextureKey::Entry(entry.id), || Some(pixels::stored(&entry.thumbnail)));
    if thumbnail(d, ui, texture, &entry.recipe.settings, false, "") {
        d.send(Command::OpenEntry(entry.id));
    }
}

/// A small picture that can be clicked; whether it was.
fn thumbnail(
    d: &Drawing<'_>,
    ui: &mut Ui,
    texture: Option<TextureId>,
    settings: &Settings,
    is_shown: bool,
    remark: &str,
) -> bool {
    let width = (ui.available_width() - 20.0).min(56.0);
    let height = (width * settings.height as f32 / settings.width as f32).clamp(20.0, 100.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, is_shown, format!("Painting: {}", settings.prompt))
    });
    if let Some(texture) = texture {
        picture(ui, texture, rect, theme::SMALL_RADIUS, 1.0);
    }
    if is_shown || response.has_focus() {
        ui.painter().rect_stroke(
            rect.expand(2.0),
            f32::from(theme::SMALL_RADIUS) + 2.0,
            d.palette.ring(),
            StrokeKind::Middle,
        );
    } else if response.hovered() {
        ui.painter().rect_stroke(rect, theme::SMALL_RADIUS, d.palette.hairline(), StrokeKind::Outside);
    }
    let tooltip = format!(
        "{}\nSeed {} · τ {:.2} · {} steps{remark}\nClick to bring back its picture, settings and maps.",
        settings.prompt, settings.seed, settings.control.tau, settings.steps
    );
    response.on_hover_text(tooltip).clicked()
}
