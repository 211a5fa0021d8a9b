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
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, HeaderValue};
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

/// What the handlers share.
struct Lab {
    cores: Semaphore,
}

/// Serves until the process is stopped; `query` is the state that the address to open begins with.
pub(crate) fn serve(
    (address, port): (IpAddr, u16),
    query: &str,
    open_browser: bool,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener =
            TcpListener::bind(SocketAddr::new(address, port)).await.map_err(|cause| {
                let cure = "give a free port, or 0 for any, with --port";
                anyhow::anyhow!("cannot listen on {address}:{port}: {cause}; {cure}")
            })?;
        let gap = if query.is_empty() { "" } else { "?" };
        let url = format!("http://{}/{gap}{query}", listener.local_addr()?);
        let mut out = std::io::stdout();
        writeln!(out, "the polynomial laboratory is at {url} (stop it with Ctrl-C)")?;
        out.flush()?;
        if open_browser && open::that_detached(&url).is_err() {
            writeln!(std::io::stderr(), "no browser could be opened; open {url} yourself")?;
        }
        accept(listener).await
    })
}

async fn accept(listener: TcpListener) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let lab = Arc::new(Lab { cores: Semaphore::new(cores) });
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
    let sent = discard(body).await;
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
    let Ok(Ok(_core)) = timeout(WAIT_FOR_CORE, lab.cores.acquire()).await else {
        let words = "too many requests are waiting; try again";
        return Reply::refusal(StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    };
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or("").to_owned());
    let answered = tokio::task::spawn_blocking(move || page::reply(&path, &query)).await;
    let reply = answered.unwrap_or_else(|_| {
        let words = "the computation failed; please report the address";
        Reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, words)
    });
    reply.into_response()
}

/// Reads a body to its end or limit and forgets it; answers its length.
async fn discard(mut body: Incoming) -> usize {
    let mut length = 0;
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
        if length > BODY_DISCARDED {
            break;
        }
    }
    length
}
