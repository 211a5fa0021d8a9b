//! The addresses of the laboratory and what each answers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use hyper::http::HeaderValue;
use hyper::{Response, StatusCode};
use serde::Serialize;
use swast_analysis::Error;
use swast_analysis::lab::{self, Picture, Request};
use swast_tables::rows::PruneStudyRow;
use swast_tables::table::{self, Row};

/// The page: style and script are in it, so that it needs nothing else.
const PAGE: &str = concat!(
    include_str!("head.html"),
    "<style>",
    include_str!("style.css"),
    "</style>",
    include_str!("body.html"),
    "<script>",
    include_str!("tour.js"),
    include_str!("script.js"),
    include_str!("points.js"),
    include_str!("keep.js"),
    include_str!("controls.js"),
    "</script></html>\n"
);
/// The page may talk to its own server and to no one else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// An answer before it is put on the wire.
pub(super) struct Reply {
    status: StatusCode,
    kind: &'static str,
    /// Name under which a browser saves it.
    file: Option<&'static str>,
    body: Bytes,
}

impl Reply {
    /// A refusal in words.
    pub(super) fn refusal(status: StatusCode, words: &str) -> Self {
        let body = serde_json::json!({ "error": words }).to_string().into();
        Self { status, kind: "application/json", file: None, body }
    }

    fn json(answer: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(answer).map_err(|e| Error::Drawing(e.to_string()))?;
        Ok(Self { status: StatusCode::OK, kind: "application/json", file: None, body: body.into() })
    }

    fn png(file: &'static str, picture: &Picture) -> Result<Self, Error> {
        let body = picture.png()?.into();
        Ok(Self { status: StatusCode::OK, kind: "image/png", file: Some(file), body })
    }

    fn table<R: Row>(rows: &[R]) -> Self {
        let (kind, file) = ("text/csv; charset=utf-8", Some(R::FILE));
        Self { status: StatusCode::OK, kind, file, body: table::text(rows).into() }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
        let named = |file| HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")).ok();
        if let Some(value) = self.file.and_then(named) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        response
    }
}

/// The answer to a path and the query behind it; where there is none, that of the state `start`.
pub(super) fn reply(path: &str, query: &str, start: &str) -> Reply {
    if path == "/" {
        let state = format!("data-start=\"{}\"", start.replace('&', "&amp;"));
        let (kind, body) =
            ("text/html; charset=utf-8", PAGE.replacen("data-start=\"\"", &state, 1));
        let body = body.into();
        return Reply { status: StatusCode::OK, kind, file: None, body };
    }
    let Some(answer) = route(path) else {
        return Reply::refusal(StatusCode::NOT_FOUND, "nothing is at this address; go to /");
    };
    Request::parse(if query.is_empty() { start } else { query })
        .and_then(|request| answer(&request))
        .unwrap_or_else(|error| Reply::refusal(StatusCode::BAD_REQUEST, &error.to_string()))
}

type Handler = fn(&Request) -> Result<Reply, Error>;

fn route(path: &str) -> Option<Handler> {
    Some(match path {
        "/fit" => |request| Reply::json(&lab::fit(request)?),
        "/draws" => |request| Reply::json(&lab::draws(request)?),
        "/difficulty" => |request| Reply::json(&lab::difficulty(request)?.0),
        "/points.csv" => |request| Ok(Reply::table(&lab::fit(request)?.points)),
        "/coefficients.csv" => |request| Ok(Reply::table(&lab::coefficients(request)?)),
        "/prune_study.csv" => |request| {
            let rows: Vec<PruneStudyRow> = lab::study_rows(request)?;
            Ok(Reply::table(&rows))
        },
        "/full.png" => |request| Reply::png("full.png", &lab::fit(request)?.pictures.full),
        "/coreset.png" => |request| Reply::png("coreset.png", &lab::fit(request)?.pictures.coreset),
        "/full-coefficients.png" => |request| {
            let pictures = lab::fit(request)?.pictures;
            Reply::png("full-coefficients.png", &pictures.full_coefficients)
        },
        "/coreset-coefficients.png" => |request| {
            let pictures = lab::fit(request)?.pictures;
            Reply::png("coreset-coefficients.png", &pictures.coreset_coefficients)
        },
        "/losses.png" => |request| Reply::png("losses.png", &lab::draws(request)?.picture),
        "/difficulty.png" => {
            |request| Reply::png("difficulty.png", &lab::difficulty(request)?.0.picture)
        }
        "/epsilon.csv" => |request| Ok(Reply::table(&lab::difficulty(request)?.1)),
        _ => return None,
    })
}
