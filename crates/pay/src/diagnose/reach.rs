//! Whether a host can be reached: its name, a connection, and TLS, one after the other.

use std::time::Duration;

use reqwest::Url;
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use super::{Finding, Flaw, Part, Step, What, skew_s};
use crate::{
    http::{self, LARGEST_ANSWER, QUERY_BUDGET},
    time::Clock,
    transport::{NoAnswer, NoAnswerKind, Transport, WireMethod, WireRequest},
};

/// Each of looking up and connecting.
const PATIENCE: Duration = Duration::from_secs(4);

/// A finding, and how far our clock is ahead, where the host said what time it is.
pub(crate) async fn reach(
    part: Part,
    step: Step,
    address: &str,
    transport: &dyn Transport,
    clock: &Clock,
) -> (Finding, Option<i64>) {
    match steps(address, transport, clock).await {
        Ok((detail, skew)) => (Finding::new(part, step, What::Reached, detail), skew),
        Err((what, detail)) => (Finding::new(part, step, what, detail), None),
    }
}

async fn steps(address: &str, transport: &dyn Transport, clock: &Clock) -> Result<(String, Option<i64>), Flaw> {
    let url: Url = address.parse().map_err(|_| (What::NoAddress, address.to_owned()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let started = Instant::now();
    let found = timeout(PATIENCE, lookup_host((host.as_str(), port))).await;
    let addresses: Vec<_> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err((What::NoAddress, format!("{host}: {error}"))),
        Err(_) => return Err((What::NoAddress, host.clone())),
    };
    match timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err((What::NoConnection, format!("{host}:{port}: {error}"))),
        Err(_) => return Err((What::NoConnection, format!("{host}:{port}"))),
    }
    let answer = http::send(transport, plain_get(&url), QUERY_BUDGET).await.map_err(|silence| silent(&url, &silence))?;
    let took = started.elapsed().as_millis();
    let tls = if url.scheme() == "https" { "TLS" } else { "no TLS" };
    Ok((format!("{host}:{port} · {tls} · {took} ms"), skew_s(&answer, clock())))
}

/// The front page: whatever it answers, it answered.
fn plain_get(url: &Url) -> WireRequest {
    let mut url = url.clone();
    url.set_path("/");
    WireRequest {
        method: WireMethod::Get,
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        largest_answer: LARGEST_ANSWER,
    }
}

/// A plain connection was possible a moment ago, so what failed now came after it.
fn silent(url: &Url, silence: &NoAnswer) -> Flaw {
    let what = match (url.scheme(), silence.kind) {
        ("https", NoAnswerKind::NotConnected) => What::TlsFailed,
        (_, NoAnswerKind::NotConnected) => What::NoConnection,
        (_, NoAnswerKind::TimedOut | NoAnswerKind::Broke) => What::NoAnswer,
    };
    (what, format!("{}: {}", url.host_str().unwrap_or_default(), silence.why))
}
