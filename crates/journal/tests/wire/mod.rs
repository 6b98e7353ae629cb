//! A TCP proxy before a server that cuts a connection at the worst moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Where the next connection that gets there is cut. The client hears nothing more in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// BEGIN and what came with it never reach the server.
    BeforeBegin,
    /// The server did everything but COMMIT, which was never sent.
    AfterStatements,
    /// COMMIT never reaches the server, which sees the connection end.
    CommitLost,
    /// COMMIT never reaches the server, which doesn't notice that its client is gone.
    CommitLostUnnoticed,
    /// COMMIT reaches the server after this many milliseconds, when the client has long given up.
    CommitLate(u64),
    /// COMMIT is done, its answer is lost.
    AnswerLost,
}

/// A proxy; connections go through it unharmed until a cut is armed.
pub struct Wire {
    port: u16,
    armed: Arc<Mutex<Option<Cut>>>,
    struck: Arc<Notify>,
}

impl Wire {
    /// Listens on a free port and passes connections on to `to`.
    pub async fn new(to: u16) -> Wire {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (armed, struck) = (Arc::new(Mutex::new(None)), Arc::new(Notify::new()));
        let (cuts, strikes) = (armed.clone(), struck.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to, cuts.clone(), strikes.clone()));
            }
        });
        Wire { port, armed, struck }
    }

    /// The URL of a database behind the proxy.
    pub fn url(&self, of: &str, port: u16) -> String {
        of.replace(&format!(":{port}/"), &format!(":{}/", self.port))
    }

    /// Cuts the next connection that gets there.
    pub fn arm(&self, cut: Cut) {
        *self.armed.lock().unwrap() = Some(cut);
    }

    /// Waits until the cut has been made.
    pub async fn struck(&self) {
        self.struck.notified().await;
    }
}

async fn pass(mut client: TcpStream, to: u16, armed: Arc<Mutex<Option<Cut>>>, struck: Arc<Notify>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", to)).await else { return };
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            biased;
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &up[..length];
                if let Some(cut) = due(&armed, sent) {
                    return strike(cut, sent, client, server, &struck).await;
                }
                if server.write_all(sent).await.is_err() { return }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() { return }
            }
        }
    }
}

fn due(armed: &Mutex<Option<Cut>>, sent: &[u8]) -> Option<Cut> {
    let has = |what: &[u8]| sent.windows(what.len()).any(|part| part == what);
    let mut armed = armed.lock().unwrap();
    let reached = match (*armed)? {
        Cut::BeforeBegin | Cut::AfterStatements => has(b"BEGIN "),
        Cut::CommitLost | Cut::CommitLostUnnoticed | Cut::CommitLate(_) | Cut::AnswerLost => has(b"COMMIT\0"),
    };
    if reached { armed.take() } else { None }
}

async fn strike(cut: Cut, sent: &[u8], client: TcpStream, mut server: TcpStream, struck: &Notify) {
    let mut answer = vec![0; 1 << 16];
    match cut {
        Cut::BeforeBegin | Cut::CommitLost => {}
        Cut::AfterStatements | Cut::AnswerLost => {
            server.write_all(sent).await.unwrap();
            // The answer is the proof that it was done.
            assert!(server.read(&mut answer).await.unwrap() > 0);
        }
        Cut::CommitLostUnnoticed => {
            drop(client);
            struck.notify_one();
            // Open, but silent: only the server itself can end this.
            while server.read(&mut answer).await.is_ok_and(|length| length > 0) {}
            return;
        }
        Cut::CommitLate(delay_ms) => {
            drop(client);
            struck.notify_one();
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            server.write_all(sent).await.unwrap();
            let _ = server.read(&mut answer).await;
            return;
        }
    }
    drop((client, server));
    struck.notify_one();
}
