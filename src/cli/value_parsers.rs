//! How values that are typed for options are read.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};

use tauscope_core::{attention::ControlPreset, diffusion::scheduler::Sampler};
use tauscope_runtime::Device;

/// A device by name; `None` leaves the choice to the program.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WantedDevice(pub(super) Option<Device>);

/// "1024x768": width, height.
pub(super) fn size(text: &str) -> Result<(usize, usize), String> {
    let wanted = "width x height in pixels are wanted, as in 1024x768";
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or(wanted)?;
    match (width.trim().parse(), height.trim().parse()) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(wanted.into()),
    }
}

/// Lists the samplers' names in the help and in what is said about a wrong one.
pub(super) fn sampler() -> ValueParser {
    ValueParser::new(
        PossibleValuesParser::new(Sampler::ALL.map(Sampler::word)).try_map(|word| word.parse::<Sampler>()),
    )
}

/// Lists the presets in the help and in what is said about a wrong one.
pub(super) fn preset() -> ValueParser {
    let presets = ControlPreset::ALL.map(|preset| PossibleValue::new(preset.word()).help(preset.summary()));
    let parser = PossibleValuesParser::new(presets);
    ValueParser::new(parser.try_map(|word| word.parse::<ControlPreset>()))
}

/// Lists the devices in the help and in what is said about a wrong one.
pub(super) fn device() -> ValueParser {
    let auto = PossibleValue::new("auto").help("The best GPU that is there, else the processor");
    let devices = Device::ALL.map(|device| PossibleValue::new(device.argument()).help(device.summary()));
    let parser = PossibleValuesParser::new([auto].into_iter().chain(devices));
    ValueParser::new(parser.map(|word| WantedDevice(Device::from_argument(&word))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        fn check(text: &str, expected: Option<(usize, usize)>) {
            assert_eq!(size(text).ok(), expected, "{text}");
        }
        check("1024x768", Some((1024, 768)));
        check("320 × 192", Some((320, 192)));
        check("512", None);
        check("x512", None);
        check("-5x512", None);
    }
}
