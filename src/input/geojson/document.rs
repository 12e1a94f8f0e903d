//! Documents of GeoJSON: features one by one as they stream by, whatever comes before or after.
//!
//! A feature is held until it ends, and never more than one; members that are not known, of any
//! length, are passed over.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::properties::{Properties, PropertiesSeed, Wanted};
use crate::error::{self, Error, Remedy};
use crate::geo::{Crs, NotAPlace, Polygon, Time};
use crate::input::fields::{count, number};
use crate::input::geometry::geojson::{Coordinates, Geometry, GeometrySeed, KINDS};
use crate::input::interleaved::{Interleaved, Row};
use crate::input::json::values::{no_object, no_scalars};
use crate::input::numbers::{self, Decimal};
use crate::input::track::{About, Fix, Measure, Track};
use crate::input::{Claim, Oddity, Sink, time};

/// Features as they come, made into points and lines.
pub(super) struct Features<'a, 's> {
    pub sink: &'a mut Sink<'s>,
    pub wanted: &'a Wanted,
    /// The tracks that points are joined to, if they are.
    pub tracks: Option<&'a mut Interleaved>,
    /// The feature at hand, counted from 1.
    pub number: u64,
    /// Whether there was anything of GeoJSON in the document.
    pub is_known: bool,
    /// The coordinate system of the numbers.
    pub crs: Crs,
    /// Why the reading ends, if that is not the fault of the text.
    pub stopped: Option<Error>,
}

impl<'a, 's> Features<'a, 's> {
    pub(super) fn new(
        sink: &'a mut Sink<'s>,
        wanted: &'a Wanted,
        tracks: Option<&'a mut Interleaved>,
    ) -> Self {
        Self {
            crs: sink.manner().crs,
            sink,
            wanted,
            tracks,
            number: 0,
            is_known: false,
            stopped: None,
        }
    }

    /// The same for a part of the document that begins after some features, and after what names
    /// their system, if anything does.
    pub(super) fn after(self, number: u64, crs: Option<Crs>) -> Self {
        let crs = crs.unwrap_or(self.crs);
        Self {
            number,
            crs,
            ..self
        }
    }

    fn feature(&mut self, object: Object) -> error::Result<()> {
        let Object {
            own,
            geometry,
            properties,
            is_feature,
            is_collection: _,
        } = object;
        self.number += 1;
        self.sink.record();
        self.is_known = true;
        if let Some(name) = &properties.name {
            self.sink.name(name);
        }
        self.sink.next_sport();
        if let Some(sport) = &properties.sport {
            self.sink.sport(sport);
        }
        let part = properties.part.as_deref().unwrap_or_default();
        self.sink.part(part.as_bytes());
        let geometry = if is_feature {
            geometry.map(|geometry| geometry.within(own.system))
        } else {
            Some(own)
        };
        if !properties.meet(self.wanted) {
            return self.sink.odd(Oddity::OtherValue, self.number);
        }
        // A geometry may be null, and a feature without a place is a good one.
        let Some(geometry) = geometry else {
            return self.sink.odd(Oddity::NoGeometry, self.number);
        };
        if !self.sink.is_accurate(properties.accuracy, self.number)? {
            return Ok(());
        }
        let Some(weight) = self.weight(&properties)? else {
            return Ok(());
        };
        if self.wanted.is_count_asked() {
            let text = properties.count.as_deref().unwrap_or_default();
            match count(text.as_bytes()) {
                Ok(count) => self.sink.stands_for(count),
                Err(fault) => return self.sink.skip(self.number, fault),
            }
        }
        let time = self.time(&properties)?;
        let about = Known {
            weight,
            time,
            times: &properties.times.known,
            track: properties.track.as_deref().unwrap_or_default(),
            order: self
                .wanted
                .is_order_asked()
                .then(|| properties.order.as_deref().unwrap_or_default()),
        };
        self.geometry(&geometry, &about)
    }

