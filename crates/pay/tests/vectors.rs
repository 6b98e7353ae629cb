//! Known answers that others published: two independent implementations agree with ours on the bytes.
#![allow(clippy::unwrap_used)]

mod common;

use pay::{
    KeySet, NoticeRefused,
    alipay::sign::{notice_text, raw_answer, read_form},
    crypto::{CryptoError, SigningKey, VerifyingKey, open_aes_gcm, seal_aes_gcm},
    wechat::sign::verify,
};

/// wechatpay-go, `core/auth/verifiers/sha256withrsa_verifier_test.go`.
const WECHATPAY_GO_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIDVzCCAj+gAwIBAgIJAPV2V1YAL913MA0GCSqGSIb3DQEBCwUAMEIxCzAJBgNV
BAYTAlhYMRUwEwYDVQQHDAxEZWZhdWx0IENpdHkxHDAaBgNVBAoME0RlZmF1bHQg
Q29tcGFueSBMdGQwHhcNMjEwNDI3MDg0MDMyWhcNMzEwNDI1MDg0MDMyWjBCMQsw
CQYDVQQGEwJYWDEVMBMGA1UEBwwMRGVmYXVsdCBDaXR5MRwwGgYDVQQKDBNEZWZh
dWx0IENvbXBhbnkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA
2VCTd91fnUn73Xy9DLvt/V62TVxRTEEstVdeRaZ3B3leO0pldE806mXO4RwdHXag
HQ4vGeZN0yqm++rDsGK+U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw4HNxJQUOm
DeJf2vg6byms9RUipiq4SzbJKqJFlUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B83
4uxl1zNLYQCrkdBzb8oUxwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGf
y8wus7hwKz6clt3Whmmda7UAdb1c08hEQFVRbF14AR73xbnd8N0obCWJPCbzMCtk
aSef4FdEEgEXJiw0VAJT8wIDAQABo1AwTjAdBgNVHQ4EFgQUT1c7nd/SUO76HSoZ
umNUJv1R5PwwHwYDVR0jBBgwFoAUT1c7nd/SUO76HSoZumNUJv1R5PwwDAYDVR0T
BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAM+tslqBxYwqL9fdvGG6hfy69sjfX
UhBtBLWYugKKQCOWWLeq5dDWm3i5Cx2Rgiy9uc7RfmJNxQfIKlcoCNP85BjDoG1B
YnVc6znlcrT9uHgseha3987WwZsFAQbcy8TLUYHzVB8gmDgq8O08xdIe0eczatI8
t3Rg8WXO6Gs66JJ4JR+rD01o3FiSOQCRWhn19NSyDydsgPlOR2t9B9L+MkJwlsMG
Krn85TnwL3qcInzRnU8X86faXXJrI0IJi44tECKw8ftngCl6vyNwNNKPDwdkcuuV
8y3iBixO5IuKxEKEp2wGPV/4W1AXO73Z3Gb7z/1oxdgeO0hVqz1hBasTCQ==
-----END CERTIFICATE-----";

/// The same file's signature over the word `source`.
const SOURCE_SIGNATURE: &str = "BKyAfU4iMCuvXMXS0Wzam3V/cnxZ+JaqigPM5OhljS2iOT95OO6Fsuml2JkFANJU9K6q9bLlDhPXuoVz+pp4hAm6pHU4ld815U4jsKu1RkyaII+1CYBUYC8TK0XtJ8FwUXXz8vZHh58rrAVN1XwNyvD1vfpxrMT4SL536GLwvpUHlCqIMzoZUguLli/K8V29QiOhuH6IEqLNJn8e9b3nwNcQ7be3CzYGpDAKBfDGPCqCv8Rw5zndhlffk2FEA70G4hvMwe51qMN/RAJbknXG23bSlObuTCN7Ndj1aJGH6/L+hdwfLpUtJm4QYVazzW7DFD27EpSQEqA8bX9+8m1rLg==";

/// wechatpay-go, `core/notify/notify_test.go`: a callback and its headers. The certificate there has the same key.
const CALLBACK: &str = r#"{"id":"3119dfba-e649-5eec-ab1e-3412bc4d2e17","create_time":"2021-06-24T16:37:26+08:00","resource_type":"encrypt-resource","event_type":"PAYSCORE.USER_OPEN_SERVICE","summary":"签约成功","resource":{"original_type":"payscore","algorithm":"AEAD_AES_256_GCM","ciphertext":"YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdDYMkRVSDaZL3iZttevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TEklFUpsvPqOTOcgSLgh21YJXYR7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==","associated_data":"payscore","nonce":"Kj7QIyUiYx1q"}}"#;
const CALLBACK_SIGNATURE: &str = "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyXFlbYZTOQrVdG4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9FjDR//rxELLwXvV1VEA1IBLX70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmPQvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8VTxY406ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrFmtxw2Q==";

