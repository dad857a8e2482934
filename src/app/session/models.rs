//! Which model is open or on its way, and which others can be opened.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::effect::Effect;
use tauscope_studio::{
    painting::{ModelInfo, ModelSource, Painting},
    worker::Request,
};

/// How many folders are remembered.
const RECENT_FOLDERS: usize = 6;

/// The model and its menu.
#[derive(Debug, Default)]
pub struct Models {
    status: ModelStatus,
    /// Loads asked for that have not ended: the newest is the one that counts.
    loads: usize,
    recent: Vec<PathBuf>,
    cached: Vec<PathBuf>,
    folder_path: String,
}

/// What a person does about models; [`super::Command::Open`] opens one.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelCommand {
    /// Stops loading a model.
    CancelLoading,
    /// Looks for a folder with a dialog.
    BrowseFolder,
    /// Types the path of a folder.
    FolderPath(String),
}

/// The model as far as the window knows.
#[derive(Clone, Debug, Default)]
pub enum ModelStatus {
    /// Nothing is loaded or on its way.
    #[default]
    None,
    /// On its way.
    Loading {
        /// From where.
        source: ModelSource,
        /// "Loading the UNet".
        stage: String,
        /// 0..1, or unknown.
        fraction: Option<f32>,
    },
    /// Ready to paint.
    Ready(Arc<ModelInfo>),
    /// It could not be loaded; the notice says why.
    Failed(ModelSource),
}

impl Models {
    /// No model, and the folders that were opened before, newest first.
    pub(super) fn remembered(recent: Vec<PathBuf>) -> Self {
        Self { recent, ..Self::default() }
    }

    /// What is or will be loaded.
    pub fn status(&self) -> &ModelStatus {
        &self.status
    }

    /// The model that can paint.
    pub fn ready(&self) -> Option<&Arc<ModelInfo>> {
        match &self.status {
            ModelStatus::Ready(model) => Some(model),
            ModelStatus::None | ModelStatus::Loading { .. } | ModelStatus::Failed(_) => None,
        }
    }

    /// Whether a model is there or on its way.
    pub fn is_wanted(&self) -> bool {
        matches!(self.status, ModelStatus::Ready(_) | ModelStatus::Loading { .. })
    }

    /// Whether the loaded model painted this, so that it can do more with it.
    pub fn is_of_loaded(&self, painting: &Painting) -> bool {
        matches!(&self.status, ModelStatus::Ready(model) if painting.is_of(model))
    }

    /// Folders opened before, newest first.
    pub fn recent(&self) -> &[PathBuf] {
        &self.recent
    }

    /// Models in the Hugging Face cache that are not listed as opened before.
    pub fn cached(&self) -> impl Iterator<Item = &PathBuf> {
        self.cached.iter().filter(|model| !self.recent.contains(model))
    }

    /// The path typed beside the folder dialog.
    pub fn folder_path(&self) -> &str {
        &self.folder_path
    }

    /// The sizes that are offered, pixels with the aspect in words: those that the model paints, if not all.
    pub fn sizes(&self) -> Vec<(usize, usize, &'static str)> {
        let Some(model) = self.ready() else { return size_presets(1024) };
        let mut sizes = size_presets(model.native_size);
        if !model.fixed_size.is_free() {
            sizes.retain(|&(width, height, _)| model.fixed_size.takes((width, height)));
            if sizes.is_empty() {
                let (width, height) = model.first_size();
                sizes.push((width, height, "as exported"));
            }
        }
        sizes
    }

    pub(super) fn update(&mut self, command: ModelCommand) -> Vec<Effect> {
        match command {
            ModelCommand::CancelLoading => vec![Effect::CancelLoading],
            ModelCommand::BrowseFolder => vec![Effect::BrowseFolder],
            ModelCommand::FolderPath(path) => {
                self.folder_path = path;
                Vec::new()
            }
        }
    }

    /// Asks for a model.
    pub(super) fn open(&mut self, source: ModelSource) -> Effect {
        self.loads += 1;
        self.status = ModelStatus::Loading {
            source: source.clone(),
            stage: "Opening the model".to_owned(),
            fraction: None,
        };
        Effect::Request(Request::Load(source))
    }

    /// Loading has come to this stage.
    pub(super) fn progress(&mut self, stage: String, fraction: Option<f32>) {
        // After a panic the worker loads the model anew, unasked.
        let source = match &self.status {
            ModelStatus::Loading { source, .. } | ModelStatus::Failed(source) => source.clone(),
            ModelStatus::Ready(model) => model.source.clone(),
            ModelStatus::None => return,
        };
        // A load that nobody asked for counts too: another may be wanted before it ends.
        self.loads = self.loads.max(1);
        self.status = ModelStatus::Loading { source, stage, fraction };
    }

