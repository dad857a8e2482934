//! Intervals, tests and distances. Pure: numbers in, numbers out.
