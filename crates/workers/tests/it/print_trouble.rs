//! Printers that can't, won't, or don't say.

use crate::print_house::*;
use domain::catalog::House;
use domain::floor::{FloorCommand, PrintState, Slip};
use printer_sim::Faults;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use workers::Condition;

/// The hot kitchen's printer stands alone.
fn alone(house: &mut House) {
    house.printers[0].fallback = None;
}

#[tokio::test]
async fn complaint_31_without_paper_a_slip_waits_says_so_and_comes_out_once() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { paper_out: true, ..Faults::default() }).await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.as_deref() == Some("out of paper"))).await;
    assert_eq!((room.condition("hot"), room.job().tries), (Condition::PaperOut, 0), "not a byte was sent");
    assert!(!room.is_seen(lines[0]));
    room.sim.printer("hot").unwrap().put_paper();
    let slip = room.slips("hot", 1).await.remove(0);
    room.until_quiet().await;
    assert!(!slip.contains("补打"), "{slip}");
    assert_eq!((room.count("hot"), room.job().state, room.condition("hot")), (1, PrintState::Confirmed, Condition::Ok));
    assert!(room.is_seen(lines[0]));
}

#[tokio::test]
async fn complaint_31_paper_that_ends_in_the_middle_makes_a_marked_second_slip() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { paper_out_after_rows: Some(150), ..Faults::default() }).await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("unsure", |floor| floor.slips.values().any(|job| job.maybe_printed)).await;
    assert_eq!(room.job().trouble.as_deref(), Some("out of paper"));
    assert!(!room.is_seen(lines[0]), "half a slip was seen by nobody");
    room.sim.printer("hot").unwrap().put_paper();
    let slips = room.slips("hot", 2).await;
    assert!(!slips[0].contains("补打") && slips[1].contains("补打 1"), "{}", slips.join("\n"));
    room.until_quiet().await;
    assert_eq!((room.count("hot"), room.job().tries), (2, 2));
    assert!(room.is_seen(lines[0]));
}

#[tokio::test]
async fn complaint_31_a_lost_answer_is_no_proof_and_the_second_slip_says_so() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { reply_lost: true, ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("unsure", |floor| floor.slips.values().any(|job| job.maybe_printed)).await;
    assert_eq!((room.job().state, room.count("hot")), (PrintState::Failed, 1));
    room.faults("hot", Faults::default()).await;
    let slips = room.slips("hot", 2).await;
    assert!(!slips[0].contains("补打") && slips[1].contains("补打"), "{}", slips.join("\n"));
    room.until_quiet().await;
    assert_eq!(room.count("hot"), 2);
}

#[tokio::test]
async fn a_printer_that_never_proves_anything_is_left_after_three_tries() {
    let room = Room::open().await;
    // Enough for questions, and not for a slip.
    room.faults("hot", Faults { half_job: Some(100), ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    let slip = room.slips("till", 1).await.remove(0);
    assert!(slip.contains("补打 3") && slip.contains("请转交"), "{slip}");
    room.until_quiet().await;
    assert_eq!((room.job().tries, room.count("hot")), (4, 0));
}

#[tokio::test]
async fn complaint_32_without_power_the_fallback_prints_in_time() {
    let room = Room::open().await;
    room.faults("hot", Faults { unplugged: true, ..Faults::default() }).await;
    let began = Instant::now();
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    let slip = room.slips("till", 1).await.remove(0);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(slip.contains("请转交") && slip.contains("热菜") && !slip.contains("补打"), "{slip}");
    room.until_quiet().await;
    assert!(room.is_seen(lines[0]), "paper somewhere else is paper");
    assert_eq!(room.condition("hot"), Condition::Unreachable);
    // It comes back: what went elsewhere stays there.
    room.faults("hot", Faults::default()).await;
    room.until_known("hot", Condition::Ok).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("A2") && !slip.contains("请转交"), "{slip}");
    assert_eq!(room.count("till"), 1);
}

#[tokio::test]
async fn a_slip_never_goes_back_to_where_it_has_just_come_from() {
    let room = Room::open_as(|house| house.printers[2].fallback = Some(id("hot"))).await;
    room.faults("hot", Faults { unplugged: true, ..Faults::default() }).await;
    room.faults("till", Faults { paper_out_after_rows: Some(150), ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("unsure", |floor| floor.slips.values().any(|job| job.printer == id("till") && job.maybe_printed)).await;
    room.faults("hot", Faults::default()).await;
    room.until_known("hot", Condition::Ok).await;
    // Longer than a slip waits before it moves.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!((room.job().printer, room.count("hot")), (id("till"), 0));
    room.sim.printer("till").unwrap().put_paper();
    let slips = room.slips("till", 2).await;
    assert!(!slips[0].contains("补打") && slips[1].contains("补打"), "{}", slips.join("\n"));
    room.until_quiet().await;
    assert_eq!(room.count("hot"), 0);
}

#[tokio::test]
async fn complaint_37_a_hanging_printer_never_delays_an_order() {
    // Takes connections and never says a word; one that hangs.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hanging.local_addr().unwrap().to_string();
    let room = Room::open_as(|house| (house.printers[0].fallback, house.printers[0].address) = (None, address)).await;
    let began = Instant::now();
    for _ in 0..5 {
        room.order_at_new_table(vec![ONE_CHICKEN, ONE_CUCUMBER]).await;
    }
    assert!(began.elapsed() < Duration::from_secs(1), "five orders took {:?}", began.elapsed());
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.is_some())).await;
    assert_eq!(room.condition("hot"), Condition::Unreachable);
    room.slips("cold", 5).await;
    assert!(began.elapsed() < Duration::from_secs(9), "the other printer took {:?}", began.elapsed());
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    assert_eq!(room.desk.probe_now(&id("hot")).await.unwrap().condition, Condition::Unreachable);
    assert_eq!(room.desk.probe_now(&id("cold")).await.unwrap().condition, Condition::Ok);
    assert_eq!(room.desk.probe_now(&id("none")).await, None);
}

#[tokio::test]
async fn complaint_31_an_old_slip_never_comes_out_when_the_printer_is_back() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { unplugged: true, ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.is_some())).await;
    room.leap(20 * 60 + 1);
    room.until("over", |floor| floor.slips.values().all(|job| job.state == PrintState::Expired)).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.faults("hot", Faults::default()).await;
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("A2"), "the new one: {slip}");
    room.until_quiet().await;
    assert_eq!((room.count("hot"), room.jobs(PrintState::Expired)), (1, 1));
}

