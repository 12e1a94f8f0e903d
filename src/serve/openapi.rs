//! `OpenAPI` 3.1 document, made of the table of parameters that also validates requests.

use serde_json::{Map, Value, json};

use super::parameters::{Kind, Name, Parameter, Resource, Table};

/// A path, and what is there.
struct Path {
    template: &'static str,
    resource: Resource,
    summary: &'static str,
    kind: &'static str,
    /// Parts of the template, each with an example.
    parts: &'static [(&'static str, &'static str)],
}

const TILE: &[(&str, &str)] = &[("z", "0"), ("x", "0"), ("y", "0")];

const PATHS: [Path; 15] = [
    picture("/heatmap.png", "image/png"),
    picture("/heatmap.webp", "image/webp"),
    picture("/heatmap.jpg", "image/jpeg"),
    path(
        "/heatmap.json",
        Resource::Picture,
        "Where such a picture lies, and how large it is",
        "application/json",
    ),
    Path {
        parts: TILE,
        ..path(
            "/tiles/{z}/{x}/{y}.png",
            Resource::Tile,
            "A tile of 256 pixels a side; all tiles of a zoom share one scale",
            "image/png",
        )
    },
    Path {
        parts: TILE,
        ..path(
            "/tiles/{z}/{x}/{y}@2x.png",
            Resource::Tile,
            "The same ground on 512 pixels a side",
            "image/png",
        )
    },
    path(
        "/tiles.json",
        Resource::TileJson,
        "TileJSON 3",
        "application/json",
    ),
    path(
        "/points.json",
        Resource::Points,
        "Latitude, longitude and weight of points",
        "application/json",
    ),
    path(
        "/times.json",
        Resource::Times,
        "How many points there are by time",
        "application/json",
    ),
    path(
        "/legend.png",
        Resource::Legend,
        "What the colours of tiles (z) or of a picture (bbox) stand for",
        "image/png",
    ),
    path(
        "/legend.json",
        Resource::Legend,
        "The same as numbers: how the heat of a point falls off by the square of the distance in pixels, how it piles up, and the least heat of each colour",
        "application/json",
    ),
    path(
        "/schemes.json",
        Resource::Fixed,
        "Colour schemes",
        "application/json",
    ),
    path(
        "/healthz",
        Resource::Fixed,
        "Whether the service is alive",
        "text/plain",
    ),
    path(
        "/readyz",
        Resource::Fixed,
        "Whether the data have been read",
        "text/plain",
    ),
    path(
        "/openapi.json",
        Resource::Fixed,
        "This document",
        "application/json",
    ),
];

const fn path(
    template: &'static str,
    resource: Resource,
    summary: &'static str,
    kind: &'static str,
) -> Path {
    Path {
        template,
        resource,
        summary,
        kind,
        parts: &[],
    }
}

const fn picture(template: &'static str, kind: &'static str) -> Path {
    path(template, Resource::Picture, "A picture of a box", kind)
}

/// The document.
pub fn document(table: &Table, title: &str) -> Value {
    let paths: Map<String, Value> = PATHS
        .iter()
        .map(|path| (path.template.to_owned(), operation(path, table)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": { "Problem": problem() } },
    })
}

/// What is told of a path.
fn operation(path: &Path, table: &Table) -> Value {
    let part = |(name, example): &(&str, &str)| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
            "example": example.parse::<u32>().unwrap_or_default(),
        })
    };
    let here = table.0.iter().filter(|row| path.resource.takes(row.name));
    let is_needed = |name| path.resource == Resource::Legend && name == Name::Zoom;
    let rows = here.map(|row| query(row, is_needed(row.name)));
    let parameters: Vec<Value> = path.parts.iter().map(part).chain(rows).collect();
    let problem = |what: &str| {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        json!({
            "description": what,
            "content": { "application/problem+json": { "schema": schema } },
        })
    };
    json!({
        "get": {
            "summary": path.summary,
            "parameters": parameters,
            "responses": {
                "200": { "description": path.summary, "content": { path.kind: {} } },
                "304": { "description": "The client has it already" },
                "400": problem("A parameter is unknown or not what it may be"),
                "413": problem("It would be too much work"),
                "503": problem("Too much is asked for at this time: try again after Retry-After"),
            },
        },
    })
}

fn query(row: &Parameter, is_needed: bool) -> Value {
    let example = match &row.kind {
        Kind::Number(..) | Kind::Whole(..) => row.example.parse::<Value>().unwrap_or_default(),
        Kind::Bounds => row
            .example
            .split(',')
            .filter_map(|part| part.parse::<Value>().ok())
            .collect(),
        Kind::OneOf(_) | Kind::Bound | Kind::Moment | Kind::Any => row.example.as_str().into(),
    };
    let mut told = json!({
        "name": row.name.text(),
        "in": "query",
        "description": row.about,
        "schema": row.kind.schema(),
        "example": example,
    });
    if let (Kind::Bounds, Some(told)) = (&row.kind, told.as_object_mut()) {
        told.insert("style".to_owned(), "form".into());
        told.insert("explode".to_owned(), false.into());
    }
    if let (true, Some(told)) = (is_needed, told.as_object_mut()) {
        let about = format!("{}; needed unless there is a bbox", row.about);
        told.insert("description".to_owned(), about.into());
    }
    told
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "parameter": { "type": "string", "description": "The parameter that is to blame" },
            "schema": { "type": "object", "description": "What it may be, as JSON Schema" },
        },
    })
}
