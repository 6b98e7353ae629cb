//! `dandan doctor pay` against the real simulator: nothing to say about a healthy setup, and about a broken one exactly
//! what is broken.

use crate::till::{keys, till};
use crate::world::STORE;
use channel_sim::{Fault, Kind, Running, Settings, SimConfig};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;
use tempfile::TempDir;
use tokio::process::Command;

/// A merchant at the simulator, with a configuration to break.
struct Merchant {
    sim: Running,
    text: String,
    folder: TempDir,
}

async fn merchant() -> Merchant {
    let folder = keys().await;
    let sim = channel_sim::start(SimConfig::new(folder.path(), "127.0.0.1:0".parse().unwrap())).await.unwrap();
    sim.simulator.set(Settings { sign_errors: true, ..Settings::default() });
    let text = fs::read_to_string(&sim.merchant.config).unwrap().replace("code_pay =", "certificates = true\ncode_pay =");
    Merchant { sim, text, folder }
}

impl Merchant {
    /// Sets every setting of this name in a section.
    fn with(mut self, section: &str, name: &str, value: &str) -> Merchant {
        let mut now = String::new();
        let line = |line: &str| {
            if line.starts_with('[') {
                now = line.to_owned();
            }
            let hit = now == section && line.split('=').next().is_some_and(|given| given.trim() == name);
            if hit { format!("{name} = {value:?}") } else { line.to_owned() }
        };
        self.text = self.text.lines().map(line).collect::<Vec<_>>().join("\n");
        self
    }

    /// Leaves API v2 out, and with it the certificate that serial and key could be compared with.
    fn without_v2(mut self) -> Merchant {
        let (before, rest) = self.text.split_once("[wechat.v2]").unwrap();
        self.text = format!("{before}[alipay]{}", rest.split_once("[alipay]").unwrap().1);
        self
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn fault(self, fault: Fault) -> Merchant {
        self.sim.simulator.fault(fault);
        self
    }

    fn config(&self) -> PathBuf {
        let place = self.folder.path().join("broken.toml");
        fs::write(&place, &self.text).unwrap();
        place
    }

    async fn doctor(&self) -> Report {
        let config = self.config().display().to_string();
        Report::read(&run(&["--config", &config, "--json"]).await)
    }

    /// What the doctor finds wrong, as `part.step: code`.
    async fn wrong(&self) -> Vec<String> {
        let report = self.doctor().await;
        let wrong = report.marked("wrong");
        assert_eq!(report.status, i32::from(!wrong.is_empty()), "{report:?}");
        wrong
    }
}

async fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
    command.args(["doctor", "pay"]).args(args).env_remove("DANDAN_DATA").env_remove("DANDAN_STORE");
    command.output().await.unwrap()
}

#[derive(Debug)]
struct Report {
    status: i32,
    findings: Vec<Value>,
}

impl Report {
    fn read(output: &Output) -> Report {
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let status = output.status.code().unwrap();
        assert_eq!(document["ok"], status == 0);
        Report { status, findings: document["findings"].as_array().unwrap().clone() }
    }

    fn marked(&self, mark: &str) -> Vec<String> {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
        let name = |finding: &Value| format!("{}.{}: {}", text(finding, "part"), text(finding, "step"), text(finding, "code"));
        self.findings.iter().filter(|finding| finding["mark"] == mark).map(name).collect()
    }