#[tokio::test]
async fn complaint_31_nothing_of_yesterday_is_printed() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { paper_out: true, ..Faults::default() }).await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.is_some())).await;
    room.floor(FloorCommand::CloseDay { accept_unmatched: true, by: ann() }).await;
    room.floor(FloorCommand::OpenDay).await;
    room.sim.printer("hot").unwrap().put_paper();
    room.until_known("hot", Condition::Ok).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("A2"), "{slip}");
    room.until_quiet().await;
    assert_eq!(room.count("hot"), 1);
    assert!(!room.is_seen(lines[0]));
}

#[tokio::test]
async fn complaint_31_a_server_that_stops_while_printing_prints_again_and_says_so() {
    let mut room = Room::open_as(alone).await;
    room.faults("hot", Faults { slow_ms_per_row: 3, ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("sent", |floor| floor.slips.values().any(|job| job.state == PrintState::Sent)).await;
    room.crash(async |room| {
        assert_eq!(room.job().state, PrintState::Sent);
        room.faults("hot", Faults::default()).await;
    })
    .await;
    room.until_quiet().await;
    let job = room.job();
    assert_eq!((job.state, job.tries, job.maybe_printed), (PrintState::Confirmed, 2, true));
    let printer = room.sim.printer("hot").unwrap();
    let last = printer.slips().last().unwrap().text.clone();
    assert!(last.contains("补打 1"), "{last}");
}

#[tokio::test]
async fn a_house_that_stops_lets_a_slip_end_and_begins_no_other() {
    let mut room = Room::open_as(alone).await;
    room.faults("hot", Faults { slow_ms_per_row: 1, ..Faults::default() }).await;
    for _ in 0..3 {
        room.order_at_new_table(vec![ONE_CHICKEN]).await;
    }
    room.until("sent", |floor| floor.slips.values().any(|job| job.state == PrintState::Sent)).await;
    room.stop().await;
    assert_eq!((room.jobs(PrintState::Confirmed), room.jobs(PrintState::Queued)), (1, 2));
}

#[tokio::test]
async fn a_silent_printer_prints_and_proves_nothing() {
    let room = Room::open_as(|house| house.printers[0].silent = true).await;
    room.faults("hot", Faults { silent: true, ..Faults::default() }).await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.slips("hot", 1).await;
    room.until_quiet().await;
    assert_eq!((room.job().state, room.job().tries), (PrintState::Confirmed, 1));
    assert!(!room.is_seen(lines[0]), "nobody knows whether it came out");
}

#[tokio::test]
async fn a_slip_whose_printer_is_taken_away_goes_to_the_till() {
    let room = Room::open_as(alone).await;
    room.faults("hot", Faults { unplugged: true, ..Faults::default() }).await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.is_some())).await;
    room.change_house(|house| {
        house.printers.remove(0);
        house.kitchen_printers.remove(0);
    })
    .await;
    let slip = room.slips("till", 1).await.remove(0);
    assert!(slip.contains("请转交") && slip.contains("宫保鸡丁"), "{slip}");
    room.until_quiet().await;
    assert!(!room.desk.states().contains_key(&id("hot")));
}

#[tokio::test]
async fn a_printer_outside_the_house_is_not_talked_to() {
    let room = Room::open_as(|house| {
        alone(house);
        house.printers[0].address = "192.0.2.1:9100".to_owned();
    })
    .await;
    room.order_at_new_table(vec![ONE_CHICKEN]).await;
    let why = "the printer's address is not in the house's own network";
    room.until("told", |floor| floor.slips.values().any(|job| job.trouble.as_deref() == Some(why))).await;
    assert_eq!(room.job().tries, 0);
    let state = room.desk.states().remove(&id("hot")).unwrap();
    assert_eq!((state.condition, state.trouble.as_deref()), (Condition::Unreachable, Some(why)));
}

#[tokio::test]
async fn an_idle_printer_in_trouble_is_known_to_be_so() {
    let room = Room::open().await;
    room.until_known("cold", Condition::Ok).await;
    room.faults("cold", Faults { cover_open: true, ..Faults::default() }).await;
    let began = Instant::now();
    room.until_known("cold", Condition::CoverOpen).await;
    assert!(began.elapsed() < Duration::from_millis(2_800), "{:?}", began.elapsed());
    room.faults("cold", Faults { paper_near_end: true, ..Faults::default() }).await;
    assert_eq!(room.desk.probe_now(&id("cold")).await.unwrap().condition, Condition::NearEnd);
    room.print("cold", Slip::Test).await;
    room.slips("cold", 1).await;
}
