//! Accuracy of coordinate systems, and reasons why a text is none that can be used.

use std::fmt;

use crate::error::Remedy;

/// Longest text that is shown in messages.
const SHOWN: usize = 60;

/// How far the places of a system may be from where they are on WGS 84, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// It is on WGS 84.
    Same,
    /// Its datum differs from WGS 84 by the drift of continents.
    Drift,
    /// It is on a sphere, whose latitudes are taken for those of WGS 84 by convention.
    Sphere,
    /// Its datum is shifted by three parameters.
    Shifted3,
    /// Its datum is shifted by seven parameters.
    Shifted7,
    /// Its datum is shifted by a grid.
    Grid,
    /// Its datum is taken for WGS 84, because nothing better is known and that is permitted.
    Ballpark,
}

impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "on WGS 84 itself",
            Self::Drift => "its datum is taken for WGS 84, good to some 2 m",
            Self::Sphere => "on a sphere, its latitudes taken for those of WGS 84",
            Self::Shifted3 => "its datum shifted by 3 parameters, mostly good to some 10 m",
            Self::Shifted7 => "its datum shifted by 7 parameters, mostly good to some 5 m",
            Self::Grid => "its datum shifted by a grid, good to some decimetres",
            Self::Ballpark => "its datum taken for WGS 84, which may be off by hundreds of metres",
        })
    }
}

/// Why a text is no coordinate system that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSystem {
    /// Nobody knows it.
    Unknown(String),
    /// It is known, and its parameters cannot be used.
    Unusable(String, String),
    /// Its datum lies elsewhere than WGS 84, and how is not known without a grid.
    NoShift(String),
    /// The grid that it names cannot be found.
    NoGrid(String, String),
    /// It is one more than the most that a run knows.
    TooMany(String, usize),
    /// This library was built without the feature `projections`.
    #[cfg(not(feature = "projections"))]
    LeftOut(String),
}

impl fmt::Display for NoSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "the coordinate system {name} is not known"),
            Self::Unusable(name, why) => {
                write!(f, "the coordinate system {name} cannot be used: {why}")
            }
            Self::NoShift(name) => write!(
                f,
                "the datum of the coordinate system {name} may lie hundreds of metres from WGS 84, \
                 and no shift of it is known without a grid"
            ),
            Self::NoGrid(name, grid) => write!(
                f,
                "the grid {grid} of the coordinate system {name} is not there"
            ),
            Self::TooMany(name, most) => write!(
                f,
                "the coordinate system {name} comes after {most} others, and a run knows no more"
            ),
            #[cfg(not(feature = "projections"))]
            Self::LeftOut(name) => write!(
                f,
                "the coordinate system {name} is for builds with the feature projections"
            ),
        }
    }
}

impl std::error::Error for NoSystem {}

impl NoSystem {
    /// What can be done about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unknown(_) | Self::Unusable(..) | Self::TooMany(..) => Remedy::OtherSystem,
            #[cfg(not(feature = "projections"))]
            Self::LeftOut(_) => Remedy::OtherSystem,
            Self::NoShift(_) | Self::NoGrid(..) => Remedy::GridOrBallpark,
        }
    }

    /// The same about a system that is called otherwise.
    #[cfg(feature = "projections")]
    pub(super) fn about(self, name: &str) -> Self {
        let name = name.to_owned();
        match self {
            Self::Unknown(_) => Self::Unknown(name),
            Self::Unusable(_, why) => Self::Unusable(name, why),
            Self::NoShift(_) => Self::NoShift(name),
            Self::NoGrid(_, grid) => Self::NoGrid(name, grid),
            Self::TooMany(_, most) => Self::TooMany(name, most),
        }
    }
}

/// A text as messages show it.
pub(super) fn shown(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    if shown.len() < text.len() {
        format!("{shown}…")
    } else {
        shown
    }
}
