//! Steering: presets, the self-attention temperature, the object-focused mask and the weights over time. When a
//! control acts is a band of the filmstrip.

use egui::{
    Align, Align2, CornerRadius, DragValue, Layout, Popup, PopupCloseBehavior, Rect, Role, Sense, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};

use super::{
    super::{
        fonts,
        session::Command,
        steering::{Preset, hint, sentence},
        theme,
        widgets::{Slider, SliderChange, caption, dots, menu, number, segmented, small, toggle},
    },
    Drawing, child, curves,
};
use tauscope_core::attention::{
    Blocks, Control, MASK_STRENGTH, Mask, MaskRegions, NumberField, Reduce, Span, TAU,
};

/// A number that is steered by a slider and by typing.
struct Amount {
    name: &'static str,
    tooltip: &'static str,
    number: &'static NumberField,
    /// What the ends of the range mean, and the neutral place between them.
    ends: [&'static str; 3],
}

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let control = d.session.draft.settings().control.clone();
    let steps = d.session.draft.settings().steps;
    header(d, ui);
    ui.spacing_mut().item_spacing.y = 4.0;

    let tau = Amount {
        name: "Self-attention temperature τ",
        tooltip: "Below 1 each place looks at fewer others and shapes get sharper; above 1 they melt. A double click is \
                  neutral",
        number: &TAU,
        ends: ["sharper", "1 neutral", "softer"],
    };
    amount(d, ui, &control, &tau);
    acts(d, ui, control.tau_span, control.tau != TAU.neutral, steps);

    ui.add_space(6.0);
    let mask = Amount {
        name: "Object-focused mask",
        tooltip: "Each place of the picture sees the words of one entity only, so that colours stay on their things",
        number: &MASK_STRENGTH,
        ends: ["off", "", "each place follows one entity"],
    };
    amount(d, ui, &control, &mask);
    acts(d, ui, control.mask.span, control.mask.strength > MASK_STRENGTH.neutral, steps);
    if control.mask.strength > MASK_STRENGTH.neutral {
        places(d, ui, &control);
    }

    ui.add_space(6.0);
    weights(d, ui, &control);
    if let Some(hint) = hint(&d.session.draft) {
        ui.add(egui::Label::new(small(hint, d.palette.warning)).wrap());
    }
}

fn header(d: &mut Drawing<'_>, ui: &mut Ui) {
    let (session, palette) = (d.session, d.palette);
    ui.horizontal(|ui| {
        ui.label(caption("Steer", palette.dim));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            more(d, ui);
            let current =
                Preset::of(&session.draft.settings().control, session.preferences.own_preset.as_ref());
            let name =
                current.map_or("Changed by hand".to_owned(), |preset| format!("Preset: {}", preset.label()));
            menu(ui, palette, "Preset", &name, palette.dim, |ui| {
                for preset in Preset::ALL {
                    let Some(control) = preset.control(session.preferences.own_preset.as_ref()) else {
                        continue;
                    };
                    if ui.selectable_label(current == Some(preset), preset.label()).clicked() {
                        d.commands.push(Command::Steer(Box::new(control)));
                        d.commands.push(Command::SteeringSettled);
                    }
                }
                if current.is_none() && ui.button("Keep this as mine").clicked() {
                    d.commands.push(Command::KeepPreset);
                }
            })
            .on_hover_text("Sets all controls at once");
        });
    });
}

/// The menu with what is changed rarely.
fn more(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    let response = dots(ui, palette, "More about steering");
    let control = &d.session.draft.settings().control;
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(288.0);
        ui.spacing_mut().item_spacing.y = 6.0;
        let mut changed = control.clone();
        ui.label(caption("Layers in which τ acts", palette.dim));
        blocks(ui, palette, &mut changed.tau_blocks, "τ");
        ui.label(caption("Layers in which the mask acts", palette.dim));
        blocks(ui, palette, &mut changed.mask.blocks, "mask");
        ui.label(caption("An entity's score in a place is, over its words,", palette.dim));
        let reduces = [
            (Reduce::Sum, ("the sum", "Long descriptions win more places")),
            (Reduce::Mean, ("the mean", "Every word counts the same, whatever the entity's length")),
            (Reduce::Max, ("the largest", "The word that looks there most decides")),
        ];
        let chosen = reduces.iter().position(|(reduce, _)| *reduce == control.mask.reduce).unwrap_or(0);
        if let Some(clicked) = segmented(ui, palette, &reduces.map(|(_, words)| words), chosen) {
            changed.mask.reduce = reduces[clicked].0;
        }
        ui.label(caption("To compare with", palette.dim));
        let structured = toggle(ui, palette, "Structured Diffusion", control.structured);
        let tooltip = "Reads each entity's words alone too and mixes what they mean (Feng et al. 2022)";
        if structured.on_hover_text(tooltip).clicked() {
            changed.structured = !control.structured;
        }
        if changed != *control {
            d.commands.push(Command::Steer(Box::new(changed)));
            d.commands.push(Command::SteeringSettled);
        }
    });
    response.on_hover_text("Layers, how entities are scored, and a method to compare with");
}

