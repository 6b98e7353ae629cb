//! A printer's socket: one connection at a time, the next waits, as real ones do it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::printer::Inner;

/// Between attempts to take the port again after the power came back.
const REBIND: Duration = Duration::from_millis(100);
/// A host that takes no answers for so long has gone.
const SEND: Duration = Duration::from_secs(5);

pub(crate) async fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| format!("cannot listen on {addr}"))
}

/// Listens until the simulator stops; while the power is off it doesn't.
pub(crate) async fn run(printer: Arc<Inner>, first: TcpListener) {
    let mut listener = Some(first);
    loop {
        let open = match listener.take() {
            Some(open) => open,
            None => match power_and_port(&printer).await {
                Some(open) => open,
                None => return,
            },
        };
        printer.listening.send_replace(true);
        loop {
            tokio::select! {
                biased;
                () = printer.stop.cancelled() => return,
                () = power_is(&printer, false) => break,
                accepted = open.accept() => match accepted {
                    Ok((stream, _)) => serve(&printer, stream).await,
                    Err(error) => tracing::warn!(printer = printer.name, %error, "a connection was not accepted"),
                },
            }
        }
        drop(open);
        printer.listening.send_replace(false);
    }
}

/// Waits until the power is on, or off.
async fn power_is(printer: &Inner, on: bool) {
    // The sender is the printer's own, so it can't be gone.
    let _ = printer.power.subscribe().wait_for(|now| *now == on).await;
}

/// Waits for power and takes the port again; none if the simulator stops meanwhile.
async fn power_and_port(printer: &Inner) -> Option<TcpListener> {
    loop {
        tokio::select! {
            () = printer.stop.cancelled() => return None,
            () = power_is(printer, true) => (),
        }
        match bind(printer.addr).await {
            Ok(listener) => return Some(listener),
            Err(error) => tracing::warn!(printer = printer.name, "{error:#}"),
        }
        tokio::time::sleep(REBIND).await;
    }
}

async fn serve(printer: &Inner, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let (idle, half_job) = {
        let mut machine = printer.machine.lock();
        machine.connect();
        (machine.setup.idle, machine.faults().half_job)
    };
    let mut left = half_job.unwrap_or(usize::MAX);
    let mut buffer = vec![0; 16 << 10];
    while left > 0 {
        let room = printer.machine.lock().takes_more();
        tokio::select! {
            () = printer.stop.cancelled() => break,
            () = power_is(printer, false) => break,
            () = printer.answers.notified() => (),
            () = tokio::time::sleep(idle) => break,
            read = stream.read(&mut buffer), if room => match read {
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    let count = count.min(left);
                    left -= count;
                    printer.machine.lock().receive(&buffer[..count]);
                    printer.work.notify_one();
                }
            },
        }
        let replies = printer.machine.lock().take_replies();
        if !replies.is_empty() && !matches!(tokio::time::timeout(SEND, stream.write_all(&replies)).await, Ok(Ok(()))) {
            break;
        }
    }
    printer.machine.lock().disconnect();
    printer.changed();
}