    /// The weight of a feature, read as in a table; `None` if it is bad without one.
    fn weight(&mut self, properties: &Properties) -> error::Result<Option<f64>> {
        let read = |text: &String| {
            let text = text.as_bytes();
            number(text).or_else(|| numbers::weight(text, Decimal::Point))
        };
        let weight = properties.weight.as_ref();
        let read = weight.and_then(read).filter(|weight| weight.is_finite());
        match (read, weight) {
            (Some(weight), _) => Ok(Some(weight)),
            (None, None) if !self.wanted.is_weight_asked() => Ok(Some(1.0)),
            (None, None) => {
                self.sink.skip(self.number, "a feature has no weight")?;
                Ok(None)
            }
            (None, Some(text)) if self.wanted.is_weight_asked() => {
                let fact = format!("weight {} is not a number", quoted(text));
                self.sink.skip(self.number, fact)?;
                Ok(None)
            }
            (None, Some(_)) => {
                self.sink.odd(Oddity::UnreadWeights, self.number)?;
                Ok(Some(1.0))
            }
        }
    }

    fn time(&mut self, properties: &Properties) -> error::Result<Option<Time>> {
        let times = &properties.times;
        if let Some(text) = &times.bad {
            let fact = format!("time {} is not known", quoted(text));
            self.sink.bad_time(self.number, fact)?;
        }
        let Some(text) = &properties.time else {
            if let Some(text) = &times.sample {
                time::told(text.as_bytes(), None, self.number, self.sink)?;
            }
            return Ok(None);
        };
        let clock = properties.clock.as_ref().filter(|_| properties.is_day);
        let clock = clock.map(String::as_bytes);
        time::told(text.as_bytes(), clock, self.number, self.sink)
    }

    /// Takes a geometry, in the system that it names if it does, as those of `PostGIS`; one whose
    /// system nobody knows is bad.
    fn geometry(&mut self, geometry: &Geometry, about: &Known) -> error::Result<()> {
        let usual = self.crs;
        if let Some(name) = &geometry.system
            && let Err(error) = self.system(name, false)
        {
            return self.sink.skip(self.number, error.fact);
        }
        let taken = self.parts(geometry, about);
        self.crs = usual;
        taken
    }

    fn parts(&mut self, geometry: &Geometry, about: &Known) -> error::Result<()> {
        let parts = geometry.geometries.iter();
        parts
            .into_iter()
            .try_for_each(|part| self.geometry(part, about))?;
        let kind = geometry.kind.as_deref().unwrap_or_default();
        let Some(coordinates) = &geometry.coordinates else {
            let is_collection = kind == "GeometryCollection" || !geometry.geometries.is_empty();
            return if is_collection {
                Ok(())
            } else {
                self.sink.odd(Oddity::NoGeometry, self.number)
            };
        };
        let depth = coordinates.depth;
        let known = KINDS.iter().find(|(known, _)| *known == kind);
        match known {
            _ if depth == 0 => self.sink.odd(Oddity::NoGeometry, self.number),
            Some((_, expected)) if *expected != depth => {
                let fact = format!("the coordinates of a {kind} are not nested as they should be");
                self.sink.skip(self.number, fact)
            }
            Some(("Polygon" | "MultiPolygon", _)) => self.polygon(coordinates),
            Some(("LineString" | "MultiLineString", _)) => self.lines(coordinates, about),
            Some(_) => self.points(coordinates, about),
            None => {
                let fact = format!("{} is no kind of geometry", quoted(kind));
                self.sink.skip(self.number, fact)
            }
        }
    }

    /// All rings of a polygon, or of several, which do not overlap.
    fn polygon(&mut self, coordinates: &Coordinates) -> error::Result<()> {
        let (crs, mut bad) = (self.crs, None);
        let mut place = |&[x, y, _]: &[f64; 3]| match crs.place(x, y) {
            Ok(at) => Some(at),
            Err(fact) => {
                bad.get_or_insert(fact);
                None
            }
        };
        let polygon = || {
            let rings = coordinates.lines();
            let rings = rings.map(|(_, ring)| ring.iter().filter_map(&mut place).collect());
            Polygon {
                rings: rings.collect(),
            }
        };
        self.sink.polygon(polygon, self.number)?;
        self.blame(bad)
    }

