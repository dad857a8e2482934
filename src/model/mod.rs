//! A model folder: what it holds, checked before anything is loaded.

mod scheduler_config;

pub use scheduler_config::{BetaSchedule, PredictionType, SchedulerConfig, TimestepSpacing};
