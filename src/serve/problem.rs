//! Problem details for HTTP (RFC 9457): what is wrong with a request, which of its parameters, and
//! what that may be.

use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorKind};

/// An answer that is an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub status: u16,
    pub detail: String,
    /// The parameter that is to blame, and what it may be, as JSON Schema has it.
    pub parameter: Option<Box<(String, Map<String, Value>)>>,
    /// Seconds after which it may be tried again.
    pub retry_after: Option<u32>,
}

impl Problem {
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            parameter: None,
            retry_after: None,
        }
    }

    /// A parameter is not what it may be.
    pub fn parameter(name: &str, detail: impl Into<String>, schema: Map<String, Value>) -> Self {
        Self {
            parameter: Some(Box::new((name.to_owned(), schema))),
            ..Self::new(400, detail)
        }
    }

    /// There is more to do than can be done: it may be tried again soon.
    pub fn busy(detail: &str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(503, detail)
        }
    }

    /// As JSON, of the type `application/problem+json`.
    pub fn body(&self) -> Vec<u8> {
        let mut body = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status,
            "detail": self.detail,
        });
        if let (Some(parameter), Some(body)) = (&self.parameter, body.as_object_mut()) {
            let (name, schema) = &**parameter;
            body.insert("parameter".to_owned(), name.as_str().into());
            if !schema.is_empty() {
                body.insert("schema".to_owned(), schema.clone().into());
            }
        }
        body.to_string().into_bytes()
    }

    /// What RFC 9110 calls the status.
    pub fn title(&self) -> &'static str {
        match self.status {
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            413 => "Content Too Large",
            414 => "URI Too Long",
            415 => "Unsupported Media Type",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        }
    }
}

/// What the library refuses to draw.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.kind == ErrorKind::Network {
            return Self::busy("the database does not answer, or takes too long");
        }
        let status = match error.kind {
            ErrorKind::Usage => 400,
            ErrorKind::Limit => 413,
            _ => 500,
        };
        let detail = match (status, &error.remedy) {
            // What went wrong inside is for the log, and not for strangers.
            (500, _) => "the picture could not be made".to_owned(),
            (_, Some(remedy)) => format!("{}; {remedy}", error.fact),
            (_, None) => error.fact,
        };
        Self::new(status, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_parameter_and_what_it_may_be() {
        let schema = json!({ "type": "number", "minimum": 1 });
        let schema = schema.as_object().cloned().unwrap();
        let problem = Problem::parameter("radius", "radius is \"x\"\n", schema);
        let body: Value = serde_json::from_slice(&problem.body()).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": "radius is \"x\"\n",
                "parameter": "radius",
                "schema": { "type": "number", "minimum": 1 },
            })
        );
    }

    #[test]
    fn faults_of_the_service_are_not_told_to_strangers() {
        let problem = Problem::from(Error::new(ErrorKind::Input, "/etc/secret is missing"));
        assert_eq!(
            (problem.status, problem.detail.contains("secret")),
            (500, false)
        );
        let too_much = Error::new(ErrorKind::Limit, "a radius of 3000 pixels is too much");
        assert_eq!(Problem::from(too_much).status, 413);
        let away = Problem::from(Error::new(ErrorKind::Network, "10.0.0.7 refused it"));
        assert_eq!((away.status, away.retry_after), (503, Some(1)));
        assert!(!away.detail.contains("10.0.0.7"));
    }
}