    fn points(&mut self, coordinates: &Coordinates, about: &Known) -> error::Result<()> {
        let mut bad = None;
        for (at, position) in coordinates.positions.iter().enumerate() {
            match self.fix(*position, about.at(at))? {
                Ok(Some(fix)) => self.point(fix, about)?,
                Ok(None) => {}
                Err(fact) => drop(bad.get_or_insert(fact)),
            }
        }
        self.blame(bad)
    }

    fn point(&mut self, fix: Fix, about: &Known) -> error::Result<()> {
        let Some(tracks) = &mut self.tracks else {
            self.sink.lone(fix, about.weight);
            return Ok(());
        };
        let row = Row {
            track: about.track.as_bytes(),
            order: about.order.map(|order| order.as_bytes().into()),
            point: fix.alone().weighing(about.weight),
            is_located: true,
            at: self.number,
        };
        tracks.take(&row, self.sink)
    }

    /// A bad position ends a line, and the next good one begins another; over one that is left out
    /// a line goes on.
    fn lines(&mut self, coordinates: &Coordinates, about: &Known) -> error::Result<()> {
        let mut bad = None;
        for (first, line) in coordinates.lines() {
            let mut track = Track::new(About {
                number: self.number,
                name: None,
                weight: about.weight,
            });
            for (at, position) in (first..).zip(line) {
                let time = about.at(at);
                match self.fix(*position, time)? {
                    Ok(Some(fix)) => self.sink.join(&mut track, fix),
                    Ok(None) => {}
                    Err(fact) => {
                        bad.get_or_insert(fact);
                        self.sink.cut(&mut track);
                    }
                }
            }
            self.sink.cut(&mut track);
        }
        self.blame(bad)
    }

    /// A feature is skipped once at most, however many of its positions are bad.
    fn blame(&mut self, bad: Option<NotAPlace>) -> error::Result<()> {
        bad.map_or(Ok(()), |fact| self.sink.skip(self.number, fact))
    }

    /// A position as it is drawn, with its height where that is wanted; none if it is left out, or
    /// why it is none.
    fn fix(
        &mut self,
        [x, y, height]: [f64; 3],
        time: Option<Time>,
    ) -> error::Result<Result<Option<Fix>, NotAPlace>> {
        let manner = self.sink.manner();
        let located = match self.crs.place(x, y) {
            Ok(at) => manner.located(self.crs, at),
            Err(fact) => return Ok(Err(fact)),
        };
        let is_wanted = manner.measure == Some(Measure::Elevation);
        let at = self.sink.told(located, self.number)?;
        let fix = |at| Fix::new(at, time).measuring(is_wanted.then_some(height));
        Ok(Ok(at.map(fix)))
    }

    /// The system that an old document names: RFC 7946 knows WGS 84 alone. Where that stands behind
    /// features they have been read in another.
    fn system(&mut self, name: &str, is_late: bool) -> error::Result<()> {
        if self.sink.manner().crs.is_plane() {
            return Ok(());
        }
        let manner = self.sink.manner();
        self.crs = match Crs::named(name, manner.ballpark) {
            Ok(stated) if is_late && stated != self.crs && manner.claim != Claim::Forced => {
                let fact =
                    "the coordinate system stands behind the features, which are read by then";
                let fact = format!("{fact}: {}", quoted(name));
                return Err(self.sink.error(None, fact).remedy(Remedy::OtherSystem));
            }
            Ok(stated) => self.sink.system(stated, None)?,
            Err(_) if manner.claim == Claim::Forced => manner.crs,
            Err(fact) => return Err(self.sink.error(None, &fact).remedy(fact.remedy())),
        };
        Ok(())
    }

    /// Notes why the reading ends; the text is not to blame.
    fn stop<E: serde_core::de::Error>(&mut self, result: error::Result<()>) -> Result<(), E> {
        result.map_err(|error| {
            self.stopped = Some(error);
            E::custom("the reading was ended")
        })
    }
}

