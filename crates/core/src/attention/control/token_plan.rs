//! What the tokens of a prompt are to a control.

/// What each position of the positive prompt's context is, [L].
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPlan(pub Vec<PlannedToken>);

/// A position of the context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedToken {
    /// What it belongs to.
    pub kind: TokenKind,
    /// The weight that the prompt gives it: 0 silences it, 1 is neutral. It always acts.
    pub weight: f32,
    /// Whether it is a piece of its entity's head noun: of "boy" in "a boy with a hat".
    pub is_head: bool,
}

/// What a position of the context belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Start, end or padding.
    Frame,
    /// A piece of the text outside the entities.
    Global,
    /// A piece of the entity with this number.
    Entity(usize),
}

impl TokenPlan {
    /// A context of `tokens` positions without text.
    pub fn neutral(tokens: usize) -> Self {
        Self(vec![PlannedToken { kind: TokenKind::Frame, weight: 1.0, is_head: false }; tokens])
    }

    /// The number of entities: one more than the highest that has a token.
    pub fn entities(&self) -> usize {
        self.entity_of_each().iter().max().map_or(0, |&highest| (highest + 1) as usize)
    }

    /// The tokens of each entity's head noun.
    pub fn heads(&self) -> Vec<Vec<usize>> {
        let mut heads = vec![Vec::new(); self.entities()];
        for (at, token) in self.0.iter().enumerate() {
            if let TokenKind::Entity(entity) = token.kind
                && token.is_head
            {
                heads[entity].push(at);
            }
        }
        heads
    }

    /// How many positions there are up to the last piece of the text.
    pub fn text_end(&self) -> usize {
        self.0.iter().rposition(|token| token.kind != TokenKind::Frame).map_or(0, |last| last + 1)
    }

    /// The entity of each token as the graph takes it, [L]: -1 for none.
    pub(super) fn entity_of_each(&self) -> Vec<i32> {
        let entity = |token: &PlannedToken| match token.kind {
            TokenKind::Entity(entity) => entity as i32,
            TokenKind::Frame | TokenKind::Global => -1,
        };
        self.0.iter().map(entity).collect()
    }
}
