//! Does control help? Prompts painted under several settings, judged, counted and told.
//!
//! * [`study`]: what is compared (prompts, seeds, arms) and what is asked of the pictures,
//! * [`judges`]: who answers: the scene reader, scores of pictures and of sets, a program, people,
//! * [`run`]: a folder that fills with pictures and answers, and can be stopped and gone on with at any moment,
//! * [`statistics`]: intervals, tests and distances that can be believed,
//! * [`report`]: tables and figures of finished or running folders.
//!
//! What this is not: how a picture is painted (`tauscope-studio`'s `Engine` does), or a window.

pub mod judges;
pub mod report;
pub mod run;
pub mod statistics;
pub mod study;
