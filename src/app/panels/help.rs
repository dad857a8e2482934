//! The list of keys.

use egui::{Frame, Grid, Id, Modal, RichText, Ui};

use super::{
    super::{
        fonts,
        keys::KEYS,
        session::ViewCommand,
        theme,
        widgets::{caption, small},
    },
    Drawing,
};

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    if !d.session.view.help {
        return;
    }
    let palette = d.palette;
    let response = Modal::new(Id::unique("help")).frame(Frame::popup(ui.style()).inner_margin(20)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(360.0);
            ui.label(RichText::new("Keys").font(fonts::semibold(15.0)).color(palette.text));
            ui.add_space(4.0);
            Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
                for (key, what) in KEYS {
                    ui.label(caption(*key, palette.accent));
                    ui.label(RichText::new(*what).size(theme::BODY).color(palette.text));
                    ui.end_row();
                }
            });
            ui.add_space(4.0);
            ui.label(small("A double click brings a slider back to neutral.", palette.dim));
        },
    );
    if response.should_close() {
        d.send(ViewCommand::Help(false));
    }
}
