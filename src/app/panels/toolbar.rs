//! The picture's tools: bare or overlaid, the scale with its numbers, layers, steps, Save.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use super::{
    super::{
        backend::Saving,
        layer_filter::LayerFilter,
        pixels,
        session::{Command, Mode, PreferencesCommand, Shown, Time, ViewCommand},
        textures::TextureKey,
        widgets::{ButtonKind, button, chevron, menu, segmented, short_value, small, toggle},
    },
    Drawing,
};
use tauscope_studio::export::ColorMap;

/// The width below which the tools take two rows.
const ONE_ROW: f32 = 620.0;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let is_wide = ui.available_width() >= ONE_ROW;
    ui.horizontal(|ui| {
        ui.set_height(32.0);
        mode(d, ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            save(d, ui);
            if is_wide {
                steps(d, ui);
                layers(d, ui);
                scale(d, ui);
            }
        });
    });
    if !is_wide {
        ui.horizontal(|ui| {
            ui.set_height(24.0);
            ui.spacing_mut().item_spacing.x = 14.0;
            scale(d, ui);
            layers(d, ui);
            steps(d, ui);
        });
    }
}

fn mode(d: &mut Drawing<'_>, ui: &mut Ui) {
    let choices = [
        ("Picture", "The picture alone"),
        ("Overlay", "The heat of the chosen words over the picture; hold B to see it bare"),
        (
            "Entities",
            "The entity that each place looks at most by itself; the fainter, the closer the decision",
        ),
        ("Patch", "Click a place: where it looks in the picture itself (self-attention)"),
    ];
    let modes = [Mode::Picture, Mode::Overlay, Mode::Entities, Mode::Patch];
    let chosen = modes.iter().position(|&mode| mode == d.session.view.mode).unwrap_or(0);
    if let Some(clicked) = segmented(ui, d.palette, &choices, chosen) {
        d.send(ViewCommand::Mode(modes[clicked]));
    }
}

/// The colours with their numbers; a click chooses other colours.
fn scale(d: &mut Drawing<'_>, ui: &mut Ui) {
    let (session, palette) = (d.session, d.palette);
    let max = hottest(d);
    let (rect, response) = ui.allocate_exact_size(vec2(112.0, 24.0), Sense::click());
    let colors = session.view.color_map;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Colours: {}", colors.label())));
    let font = super::super::fonts::regular(super::super::theme::SMALL);
    let middle = rect.center().y;
    let bar = Rect::from_min_max(
        egui::pos2(rect.left() + 14.0, middle - 4.0),
        egui::pos2(rect.right() - 36.0, middle + 4.0),
    );
    if let Some(texture) =
        d.textures.texture(ui.ctx(), TextureKey::Scale(colors), || Some(pixels::scale(colors)))
    {
        super::super::widgets::picture(ui, texture, bar, 3, 1.0);
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_stroke(bar.expand(1.5), 4.0, palette.ring(), StrokeKind::Outside);
    }
    let left = egui::Align2::LEFT_CENTER;
    ui.painter().text(rect.left_center(), left, "0", font.clone(), palette.dim);
    let max = max.map_or_else(|| "–".to_owned(), short_value);
    ui.painter().text(egui::pos2(bar.right() + 6.0, middle), left, max, font, palette.dim);
    Popup::menu(&response).show(|ui| {
        for colors in ColorMap::ALL {
            let is_chosen = colors == session.view.color_map;
            if ui.selectable_label(is_chosen, colors.label()).clicked() {
                d.commands.push(ViewCommand::ColorMap(colors).into());
            }
        }
    });
    response.on_hover_text("Attention from none to the hottest place; click for other colours");
}

/// The value at the hot end of the scale, of the chosen words.
fn hottest(d: &mut Drawing<'_>) -> Option<f32> {
    let (shown, step) = d.shown()?;
    let maps = d.step_maps(shown, step)?;
    let view = &d.session.view;
    let parts = view.hovered.as_ref().map_or(view.selected.as_slice(), std::slice::from_ref);
    parts.iter().map(|&part| d.max_of(shown, &maps, part)).reduce(f32::max)
}

pub(super) fn layers(d: &mut Drawing<'_>, ui: &mut Ui) {
    let session = d.session;
    let layers = session.shown().map_or(&[][..], |shown: Shown<'_>| &shown.painting.layers);
    let text = session.view.layers.label(layers);
    let response = menu(ui, d.palette, "Layers", &text, d.palette.dim, |ui| {
        let mut choice = |ui: &mut Ui, filter: LayerFilter| {
            let is_chosen = filter == session.view.layers;
            if ui.selectable_label(is_chosen, filter.label(layers)).clicked() {
                d.commands.push(ViewCommand::Layers(filter).into());
            }
        };
        choice(ui, LayerFilter::All);
        for (title, filters) in [
            ("By resolution", LayerFilter::resolutions(layers)),
            ("By block", LayerFilter::blocks(layers)),
            ("Single layer", LayerFilter::singles(layers)),
        ] {
            if !filters.is_empty() {
                ui.label(small(title, d.palette.dim));
            }
            for filter in filters {
                choice(ui, filter);
            }
        }
    });
    response
        .on_hover_text("Which layers' attention is averaged: coarse ones place things, fine ones draw them");
}

pub(super) fn steps(d: &mut Drawing<'_>, ui: &mut Ui) {
    let time = d.session.view.time;
    let step = d.shown().map_or(0, |(_, step)| step + 1);
    let text = match time {
        Time::Step if step > 0 => format!("Step {step}"),
        Time::Step => "This step".to_owned(),
        Time::MeanSoFar if step > 0 => format!("Mean to {step}"),
        Time::MeanSoFar => "Mean so far".to_owned(),
    };
    menu(ui, d.palette, "Maps of", &text, d.palette.dim, |ui| {
        for (choice, text) in [(Time::Step, "This step"), (Time::MeanSoFar, "Mean so far")] {
            if ui.selectable_label(time == choice, text).clicked() {
                d.send(ViewCommand::Time(choice));
            }
        }
    })
    .on_hover_text("Attention at the shown step, or the mean from the first step to it");
}

fn save(d: &mut Drawing<'_>, ui: &mut Ui) {
    let has_painting = d.session.shown().is_some();
    ui.add_enabled_ui(has_painting, |ui| {
        let response = button(ui, d.palette, vec2(72.0, 30.0), "Save", " ", ButtonKind::Outlined);
        chevron(ui, response.rect.right_center() - vec2(16.0, 0.0), d.palette.dim);
        Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            for what in Saving::ALL {
                if ui.selectable_label(false, what.label()).clicked() {
                    d.send(Command::Save(what));
                    ui.close();
                }
            }
            ui.add_space(4.0);
            let with = !d.session.preferences.saves_without_settings;
            let response = toggle(ui, d.palette, "Settings inside pictures", with);
            let tooltip = "Lets a picture be painted again from its file, here and elsewhere; off, the file says nothing \
                           of how it was made";
            if response.on_hover_text(tooltip).clicked() {
                d.send(PreferencesCommand::SaveSettings(!with));
            }
        });
        response
            .on_hover_text("Saves the picture (Ctrl+S), or its maps as they are shown: layers, colours, scale")
            .on_disabled_hover_text("Nothing is painted yet");
    });
}
