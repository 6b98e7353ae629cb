//! Where two ends stand, compared. The same rules at both ends; whichever can see the trouble names it.

use crate::Trouble;
use crate::frame::{Point, Stand};
use crate::local::{Local, Role};
use journal::{Head, Journal, ReadError, Stream, StreamKey, genesis};

/// This end's stands.
pub(crate) async fn of(local: &Local) -> Result<Vec<Stand>, ReadError> {
    let mut stands = Vec::new();
    for stream in Stream::ALL {
        let home = match local.streams.role(stream) {
            Role::Home => true,
            Role::Copy => false,
            Role::None => continue,
        };
        let head = local.journal.head(local.key(stream)).await?;
        stands.push(Stand { stream, home, epoch: head.epoch, point: head.into() });
    }
    Ok(stands)
}

/// What one stream does on this link.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// Ship it to where the copy is.
    Ship { stream: Stream, copy: Point },
    /// Take it from its home, from this head on.
    Take { home: Stand, head: Head },
}

impl Work {
    /// The stream, if its home is at the other end.
    pub fn home_elsewhere(&self) -> Option<Stream> {
        match self {
            Work::Ship { .. } => None,
            Work::Take { home, .. } => Some(home.stream),
        }
    }
}

/// Compares stream by stream and says what is to be done.
///
/// # Errors
/// Outer: this end's journal can't be read. Inner: what is wrong.
pub(crate) async fn compare(local: &Local, mine: &[Stand], theirs: &[Stand]) -> Result<Result<Vec<Work>, Trouble>, ReadError> {
    let mut all = Vec::new();
    for here in mine {
        let mut found = theirs.iter().filter(|there| there.stream == here.stream);
        let Some(there) = found.next() else { continue };
        if found.next().is_some() {
            return Ok(Err(Trouble::Nonsense));
        }
        let work = match (here.home, there.home) {
            (true, true) => return Ok(Err(two_homes(here, there))),
            (false, false) => continue,
            (true, false) => match in_order(here, there) {
                Err(trouble) => return Ok(Err(trouble)),
                Ok(()) if history_at(&*local.journal, local.key(here.stream), there.point.seq).await? != Some(there.point) => {
                    return Ok(Err(Trouble::Diverged { stream: here.stream, seq: there.point.seq }));
                }
                Ok(()) => Work::Ship { stream: here.stream, copy: there.point },
            },
            (false, true) => match in_order(there, here) {
                Err(trouble) => return Ok(Err(trouble)),
                Ok(()) => Work::Take { home: there.clone(), head: head_of(here) },
            },
        };
        all.push(work);
    }
    Ok(Ok(all))
}

fn head_of(stand: &Stand) -> Head {
    Head { seq: stand.point.seq, hash: stand.point.hash, epoch: stand.epoch }
}

/// The end that was promoted is above what it copied. The other may have started often since; then only a person can say.
fn two_homes(here: &Stand, there: &Stand) -> Trouble {
    match there.epoch < here.epoch {
        true => Trouble::Fenced { stream: here.stream, epoch: here.epoch },
        false => Trouble::BothHome { stream: here.stream },
    }
}

/// A home is never behind its copy.
fn in_order(home: &Stand, copy: &Stand) -> Result<(), Trouble> {
    let stream = home.stream;
    if home.point.seq < copy.point.seq {
        return Err(Trouble::Behind { stream, seq: copy.point.seq });
    }
    if home.epoch < copy.epoch {
        return Err(Trouble::Fenced { stream, epoch: copy.epoch });
    }
    match home.point.seq == copy.point.seq && home.point != copy.point {
        true => Err(Trouble::Diverged { stream, seq: copy.point.seq }),
        false => Ok(()),
    }
}

/// The event at `seq` as this journal has it; nothing if the stream is shorter.
pub(crate) async fn history_at(journal: &dyn Journal, key: StreamKey, seq: u64) -> Result<Option<Point>, ReadError> {
    let Some(before) = seq.checked_sub(1) else {
        return Ok(Some(Point { seq: 0, hash: genesis(key) }));
    };
    let found = journal.read(key, before, 1).await?;
    Ok(found.first().filter(|event| event.seq == seq).map(|event| Point { seq, hash: event.hash }))
}
