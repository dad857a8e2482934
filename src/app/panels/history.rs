//! The rail of finished paintings.

use egui::{Role, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use super::{
    super::{
        pixels,
        session::{Command, Kept, Past},
        textures::TextureKey,
        theme,
        widgets::{picture, small},
    },
    Drawing,
};
use tauscope_core::diffusion::Settings;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), d.palette.hairline());
    ui.add_space(10.0);
    ui.vertical_centered(|ui| ui.label(small("History", d.palette.dim)));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.add_space(2.0);
        ui.vertical_centered(|ui| {
            let items = d.session.gallery.paintings();
            for (index, depth) in tree(&items) {
                item(d, ui, items[index], depth);
            }
        });
    });
}

/// The order of the rail, as indices with depths: newest first, and branches under what they go on from.
fn tree(items: &[Past<'_>]) -> Vec<(usize, usize)> {
    let branches: Vec<(usize, &Settings)> =
        items.iter().enumerate().filter_map(|(index, item)| Some((index, item.parent()?))).collect();
    // Most seeds differ, and are compared before all the rest.
    let is = |settings: &Settings, parent: &Settings| settings.seed == parent.seed && settings == parent;
    let mut is_placed = vec![false; items.len()];
    let mut placed = Vec::with_capacity(items.len());
    let mut place = |root: usize| {
        let mut open = vec![(root, 0)];
        while let Some((index, depth)) = open.pop() {
            if std::mem::replace(&mut is_placed[index], true) {
                continue;
            }
            placed.push((index, depth));
            let children = branches.iter().rev().filter(|(_, parent)| is(items[index].settings(), parent));
            open.extend(children.map(|&(child, _)| (child, depth + 1)));
        }
    };
    let has_parent: Vec<_> = branches
        .iter()
        .filter(|(_, parent)| items.iter().any(|other| is(other.settings(), parent)))
        .collect();
    let is_root = |index: &usize| !has_parent.iter().any(|(child, _)| child == index);
    (0..items.len()).filter(is_root).for_each(&mut place);
    // By now the branches are placed under their roots, except those that form a circle.
    has_parent.iter().for_each(|(child, _)| place(*child));
    placed
}

/// A small picture that can be clicked to show the painting again. Those scrolled out of sight only take up
/// their space.
fn item(d: &mut Drawing<'_>, ui: &mut Ui, past: Past<'_>, depth: usize) {
    let (key, is_shown, remark, command) = match past {
        Past::Kept(Kept { painting, .. }) => (
            TextureKey::Thumbnail(painting.id),
            d.session.gallery.shown() == Some(painting.id),
            if painting.image.is_some() { "" } else { "\nStopped before its end." },
            Command::Reopen(painting.id),
        ),
        Past::OnDisk(entry) => (TextureKey::Entry(entry.id), false, "", Command::OpenEntry(entry.id)),
    };
    let settings = past.settings();
    // Branches are smaller and further in.
    let indent = 10.0 * depth.min(2) as f32;
    let width = (ui.available_width() - 20.0).min(56.0) - indent;
    let height = (width * settings.height as f32 / settings.width as f32).clamp(20.0, 100.0);
    let (place, response) = ui.allocate_exact_size(vec2(width + indent, height), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, is_shown, format!("Painting: {}", settings.prompt))
    });
    if !ui.is_rect_visible(place) {
        return;
    }
    let texture = d.textures.texture(ui.ctx(), key, || match past {
        Past::Kept(Kept { painting, .. }) => {
            let newest = painting.image.as_ref().or(painting.steps.last().map(|step| &step.preview));
            newest.map(pixels::thumbnail)
        }
        Past::OnDisk(entry) => Some(pixels::stored(&entry.thumbnail)),
    });
    let rect = place.with_min_x(place.left() + indent);
    if depth > 0 {
        let (x, y) = (place.left() + indent - 5.0, rect.center().y);
        ui.painter().vline(x, rect.top() - 6.0..=y, d.palette.hairline());
        ui.painter().hline(x..=rect.left(), y, d.palette.hairline());
    }
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
        "{}\nSeed {} · τ {:.2} · {} steps · {}{remark}\nClick to bring back its picture, settings and maps.",
        settings.prompt,
        settings.seed,
        settings.control.tau,
        settings.steps,
        past.model()
    );
    if response.on_hover_text(tooltip).clicked() {
        d.send(command);
    }
}
