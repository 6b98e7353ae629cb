//! The commands answered last, so that the common retry costs no read.

use std::collections::{HashMap, VecDeque};

use journal::{CommandId, Hash};

/// Remembers so many answers and forgets the oldest first.
pub(super) struct Recent<T> {
    answers: HashMap<CommandId, (Hash, T)>,
    order: VecDeque<CommandId>,
    limit: usize,
}

impl<T> Recent<T> {
    pub(super) fn new(limit: usize) -> Recent<T> {
        Recent { answers: HashMap::new(), order: VecDeque::new(), limit }
    }

    pub(super) fn get(&self, id: CommandId) -> Option<&(Hash, T)> {
        self.answers.get(&id)
    }

    pub(super) fn remember(&mut self, id: CommandId, fingerprint: Hash, answer: T) {
        if self.answers.insert(id, (fingerprint, answer)).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.answers.remove(&oldest);
            }
        }
    }
}
