//! Studies without a window: `evaluate` runs one, `review` lets people answer,
//! `report` tells what runs found, `merge` puts shards together.

mod evaluate;
mod judges;
mod merge;
mod report;
mod review;

pub(super) use evaluate::Evaluate;
pub(super) use merge::Merge;
pub(super) use report::Report;
pub(super) use review::Review;
