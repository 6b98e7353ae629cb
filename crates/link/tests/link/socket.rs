//! The dialer's real wire, against a WebSocket server on this machine.

use link::{Frame, decode, encode, frame, websocket};
use std::sync::Arc;
use tokio::net::TcpListener;

fn no_roots() -> Arc<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(versions.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

#[tokio::test]
async fn frames_cross_a_websocket_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/link", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut wire = websocket::wire(tokio_tungstenite::accept_async(tcp).await.unwrap());
        while let Ok(message) = wire.inc.recv().await {
            wire.out.send(message).await.unwrap();
        }
    });
    let mut wire = websocket::connect(&url, no_roots()).await.unwrap();
    let blob = frame::Blob { stream: journal::Stream::Floor, hash: [3; 32], size: Some(9), at: 0, bytes: vec![7; 3 << 20] };
    for sent in [Frame::Challenge(frame::Challenge { nonce: [1; 32] }), Frame::Blob(blob)] {
        wire.out.send(encode(&sent).unwrap()).await.unwrap();
        assert_eq!(decode(&wire.inc.recv().await.unwrap()).unwrap(), sent);
    }
    drop(wire);
    server.await.unwrap();
}

#[tokio::test]
async fn nobody_and_nonsense_are_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [format!("ws://{address}/link"), format!("wss://{address}/link"), "http://x".to_owned(), "cloud".to_owned()] {
        assert!(websocket::connect(&url, no_roots()).await.is_err(), "{url}");
    }
}
