//! A printer of a few lines: answers questions as it is told, and misbehaves as it is told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers a question, given how many bytes of jobs have come so far.
pub type Answer = fn(question: u8, job_bytes: usize) -> Vec<u8>;

/// How it behaves.
#[derive(Clone)]
pub struct Manner {
    pub answer: Answer,
    /// What `GS ( H` is answered with, given the ID.
    pub done: fn(id: [u8; 4]) -> Vec<u8>,
    /// Closes after so many bytes of a job.
    pub cut_after: Option<usize>,
    /// Reads no more after so many bytes of a job.
    pub stall_after: Option<usize>,
    /// Sends this for ever from the start.
    pub flood: Option<&'static [u8]>,
}

pub fn good() -> Manner {
    let done = |[a, b, c, d]: [u8; 4]| vec![0x37, 0x22, a, b, c, d, 0];
    Manner { answer: |_, _| vec![0x12], done, cut_after: None, stall_after: None, flood: None }
}

pub struct Fake {
    pub addr: String,
    received: Received,
}

type Received = Arc<Mutex<Vec<u8>>>;

impl Fake {
    pub async fn start(manner: Manner) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        let received = Received::default();
        let log = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, manner.clone(), Arc::clone(&log)));
            }
        });
        Fake { addr, received }
    }

    /// Bytes of jobs, without questions.
    pub fn job(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, manner: Manner, log: Received) {
    let (mut read, mut write) = stream.into_split();
    if let Some(flood) = manner.flood {
        while write.write_all(flood).await.is_ok() {
            tokio::task::yield_now().await;
        }
        return;
    }
    let mut waiting: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = match read.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => n,
        };
        waiting.extend_from_slice(&buffer[..n]);
        let reply = digest(&mut waiting, &manner, &log);
        if !reply.is_empty() && write.write_all(&reply).await.is_err() {
            return;
        }
        let job = log.lock().unwrap().len();
        if manner.cut_after.is_some_and(|after| job >= after) {
            return;
        }
        if manner.stall_after.is_some_and(|after| job >= after) {
            std::future::pending::<()>().await;
        }
    }
}

/// Takes whole questions and ID requests out of what came; everything else is job.
fn digest(waiting: &mut Vec<u8>, manner: &Manner, log: &Received) -> Vec<u8> {
    let mut reply = Vec::new();
    let mut log = log.lock().unwrap();
    let mut rest = &waiting[..];
    while manner.cut_after.is_none_or(|after| log.len() < after) {
        match rest {
            [0x10, 0x04, n, tail @ ..] => {
                reply.extend((manner.answer)(*n, log.len()));
                rest = tail;
            }
            [0x1d, b'(', b'H', 6, 0, 48, 48, a, b, c, d, tail @ ..] => {
                reply.extend((manner.done)([*a, *b, *c, *d]));
                rest = tail;
            }
            [0x10] | [0x10, 0x04] => break,
            [0x1d, ..] if rest.len() < 11 => break,
            [byte, tail @ ..] => {
                log.push(*byte);
                rest = tail;
            }
            [] => break,
        }
    }
    *waiting = rest.to_vec();
    reply
}
