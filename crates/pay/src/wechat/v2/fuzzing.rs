//! API v2's answers behind the signature, for the fuzzing targets.

use super::{answer::Fields, xml};

/// Reads a body as every kind of answer, and writes its fields back; says whether it was readable.
pub fn answer(body: &[u8]) -> bool {
    let Ok(fields) = xml::read(body) else { return false };
    assert!(fields.len() <= 200, "more fields than are let in");
    let fields = Fields(fields);
    let _ = (fields.answer_to_pay("A1_0000000001"), fields.answer_to_query("A1_0000000001"), fields.answer_to_reverse());
    true
}
