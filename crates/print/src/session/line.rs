//! The connection to a printer: every wait has an end, and so has everything read.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

use super::reply::{Replies, Reply};
use super::{Dial, SessionOptions, Trouble, Wire};
use crate::status::{Answers, NoAnswer, Question, Status};

/// No printer says more than this in one session.
const MOST_READ: usize = 4096;

pub(super) struct Line {
    stream: Box<dyn Wire>,
    replies: Replies,
    read: usize,
    /// IDs that came, wanted at that moment or not.
    done: Vec<[u8; 4]>,
}

impl Line {
    pub(super) async fn open(dial: &dyn Dial, addr: &str, options: &SessionOptions) -> Result<Line, Trouble> {
        let stream = match timeout(options.connect_timeout, dial.dial(addr)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Trouble::Unreachable(error.kind())),
            Err(_) => return Err(Trouble::ConnectTimeout),
        };
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
        let mut now = Context::from_waker(Waker::noop());
        loop {
            let mut waiting = ReadBuf::new(&mut waiting);
            match Pin::new(&mut self.stream).poll_read(&mut now, &mut waiting) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(())) if waiting.filled().is_empty() => return Err(Trouble::Closed),
                Poll::Ready(Ok(())) => {
                    for byte in waiting.filled() {
                        if self.take(*byte)? == Some(Reply::Nonsense) {
                            return Err(Trouble::Nonsense);
                        }
                    }
                }
                Poll::Ready(Err(_)) => return Err(Trouble::Closed),
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
