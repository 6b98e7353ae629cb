//! The connection to a printer: every wait has an end, and so has everything read.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::reply::{Replies, Reply};
use super::{SessionOptions, Trouble};
use crate::status::{Answers, NoAnswer, Question, Status};

/// No printer says more than this in one session.
const MOST_READ: usize = 4096;
const PORT: u16 = 9100;

#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    replies: Replies,
    read: usize,
    /// IDs that came, wanted at that moment or not.
    done: Vec<[u8; 4]>,
}

impl Line {
    pub(super) async fn open(addr: &str, options: &SessionOptions) -> Result<Line, Trouble> {
        let stream = match timeout(options.connect_timeout, connect(addr)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Trouble::Unreachable(error.kind())),
            Err(_) => return Err(Trouble::ConnectTimeout),
        };
        // Questions are three bytes and must not wait for company; a socket that can't be told so only answers later.
        let _ = stream.set_nodelay(true);
        Ok(Line { stream, replies: Replies::default(), read: 0, done: Vec::new() })
    }

    /// Asks how the printer is, each question for itself: answers don't say what they answer.
    ///
    /// # Errors
    /// [`Trouble::Silent`] if not even the first question is answered.
    pub(super) async fn status(&mut self, options: &SessionOptions, patience: Duration) -> Result<Status, Trouble> {
        let stopped = |why| if why == Trouble::Silent { Trouble::StoppedAnswering } else { why };
        let printer = self.ask(Question::Printer, patience).await?;
        let offline = self.ask(Question::Offline, patience).await.map_err(stopped)?;
        let error = match offline & 0x40 != 0 {
            true => Some(self.ask(Question::Error, patience).await.map_err(stopped)?),
            false => None,
        };
        let paper = self.ask(Question::Paper, patience).await.map_err(stopped)?;
        let answers = Answers { printer, offline, error, paper };
        Status::parse(&answers, options.drawer).map_err(|NoAnswer(_)| Trouble::Nonsense)
    }

    async fn ask(&mut self, question: Question, patience: Duration) -> Result<u8, Trouble> {
        let until = Instant::now() + patience;
        self.read_what_waits()?;
        match timeout_at(until, self.stream.write_all(&question.bytes())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Trouble::Closed),
            Err(_) => return Err(Trouble::Stalled),
        }
        loop {
            match self.next(until).await? {
                Some(Reply::Answer(byte)) => return Ok(byte),
                Some(Reply::Done(_)) => {}
                Some(Reply::Nonsense) => return Err(Trouble::Nonsense),
                None => return Err(Trouble::Silent),
            }
        }
    }

    /// Writes a job. The number with the trouble is how many bytes the network has taken; none means that nothing was sent.
    pub(super) async fn send(&mut self, job: &[u8], options: &SessionOptions) -> Result<(), (usize, Trouble)> {
        let until = Instant::now() + options.send_timeout;
        let mut sent = 0;
        while sent < job.len() {
            match timeout_at(until, self.stream.write(&job[sent..])).await {
                Ok(Ok(0)) | Ok(Err(_)) => return Err((sent, Trouble::Closed)),
                Ok(Ok(more)) => sent += more,
                Err(_) => return Err((sent, Trouble::Stalled)),
            }
        }
        Ok(())
    }

    /// Waits for an ID; false if it hasn't come by then.
    pub(super) async fn wait_done(&mut self, id: [u8; 4], until: Instant) -> Result<bool, Trouble> {
        while !self.is_done(id) {
            match self.next(until).await? {
                Some(Reply::Nonsense) => return Err(Trouble::Nonsense),
                Some(Reply::Answer(_) | Reply::Done(_)) => {}
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    pub(super) fn is_done(&self, id: [u8; 4]) -> bool {
        self.done.contains(&id)
    }

    /// Ends the connection so that what was written still arrives: closing with something unread would take it back.
    pub(super) async fn finish(mut self, patience: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + patience;
        match timeout_at(until, self.stream.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Trouble::Closed),
            Err(_) => return Err(Trouble::Stalled),
        }
        let mut rest = [0; 256];
        while self.read < MOST_READ {
            match timeout_at(until, self.stream.read(&mut rest)).await {
                Ok(Ok(0)) | Err(_) => break,
                Ok(Ok(more)) => self.read += more,
                Ok(Err(_)) => return Err(Trouble::Closed),
            }
        }
        Ok(())
    }

    /// The next thing the printer says, or nothing by then.
    async fn next(&mut self, until: Instant) -> Result<Option<Reply>, Trouble> {
        loop {
            // One byte at a time keeps the place after an answer; these are answers of one byte.
            let mut byte = [0; 1];
            match timeout_at(until, self.stream.read(&mut byte)).await {
                Ok(Ok(0)) | Ok(Err(_)) => return Err(Trouble::Closed),
                Ok(Ok(_)) => {
                    if let Some(reply) = self.take(byte[0])? {
                        return Ok(Some(reply));
                    }
                }
                Err(_) => return Ok(None),
            }
        }
    }

    /// Reads what came before a question was asked: it can't be its answer.
    fn read_what_waits(&mut self) -> Result<(), Trouble> {
        let mut waiting = [0; 256];
        loop {
            match self.stream.try_read(&mut waiting) {
                Ok(0) => return Err(Trouble::Closed),
                Ok(n) => {
                    for byte in &waiting[..n] {
                        if self.take(*byte)? == Some(Reply::Nonsense) {
                            return Err(Trouble::Nonsense);
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(Trouble::Closed),
            }
        }
    }

    fn take(&mut self, byte: u8) -> Result<Option<Reply>, Trouble> {
        self.read += 1;
        if self.read > MOST_READ {
            return Err(Trouble::Nonsense);
        }
        let reply = self.replies.take(byte);
        if let Some(Reply::Done(id)) = reply {
            self.done.push(id);
        }
        Ok(reply)
    }
}

/// `host`, `host:port`, an address of either family with or without a port.
async fn connect(addr: &str) -> io::Result<TcpStream> {
    if let Ok(ip) = addr.parse::<IpAddr>() {
        return TcpStream::connect((ip, PORT)).await;
    }
    match addr.contains(':') {
        true => TcpStream::connect(addr).await,
        false => TcpStream::connect((addr, PORT)).await,
    }
}
