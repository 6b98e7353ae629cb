//! Messages of a WebSocket as one stream of bytes each way.

use bytes::Bytes;
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// Bytes on their way inside the process.
const BUFFER: usize = 64 * 1024;

/// Carries bytes both ways until either end is over.
pub fn over<I, O>(mut incoming: I, mut outgoing: O) -> DuplexStream
where
    I: Stream<Item = Bytes> + Send + Unpin + 'static,
    O: Sink<Bytes> + Send + Unpin + 'static,
{
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (mut read, mut write) = tokio::io::split(ours);
    tokio::spawn(async move {
        while let Some(bytes) = incoming.next().await {
            if write.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = write.shutdown().await;
    });
    tokio::spawn(async move {
        let mut buffer = vec![0; BUFFER / 4];
        while let Ok(length @ 1..) = read.read(&mut buffer).await {
            if outgoing.send(Bytes::copy_from_slice(&buffer[..length])).await.is_err() {
                return;
            }
        }
        let _ = outgoing.close().await;
    });
    theirs
}
