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
            let state = d.state;
            let items: Vec<_> =
                state.history.iter().map(Item::Kept).chain(state.earlier().map(Item::Earlier)).collect();
            for (index, depth) in tree(&items) {
                match items[index] {
                    Item::Kept(kept) => painting(d, ui, kept, depth),
                    Item::Earlier(entry) => earlier(d, ui, entry, depth),
                }
            }
        });
    });
}

/// Something in the rail.
#[derive(Clone, Copy)]
enum Item<'a> {
    Kept(&'a Kept),
    Earlier(&'a Entry),
}

impl<'a> Item<'a> {
    fn settings(self) -> &'a Settings {
        match self {
            Self::Kept(kept) => &kept.painting.settings,
            Self::Earlier(entry) => &entry.recipe.settings,
        }
    }

    /// The settings of what it goes on from.
    fn parent(self) -> Option<&'a Settings> {
        let branch = match self {
            Self::Kept(kept) => kept.painting.branch.as_deref(),
            Self::Earlier(entry) => entry.recipe.branch.as_deref(),
        };
        branch.map(|branch| &branch.settings)
    }
}

/// The order of the rail, as indices with depths: newest first, and branches under what they go on from.
fn tree(items: &[Item<'_>]) -> Vec<(usize, usize)> {
    fn place(items: &[Item<'_>], index: usize, depth: usize, placed: &mut Vec<(usize, usize)>) {
        if placed.iter().any(|&(other, _)| other == index) {
            return;
        }
        placed.push((index, depth));
        let settings = items[index].settings();
        for (child, item) in items.iter().enumerate() {
            if item.parent() == Some(settings) {
                place(items, child, depth + 1, placed);
            }
        }
    }
    let is_root = |item: &Item<'_>| {
        item.parent().is_none_or(|parent| !items.iter().any(|other| other.settings() == parent))
    };
    let mut placed = Vec::with_capacity(items.len());
    let (roots, branches): (Vec<_>, Vec<_>) = (0..items.len()).partition(|&index| is_root(&items[index]));
    // The branches are placed under their roots by then, but for those that go round in a circle.
    for index in roots.into_iter().chain(branches) {
        place(items, index, 0, &mut placed);
    }
    placed
}

/// A painting in memory.
fn painting(d: &mut Drawing<'_>, ui: &mut Ui, kept: &Kept, depth: usize) {
    let painting = &kept.painting;
    let newest = painting.image.as_ref().or(painting.steps.last().map(|step| &step.preview));
    let texture =
        d.textures.texture(ui.ctx(), TextureKey::Thumbnail(painting.id), || newest.map(pixels::thumbnail));
    let state = if painting.image.is_some() { "" } else { "\nStopped before its end." };
    let is_shown = d.state.shown == Some(painting.id);
    if thumbnail(d, ui, texture, &painting.settings, is_shown, depth, state) {
        d.send(Command::Reopen(painting.id));
    }
}

/// A painting on disk.
fn earlier(d: &mut Drawing<'_>, ui: &mut Ui, entry: &Entry, depth: usize) {
    let texture =
        d.textures.texture(ui.ctx(), TextureKey::Entry(entry.id), || Some(pixels::stored(&entry.thumbnail)));
    if thumbnail(d, ui, texture, &entry.recipe.settings, false, depth, "") {
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
    depth: usize,
    remark: &str,
) -> bool {
    // Branches are smaller and further in.
    let indent = 10.0 * depth.min(2) as f32;
    let width = (ui.available_width() - 20.0).min(56.0) - indent;
    let height = (width * settings.height as f32 / settings.width as f32).clamp(20.0, 100.0);
    let (place, response) = ui.allocate_exact_size(vec2(width + indent, height), Sense::click());
    let rect = place.with_min_x(place.left() + indent);
    if depth > 0 {
        let (x, y) = (place.left() + indent - 5.0, rect.center().y);
        ui.painter().vline(x, rect.top() - 6.0..=y, d.palette.hairline());
        ui.painter().hline(x..=rect.left(), y, d.palette.hairline());
    }
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