    fn detail(&self, code: &str) -> &str {
        self.findings.iter().find(|finding| finding["code"] == code).unwrap()["detail"].as_str().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_merchant_has_nothing_to_mend() {
    let healthy = merchant().await;
    let report = healthy.doctor().await;
    assert_eq!(report.status, 0, "{report:?}");
    assert_eq!(report.marked("wrong"), [""; 0]);
    assert_eq!(report.marked("warning"), [""; 0]);
    let open = ["wechat.code_pay: at_first_code_payment", "notices.notify_address: no_notify_url"];
    assert_eq!(report.marked("not_checked"), open, "{report:?}");
    let proven = report.marked("right").join("\n");
    for code in
        ["answer_verified", "certificates_opened", "binding_right", "v2_key_right", "client_certificate_shown", "sign_in_right"]
    {
        assert!(proven.contains(code), "{code}: {proven}");
    }
    assert_eq!(healthy.sim.simulator.rows().len(), 0, "nothing was ordered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsigned_notice_is_turned_away_at_the_notice_address() {
    let till = till().await;
    let (config, store) = (till.sim.merchant.config.display().to_string(), STORE.to_string());
    let ask = async |url: &str, store: &str| {
        Report::read(&run(&["--config", &config, "--json", "--notify-url", url, "--store", store]).await)
    };
    let report = ask(&till.world.server.url, &store).await;
    let answered = report.marked("right").into_iter().filter(|line| line.contains("notify_answered")).count();
    assert_eq!((report.status, answered), (0, 2), "{report:?}");
    let other = ask(&till.world.server.url, "00000000000000000000000000000001").await;
    assert_eq!(other.marked("wrong"), ["notices.notify_answer: notify_other_store"; 2]);
    let stranger = ask(&till.sim.base_url(), &store).await;
    assert_eq!(stranger.marked("wrong"), ["notices.notify_answer: notify_not_ours"; 2]);
    let plain = ask("http://pay.example.cn/channels/wechat/00", &store).await;
    assert_eq!(plain.marked("wrong"), ["notices.notify_address: notify_not_https"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_both_languages_and_no_secrets() {
    let broken = merchant().await.with("[wechat]", "app_secret", "not-the-secret-of-anybody");
    let secret = broken.text.lines().find_map(|line| line.strip_prefix("api_v3_key = ")).unwrap().trim_matches('"').to_owned();
    let v2_key = fs::read_to_string(broken.file("api_v2_key.txt")).unwrap();
    for form in [vec![], vec!["--json"]] {
        let config = broken.config().display().to_string();
        let output = run(&[vec!["--config", &config], form].concat()).await;
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("the AppSecret is not this application's") && text.contains("AppSecret 与应用不符"), "{text}");
        for secret in [secret.as_str(), v2_key.trim(), "not-the-secret-of-anybody", "BEGIN"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_others_can_read_is_refused() {
    let open = merchant().await;
    fs::set_permissions(open.file("alipay_app_key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let report = open.doctor().await;
    assert_eq!(report.marked("wrong"), ["alipay.app_key: key_too_open"]);
    assert!(report.detail("key_too_open").contains("(0644)"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_the_wrong_kind_is_told_by_name() {
    for (file, code) in [
        ("wechat_platform_1_public.pem", "public_for_private"),
        ("merchant_cert.pem", "certificate_for_private"),
        ("api_v2_key.txt", "not_an_rsa_key"),
        ("nowhere.pem", "key_missing"),
    ] {
        let merchant = merchant().await.without_v2();
        let place = merchant.file(file);
        let broken = merchant.with("[wechat]", "merchant_key_pem", &place);
        assert_eq!(broken.wrong().await, [format!("wechat.merchant_key: {code}")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_key_is_found_in_the_files_or_by_the_channel() {
    let files = merchant().await;
    let stranger = files.file("alipay_app_key.pem");
    let files = files.with("[wechat]", "merchant_key_pem", &stranger);
    assert_eq!(files.wrong().await, ["wechat.merchant_serial: key_not_certificates"]);
    let asked = files.without_v2();
    assert_eq!(asked.wrong().await, ["wechat.request_signature: signature_refused"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_serial_is_found_in_the_files_or_by_the_channel() {
    let files = merchant().await.with("[wechat]", "merchant_serial", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
    assert_eq!(files.wrong().await, ["wechat.merchant_serial: merchant_serial_wrong"]);
    let asked = files.without_v2();
    assert_eq!(asked.wrong().await, ["wechat.request_signature: merchant_serial_refused"]);
    let swapped = asked.with("[wechat]", "merchant_serial", "PUB_KEY_ID_SIM0000000000000001");
    assert!(swapped.wrong().await.contains(&"wechat.merchant_serial: platform_serial_for_merchant".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_merchants_certificate_is_no_platform_key() {
    let certificate = merchant().await;
    let place = certificate.file("merchant_cert.pem");
    let certificate = certificate.with("[[wechat.verify_keys]]", "pem", &place);
    assert_eq!(certificate.wrong().await, ["wechat.platform_key: merchant_certificate_for_platform"; 2]);
    let serial = merchant().await;
    let own = serial.text.lines().find_map(|line| line.strip_prefix("merchant_serial = ")).unwrap().trim_matches('"').to_owned();
    let serial = serial.with("[[wechat.verify_keys]]", "serial", &own);
    assert_eq!(serial.wrong().await, ["wechat.platform_key: merchant_serial_for_platform"; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_api_v3_key_opens_no_certificate() {
    let wrong = merchant().await.with("[wechat]", "api_v3_key", "0123456789abcdef0123456789abcdef");
    assert_eq!(wrong.wrong().await, ["wechat.certificates: api_v3_key_wrong"]);
    let short = merchant().await.with("[wechat]", "api_v3_key", "0123456789abcdef0123456789abcde");
    let report = short.doctor().await;
    assert_eq!(report.marked("wrong"), ["wechat.api_v3_key: api_v3_key_length"]);
    assert_eq!(report.detail("api_v3_key_length"), "31");
    let missing = merchant().await.with("[wechat]", "api_v3_key", "env:DANDAN_NO_SUCH_KEY");
    assert_eq!(missing.wrong().await, ["wechat.api_v3_key: env_missing"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_off_is_a_warning_and_then_wrong() {
    let off = async |skew_s: i64| merchant().await.fault(Fault { skew_s, ..Fault::new(Kind::StaleClock) }).doctor().await;
    let drifting = off(-90).await;
    assert_eq!((drifting.status, drifting.marked("warning")), (0, vec!["wechat.clock: clock_drifts".to_owned()]));
    let wrong = off(600).await;
    assert!(wrong.marked("wrong").contains(&"wechat.clock: clock_wrong".to_owned()), "{wrong:?}");
    assert!(!wrong.marked("wrong").iter().any(|line| line.contains("forged")), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_under_an_unknown_or_wrong_key_is_not_believed() {
    let unknown = merchant().await.fault(Fault::new(Kind::UnknownSerial)).doctor().await;
    assert_eq!(unknown.marked("wrong"), ["wechat.answer_signature: unknown_serial"]);
    assert_eq!(unknown.detail("unknown_serial"), "PUB_KEY_ID_SIM9999999999999999");
    let forged = merchant().await.fault(Fault::new(Kind::BadSignature)).doctor().await;
    let wrong = forged.marked("wrong");
    assert!(wrong.contains(&"wechat.answer_signature: answer_forged".to_owned()), "{forged:?}");
    assert!(wrong.contains(&"alipay.answer_signature: alipay_key_wrong".to_owned()), "{forged:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_down_is_not_reached() {
    let down = merchant().await.with("[wechat]", "base_url", "http://127.0.0.1:1").with(
        "[alipay]",
        "gateway",
        "http://127.0.0.1:1/gateway.do",
    );
    assert_eq!(down.wrong().await, ["wechat.host: no_connection", "alipay.host: no_connection"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_standby_is_examined_and_used() {
    let with = |merchant: Merchant, base: &str, standby: &str| {
        let hosts = format!("base_url = {base:?}\nstandby_url = {standby:?}\napi_base");
        let text = merchant.text.replacen("api_base", &hosts, 1).replacen("base_url", "#", 1);
        Merchant { text, ..merchant }
    };
    let (nobody, up) = ("http://127.0.0.1:1", merchant().await);
    let here = up.sim.base_url();
    let up = with(up, &here, nobody);
    assert_eq!(up.wrong().await, ["wechat.standby: no_connection"]);
    let down = merchant().await;
    let here = down.sim.base_url();
    let down = with(down, nobody, &here);
    let report = down.doctor().await;
    assert_eq!(report.marked("wrong"), ["wechat.host: no_connection"]);
    assert!(report.marked("right").contains(&"wechat.request_signature: request_accepted".to_owned()), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configuration_is_found_in_the_data_folder() {
    let merchant = merchant().await;
    let data = merchant.folder.path().display().to_string();
    let report = Report::read(&run(&["--data", &data, "--json"]).await);
    assert!(report.detail("config_read").ends_with("/merchant.toml"), "{report:?}");
    fs::write(merchant.file("payments.toml"), "simulator = true").unwrap();
    let report = Report::read(&run(&["--data", &data, "--json"]).await);
    assert!(report.detail("config_read").ends_with("/payments.toml"), "{report:?}");
    assert_eq!(report.marked("wrong"), ["setup.world: no_channel"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_api_v2_key_and_application_are_told_apart() {
    let key = merchant().await;
    fs::write(key.file("api_v2_key.txt"), "0123456789abcdef0123456789abcdef").unwrap();
    assert_eq!(key.wrong().await, ["wechat.v2_signature: v2_key_wrong"]);
    let application = merchant().await.with("[wechat]", "app_id", "wxSIM00000000000009");
    let wrong = application.wrong().await;
    assert_eq!(wrong, ["wechat.binding: app_unknown", "wechat.sign_in: app_unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alipays_two_keys_are_not_taken_for_one_another() {
    let own = merchant().await;
    let (key, public) = (own.file("merchant_key.pem"), own.file("merchant_cert.pem"));
    let own = own.with("[alipay]", "app_key_pem", &key).with("[alipay]", "alipay_public_key_pem", &public);
    assert_eq!(own.wrong().await, ["alipay.alipay_key: own_key_for_alipay"]);
    let stranger = merchant().await;
    let public = stranger.file("wechat_platform_1_public.pem");
    let stranger = stranger.with("[alipay]", "alipay_public_key_pem", &public);
    assert_eq!(stranger.wrong().await, ["alipay.answer_signature: alipay_key_wrong"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alipays_refusals_say_what_it_verified() {
    let key = merchant().await;
    let stranger = key.file("merchant_key.pem");
    let report = key.with("[alipay]", "app_key_pem", &stranger).doctor().await;
    assert_eq!(report.marked("wrong"), ["alipay.request_signature: alipay_signature_refused"]);
    assert!(report.detail("alipay_signature_refused").contains("app_id=SIM2021000000000001&"), "{report:?}");
    let application = merchant().await.with("[alipay]", "app_id", "SIM2021000000000009");
    assert_eq!(application.wrong().await, ["alipay.request_signature: app_unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_and_simulated_settings_are_never_mixed() {
    let mut mixed = merchant().await;
    mixed.text = mixed.text.replace("simulator = true", "simulator = false");
    assert!(mixed.wrong().await.contains(&"setup.world: mixed".to_owned()));
    let nothing = Report::read(&run(&["--config", "/nowhere/payments.toml", "--json"]).await);
    assert_eq!(nothing.marked("wrong"), ["setup.config: config_unreadable"]);
}
