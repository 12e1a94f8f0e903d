//! Spherical Mercator, the projection of web maps, on a sphere of radius 1.
//!
//! Sources: Snyder, Map Projections: A Working Manual, 1987, equations 7-1 to 7-4; IOGP Guidance
//! Note 7-2, section 3.2.1.2, "Popular Visualisation Pseudo-Mercator" (EPSG method 1024), where the
//! inverse is written φ = π/2 − 2·atan(e^(−y/R)).

/// Radius in metres of the sphere that Web Mercator (EPSG:3857) maps, the semi-major axis of WGS
/// 84.
pub(crate) const EARTH_RADIUS: f64 = 6_378_137.0;

/// The latitude where the map becomes a square: atan(sinh π).
pub(crate) const LIMIT: f64 = 85.051_128_779_806_59;

/// How far north a latitude in degrees lies, in radii. It goes on beyond the limit, to infinity at
/// the poles.
///
/// ½ ln((1 + sin φ) / (1 − sin φ)) is the familiar ln tan(π/4 + φ/2) at half its cost (Snyder,
/// equation 7-2a).
pub(crate) fn north(latitude: f64) -> f64 {
    let sine = latitude.to_radians().sin();
    0.5 * ((1.0 + sine) / (1.0 - sine)).ln()
}

/// The latitude in degrees that lies so many radii to the north.
pub(crate) fn latitude(north: f64) -> f64 {
    north.sinh().atan().to_degrees()
}

/// How long a radius is on the plane, so many degrees from the equator: longer by 1 / cos φ, the
/// hyperbolic cosine of the distance (Snyder, Map Projections: A Working Manual, 1987, equation
/// 7-3), up to the end of the map.
pub(crate) fn widened(from_equator: f64, radius: f64) -> f64 {
    radius * from_equator.min(180.0).to_radians().cosh()
}

/// How far beyond an edge of an extent a place may be that has it within its radius: the farther,
/// the wider that is.
pub(crate) fn reaching(edge: f64, radius: f64) -> f64 {
    // Away from the equator each step is nearer to the answer, from below, and the end of the map
    // is one at last. Towards it the first step is too far already.
    let steps = std::iter::successors(Some(0.0), |beyond| {
        Some(widened((edge + beyond).abs(), radius))
    });
    steps.take(100).fold(0.0, f64::max)
}
