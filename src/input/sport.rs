//! Sports and ways to move, under the names that watches, services and languages have for them.
//!
//! A ride is `cycling` to a watch, `Ride` to Strava, `1` in its older GPX files and `Radfahrt` in
//! its German lists. One of the common names stands for all of them and for their special kinds;
//! the name of a special kind stands for itself.

/// A sport: its common names, of which the first is ours, and those of its special kinds. All are
/// [folded].
struct Sport {
    names: &'static [&'static str],
    kinds: &'static [&'static str],
}

const SPORTS: [Sport; 6] = [
    Sport {
        names: &["run", "running", "jogging", "9", "lauf", "laufen"],
        kinds: &[
            "trailrun",
            "trailrunning",
            "virtualrun",
            "streetrunning",
            "trackrunning",
            "treadmillrunning",
            "ultrarun",
        ],
    },
    Sport {
        names: &[
            "ride",
            "cycling",
            "biking",
            "bike",
            "bicycling",
            "1",
            "rad",
            "radfahrt",
            "radfahren",
            "velo",
            "vélo",
            "oncycle",
            "oncycling",
        ],
        kinds: &[
            "ebikeride",
            "ebiking",
            "ecycling",
            "gravelcycling",
            "gravelride",
            "emountainbikeride",
            "mountainbikeride",
            "mountainbiking",
            "roadbiking",
            "roadcycling",
            "velomobile",
            "virtualride",
        ],
    },
    Sport {
        names: &["hike", "hiking", "4", "wanderung", "wandern", "randonnée"],
        kinds: &["mountaineering", "snowshoe", "snowshoeing"],
    },
    Sport {
        names: &["walk", "walking", "10", "spaziergang", "gehen", "onfoot"],
        kinds: &["casualwalking", "nordicwalking", "speedwalking"],
    },
    Sport {
        names: &["swim", "swimming", "schwimmen"],
        kinds: &["openwater", "openwaterswimming", "lapswimming"],
    },
    Sport {
        names: &["ski", "skiing"],
        kinds: &[
            "alpineski",
            "alpineskiing",
            "backcountryski",
            "backcountryskiing",
            "crosscountryskiing",
            "nordicski",
            "rollerski",
        ],
    },
];

/// A name in small letters and digits alone.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The sport of a name that is one of its common ones.
fn common(name: &str) -> Option<&'static Sport> {
    SPORTS.iter().find(|sport| sport.names.contains(&name))
}

/// One name for all of a sport's common ones; of others the name itself, in small letters.
#[must_use]
pub fn name(told: &str) -> String {
    let known = common(&folded(told)).map(|sport| sport.names[0].to_owned());
    known.unwrap_or_else(|| told.trim().to_lowercase())
}

/// Whether what a file tells is the sport that is wanted, or a special kind of it.
#[must_use]
pub fn is(told: &str, wanted: &str) -> bool {
    let (told, wanted) = (folded(told), folded(wanted));
    let in_family = |sport: &Sport| sport.names.contains(&&*told) || sport.kinds.contains(&&*told);
    told == wanted || common(&wanted).is_some_and(in_family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_stands_for_all_and_a_special_one_for_itself() {
        for told in [
            "Ride",
            "cycling",
            "Biking",
            "1",
            "Mountain Bike Ride",
            "gravel_cycling",
        ] {
            assert!(is(told, "ride") && is(told, "Cycling"), "{told}");
            assert!(!is(told, "run"), "{told}");
        }
        assert!(is("trail_running", "Trail Running") && !is("running", "trail_running"));
        assert!(is("Kitesurf", "kitesurf") && !is("", "kitesurf"));
        assert_eq!(
            ["Running", "9", "Trail_Running", "Kitesurf"].map(name),
            ["run", "run", "trail_running", "kitesurf"]
        );
    }

    #[test]
    fn all_names_are_folded_and_of_one_sport() {
        let all = SPORTS
            .iter()
            .flat_map(|sport| [sport.names, sport.kinds].concat());
        let mut all: Vec<_> = all.collect();
        assert!(all.iter().all(|name| folded(name) == **name));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
