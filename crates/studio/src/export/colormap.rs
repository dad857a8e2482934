//! From a number to a colour.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use tauscope_core::error::{Error, Result};

/// The colours of a heatmap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorMap {
    /// Even in lightness, readable with colour-blind eyes: the default.
    #[default]
    Viridis,
    /// Made for colour-blind eyes.
    Cividis,
    /// Even in lightness, warm.
    Plasma,
    /// A rainbow with an even course.
    Turbo,
    /// The old rainbow.
    Jet,
    /// Black to white.
    Grey,
}

impl ColorMap {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Viridis, Self::Cividis, Self::Plasma, Self::Turbo, Self::Jet, Self::Grey];

    /// The name in the window and, in lower case, on the command line.
    pub fn label(self) -> &'static str {
        match self {
            Self::Viridis => "Viridis",
            Self::Cividis => "Cividis",
            Self::Plasma => "Plasma",
            Self::Turbo => "Turbo",
            Self::Jet => "Jet",
            Self::Grey => "Grey",
        }
    }

    /// RGB of `value` in 0..1; beyond that range the nearest end, and the cold end for NaN.
    pub fn color(self, value: f32) -> [u8; 3] {
        self.level(level_of(value))
    }

    /// RGB of 256 levels from cold to hot. [`Self::color`] of a value is its entry at round(255 value).
    pub fn table(self) -> [[u8; 3]; 256] {
        std::array::from_fn(|level| self.level(level as u8))
    }

    fn level(self, level: u8) -> [u8; 3] {
        let gradient = match self {
            Self::Viridis => colorous::VIRIDIS,
            Self::Cividis => colorous::CIVIDIS,
            Self::Plasma => colorous::PLASMA,
            Self::Turbo => colorous::TURBO,
            Self::Jet => return jet(f32::from(level) / 255.0),
            Self::Grey => return [level; 3],
        };
        gradient.eval_rational(usize::from(level), 256).into_array()
    }
}

/// The level, of 256, that stands for `value` in 0..1.
pub(super) fn level_of(value: f32) -> u8 {
    // The cast saturates and takes NaN to 0.
    (value * 255.0).round() as u8
}

/// Three tents of slope 4, a quarter apart.
fn jet(value: f32) -> [u8; 3] {
    [3.0, 2.0, 1.0].map(|peak| level_of((1.5 - (4.0 * value - peak).abs()).clamp(0.0, 1.0)))
}

impl FromStr for ColorMap {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|map| map.label().eq_ignore_ascii_case(word)).ok_or_else(|| {
            Error::input(
                format!("There is no colour map named {word:?}."),
                format!("Choose one of {}.", Self::ALL.map(Self::label).join(", ").to_lowercase()),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_from_cold_to_hot() {
        fn check(map: ColorMap, value: f32, expected: [u8; 3]) {
            assert_eq!(map.color(value), expected, "{map:?} at {value}");
        }
        check(ColorMap::Viridis, 0.0, [68, 1, 84]);
        check(ColorMap::Viridis, 1.0, [253, 231, 37]);
        check(ColorMap::Jet, 0.0, [0, 0, 128]);
        check(ColorMap::Jet, 0.4, [26, 255, 230]);
        check(ColorMap::Jet, 1.0, [128, 0, 0]);
        check(ColorMap::Grey, 0.5, [128; 3]);
        check(ColorMap::Grey, -1.0, [0; 3]);
        check(ColorMap::Grey, 2.0, [255; 3]);
        check(ColorMap::Grey, f32::NAN, [0; 3]);
        check(ColorMap::Grey, f32::INFINITY, [255; 3]);
    }

    #[test]
    fn labels_parse_and_tables_agree() {
        for map in ColorMap::ALL {
            assert_eq!(map.label().to_lowercase().parse::<ColorMap>().unwrap(), map);
            let table = map.table();
            assert!((0..=255).all(|level| map.color(level as f32 / 255.0) == table[level]));
        }
        assert!("rainbow".parse::<ColorMap>().unwrap_err().to_string().contains("viridis"));
    }
}
