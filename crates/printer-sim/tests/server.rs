//! Printers over real sockets, each fault made to happen.

#![allow(clippy::unwrap_used)]

mod common;

use std::{future::Future, net::SocketAddr, time::Duration};

use common::*;
use printer_sim::{Faults, OnPaperOut, Printer, PrinterSetup, Simulator};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(10);
/// Long enough for an answer that would come.
const SILENCE: Duration = Duration::from_millis(120);

async fn start(setup: PrinterSetup) -> (Simulator, Printer) {
    let name = setup.name.clone();
    let sim = Simulator::start(vec![setup]).await.unwrap();
    let printer = sim.printer(&name).unwrap();
    (sim, printer)
}

async fn one() -> (Simulator, Printer) {
    start(PrinterSetup::new("hot", 0)).await
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it takes too long")
}

async fn connect(addr: SocketAddr) -> TcpStream {
    within(TcpStream::connect(addr)).await.unwrap()
}

/// Sends and reads so many bytes of answer.
async fn ask<const N: usize>(stream: &mut TcpStream, bytes: &[u8]) -> [u8; N] {
    stream.write_all(bytes).await.unwrap();
    let mut answer = [0; N];
    within(stream.read_exact(&mut answer)).await.unwrap();
    answer
}

async fn says_nothing(stream: &mut TcpStream) -> bool {
    timeout(SILENCE, stream.read_u8()).await.is_err()
}

/// A job of so many lines, with an id that is answered at its end.
fn job(lines: usize, id: &[u8; 4]) -> Vec<u8> {
    join(&[INIT, &b"line\n".repeat(lines), CUT, &process_id(id)])
}

const STATUS_4: &[u8] = b"\x10\x04\x04";