/// What decides whose each place of the picture is.
fn places(d: &mut Drawing<'_>, ui: &mut Ui, control: &Control) {
    let palette = d.palette;
    let choices = [
        (
            "Each patch",
            "A place goes to the entity whose words it looks at most, at every step: as in the paper",
        ),
        (
            "Attention",
            "Where the first steps look gives the entities their order; each gets its part of the picture to the end",
        ),
        (
            "Words",
            "Entities lie side by side as they are named, unless the words say \u{201c}above\u{201d} or \u{201c}to the right \
             of\u{201d}. The picture shows their parts; drag the borders",
        ),
    ];
    ui.label(small("A place goes to its entity by", palette.dim));
    let regions = &control.mask.regions;
    let chosen = MaskRegions::NAMED.iter().position(|named| named == regions).unwrap_or(choices.len());
    let clicked = segmented(ui, palette, &choices, chosen);
    if let Some(named) = clicked.and_then(|clicked| MaskRegions::NAMED.into_iter().nth(clicked)) {
        let mask = Mask { regions: named, ..control.mask.clone() };
        steer(d, Some(Control { mask, ..control.clone() }), true);
    }
    match regions {
        MaskRegions::Layout(_) => {
            ui.label(small("As you dragged the borders in the picture", palette.dim));
        }
        MaskRegions::Drawn(_) => {
            ui.label(small("As drawn in a file", palette.dim));
        }
        MaskRegions::Patches | MaskRegions::Attention | MaskRegions::Words => {}
    }
}

/// Switches for the blocks of the UNet.
fn blocks(ui: &mut Ui, palette: &theme::Palette, blocks: &mut Blocks, what: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        for (name, on) in [("down", &mut blocks.down), ("mid", &mut blocks.mid), ("up", &mut blocks.up)] {
            let response = toggle(ui, palette, name, *on);
            if response.on_hover_text(format!("Whether {what} acts in the {name} blocks")).clicked() {
                *on = !*on;
            }
        }
    });
}

/// A name, a number that can be typed, a slider, and what its ends mean.
fn amount(d: &mut Drawing<'_>, ui: &mut Ui, control: &Control, amount: &Amount) {
    let palette = d.palette;
    let NumberField { range, neutral, get, .. } = amount.number;
    let now = get(control);
    let mut typed = SliderChange::default();
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        let label = ui.label(amount.name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(48.0, 24.0), Sense::hover());
            typed = value(ui, palette, rect, label.id, amount, now);
        });
    });
    let slider = Slider {
        name: amount.name,
        tooltip: amount.tooltip,
        value: now,
        range: range.clone(),
        neutral: *neutral,
        step: 0.01,
    };
    let slid = slider.show(ui, palette);
    ends(ui, palette, amount);
    let changed = typed.value.or(slid.value);
    steer(d, changed.map(|value| amount.number.with(control, value)), typed.settled || slid.settled);
}

fn value(
    ui: &mut Ui,
    palette: &theme::Palette,
    rect: Rect,
    label: egui::Id,
    amount: &Amount,
    now: f32,
) -> SliderChange {
    let radius = CornerRadius::same(theme::SMALL_RADIUS);
    ui.painter().rect(rect, radius, palette.raised, palette.hairline(), StrokeKind::Inside);
    let mut inner = child(ui, rect.shrink2(vec2(9.0, 3.0)), amount.name);
    let mut value = now;
    let text = format!("{value:.2}");
    let drag = DragValue::new(&mut value).range(amount.number.range.clone()).speed(0.01).fixed_decimals(2);
    let response = number(&mut inner, &text, drag).labelled_by(label).on_hover_text(amount.tooltip);
    SliderChange {
        value: response.changed().then_some(value),
        settled: response.drag_stopped() || response.lost_focus(),
    }
}

/// The words under a slider: at its ends and under its tick.
fn ends(ui: &mut Ui, palette: &theme::Palette, amount: &Amount) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let NumberField { range, neutral, .. } = amount.number;
    let tick = egui::remap(*neutral, range.clone(), rect.left() + 7.0..=rect.right() - 7.0);
    let [left, middle, right] = amount.ends;
    let font = fonts::regular(theme::SMALL);
    for (x, align, text) in [
        (rect.left(), Align2::LEFT_CENTER, left),
        (tick, Align2::CENTER_CENTER, middle),
        (rect.right(), Align2::RIGHT_CENTER, right),
    ] {
        ui.painter().text(pos2(x, rect.center().y), align, text, font.clone(), palette.dim);
    }
}

/// When a control acts, in steps, while it does anything.
fn acts(d: &Drawing<'_>, ui: &mut Ui, span: Span, is_on: bool, steps: usize) {
    if is_on && span != Span::WHOLE {
        ui.label(small(sentence(span, steps), d.palette.dim))
            .on_hover_text("Drag the ends of its band over the steps to change it");
    }
}

fn weights(d: &mut Drawing<'_>, ui: &mut Ui, control: &Control) {
    let palette = d.palette;
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        ui.label("Word weights over time");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let response = toggle(ui, palette, "", control.weights.on);
            response.widget_info(|| {
                WidgetInfo::selected(Role::Switch, true, control.weights.on, "Word weights over time")
            });
            let tooltip = "The scene counts more at first, the entities later: layout before detail";
            if response.on_hover_text(tooltip).clicked() {
                let mut control = control.clone();
                control.weights.on = !control.weights.on;
                steer(d, Some(control), true);
            }
        });
    });
    if control.weights.on {
        let (changed, settled) = curves::show(d, ui, &control.weights);
        steer(d, changed.map(|weights| Control { weights, ..control.clone() }), settled);
    }
}

fn steer(d: &mut Drawing<'_>, control: Option<Control>, settled: bool) {
    d.commands.extend(control.map(|control| Command::Steer(Box::new(control))));
    if settled {
        d.send(Command::SteeringSettled);
    }
}