fn quoted(text: &str) -> String {
    crate::input::fields::quoted(text.as_bytes())
}

/// What is known of all shapes of a feature.
struct Known<'a> {
    weight: f64,
    time: Option<Time>,
    /// The times of its positions, where it has such a list.
    times: &'a [Option<Time>],
    /// What the points of its track have in common; blank if it has none.
    track: &'a str,
    /// Its place among those, where that is asked for.
    order: Option<&'a str>,
}

impl Known<'_> {
    fn at(&self, position: usize) -> Option<Time> {
        let own = self.times.get(position).copied().flatten();
        own.or(self.time)
    }
}

/// An object of GeoJSON, be it a collection, a feature or a geometry.
#[derive(Default)]
struct Object {
    /// What it is itself, if it is a geometry.
    own: Geometry,
    /// The geometry of a feature.
    geometry: Option<Geometry>,
    properties: Properties,
    /// It has a member that tells that it is a feature, or a collection.
    is_feature: bool,
    is_collection: bool,
}

/// A document.
pub(super) struct Root<'f, 'a, 's>(pub &'f mut Features<'a, 's>);

impl<'de> DeserializeSeed<'de> for Root<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        let features = self.0;
        let object = source.deserialize_any(ObjectVisitor {
            features: &mut *features,
            is_root: true,
        })?;
        features.is_known |= object.is_collection;
        let is_geometry = KINDS
            .iter()
            .any(|(kind, _)| object.own.kind.as_deref() == Some(kind))
            || !object.own.geometries.is_empty();
        if !object.is_collection && (object.is_feature || is_geometry) {
            let result = features.feature(object);
            return features.stop(result);
        }
        Ok(())
    }
}

/// Members of an object, or of the root of a document, whose features are taken as they come.
struct ObjectVisitor<'f, 'a, 's> {
    features: &'f mut Features<'a, 's>,
    is_root: bool,
}

impl<'de> DeserializeSeed<'de> for ObjectVisitor<'_, '_, '_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Object, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_, '_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of GeoJSON")
    }

    no_scalars!(Object::default());

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "geometry" => {
                    object.geometry = members.next_value_seed(GeometrySeed)?;
                    object.is_feature = true;
                }
                "properties" => {
                    object.properties =
                        members.next_value_seed(PropertiesSeed(self.features.wanted))?;
                }
                "features" => {
                    self.features.is_known = true;
                    object.is_collection = true;
                    let usual = self.features.crs;
                    // The system of a collection in another holds for its own.
                    if let Some(name) = object.own.system.take() {
                        let result = self.features.system(&name, false);
                        self.features.stop(result)?;
                    }
                    members.next_value_seed(List(&mut *self.features))?;
                    if !self.is_root {
                        self.features.crs = usual;
                    }
                }
                name => {
                    if !object.own.member(name, &mut members)? {
                        members.next_value::<IgnoredAny>()?;
                    }
                }
            }
            if (self.is_root || object.is_collection)
                && let Some(name) = object.own.system.take()
            {
                let result = self.features.system(&name, object.is_collection);
                self.features.stop(result)?;
            }
        }
        let kind = object.own.kind.as_deref();
        object.is_feature |= kind == Some("Feature");
        object.is_collection |= kind == Some("FeatureCollection");
        Ok(object)
    }

    /// Some programs leave out the collection round its features.
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Object, A::Error> {
        List(self.features).visit_seq(elements)?;
        Ok(Object::default())
    }
}

/// The features of a collection.
struct List<'f, 'a, 's>(&'f mut Features<'a, 's>);

impl<'de> DeserializeSeed<'de> for List<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("features")
    }

    no_scalars!(());
    no_object!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let features = self.0;
        loop {
            let seed = ObjectVisitor {
                features: &mut *features,
                is_root: false,
            };
            let Some(object) = elements.next_element_seed(seed)? else {
                return Ok(());
            };
            if !object.is_collection {
                let result = features.feature(object);
                features.stop(result)?;
            }
        }
    }
}
