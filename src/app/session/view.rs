//! How a painting is looked at. Nothing here changes what is painted.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::super::{layer_filter::LayerFilter, reading::Part};
use tauscope_core::{
    attention::{Layer, Place},
    prompt::PromptWords,
};
use tauscope_studio::export::ColorMap;

/// The choices of the picture, the words and the filmstrip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What fills the window.
    pub page: Page,
    /// Bare or with heat.
    pub mode: Mode,
    /// Colours of heat.
    pub color_map: ColorMap,
    /// Which layers' maps.
    pub layers: LayerFilter,
    /// Of which steps.
    pub time: Time,
    /// Patches as they are, without smoothing.
    pub patches: bool,
    /// One scale for all words.
    pub same_scale: bool,
    /// How large tiles are.
    pub tile_size: TileSize,
    /// Whether function words and special tokens have tiles.
    pub others: bool,
    /// Whether a word of several tokens has a tile for each.
    pub pieces: bool,
    /// The words whose tiles stay on top, in the order of pinning.
    pub pinned_words: Vec<Part>,
    /// Chosen words, in the order of choosing.
    pub selected: Vec<Part>,
    /// The word that is pointed at.
    pub hovered: Option<Part>,
    /// The place of the picture whose words stay shown.
    pub pinned: Option<Place>,
    /// The place whose self-attention is shown.
    pub patch: Option<Place>,
    /// Whether it is shown as if the temperature were 1.
    pub without_tau: bool,
    /// Whether steps that are over are shown as the VAE decodes them, and not by their previews.
    pub decodes: bool,
    /// Whether heat is hidden for as long as a key is held.
    pub peeking: bool,
    /// The step shown; `None` follows the newest.
    pub step: Option<usize>,
    /// Whether the steps play.
    pub playing: bool,
    /// How the picture lies in its place; `None` fits it in whole.
    pub framing: Option<Framing>,
    /// Whether the keys are listed.
    pub help: bool,
}

/// What a person does to the view.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewCommand {
    /// Fills the window with this.
    Page(Page),
    /// Shows the picture bare or with heat over it.
    Mode(Mode),
    /// Chooses colours.
    ColorMap(ColorMap),
    /// Chooses layers.
    Layers(LayerFilter),
    /// This step or the mean so far.
    Time(Time),
    /// Shows maps as the patches that they are.
    Patches(bool),
    /// One scale for all words.
    SameScale(bool),
    /// How large tiles are.
    TileSize(TileSize),
    /// Function words, start, end and padding too.
    Others(bool),
    /// A tile for each token of a word, or one for the word.
    Pieces(bool),
    /// Keeps a word's tile on top, or lets it go.
    PinWord(Part),
    /// Clicks a word; `add` with Ctrl.
    Select {
        /// Which.
        part: Part,
        /// Beside what is selected already.
        add: bool,
    },
    /// Chooses this word alone, however the picture is shown.
    Choose(Part),
    /// Presses the n-th tile's key, from 0.
    SelectNth(usize),
    /// Points at a tile, or away.
    Hover(Option<Part>),
    /// Pins a place of the picture, or takes the pin out.
    Pin(Option<Place>),
    /// Asks where a place of the picture looks in the picture itself.
    LookAt(Place),
    /// Shows that as if the temperature were 1.
    WithoutTau(bool),
    /// Shows steps that are over as the VAE decodes them, or by their previews.
    Decodes(bool),
    /// Enlarges and moves the picture, or fits it in.
    Frame(Option<Framing>),
    /// Holds the key that shows the bare picture.
    Peek(bool),
    /// Shows this step.
    Step(usize),
    /// Shows a step this many further on.
    StepBy(isize),
    /// Shows the newest step, always.
    Follow,
    /// Plays the steps, or stops playing.
    Play(bool),
    /// Plays the next step, if the steps play.
    PlayTick,
    /// Shows the keys, or hides them.
    Help(bool),
}

impl ViewCommand {
    /// Whether a person asks for something that the worker knows about a step, such as its picture.
    pub(super) fn asks_about_a_step(&self) -> bool {
        matches!(
            self,
            Self::Mode(_)
                | Self::LookAt(_)
                | Self::Decodes(_)
                | Self::Step(_)
                | Self::StepBy(_)
                | Self::Follow
        )
    }
}

/// The painting that is shown, as far as the view has to know it.
#[derive(Clone, Copy, Default)]
pub(super) struct Subject<'a> {
    /// The words of its prompt.
    pub(super) words: Option<&'a PromptWords>,
    /// How many steps it has.
    pub(super) steps: usize,
}

impl View {
    /// The step shown of a painting with this many steps, if it has any.
    pub fn step_of(&self, steps: usize) -> Option<usize> {
        let newest = steps.checked_sub(1)?;
        Some(self.step.map_or(newest, |step| step.min(newest)))
    }

    /// The parts of a prompt with a tile, in their order: the pinned ones come first.
    pub fn tiles(&self, words: &PromptWords) -> Vec<Part> {
        let others = words.parts(self.others, self.pieces).into_iter();
        self.pinned_words
            .iter()
            .copied()
            .chain(others.filter(|part| !self.pinned_words.contains(part)))
            .collect()
    }

    /// The words whose heat lies over the picture: the one pointed at, else the chosen ones in overlay mode.
    pub fn overlaid(&self) -> &[Part] {
        match (&self.hovered, self.mode) {
            _ if self.peeking => &[],
            (Some(part), _) => std::slice::from_ref(part),
            (None, Mode::Overlay) => &self.selected,
            (None, Mode::Picture | Mode::Entities | Mode::Patch) => &[],
        }
    }

