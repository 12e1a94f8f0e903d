//! Live tables of a program that was built without them: there are none.

use std::time::Duration;

use crate::error::Result;
use crate::geo::{Bounds, Extent, Shape, Time};
use crate::input::Options;

/// Where rows would lie, and when they would have been.
pub type Reach = (Option<Extent>, Option<(Time, Time)>);

/// No table.
#[derive(Debug)]
pub enum Live {}

/// What would be asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where.
    pub boxes: Vec<Bounds>,
    /// Not before this moment.
    pub after: Option<Time>,
    /// Before this moment.
    pub before: Option<Time>,
}

impl Live {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub fn open(address: &str, _: &Options, _: i64, _: Duration) -> Result<Self> {
        let database = super::address::shown(address);
        Err(crate::input::without_feature("postgres", &database))
    }

    /// Never asked.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        match *self {}
    }

    /// Never asked.
    #[must_use]
    pub fn has_weights(&self) -> bool {
        match *self {}
    }

    /// Never asked.
    #[must_use]
    pub fn has_times(&self) -> bool {
        match *self {}
    }

    /// Never asked.
    ///
    /// # Errors
    /// Never, as it is never asked.
    pub fn is_larger(&self, _: i64) -> Result<bool> {
        match *self {}
    }

    /// Never asked.
    ///
    /// # Errors
    /// Never, as it is never asked.
    pub fn reach(&self) -> Result<Reach> {
        match *self {}
    }

    /// Never asked.
    ///
    /// # Errors
    /// Never, as it is never asked.
    pub fn each(
        &self,
        _: &Question,
        _: &(dyn Fn() -> bool + Sync),
        _: &mut dyn FnMut(&[Shape]),
    ) -> Result<bool> {
        match *self {}
    }
}