#[tokio::test]
async fn a_job_is_printed_and_its_end_is_answered() {
    let (_sim, printer) = one().await;
    let mut stream = connect(printer.addr()).await;
    assert_eq!(ask(&mut stream, b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04").await, [0x12; 4]);
    assert_eq!(&ask(&mut stream, &job(2, b"ab12")).await, b"7\"ab12\0");
    let slips = printer.slips();
    assert_eq!((slips.len(), slips[0].text.as_str()), (1, "line\nline\n[CUT]"));
    assert_eq!(ask(&mut stream, b"\x1dr\x01").await, [0]);
    assert_eq!(&ask(&mut stream, b"\x1dI\x43").await, b"_PRINTER-SIM\0");
}

#[tokio::test]
async fn without_paper_it_waits_answers_status_and_goes_on() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { paper_out: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    stream.write_all(&job(1, b"0001")).await.unwrap();
    assert_eq!(ask(&mut stream, b"\x10\x04\x01\x10\x04\x02\x10\x04\x04").await, [0x1a, 0x32, 0x7e]);
    assert!(says_nothing(&mut stream).await && printer.slips().is_empty());
    printer.put_paper();
    let mut answer = [0; 7];
    within(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!((&answer, printer.slips().len()), (b"7\"0001\0", 1));
}

#[tokio::test]
async fn paper_that_runs_out_in_a_job_keeps_the_rest_or_loses_it() {
    for (on_paper_out, lines) in [(OnPaperOut::Keep, 20), (OnPaperOut::Lose, 0)] {
        let (_sim, printer) = start(PrinterSetup { on_paper_out, ..PrinterSetup::new("hot", 0) }).await;
        printer.set_faults(Faults { paper_out_after_rows: Some(100), ..Faults::default() }).await.unwrap();
        let mut stream = connect(printer.addr()).await;
        stream.write_all(&job(20, b"0002")).await.unwrap();
        assert!(printer.wait_until(SOON, |printer| printer.faults().paper_out).await);
        // Behind the rows up to the cutter, 30 rows a line: three whole ones, and less than half of the fourth.
        assert_eq!((printer.uncut().rows, printer.uncut().text.matches("line").count()), (96 + 100, 3));
        assert_eq!(ask(&mut stream, STATUS_4).await, [0x7e]);
        printer.put_paper();
        if on_paper_out == OnPaperOut::Keep {
            let slips = printer.wait_for_slips(1, SOON).await.unwrap();
            assert_eq!(slips[0].text.matches("line").count(), lines);
        } else {
            assert!(says_nothing(&mut stream).await && printer.slips().is_empty());
            assert!(printer.uncut().says("JOB LOST"));
            assert_eq!(&ask(&mut stream, &job(1, b"next")).await, b"7\"next\0");
        }
    }
}

#[tokio::test]
async fn near_end_prints_and_says_so() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { paper_near_end: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    assert_eq!(ask(&mut stream, b"\x10\x04\x01\x10\x04\x04").await, [0x12, 0x1e]);
    assert_eq!(&ask(&mut stream, &job(1, b"0003")).await, b"7\"0003\0");
}

#[tokio::test]
async fn an_open_cover_and_an_offline_printer_wait() {
    let cover = Faults { cover_open: true, ..Faults::default() };
    let offline = Faults { offline: true, ..Faults::default() };
    for (faults, told) in [(cover, [0x1a, 0x16]), (offline, [0x1a, 0x12])] {
        let (_sim, printer) = one().await;
        printer.set_faults(faults).await.unwrap();
        let mut stream = connect(printer.addr()).await;
        stream.write_all(&job(1, b"0004")).await.unwrap();
        assert_eq!(ask(&mut stream, b"\x10\x04\x01\x10\x04\x02").await, told);
        assert!(says_nothing(&mut stream).await && printer.slips().is_empty());
        printer.set_faults(Faults::default()).await.unwrap();
        printer.wait_for_slips(1, SOON).await.unwrap();
    }
}

#[tokio::test]
async fn an_unplugged_printer_refuses_drops_and_comes_back_on_its_port() {
    let (_sim, printer) = one().await;
    let mut before = connect(printer.addr()).await;
    assert_eq!(ask(&mut before, STATUS_4).await, [0x12]);
    printer.set_faults(Faults { unplugged: true, ..Faults::default() }).await.unwrap();
    assert!(within(before.read_u8()).await.is_err(), "the connection is closed");
    assert!(within(TcpStream::connect(printer.addr())).await.is_err());
    printer.set_faults(Faults::default()).await.unwrap();
    let mut after = connect(printer.addr()).await;
    assert_eq!(ask(&mut after, STATUS_4).await, [0x12]);
}

#[tokio::test]
async fn a_silent_printer_prints_and_never_answers() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { silent: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    stream.write_all(&join(&[STATUS_4, &job(1, b"0005")])).await.unwrap();
    printer.wait_for_slips(1, SOON).await.unwrap();
    assert!(says_nothing(&mut stream).await);
}

#[tokio::test]
async fn with_replies_lost_status_comes_before_a_job_and_nothing_after() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { reply_lost: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    assert_eq!(ask(&mut stream, &join(&[INIT, STATUS_4])).await, [0x12]);
    stream.write_all(&join(&[&job(1, b"0006"), STATUS_4])).await.unwrap();
    printer.wait_for_slips(1, SOON).await.unwrap();
    assert!(says_nothing(&mut stream).await);
    drop(stream);
    // The next connection begins anew.
    assert_eq!(ask(&mut connect(printer.addr()).await, STATUS_4).await, [0x12]);
}

#[tokio::test]
async fn half_a_job_is_printed_and_the_connection_cut() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { half_job: Some(2 + 3 * 5), ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    stream.write_all(&job(6, b"0007")).await.unwrap();
    assert!(within(stream.read_u8()).await.is_err());
    assert!(printer.wait_until(SOON, |printer| printer.uncut().text == "line\nline\nline").await);
    printer.set_faults(Faults::default()).await.unwrap();
    // What follows is on the same paper.
    let mut stream = connect(printer.addr()).await;
    assert_eq!(&ask(&mut stream, &job(1, b"0008")).await, b"7\"0008\0");
    assert_eq!(printer.slips()[0].text.matches("line").count(), 4);
}

#[tokio::test]
async fn a_slow_printer_takes_its_time_for_each_row() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { slow_ms_per_row: 2, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    let began = std::time::Instant::now();
    assert_eq!(&ask(&mut stream, &join(&[b"a\n", &process_id(b"0009")])).await, b"7\"0009\0");
    assert!(began.elapsed() >= Duration::from_millis(30 * 2));
    // Status is answered in the middle of a job.
    stream.write_all(&b"a\n".repeat(500)).await.unwrap();
    assert_eq!(ask(&mut stream, STATUS_4).await, [0x12]);
    assert!(printer.view().waiting);
}

#[tokio::test]
async fn a_printer_out_of_its_mind_prints_and_answers_nonsense() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { garbage: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    let answer: [u8; 3] = ask(&mut stream, STATUS_4).await;
    assert_ne!(answer[0] & 0x93, 0x12, "the fixed bits of a status are broken");
    let answer: [u8; 9] = ask(&mut stream, &job(1, b"0010")).await;
    assert!(!answer.windows(4).any(|part| part == b"0010"));
    printer.wait_for_slips(1, SOON).await.unwrap();
}

#[tokio::test]
async fn a_second_connection_waits_for_the_first() {
    let (_sim, printer) = one().await;
    let mut first = connect(printer.addr()).await;
    assert_eq!(ask(&mut first, STATUS_4).await, [0x12]);
    let mut second = connect(printer.addr()).await;
    second.write_all(STATUS_4).await.unwrap();
    assert!(says_nothing(&mut second).await);
    drop(first);
    assert_eq!(within(second.read_u8()).await.unwrap(), 0x12);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let (_sim, printer) = start(PrinterSetup { idle: Duration::from_millis(60), ..PrinterSetup::new("hot", 0) }).await;
    let mut idle = connect(printer.addr()).await;
    assert!(within(idle.read_u8()).await.is_err());
}

#[tokio::test]
async fn changes_are_reported_to_who_asked() {
    let (_sim, printer) = one().await;
    let mut stream = connect(printer.addr()).await;
    assert_eq!(ask(&mut stream, b"\x1da\x0f").await, [0x10, 0, 0, 0]);
    for (faults, told) in [
        (Faults { paper_near_end: true, ..Faults::default() }, [0x10, 0, 0x03, 0]),
        (Faults { paper_out: true, ..Faults::default() }, [0x18, 0, 0x0f, 0]),
        (Faults { cover_open: true, ..Faults::default() }, [0x38, 0, 0, 0]),
        (Faults::default(), [0x10, 0, 0, 0]),
    ] {
        printer.set_faults(faults).await.unwrap();
        let mut report = [0; 4];
        within(stream.read_exact(&mut report)).await.unwrap();
        assert_eq!(report, told);
    }
    // The drawer opens, also without paper when asked in real time.
    assert_eq!(ask(&mut stream, b"\x1bp\x00\x19\xfa").await, [0x14, 0, 0, 0]);
    printer.close_drawer();
    printer.set_faults(Faults { paper_out: true, ..Faults::default() }).await.unwrap();
    let _reports: [u8; 8] = ask(&mut stream, b"").await;
    assert_eq!(ask(&mut stream, b"\x10\x14\x01\x00\x05").await, [0x1c, 0, 0x0f, 0]);
    assert_eq!(printer.uncut().drawer, 2);
}

#[tokio::test]
async fn real_time_commands_wait_for_nothing() {
    let (_sim, printer) = one().await;
    printer.set_faults(Faults { offline: true, ..Faults::default() }).await.unwrap();
    let mut stream = connect(printer.addr()).await;
    // In the middle of a picture that isn't whole yet.
    assert_eq!(ask(&mut stream, b"\x1dv0\x00\x10\x00\x10\x00\xff\xff\x10\x04\x01").await, [0x1a]);
    // Clearing forgets what waits.
    assert_eq!(&ask(&mut stream, b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08").await, b"7%\0");
    printer.set_faults(Faults::default()).await.unwrap();
    assert_eq!(&ask(&mut stream, &job(1, b"0011")).await, b"7\"0011\0");
    assert_eq!(printer.slips()[0].text, "line\n[CUT]");
}

#[tokio::test]
async fn printers_are_apart_and_slips_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let setups = vec![PrinterSetup::new("hot", 0), PrinterSetup::new("cold", 0)];
    let sim = Simulator::start_writing(setups, Some(folder.path().into())).await.unwrap();
    let (hot, cold) = (sim.printer("hot").unwrap(), sim.printer("cold").unwrap());
    hot.set_faults(Faults { offline: true, ..Faults::default() }).await.unwrap();
    assert_eq!(&ask(&mut connect(cold.addr()).await, &job(1, b"0012")).await, b"7\"0012\0");
    assert_eq!((hot.slips().len(), cold.slips().len()), (0, 1));
    sim.shutdown().await;
    assert_eq!(std::fs::read_to_string(folder.path().join("cold-0001.txt")).unwrap(), "line\n[CUT]\n");
    assert_eq!(std::fs::read(folder.path().join("cold-0001.png")).unwrap()[1..4], *b"PNG");
    assert!(Simulator::start(vec![PrinterSetup::new("a/b", 0)]).await.is_err());
    assert!(Simulator::start(vec![PrinterSetup::new("a", 0), PrinterSetup::new("a", 0)]).await.is_err());
}