    pub(super) fn update(&mut self, command: ViewCommand, subject: Subject<'_>) {
        let current = self.step_of(subject.steps).unwrap_or(0);
        let last = subject.steps.saturating_sub(1);
        match command {
            ViewCommand::Page(page) => self.page = page,
            ViewCommand::Mode(mode) => self.mode = mode,
            ViewCommand::ColorMap(colors) => self.color_map = colors,
            ViewCommand::Layers(layers) => self.layers = layers,
            ViewCommand::Time(time) => self.time = time,
            ViewCommand::Patches(patches) => self.patches = patches,
            ViewCommand::SameScale(same) => self.same_scale = same,
            ViewCommand::TileSize(size) => self.tile_size = size,
            ViewCommand::Others(others) => self.others = others,
            ViewCommand::Pieces(pieces) => self.pieces = pieces,
            ViewCommand::PinWord(part) => match self.pinned_words.iter().position(|&other| other == part) {
                Some(at) => drop(self.pinned_words.remove(at)),
                None => self.pinned_words.push(part),
            },
            ViewCommand::Select { part, add: true } => self.add(part),
            ViewCommand::Select { part, add: false } => self.select(part),
            ViewCommand::Choose(part) => self.selected = vec![part],
            ViewCommand::SelectNth(index) => {
                let tiles = subject.words.map_or_else(Vec::new, |words| self.tiles(words));
                if let Some(&part) = tiles.get(index) {
                    self.select(part);
                }
            }
            ViewCommand::Hover(part) => self.hovered = part,
            ViewCommand::Pin(place) => self.pinned = place,
            ViewCommand::LookAt(place) => self.patch = Some(place),
            ViewCommand::WithoutTau(without) => self.without_tau = without,
            ViewCommand::Decodes(decodes) => self.decodes = decodes,
            ViewCommand::Frame(framing) => self.framing = framing,
            ViewCommand::Peek(peeking) => self.peeking = peeking,
            ViewCommand::Step(step) => (self.step, self.playing) = (Some(step.min(last)), false),
            ViewCommand::StepBy(by) => {
                (self.step, self.playing) = (Some(current.saturating_add_signed(by).min(last)), false);
            }
            ViewCommand::Follow => self.follow(),
            ViewCommand::Play(playing) => {
                self.playing = playing && last > 0;
                if self.playing {
                    // From the end, playing begins anew.
                    self.step = Some(if current == last { 0 } else { current });
                }
            }
            ViewCommand::PlayTick => {
                if self.playing {
                    self.step = Some((current + 1).min(last));
                    self.playing = current + 1 < last;
                }
            }
            ViewCommand::Help(open) => self.help = open,
        }
    }

    /// Shows the newest step, always.
    pub(super) fn follow(&mut self) {
        (self.step, self.playing) = (None, false);
    }

    /// Turns from the painting of one prompt to that of another: what was chosen stays as far as there is the same.
    pub(super) fn turn_to(&mut self, now: &PromptWords, layers: &[Layer], before: Option<&PromptWords>) {
        for parts in [&mut self.selected, &mut self.pinned_words] {
            let known =
                before.iter().flat_map(|before| parts.iter().map(|&part| now.counterpart(part, before)));
            // Two words can have the same counterpart.
            let mut seen = HashSet::new();
            *parts = known.flatten().filter(|&part| seen.insert(part)).collect();
        }
        if self.selected.is_empty() {
            self.selected = now.parts(true, false).into_iter().take(1).collect();
        }
        (self.hovered, self.pinned) = (None, None);
        if !layers.iter().any(|layer| self.layers.holds(layer)) {
            self.layers = LayerFilter::All;
        }
    }

    /// A click on a word shows its heat; a click on the only one chosen shows the bare picture again.
    fn select(&mut self, part: Part) {
        if self.selected == [part] && self.mode == Mode::Overlay {
            self.mode = Mode::Picture;
        } else {
            self.selected = vec![part];
            self.mode = Mode::Overlay;
        }
    }

    /// A click with Ctrl adds a word to those chosen, or takes it away; one always stays.
    fn add(&mut self, part: Part) {
        match self.selected.iter().position(|&other| other == part) {
            Some(at) if self.selected.len() > 1 => {
                self.selected.remove(at);
            }
            Some(_) => {}
            None => self.selected.push(part),
        }
        self.mode = Mode::Overlay;
    }
}

/// What fills the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// One picture and its words.
    #[default]
    Paint,
    /// The same seed under several controls.
    Compare,
}

/// Bare or with heat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The picture alone.
    #[default]
    Picture,
    /// The chosen words' heat over it.
    Overlay,
    /// The entity that each place looks at most, mask on or off.
    Entities,
    /// Where one place of the picture looks in the picture itself.
    Patch,
}

/// Of which steps a map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Time {
    /// The step shown.
    #[default]
    Step,
    /// The mean from the first step to the one shown.
    MeanSoFar,
}

/// How large tiles are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TileSize {
    /// Many at once.
    Small,
    /// Four in a row of the usual window.
    #[default]
    Medium,
    /// To look closely.
    Large,
}

impl TileSize {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// A tile's least width in points, for a square picture.
    pub fn points(self) -> f32 {
        match self {
            Self::Small => 60.0,
            Self::Medium => 76.0,
            Self::Large => 148.0,
        }
    }

    /// "S", "M", "L".
    pub fn label(self) -> &'static str {
        match self {
            Self::Small => "S",
            Self::Medium => "M",
            Self::Large => "L",
        }
    }
}

/// A picture enlarged and moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Screen pixels per pixel of the picture.
    pub scale: f32,
    /// The place in the middle.
    pub center: Place,
}
