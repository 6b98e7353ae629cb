//! The channels' answers to our calls: WeChat Pay's JSON and XML, and Alipay's signed piece of text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::{fuzzing, wechat::v2::xml};

// The first byte chooses the reader.
fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice {
        b'w' => fuzzing::wechat_answers(body),
        b'x' => check_xml(body),
        _ => {
            fuzzing::alipay_answers(body);
        }
    }
});

/// What was read is read again from what we would write.
fn check_xml(body: &[u8]) {
    if !fuzzing::wechat_v2_answer(body) {
        return;
    }
    let Ok(mut fields) = xml::read(body) else { return };
    fields.retain(|_, value| !value.is_empty());
    let written = xml::write(&fields);
    if let Ok(again) = xml::read(written.as_bytes()) {
        assert_eq!(again, fields, "fields changed on the way");
    }
}
