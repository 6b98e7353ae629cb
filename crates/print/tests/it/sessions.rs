//! What a session claims about printers of every manner.

use std::time::Duration;

use print::session::{ProcessId, Tcp, print, probe};
use print::{Completion, Fault, Outcome, Paper, SessionOptions, Trouble};

use crate::fake::{Answer, Fake, Manner, good};

const JOB: &[u8] = b"\x1b@ticket\nmore of it\n";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn quick() -> SessionOptions {
    SessionOptions {
        connect_timeout: ms(1000),
        status_timeout: ms(200),
        send_timeout: ms(400),
        deadline: ms(600),
        settle: ms(40),
        ..SessionOptions::default()
    }
}

fn by_id() -> SessionOptions {
    SessionOptions { completion: Completion::ProcessId(ProcessId::from_number(4711)), ..quick() }
}

async fn outcome(manner: Manner, options: &SessionOptions) -> (Outcome, Vec<u8>) {
    let fake = Fake::start(manner).await;
    let outcome = print(&Tcp, &fake.addr, JOB, options).await;
    (outcome, fake.job())
}

fn with(answer: Answer) -> Manner {
    Manner { answer, ..good() }
}

#[tokio::test]
async fn a_good_printer_confirms() {
    for options in [quick(), by_id()] {
        assert_eq!(outcome(good(), &options).await, (Outcome::Confirmed, JOB.to_vec()));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_printer_that_would_not_print() {
    let cases: [(Answer, Trouble); 7] = [
        (|n, _| vec![if n == 1 { 0x1a } else { 0x12 }], Trouble::Offline),
        (|n, _| vec![if n == 2 { 0x16 } else { 0x12 }], Trouble::CoverOpen),
        (|n, _| vec![if n == 4 { 0x72 } else { 0x12 }], Trouble::PaperOut),
        (|n, _| vec![if n == 2 { 0x32 } else { 0x12 }], Trouble::PaperOut),
        (|n, _| vec![[0x1a, 0x52, 0x1a, 0x12][usize::from(n) - 1]], Trouble::Fault(Fault::Cutter)),
        (|n, _| vec![[0x1a, 0x52, 0x32, 0x12][usize::from(n) - 1]], Trouble::Fault(Fault::Broken)),
        (|n, _| vec![[0x1a, 0x52, 0x12, 0x12][usize::from(n) - 1]], Trouble::Fault(Fault::Unnamed)),
    ];
    for (answer, why) in cases {
        assert_eq!(outcome(with(answer), &quick()).await, (Outcome::NotSent { why }, vec![]));
    }
}

#[tokio::test]
async fn little_paper_still_prints() {
    assert_eq!(outcome(with(|n, _| vec![if n == 4 { 0x1e } else { 0x12 }]), &quick()).await.0, Outcome::Confirmed);
}

#[tokio::test]
async fn paper_that_ends_during_the_job_proves_nothing() {
    fn ends(n: u8, job: usize) -> Vec<u8> {
        vec![if n == 4 && job > 0 { 0x72 } else { 0x12 }]
    }
    let why = Trouble::PaperOut;
    assert_eq!(outcome(with(ends), &quick()).await.0, Outcome::Unknown { why });
    let never_done = Manner { done: |_| vec![], ..with(ends) };
    assert_eq!(outcome(never_done, &by_id()).await.0, Outcome::Unknown { why });
}

#[tokio::test]
async fn a_cover_opened_during_the_job_proves_nothing() {
    let manner = with(|n, job| vec![if n == 2 && job > 0 { 0x16 } else { 0x12 }]);
    assert_eq!(outcome(manner, &quick()).await.0, Outcome::Unknown { why: Trouble::CoverOpen });
}

#[tokio::test]
async fn a_printer_that_stays_offline_after_the_job_proves_nothing() {
    let manner = with(|n, job| vec![if n == 1 && job > 0 { 0x1a } else { 0x12 }]);
    assert_eq!(outcome(manner, &quick()).await.0, Outcome::Unknown { why: Trouble::Offline });
}

#[tokio::test]
async fn without_the_id_a_well_printer_is_no_proof() {
    let manner = Manner { done: |_| vec![], ..good() };
    assert_eq!(outcome(manner, &by_id()).await, (Outcome::Unknown { why: Trouble::NoProof }, JOB.to_vec()));
    let other = Manner { done: |_| b"\x37\x22!!!!\x00".to_vec(), ..good() };
    assert_eq!(outcome(other, &by_id()).await.0, Outcome::Unknown { why: Trouble::NoProof }, "another job's ID");
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_proves_nothing() {
    for options in [quick(), by_id()] {
        let manner = Manner { cut_after: Some(5), ..good() };
        assert_eq!(outcome(manner, &options).await.0, Outcome::Unknown { why: Trouble::Closed });
    }
    let fake = Fake::start(Manner { cut_after: Some(4000), ..good() }).await;
    let long = vec![b'x'; 32 << 20];
    assert_eq!(print(&Tcp, &fake.addr, &long, &quick()).await, Outcome::Unknown { why: Trouble::Closed });
}

#[tokio::test]
async fn a_printer_that_takes_no_more_proves_nothing() {
    let fake = Fake::start(Manner { stall_after: Some(4000), ..good() }).await;
    let long = vec![b'x'; 64 << 20];
    assert_eq!(print(&Tcp, &fake.addr, &long, &quick()).await, Outcome::Unknown { why: Trouble::Stalled });
}

#[tokio::test]
async fn a_printer_that_falls_silent_after_the_job_proves_nothing() {
    let manner = with(|_, job| if job > 0 { vec![] } else { vec![0x12] });
    assert_eq!(outcome(manner.clone(), &quick()).await.0, Outcome::Unknown { why: Trouble::StoppedAnswering });
    let no_id = Manner { done: |_| vec![], ..manner.clone() };
    assert_eq!(outcome(no_id, &by_id()).await.0, Outcome::Unknown { why: Trouble::StoppedAnswering });
    assert_eq!(outcome(manner, &by_id()).await.0, Outcome::Confirmed, "its ID is proof enough");
}

#[tokio::test]
async fn a_silent_printer_is_printed_on_only_if_allowed_and_never_confirms() {
    let silent = Manner { done: |_| vec![], ..with(|_, _| vec![]) };
    assert_eq!(outcome(silent.clone(), &quick()).await, (Outcome::NotSent { why: Trouble::Silent }, vec![]));
    for options in [quick(), by_id()] {
        let options = SessionOptions { allow_silent: true, ..options };
        assert_eq!(outcome(silent.clone(), &options).await, (Outcome::Sent, JOB.to_vec()));
    }
    let half = with(|n, _| if n == 1 { vec![0x12] } else { vec![] });
    let options = SessionOptions { allow_silent: true, ..quick() };
    assert_eq!(outcome(half, &options).await.0, Outcome::NotSent { why: Trouble::StoppedAnswering }, "silence is all or nothing");
}

#[tokio::test]
async fn what_is_no_printer_gets_no_ticket() {
    let http = with(|_, _| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let allowed = SessionOptions { allow_silent: true, ..quick() };
    assert_eq!(outcome(http, &allowed).await, (Outcome::NotSent { why: Trouble::Nonsense }, vec![]));
}

#[tokio::test]
async fn endless_garbage_ends() {
    for flood in [&b"garbage"[..], &[0xff; 512], &[0x11; 512], &[0x37; 512], &[0x37, 0x22, b'a', 0]] {
        let manner = Manner { flood: Some(flood), ..good() };
        assert_eq!(outcome(manner.clone(), &quick()).await.0, Outcome::NotSent { why: Trouble::Nonsense }, "{flood:x?}");
        let fake = Fake::start(manner).await;
        assert_eq!(probe(&Tcp, &fake.addr, &quick()).await, Err(Trouble::Nonsense));
    }
}

#[tokio::test]
async fn endless_good_answers_are_no_printer_either() {
    let manner = Manner { flood: Some(&[0x12; 512]), ..good() };
    let outcome = outcome(manner, &quick()).await.0;
    let nonsense = matches!(outcome, Outcome::NotSent { why: Trouble::Nonsense } | Outcome::Unknown { why: Trouble::Nonsense });
    assert!(nonsense, "{outcome:?}");
}

#[tokio::test]
async fn nobody_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    drop(listener);
    let why = Trouble::Unreachable(std::io::ErrorKind::ConnectionRefused);
    assert_eq!(print(&Tcp, &addr, JOB, &quick()).await, Outcome::NotSent { why });
    assert_eq!(probe(&Tcp, &addr, &quick()).await, Err(why));
    assert!(matches!(print(&Tcp, "no port:", JOB, &quick()).await, Outcome::NotSent { why: Trouble::Unreachable(_) }));
}

#[tokio::test]
async fn a_printer_that_closes_at_once_got_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    assert_eq!(print(&Tcp, &addr, JOB, &quick()).await, Outcome::NotSent { why: Trouble::Closed });
}

#[tokio::test]
async fn probing_tells_how_a_printer_is() {
    let fake = Fake::start(with(|n, _| vec![[0x1e, 0x36, 0x12, 0x7e][usize::from(n) - 1]])).await;
    let status = probe(&Tcp, &fake.addr, &quick()).await.unwrap();
    assert_eq!((status.online, status.cover_open, status.paper, status.error), (false, true, Paper::Out, None));
    assert_eq!(fake.job(), b"", "asking prints nothing");
}

#[tokio::test]
async fn what_a_printer_says_unasked_is_not_taken_for_answers() {
    // XON, an automatic status message, then the answer.
    let manner = with(|_, _| vec![0x11, 0x14, 0x00, 0x00, 0x0f, 0x12]);
    assert_eq!(outcome(manner, &quick()).await.0, Outcome::Confirmed);
}
