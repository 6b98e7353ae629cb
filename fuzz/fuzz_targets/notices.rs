//! What stands in a channel's notice, past the signature that a fuzzer could not forge.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::fuzzing;

// The first byte chooses the reader.
fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice {
        b'w' => drop(fuzzing::wechat_notice(body)),
        b't' => drop(fuzzing::wechat_notice_inside("TRANSACTION.SUCCESS", body)),
        b'r' => drop(fuzzing::wechat_notice_inside("REFUND.SUCCESS", body)),
        _ => drop(fuzzing::alipay_notice(body)),
    }
});
