//! Tables and figures of what a run found.
