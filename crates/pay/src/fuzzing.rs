//! Doors for the fuzzing targets: what lies behind a signature, without the signature. Only with the feature `fuzzing`; nothing here
//! verifies anything, so nothing here is for any other use.

pub use crate::{
    alipay::fuzzing::{answers as alipay_answers, notice as alipay_notice},
    wechat::{
        fuzzing::{answers as wechat_answers, notice as wechat_notice, notice_inside as wechat_notice_inside},
        v2::fuzzing::answer as wechat_v2_answer,
    },
};
