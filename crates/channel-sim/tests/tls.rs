//! The door with TLS: real certificates, and what only a caller who shows one may do.
#![allow(clippy::unwrap_used)]

use channel_sim::{SimConfig, start};
use reqwest::{Certificate, Client, ClientBuilder, Identity};

#[tokio::test]
async fn only_a_caller_with_the_merchants_certificate_is_answered_at_secapi() {
    let folder = tempfile::tempdir().unwrap();
    let sim = start(SimConfig::new(folder.path().join("sim"), "127.0.0.1:0".parse().unwrap())).await.unwrap();
    let merchant: toml::Value = toml::from_str(&std::fs::read_to_string(&sim.merchant.config).unwrap()).unwrap();
    let v2 = &merchant["wechat"]["v2"];
    let file = |name: &str| std::fs::read(v2[name].as_str().unwrap()).unwrap();
    let base = v2["base_url"].as_str().unwrap();
    assert_eq!(base, format!("https://{}", sim.tls.unwrap()));
    let make = |change: fn(ClientBuilder, Identity) -> ClientBuilder| {
        let identity = Identity::from_pem(&[file("client_cert_pem"), file("client_key_pem")].concat()).unwrap();
        let builder = Client::builder().no_proxy().tls_certs_only([Certificate::from_pem(&file("ca_pem")).unwrap()]);
        change(builder, identity).build().unwrap()
    };
    let (known, unknown) = (make(|builder, identity| builder.identity(identity)), make(|builder, _| builder));
    let post = async |client: &Client, path: &str| client.post(format!("{base}{path}")).body("<xml></xml>").send().await;

    let heard = post(&known, "/secapi/pay/reverse").await.unwrap().text().await.unwrap();
    assert!(heard.contains("签名错误"), "{heard}");
    assert!(post(&unknown, "/secapi/pay/reverse").await.is_err(), "the connection ends");
    assert!(post(&unknown, "/pay/orderquery").await.unwrap().status().is_success());
    let plain = format!("{}/secapi/pay/reverse", sim.base_url());
    assert!(known.post(plain).body("<xml></xml>").send().await.is_err(), "nor is there an answer without TLS");

    let trusting_nobody = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    assert!(post(&trusting_nobody, "/pay/orderquery").await.is_err());
    sim.shutdown().await;
}

#[tokio::test]
async fn a_folder_from_before_there_were_certificates_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("sim");
    let any = "127.0.0.1:0".parse().unwrap();
    start(SimConfig::new(&dir, any)).await.unwrap().shutdown().await;
    let marker = dir.join("made-by-channel-sim.json");
    let mut value: serde_json::Value = serde_json::from_slice(&std::fs::read(&marker).unwrap()).unwrap();
    for name in ["api_v2_key", "platform_cert_serials"] {
        value.as_object_mut().unwrap().remove(name).unwrap();
    }
    std::fs::write(&marker, value.to_string()).unwrap();
    for name in ["simulator_ca.pem", "merchant_cert.pem", "tls_server_key.pem"] {
        std::fs::remove_file(dir.join(name)).unwrap();
    }
    let sim = start(SimConfig::new(&dir, any)).await.unwrap();
    assert!(dir.join("merchant_cert.pem").exists() && sim.tls.is_some());
    sim.shutdown().await;
}
