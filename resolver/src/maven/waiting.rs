//! The models that a walk has asked for and that are not there, and what they wait for.

use std::collections::BTreeSet;

use super::gav::Gav;
use super::hash::HashMap;
use super::models::Query;

/// What has been asked for since a walk began.
#[derive(Default)]
pub(super) struct Waiting {
    missing: HashMap<Gav, BTreeSet<Query>>,
    /// By what is missing, who waits for it.
    dependents: HashMap<Query, Vec<Gav>>,
    /// Those for which an answer has come since they were tried, in that order.
    pub(super) stirred: Vec<Gav>,
    /// Whether anything has come that a walk would see.
    pub(super) has_news: bool,
}

impl Waiting {
    /// What a release waits for, as far as it is known.
    pub(super) fn missing(&self, gav: &Gav) -> Option<&BTreeSet<Query>> {
        self.missing.get(gav)
    }

    pub(super) fn wait(&mut self, gav: &Gav, missing: &BTreeSet<Query>) {
        for query in missing {
            self.dependents.entry(query.clone()).or_default().push(gav.clone());
        }
        self.missing.insert(gav.clone(), missing.clone());
    }

    /// An answer has come. One that no model waits for is something that the walk itself looks at.
    pub(super) fn feed(&mut self, query: &Query) {
        let Some(waiting) = self.dependents.remove(query) else {
            self.has_news = true;
            return;
        };
        for gav in waiting {
            if self.missing.remove(&gav).is_some() {
                self.stirred.push(gav);
            }
        }
    }
}
