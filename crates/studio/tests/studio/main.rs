//! Paintings end to end: by the embedded model against an independent implementation, by its relatives, and by a scripted
//! model in the worker.

mod branch;
mod corpus;
mod long_prompts;
mod measures;
mod parity;
mod structured;
mod variants;
mod worker;
