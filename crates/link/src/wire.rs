//! What a link runs over: something that carries messages of bytes, in order or not at all.
//!
//! A [`Wire`] has two halves, because a link sends and receives at once. [`Wire::of`] makes one of any message socket (a WebSocket
//! of either side), [`pair`] makes two ends of one in memory.

use crate::codec::FrameError;
use async_trait::async_trait;
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use std::fmt;
use tokio::sync::mpsc;

/// Why a wire carries nothing more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It was closed, here or there.
    #[error("the connection is closed")]
    Closed,
    /// It broke, or was never made.
    #[error("the connection failed: {0}")]
    Failed(String),
    /// What came over it is no frame.
    #[error("the other end sent no frame")]
    Frame(#[from] FrameError),
}

/// The half that sends.
#[async_trait]
pub trait WireOut: Send {
    /// Hands a message to the wire, waiting while it is full.
    ///
    /// # Errors
    /// If it will not arrive. A message sent without error may still not arrive.
    async fn send(&mut self, message: Vec<u8>) -> Result<(), WireError>;
}

/// The half that receives.
#[async_trait]
pub trait WireIn: Send {
    /// Waits for the next message.
    ///
    /// # Errors
    /// If there will be none.
    async fn recv(&mut self) -> Result<Vec<u8>, WireError>;
}

/// Both halves of one connection.
pub struct Wire {
    /// The half that sends.
    pub out: Box<dyn WireOut>,
    /// The half that receives.
    pub inc: Box<dyn WireIn>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// Makes a wire of two halves.
    pub fn new(out: impl WireOut + 'static, inc: impl WireIn + 'static) -> Wire {
        Wire { out: Box::new(out), inc: Box::new(inc) }
    }

    /// Makes a wire of a message socket. `put` wraps bytes as its message, `take` unwraps them; what holds none (a ping) is nothing.
    ///
    /// A server's socket, for example: `Wire::of(socket, |bytes| Message::Binary(bytes.into()), |message| match message {
    /// Message::Binary(bytes) => Some(bytes.into()), _ => None })`. Let it refuse messages above [`LARGEST`](crate::LARGEST).
    pub fn of<S, M, E>(socket: S, put: fn(Vec<u8>) -> M, take: fn(M) -> Option<Vec<u8>>) -> Wire
    where
        S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Send + 'static,
        M: Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        let (sink, stream) = socket.split();
        Wire::new(SocketOut { sink, put }, SocketIn { stream, take })
    }
}

struct SocketOut<S, M> {
    sink: S,
    put: fn(Vec<u8>) -> M,
}

struct SocketIn<S, M> {
    stream: S,
    take: fn(M) -> Option<Vec<u8>>,
}

#[async_trait]
impl<S, M, E> WireOut for SocketOut<S, M>
where
    S: Sink<M, Error = E> + Send + Unpin,
    M: Send,
    E: fmt::Display + Send,
{
    async fn send(&mut self, message: Vec<u8>) -> Result<(), WireError> {
        let message = (self.put)(message);
        self.sink.send(message).await.map_err(|error| WireError::Failed(error.to_string()))
    }
}

#[async_trait]
impl<S, M, E> WireIn for SocketIn<S, M>
where
    S: Stream<Item = Result<M, E>> + Send + Unpin,
    M: Send,
    E: fmt::Display + Send,
{
    async fn recv(&mut self) -> Result<Vec<u8>, WireError> {
        loop {
            match self.stream.next().await {
                None => return Err(WireError::Closed),
                Some(Err(error)) => return Err(WireError::Failed(error.to_string())),
                Some(Ok(message)) => {
                    if let Some(bytes) = (self.take)(message) {
                        return Ok(bytes);
                    }
                }
            }
        }
    }
}

/// Makes the two ends of a wire in memory, each holding up to `room` messages that were not received yet.
pub fn pair(room: usize) -> (Wire, Wire) {
    let (here, there) = (mpsc::channel(room.max(1)), mpsc::channel(room.max(1)));
    (Wire::new(MemoryOut(here.0), MemoryIn(there.1)), Wire::new(MemoryOut(there.0), MemoryIn(here.1)))
}

struct MemoryOut(mpsc::Sender<Vec<u8>>);

struct MemoryIn(mpsc::Receiver<Vec<u8>>);

#[async_trait]
impl WireOut for MemoryOut {
    async fn send(&mut self, message: Vec<u8>) -> Result<(), WireError> {
        self.0.send(message).await.map_err(|_| WireError::Closed)
    }
}

#[async_trait]
impl WireIn for MemoryIn {
    async fn recv(&mut self) -> Result<Vec<u8>, WireError> {
        self.0.recv().await.ok_or(WireError::Closed)
    }
}
