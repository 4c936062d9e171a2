//! Attempts to reach somebody: inbound calls, and dials with all their legs.

use std::collections::HashMap;

use crate::model::Fact;
use crate::protocol::{Direction, Tag};
use crate::time::At;

/// An inbound call, or a dial.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    /// Which context it is of, by its place.
    pub context: usize,
    /// When it began.
    pub began: At,
    /// Whether somebody answered.
    pub answered: bool,
    /// Whether nothing more is expected of it.
    pub over: bool,
    /// Whether it went out.
    pub dialled: bool,
}

/// Every attempt there is.
#[derive(Debug, Default)]
pub(super) struct Attempts<'a> {
    all: Vec<Attempt>,
    /// Where the attempt of a dial stands.
    dials: HashMap<&'a Tag, usize>,
}

impl<'a> Attempts<'a> {
    /// Takes a call for what it is: an attempt, a part of one, or the far leg of a bridge, which is none.
    pub fn call(&mut self, fact: &'a Fact, context: usize) {
        let mut part = Attempt {
            context,
            began: fact.began,
            answered: fact.answered.is_some(),
            over: fact.ended.is_some(),
            dialled: true,
        };
        match (&fact.direction, &fact.tag) {
            _ if fact.bridged => {}
            (Some(Direction::Inbound), _) => {
                part.dialled = false;
                self.all.push(part);
            }
            (Some(Direction::Outbound), None) => self.all.push(part),
            (Some(Direction::Outbound), Some(tag)) => self.dial(tag, part),
            // Until its direction is known it is no attempt of anybody.
            (Some(Direction::Other(_)) | None, _) => {}
        }
    }

    /// Takes a dial, or one leg of it.
    pub fn dial(&mut self, tag: &'a Tag, part: Attempt) {
        let place = *self.dials.entry(tag).or_insert(self.all.len());
        match self.all.get_mut(place) {
            Some(attempt) => {
                attempt.began = attempt.began.min(part.began);
                attempt.answered |= part.answered;
                // It is over when all of it is.
                attempt.over &= part.over;
            }
            None => self.all.push(part),
        }
    }

    /// In no order.
    pub fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.all.iter()
    }
}
