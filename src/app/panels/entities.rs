//! The prompt's entities under it, and changing them by hand.

use egui::{Align2, Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::{
    super::{
        entities::{letter, name},
        fonts,
        session::{Command, DraftCommand},
        theme::{self, Palette},
        widgets::{ButtonKind, button, small},
    },
    Drawing,
};
use tauscope_core::prompt::Owner;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    if d.session.draft.reading().words.list.is_empty() {
        return;
    }
    let palette = d.palette;
    let entities = &d.session.draft.settings().entities;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        for (index, entity) in entities.list.iter().enumerate() {
            badge(ui, palette, Some(index), 16.0);
            ui.label(small(name(entity, &d.session.draft.reading().words), palette.dim))
                .on_hover_text("The words of one entity: the mask keeps them on the same place");
            ui.add_space(6.0);
        }
        if entities.list.is_empty() {
            ui.label(small("No entities", palette.dim));
        }
        let is_open = d.session.draft.picked().is_some();
        let text = if is_open { "Done" } else { "Edit" };
        let edit = ui.add(egui::Button::new(small(text, palette.accent)).frame(false));
        if edit.on_hover_text("Changes which words are one entity").clicked() {
            d.send(DraftCommand::EditEntities(!is_open));
        }
    });
    if let Some(picked) = d.session.draft.picked() {
        editor(d, ui, picked);
    }
}

/// Words to be picked, and who they can be given to.
fn editor(d: &mut Drawing<'_>, ui: &mut Ui, picked: &[usize]) {
    let palette = d.palette;
    let session = d.session;
    let entities = &session.draft.settings().entities;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for (index, word) in session.draft.reading().words.list.iter().enumerate() {
            let owner = entities.of_word(&word.source);
            if word_chip(ui, palette, &word.text, owner, picked.contains(&index)).clicked() {
                d.send(DraftCommand::PickWord(index));
            }
        }
    });
    ui.add_enabled_ui(!picked.is_empty(), |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            let mut offer = |ui: &mut Ui, text: &str, tooltip: &str, owner: Owner| {
                let width = if text.len() > 2 { 84.0 } else { 30.0 };
                let response = button(ui, palette, vec2(width, 26.0), text, "", ButtonKind::Outlined);
                if response.on_hover_text(tooltip).on_disabled_hover_text("Pick words first").clicked() {
                    d.send(Command::AssignPicked(owner));
                }
            };
            offer(ui, "New entity", "Makes the picked words an entity of their own", Owner::New);
            for index in 0..entities.list.len() {
                offer(ui, &letter(index), "Gives the picked words to this entity", Owner::Entity(index));
            }
            offer(ui, "Scene", "Takes the picked words out of their entity", Owner::Nobody);
        });
    });
    if entities.by_hand {
        let back = ui.add(egui::Button::new(small("Find them anew", palette.accent)).frame(false));
        if back.on_hover_text("Forgets what was changed by hand").clicked() {
            d.send(DraftCommand::AutomaticEntities);
        }
    }
}

fn word_chip(ui: &mut Ui, palette: &Palette, text: &str, owner: Option<usize>, is_picked: bool) -> Response {
    let color = owner.map_or(palette.text, |index| palette.entity(index));
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(theme::BODY), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 8.0), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_picked, format!("Pick {text}"))
    });
    let stroke = if is_picked { palette.ring() } else { Stroke::new(1.0, palette.line) };
    let fill = if response.hovered() || is_picked { palette.hovered } else { palette.raised };
    ui.painter().rect(rect, CornerRadius::same(theme::SMALL_RADIUS), fill, stroke, StrokeKind::Inside);
    if let Some(index) = owner {
        let line = rect.x_range().shrink(7.0);
        ui.painter().hline(line, rect.bottom() - 4.0, Stroke::new(1.5, palette.entity(index)));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme::SMALL_RADIUS, palette.ring(), StrokeKind::Outside);
    }
    let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
    ui.painter().galley(at, galley, Color32::PLACEHOLDER);
    response
}

/// An entity's letter on its colour; a dot for the scene.
pub(super) fn badge(ui: &mut Ui, palette: &Palette, entity: Option<usize>, side: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    paint_badge(ui, palette, entity, rect);
}

/// The same in a given place.
pub(super) fn paint_badge(ui: &Ui, palette: &Palette, entity: Option<usize>, rect: egui::Rect) {
    let color = entity.map_or(palette.dim, |index| palette.entity(index));
    ui.painter().rect_filled(rect, 4.0, color);
    let text = entity.map_or_else(|| "·".to_owned(), letter);
    let font = fonts::semibold(rect.height() * 0.66);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, palette.on_entity());
}
