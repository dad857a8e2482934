//! Prompts whose maps no memory has room for.

use tauscope_core::{CancelToken, Error, diffusion::Settings};
use tauscope_studio::worker::{Commission, Painter};
use tauscope_testing::engine;

/// The program was killed in the first step.
#[test]
fn a_prompt_that_is_too_long_is_refused_before_anything_runs() {
    let mut engine = engine();
    // 40 050 tokens over 512 x 512 latents: hundreds of gigabytes a step.
    let settings = Settings { prompt: "a ".repeat(40_050), width: 4096, height: 4096, ..Settings::default() };
    let mut reports = 0;
    let refused = engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| reports += 1);
    let Err(error @ Error::Input { .. }) = refused else { panic!("{refused:?}") };
    let message = error.to_string();
    assert!(message.contains("40050 tokens at 4096 x 4096") && message.contains("horten it to"), "{message}");
    assert_eq!(reports, 0);
    // The same model paints on.
    let settings =
        Settings { prompt: "a cat".to_owned(), width: 64, height: 64, steps: 1, ..Settings::default() };
    engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| ()).expect("a picture");
}