    /// A load has ended. Whether it is the newest, the only one that counts.
    pub(super) fn end_load(&mut self) -> bool {
        self.loads = self.loads.saturating_sub(1);
        self.loads == 0
    }

    /// The newest load has succeeded.
    pub(super) fn loaded(&mut self, model: Arc<ModelInfo>) {
        if let ModelSource::Folder(folder) = &model.source {
            remember_folder(&mut self.recent, folder);
        }
        self.status = ModelStatus::Ready(model);
    }

    /// The newest load has failed.
    pub(super) fn failed(&mut self) {
        if let ModelStatus::Loading { source, .. } = &self.status {
            self.status = ModelStatus::Failed(source.clone());
        }
    }

    /// The model was freed.
    pub(super) fn unloaded(&mut self) {
        self.status = ModelStatus::None;
    }

    /// These models lie in the Hugging Face cache.
    pub(super) fn set_cached(&mut self, models: Vec<PathBuf>) {
        self.cached = models;
    }
}

/// What a path typed into the window means: it is trimmed, and `~` is the home folder.
pub(in super::super) fn typed_path(text: &str, home: Option<&Path>) -> Option<PathBuf> {
    let text = text.trim();
    let in_home = text.strip_prefix("~/").zip(home).map(|(rest, home)| home.join(rest));
    (!text.is_empty()).then(|| in_home.unwrap_or_else(|| PathBuf::from(text)))
}

/// Puts `folder` in front of the folders opened before.
fn remember_folder(recent: &mut Vec<PathBuf>, folder: &Path) {
    recent.retain(|other| other != folder);
    recent.insert(0, folder.to_owned());
    recent.truncate(RECENT_FOLDERS);
}

/// The sizes offered for a model of this native size: square, then ever wider and higher, all of about the same
/// area and in multiples of 32. Pixels, with the aspect in words.
fn size_presets(native: usize) -> Vec<(usize, usize, &'static str)> {
    let side = |share: f32| ((native as f32 * share / 32.0).round() as usize).max(1) * 32;
    // SDXL's own buckets are 1152 x 896, 1216 x 832, 1344 x 768 and 1536 x 640 around 1024.
    let mut presets = vec![(side(1.0), side(1.0), "square")];
    for (long, short, wide, high) in [
        (1.125, 0.875, "landscape 5:4", "portrait 4:5"),
        (1.1875, 0.8125, "landscape 3:2", "portrait 2:3"),
        (1.3125, 0.75, "landscape 16:9", "portrait 9:16"),
        (1.5, 0.625, "wide 12:5", "tall 5:12"),
    ] {
        let (long, short) = (side(long), side(short));
        if !presets.iter().any(|&(width, height, _)| (width, height) == (long, short)) {
            presets.push((long, short, wide));
            presets.push((short, long, high));
        }
    }
    presets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_around_the_native_one() {
        assert_eq!(size_presets(1024)[0], (1024, 1024, "square"));
        assert!(size_presets(1024).contains(&(1216, 832, "landscape 3:2")));
        for native in [256, 512, 1024] {
            assert!(size_presets(native).iter().all(|(w, h, _)| w % 32 == 0 && h % 32 == 0));
        }
    }

    #[test]
    fn typed_paths_may_begin_at_home() {
        fn check(text: &str, expected: Option<&str>) {
            let home = Path::new("/home/a");
            assert_eq!(typed_path(text, Some(home)), expected.map(PathBuf::from));
        }
        check(" ~/sdxl ", Some("/home/a/sdxl"));
        check("/sdxl", Some("/sdxl"));
        check("  ", None);
    }

    #[test]
    fn the_newest_folder_comes_first_and_once() {
        let mut recent = vec![PathBuf::from("a"), PathBuf::from("b")];
        remember_folder(&mut recent, Path::new("b"));
        assert_eq!(recent, [PathBuf::from("b"), PathBuf::from("a")]);
    }

    #[test]
    fn a_cached_model_is_offered_once() {
        let mut models = Models::remembered(vec!["org/old".into(), "/models/sdxl".into()]);
        models.set_cached(vec!["org/new".into(), "org/old".into()]);
        assert_eq!(models.cached().collect::<Vec<_>>(), [&PathBuf::from("org/new")]);
    }
}