#[test]
fn aes_gcm_of_a_callback_resource() {
    let (key, nonce, aad) = (b"0123456789abcdef0123456789abcdef", b"abcdefghijkl", b"transaction");
    let text = "Eu69zaqBCIwQaJNlb7tiHQ9k+Fz80zx5YzOYHKwl/geBbi9ljwuu9FA=";
    let plain = br#"{"trade_state":"SUCCESS"}"#;
    assert_eq!(open_aes_gcm(key, nonce, aad, text).unwrap(), plain);
    assert_eq!(seal_aes_gcm(key, nonce, aad, plain).unwrap(), text);
}

/// wechatpay-java, `core/cipher/AeadAesCipherTest.java`.
#[test]
fn aes_gcm_of_wechatpay_java() {
    let (key, nonce, aad) = (b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", b"uluk4a9R25RW", b"associatedData");
    let text = "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=";
    assert_eq!(open_aes_gcm(key, nonce, aad, text).unwrap(), b"message");
    assert_eq!(seal_aes_gcm(key, nonce, aad, b"message").unwrap(), text);
}

#[test]
fn aes_gcm_refuses_wrong_sizes_without_panic() {
    assert_eq!(open_aes_gcm(b"short", b"abcdefghijkl", b"", "AAAA"), Err(CryptoError::KeyRefused));
    let key = [0; 32];
    assert_eq!(open_aes_gcm(&key, b"eleven bytes", b"", ""), Err(CryptoError::CannotOpen));
    assert_eq!(open_aes_gcm(&key, b"", b"", "AAAA"), Err(CryptoError::CannotOpen));
    assert_eq!(open_aes_gcm(&key, b"abcdefghijkl", b"", "not base64!"), Err(CryptoError::CannotOpen));
}

#[test]
fn rsa_sha256_of_wechatpay_go_with_the_key_taken_from_its_certificate() {
    let key = VerifyingKey::from_pem(WECHATPAY_GO_CERTIFICATE).unwrap();
    assert!(key.verifies(b"source", SOURCE_SIGNATURE));
    assert!(!key.verifies(b"wrong source", SOURCE_SIGNATURE));
}

#[test]
fn a_published_callback_verifies_at_its_time_and_not_later() {
    let mut keys = KeySet::default();
    keys.insert("D7CE59D1F522D701", VerifyingKey::from_pem(WECHATPAY_GO_CERTIFICATE).unwrap());
    let headers = [
        ("Wechatpay-Nonce", "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz"),
        ("Wechatpay-Timestamp", "1624523846"),
        ("Wechatpay-Serial", "D7CE59D1F522D701"),
        ("Wechatpay-Signature", CALLBACK_SIGNATURE),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let at = 1_624_523_846_000;
    assert_eq!(verify(&keys, &headers, CALLBACK.as_bytes(), at), Ok(()));
    assert_eq!(verify(&keys, &headers, CALLBACK.as_bytes(), at + 300_999), Ok(()));
    assert_eq!(verify(&keys, &headers, CALLBACK.as_bytes(), at + 301_000), Err(NoticeRefused::Stale));
    assert_eq!(verify(&keys, &headers, CALLBACK.as_bytes(), at - 301_000), Err(NoticeRefused::Stale));
}

/// alipay-sdk-nodejs-all, `test/alipay.test.ts`: a notice of 2019 and the key of its time (bare base64).
#[test]
fn a_published_alipay_notice_verifies() {
    let key = VerifyingKey::from_pem("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPHR5knm2jnnz/YGIXIofVHkA/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY+aGX2xcOrxFYRlFilvVLTXg4LWjR1tdPkO6+i7wQZAIVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqHWkQcNCUNrA8C6l17XAXGKDsm/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EXTjYDFtxcKVv9rEoY1lX8T4mX+GbXfZHraG5NCF1+XioL5JwIDAQAB").unwrap();
    let sign = "QfTb8tqE1BMhS5qAnXtvsF3/jBkEvu9q9en0pdbBUDDjvKycZhQb7h8GDs4FKfi049PynaNuatxSgLb/nLWZpXyyh0LEWdK2S6Ri7nPwrVgOs08zugLO20vOQz44y3ti2Ncm8/wZts1Fr2gZ7pShnVX3d1B50hbsXnObT1r/U8ONNQjWXd0HIul4TG+Q3fm3svmSvFEy0WnzuhcyHPX5Gm4ELNctL6Qd5YniGJFNcc7kopHYtI/XD9YCKCH6Ct02rzUs9i11C9CsadtZn+WhxF26Dqt9sGEFajkJ8cxUTLi8+VCpLHsgPE8P0y095uQcDdK0YjCh4x7wVSov+lrmOQ==";
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("gmt_create", "2019-08-15 15:56:22"),
            ("charset", "utf-8"),
            ("seller_email", "z97-yuquerevenue@service.aliyun.com"),
            ("subject", "语雀空间 500人规模"),
            ("sign", sign),
            ("buyer_id", "2088102534368455"),
            ("invoice_amount", "0.10"),
            ("notify_id", "2019081500222155624068450559358070"),
            ("fund_bill_list", r#"[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]"#),
            ("notify_type", "trade_status_sync"),
            ("trade_status", "TRADE_SUCCESS"),
            ("receipt_amount", "0.10"),
            ("buyer_pay_amount", "0.10"),
            ("sign_type", "RSA2"),
            ("app_id", "2019073166072302"),
            ("seller_id", "2088531891668739"),
            ("gmt_payment", "2019-08-15 15:56:24"),
            ("notify_time", "2019-08-15 15:56:25"),
            ("version", "1.0"),
            ("out_trade_no", "20190815155618536-564-57"),
            ("total_amount", "0.10"),
            ("trade_no", "2019081522001468450512505578"),
            ("auth_app_id", "2019073166072302"),
            ("buyer_logon_id", "xud***@126.com"),
            ("point_amount", "0.00"),
        ])
        .finish();
    let params = read_form(body.as_bytes()).unwrap();
    assert!(key.verifies(notice_text(&params).as_bytes(), sign));
    let mut changed = params.clone();
    changed.insert("total_amount".into(), "0.01".into());
    assert!(!key.verifies(notice_text(&changed).as_bytes(), sign));
}

/// alipay-sdk-nodejs-all, `getSignStr()`: escapes, blanks around the colon, and a `sign` inside the node.
#[test]
fn published_raw_nodes_come_out_byte_for_byte() {
    let node = r#"{"code":"10000","sign":"xxx","msg":"Success","image_id":"Zp1","image_url":"http:\/\/oalipay-dl-django.alicdn.com\/rest\/1.0\/image?fileIds=Zp1&zoom=original"}"#;
    let body = format!("{{\"alipay_offline_material_image_upload_response\"\n  :\n  {node},\n\n   \"sign\"  :  \"P8xr==\"}}");
    let raw = raw_answer(body.as_bytes(), "alipay.offline.material.image.upload").unwrap();
    assert_eq!((raw.node, raw.sign, raw.is_error), (node, Some("P8xr=="), false));
}

#[test]
fn our_keys_read_in_every_spelling_and_sign_alike() {
    let bare: String = common::OURS.pkcs8.lines().filter(|line| !line.starts_with('-')).collect();
    let signatures: Vec<String> = [&common::OURS.pkcs8, &common::OURS.pkcs1, &bare]
        .into_iter()
        .map(|text| SigningKey::from_pem(text).unwrap().sign("单".as_bytes()).unwrap())
        .collect();
    assert!(signatures.iter().all(|signature| *signature == signatures[0]));
    let key = VerifyingKey::from_pem(&common::OURS.public).unwrap();
    assert!(key.verifies("单".as_bytes(), &signatures[0]));
    assert!(!VerifyingKey::from_pem(&common::THEIRS.public).unwrap().verifies("单".as_bytes(), &signatures[0]));
}

#[test]
fn the_phone_signature_covers_four_lines_with_the_prefix() {
    let signer = pay::wechat::sign::Signer {
        mch_id: "1900000109".into(),
        serial: "AA".into(),
        key: SigningKey::from_pem(&common::OURS.pkcs8).unwrap(),
    };
    let stamp = pay::wechat::sign::Stamp { timestamp: 1_554_208_460, nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into() };
    let package = "prepay_id=wx201410272009395522657a690389285100";
    let signature = signer.pay_sign("wx2421b1c4370ec43b", package, &stamp).unwrap();
    let lines =
        "wx2421b1c4370ec43b\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\nprepay_id=wx201410272009395522657a690389285100\n";
    assert!(VerifyingKey::from_pem(&common::OURS.public).unwrap().verifies(lines.as_bytes(), &signature));
}

#[test]
fn broken_keys_are_refused_without_panic() {
    for text in
        ["", "-----BEGIN ", "-----BEGIN X-----", "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----", "AAAA", "MIIB"]
    {
        assert!(VerifyingKey::from_pem(text).is_err(), "{text}");
        assert!(SigningKey::from_pem(text).is_err(), "{text}");
    }
}
