//! Intervals, tests and distances. Pure: numbers in, numbers out, the same for the same seed. Only `reference` touches a
//! file.

mod agreement;
mod auc;
mod bootstrap;
mod frechet;
mod interval;
mod kid;
mod mcnemar;
mod random;
mod reference;

pub use agreement::{Agreement, kappa, mean_kappa};
pub use auc::auc;
pub use bootstrap::bootstrap;
pub use frechet::{Gaussian, frechet_distance};
pub use interval::{Interval, mean_interval, wilson};
pub use kid::{Kid, kid};
pub use mcnemar::mcnemar;
