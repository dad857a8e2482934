//! How a group of tokens is scored.

/// How a group's score is taken over its tokens (method.md 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduce {
    /// Their sum.
    #[default]
    Sum,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
}

impl Reduce {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Sum, Self::Mean, Self::Max];

    /// The reduction with this number in [`MASK_REDUCE`](super::contract::MASK_REDUCE).
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|reduce| reduce.code() == code)
    }

    /// The reduction with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reduce| reduce.word() == word)
    }

    /// Its name on the command line and in our JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Max => "max",
        }
    }

    /// Its number in [`MASK_REDUCE`](super::contract::MASK_REDUCE).
    pub fn code(self) -> i32 {
        match self {
            Self::Sum => 0,
            Self::Mean => 1,
            Self::Max => 2,
        }
    }
}
