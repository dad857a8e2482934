//! A run of a study: a folder that fills with pictures and answers.
//!
//! Everything in it is a line that is added at the end of a file, or a picture that appears whole, so a run that is
//! killed goes on where it stopped.

mod results;

pub use results::{ArmLine, Results, Shot, ShotLine};
