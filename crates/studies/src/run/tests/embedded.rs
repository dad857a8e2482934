//! A study that the embedded model paints.

use super::{super::*, bench::Bench};
use tauscope_core::CancelToken;
use tauscope_studio::{
    export::to_image,
    painting::ModelSource,
    worker::{Commission, EngineLoader, EngineOptions, ModelLoader, Painter},
};
use tauscope_testing::library_options;

/// Two engines at once, each on a thread of its own.
#[test]
fn what_a_study_painted_is_painted_again_from_its_recipe() {
    let mut bench = Bench::new();
    bench.plan.samples = 1;
    let load = |cancel: &CancelToken| {
        let options = EngineOptions { library: library_options(), ..EngineOptions::default() };
        EngineLoader::new(options).load(&ModelSource::Embedded, &mut |_, _| (), cancel)
    };
    let mut engine = tauscope_testing::engine();
    let model = ModelName::from(engine.info());
    let mut folder = RunFolder::create(&bench.root, &bench.plan, &model, Shard::WHOLE).unwrap();
    let painters = Painters { load: &load, count: 2 };
    let none = CancelToken::new();
    let options = RunOptions::default();
    let summary =
        run_study(&mut folder, painters, &mut bench.judges(), &options, &none, &mut |_| ()).unwrap();
    assert_eq!((summary.painted, summary.failed), (4, 0));
    for line in folder.results().unwrap().shots.into_values() {
        let settings = line.recipe.unwrap().settings;
        let again = engine.paint(&Commission::new(settings), &none, &mut |_| ()).unwrap();
        let picture = image::open(bench.file(&line.picture.unwrap())).unwrap().into_rgb8();
        assert_eq!(picture, to_image(again.image.view()), "{:?}", line.shot);
        assert!(line.focus.is_some_and(|focus| focus > 0.0 && focus < 1.0), "{:?}", line.focus);
    }
}
