//! Studies without a window: `evaluate` runs one, `report` tells what runs found, `merge` puts shards together.

mod evaluate;
mod judges;
mod merge;
mod report;

pub(super) use evaluate::Evaluate;
pub(super) use merge::Merge;
pub(super) use report::Report;
