//! Every kind of bad weather does to plain bytes what its name says.

#![allow(clippy::unwrap_used)] // The helpers below are part of the tests.

use faults::dice::Dice;
use faults::proxy::{Cut, Door, End, Proxy, Stall, Way, Weather};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SOON: Duration = Duration::from_secs(5);

/// A server that sends back whatever it gets, and `end` once nothing more comes.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    if stream.write_all(&bytes[..read]).await.is_err() {
                        return;
                    }
                }
                let _ = stream.write_all(b"end").await;
            });
        }
    });
    address
}

async fn proxy() -> Proxy {
    Proxy::start(echo().await, Dice::new(3)).await.unwrap()
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

/// Sends and reads back as many bytes.
async fn round(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut answer = vec![0; text.len()];
    let talk = async {
        stream.write_all(text).await?;
        stream.read_exact(&mut answer).await
    };
    tokio::time::timeout(SOON, talk).await.expect("an echo comes or fails")?;
    Ok(answer)
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    tokio::time::timeout(Duration::from_millis(150), stream.read(&mut byte)).await.is_err()
}

async fn everything(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut all)).await.expect("the stream ends")?;
    Ok(all)
}

fn cut(way: Way, after: u64, end: End) -> Weather {
    Weather { cut: Some(Cut { way, after: after..=after, end }), ..Weather::default() }
}

#[tokio::test]
async fn fair_weather_changes_nothing_and_counts_no_fault() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    assert_eq!(round(&mut stream, b"hello").await.unwrap(), b"hello");
    stream.shutdown().await.unwrap();
    assert_eq!(everything(&mut stream).await.unwrap(), b"end");
    assert_eq!(proxy.faults(), 0);
}

#[tokio::test]
async fn delays_and_stalls_and_narrow_wires_take_their_time() {
    let ms = Duration::from_millis;
    for weather in [
        Weather { delay: ms(60), ..Weather::default() },
        Weather { stall: Some(Stall { per_mille: 1000, ms: 60..=60 }), ..Weather::default() },
        Weather { bytes_per_s: Some(80), ..Weather::default() },
    ] {
        let proxy = proxy().await;
        let mut stream = connect(&proxy).await;
        proxy.set(weather);
        let began = Instant::now();
        assert_eq!(round(&mut stream, b"hello").await.unwrap(), b"hello");
        assert!(began.elapsed() >= ms(110), "{:?}", began.elapsed());
        assert!(proxy.faults() >= 2);
    }
}

#[tokio::test]
async fn slices_arrive_whole() {
    let proxy = proxy().await;
    proxy.set(Weather { slice: Some(1), ..Weather::default() });
    let mut stream = connect(&proxy).await;
    let text: Vec<u8> = (0..200).collect();
    assert_eq!(round(&mut stream, &text).await.unwrap(), text);
    assert!(proxy.faults() > 0);
}

#[tokio::test]
async fn a_cut_lets_so_many_bytes_through_and_no_more() {
    for end in [End::Close, End::Reset] {
        let proxy = proxy().await;
        proxy.set(cut(Way::Back, 3, end));
        let mut stream = connect(&proxy).await;
        stream.write_all(b"hello").await.unwrap();
        match everything(&mut stream).await {
            Ok(all) => assert_eq!((end, all.as_slice()), (End::Close, b"hel".as_slice())),
            Err(error) => assert_eq!((end, error.kind()), (End::Reset, std::io::ErrorKind::ConnectionReset)),
        }
        assert_eq!(proxy.faults(), 1);
    }
}

#[tokio::test]
async fn an_open_connection_is_cut_too() {
    let proxy = proxy().await;
    let mut stream = connect(&proxy).await;
    round(&mut stream, b"long before").await.unwrap();
    proxy.set(cut(Way::Toward, 2, End::Reset));
    assert!(round(&mut stream, b"hello").await.is_err());
}

#[tokio::test]
async fn half_a_close_ends_one_way_only() {
    let proxy = proxy().await;
    proxy.set(cut(Way::Toward, 2, End::Half));
    let mut stream = connect(&proxy).await;
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    // The server saw two bytes and an end; its words still came.
    assert_eq!(everything(&mut stream).await.unwrap(), b"heend");
}

#[tokio::test]
async fn what_is_held_comes_later() {
    for way in [Way::Toward, Way::Back] {
        let proxy = proxy().await;
        let mut stream = connect(&proxy).await;
        proxy.set(Weather { held: Some(way), ..Weather::default() });
        stream.write_all(b"hello").await.unwrap();
        assert!(is_silent(&mut stream).await);
        proxy.heal();
        let mut answer = [0; 5];
        tokio::time::timeout(SOON, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!((&answer, proxy.faults()), (b"hello", 1));
    }
}

#[tokio::test]
async fn a_black_hole_takes_everything_and_says_nothing() {
    let proxy = proxy().await;
    proxy.set(Weather { door: Door::Silent, ..Weather::default() });
    let mut stream = connect(&proxy).await;
    stream.write_all(b"hello").await.unwrap();
    assert!(is_silent(&mut stream).await);
    proxy.heal();
    assert!(everything(&mut stream).await.is_err());
    assert_eq!(round(&mut connect(&proxy).await, b"hello").await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_refused_connection_breaks_at_once() {
    let proxy = proxy().await;
    proxy.set(Weather { door: Door::Refusing, ..Weather::default() });
    let mut stream = connect(&proxy).await;
    assert!(round(&mut stream, b"hello").await.is_err());
    assert_eq!(proxy.faults(), 1);
}

#[tokio::test]
async fn the_axe_falls_on_all_that_is_open_and_nothing_after() {
    let proxy = proxy().await;
    let mut streams = [connect(&proxy).await, connect(&proxy).await];
    for stream in &mut streams {
        round(stream, b"hello").await.unwrap();
    }
    proxy.reset_all();
    for stream in &mut streams {
        assert!(round(stream, b"hello").await.is_err());
    }
    assert_eq!(round(&mut connect(&proxy).await, b"hello").await.unwrap(), b"hello");
}

#[tokio::test]
async fn new_connections_go_where_the_server_is_now() {
    let proxy = Proxy::start("127.0.0.1:1".parse().unwrap(), Dice::new(1)).await.unwrap();
    assert!(round(&mut connect(&proxy).await, b"hello").await.is_err());
    proxy.lead_to(echo().await);
    assert_eq!(round(&mut connect(&proxy).await, b"hello").await.unwrap(), b"hello");
}
