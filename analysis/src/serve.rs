//! `swast-analysis explore`: the laboratory over HTTP, for one reader on this machine. The page is
//! self-contained; every number and picture in it comes from `swast_analysis::lab`.
//!
//! Nothing a client does may hang or exhaust the process: connections, their duration, heads and bodies
//! have limits, a connection serves one request, and computations wait in line for a core.

mod page;

use std::convert::Infallible;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ALLOW, HOST, HeaderMap, HeaderValue};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use page::Reply;

/// Connections served at once; more wait in the listener's queue.
const CONNECTIONS: usize = 64;
/// A request line and its headers, in bytes: room for 200 points in an address.
const HEAD_LIMIT: usize = 32 * 1024;
/// A client has this long to send its head.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// No connection lives longer, whatever it does.
const CONNECTION_TIME: Duration = Duration::from_secs(60);
/// A request waits this long for a core before it is sent away.
const WAIT_FOR_CORE: Duration = Duration::from_secs(20);
/// A body is read and thrown away up to here, so that its sender gets to see the answer.
const BODY_DISCARDED: usize = 32 << 20;

/// A body that has not come to its end by then is given up.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What the handlers share.
struct Lab {
    cores: Semaphore,
    /// The state at an address without a query.
    start: Arc<str>,
    /// Whether only this machine can reach the laboratory.
    local: bool,
}

/// Serves until the process is stopped; `start` is the state of an address without a query, in the form of one.
pub(crate) fn serve(at: SocketAddr, start: &str, open_browser: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(at).await.map_err(|cause| {
            let cure = "give a free port, or 0 for any, with --port";
            anyhow::anyhow!("cannot listen on {at}: {cause}; {cure}")
        })?;
        let url = format!("http://{}/", listener.local_addr()?);
        let mut out = std::io::stdout();
        writeln!(out, "the polynomial laboratory is at {url} (stop it with Ctrl-C)")?;
        out.flush()?;
        if open_browser && open::that_detached(&url).is_err() {
            writeln!(std::io::stderr(), "no browser could be opened; open {url} yourself")?;
        }
        accept(listener, start, at.ip().is_loopback()).await
    })
}

async fn accept(listener: TcpListener, start: &str, local: bool) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let lab = Arc::new(Lab { cores: Semaphore::new(cores), start: start.into(), local });
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await?;
        // A connection that broke before it was taken, or no descriptor left: the next may do.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let lab = Arc::clone(&lab);
        tokio::spawn(async move {
            let _ended = timeout(CONNECTION_TIME, converse(stream, lab)).await;
            drop(place);
        });
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, lab: Arc<Lab>) {
    let service = service_fn(move |request| {
        let lab = Arc::clone(&lab);
        async move { Ok::<_, Infallible>(respond(request, &lab).await) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    server.max_buf_size(HEAD_LIMIT).keep_alive(false);
    // A client that goes away, or never was one, is no concern of anyone else's.
    let _broken = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, lab: &Lab) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    // What does not end counts as too long.
    let sent = timeout(BODY_TIME, discard(body)).await.unwrap_or(usize::MAX);
    if !matches!(head.method, Method::GET | Method::HEAD) {
        let reply = Reply::refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here");
        let mut response = reply.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if sent > 0 {
        let words = "a GET request has no body; leave it out";
        return Reply::refusal(StatusCode::PAYLOAD_TOO_LARGE, words).into_response();
    }
    if lab.local && !names_this_machine(&head.headers) {
        let words = "this laboratory answers to localhost and 127.0.0.1 alone; write one of them";
        return Reply::refusal(StatusCode::MISDIRECTED_REQUEST, words).into_response();
    }
    let Ok(Ok(_core)) = timeout(WAIT_FOR_CORE, lab.cores.acquire()).await else {
        let words = "too many requests are waiting; try again";
        return Reply::refusal(StatusCode::TOO_MANY_REQUESTS, words).into_response();
    };
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or("").to_owned());
    let start = Arc::clone(&lab.start);
    let answered = tokio::task::spawn_blocking(move || page::reply(&path, &query, &start)).await;
    let reply = answered.unwrap_or_else(|_| {
        let words = "the computation failed; please report the address";
        Reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, words)
    });
    reply.into_response()
}

/// Whether the client asked for this machine by a name that nobody else can give to it: a page of
/// another host may have its own name lead here, and would then pass for this one in a browser.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| {
        let name = host.host().trim_matches(['[', ']']);
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Reads a body to its end or limit and forgets it; answers its length, announced or sent.
async fn discard(mut body: Incoming) -> usize {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_DISCARDED {
        return announced;
    }
    let mut length = 0;
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
        if length > BODY_DISCARDED {
            break;
        }
    }
    length
}
