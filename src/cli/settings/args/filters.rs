//! Options that leave out places and tracks.

use clap::Args;
use heatmap::input::filter::Moment;

use crate::settings::values::filters::{
    CircleText, Days, Gap, Hours, Months, Places, Speed, Where, Years, Zone, length, moment,
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Only what is not before a time: 2024, 2024-05, 2024-05-01, 2024-05-01T08:00, or -30d for
    /// thirty days ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = moment)]
    pub after: Option<Moment>,
    /// Only what is before a time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = moment)]
    pub before: Option<Moment>,
    /// Only these years: 2024, 2019-2021, 2019,2024
    #[arg(long, value_name = "YEARS")]
    pub year: Option<Years>,
    /// Only these months: 6-8, dec,jan
    #[arg(long, value_name = "MONTHS")]
    pub months: Option<Months>,
    /// Only these days of the week: mon-fri, sat,sun
    #[arg(long, value_name = "DAYS")]
    pub weekdays: Option<Days>,
    /// Only these hours: 6-9 is from 6 to before 9, 22-4 goes over midnight
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<Hours>,
    /// The time zone of years, months, days and hours, as Europe/Berlin or +02:00; times that say no
    /// zone count as UTC then [default: an hour for each 15 degrees of longitude, and times that say
    /// no zone are local; UTC for --after, --before and --by]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub timezone: Option<Zone>,
    /// Leave out positions that are reached faster, as 300km/h or 80m/s
    #[arg(long, value_name = "SPEED")]
    pub max_speed: Option<Speed>,
    /// Break lines at longer gaps, in time or on the ground: 10min, 15km or 10min,15km
    #[arg(long, value_name = "GAP")]
    pub max_gap: Option<Gap>,
    /// Leave out tracks that are shorter, as 500m or 2km
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub min_length: Option<f64>,
    /// Only tracks of a sport, as the files tell it: ride stands for cycling, biking and all kinds
    /// of them; may be given several times
    #[arg(long, value_name = "SPORT", value_delimiter = ',')]
    pub sport: Vec<String>,
    /// Only rows, features and records whose field or property is as a value: 'type=Run', also with
    /// != and, for numbers, <, <=, > and >=; given several times all must hold. Files without
    /// fields are left out
    #[arg(long = "where", value_name = "FIELD=VALUE", allow_hyphen_values = true)]
    pub conditions: Vec<Where>,
    /// Count what two files tell of the same activity once: tracks that start within a minute, are
    /// as long and lie in the same place
    #[arg(long)]
    pub dedupe: bool,
    /// Only what is within a circle, as 54.3,10.1,20km; may be given several times
    #[arg(long, value_name = "LAT,LON,RADIUS", allow_hyphen_values = true)]
    pub bounded_by: Vec<CircleText>,
    /// Leave nothing within a circle, whose hole is moved and enlarged by a secret so that it does
    /// not show its centre: 54.3,10.1,300m, or @FILE with one on each line; may be given several
    /// times
    #[arg(long, value_name = "LAT,LON,RADIUS", allow_hyphen_values = true)]
    pub privacy: Vec<Places>,
    /// Cut off the beginning of each track, up to once to twice so far from its first place
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub trim_start: Option<f64>,
    /// Cut off the end of each track, up to once to twice so far from its last place
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub trim_end: Option<f64>,
    /// A secret for --privacy and trims [default: one made once, in the folder of your
    /// configuration]
    #[arg(long, value_name = "SECRET")]
    pub privacy_seed: Option<String>,
}

impl FilterArgs {
    /// Whether years, months, days or hours are asked for.
    pub fn needs_calendar(&self) -> bool {
        let days = self.months.is_some() || self.weekdays.is_some();
        self.year.is_some() || days || self.hours.is_some()
    }
}
