//! The seal of a recorded command: its answer is in no hash chain, so damage to it has to show in another way.

use ring::digest;

use crate::{CommandId, Hash, StreamKey};

/// SHA-256 over a command and the stream it belongs to. A stored format: it never changes.
pub fn seal(key: StreamKey, id: CommandId, fingerprint: &Hash, answer: &[u8], first_seq: u64, last_seq: u64) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"dandan command 2\0");
    context.update(&key.store.0.to_be_bytes());
    context.update(&[key.stream.code()]);
    context.update(&id.0.to_be_bytes());
    context.update(&first_seq.to_be_bytes());
    context.update(&last_seq.to_be_bytes());
    context.update(fingerprint);
    context.update(&(answer.len() as u64).to_be_bytes());
    context.update(answer);
    let mut seal = [0; 32];
    seal.copy_from_slice(context.finish().as_ref());
    seal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreKey, Stream};

    /// Worked out by another program from the lines above.
    #[test]
    fn the_stored_seals_never_change() {
        let key = StreamKey::new(StoreKey(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), Stream::Money);
        let sealed = seal(key, CommandId(0xfeed), &[7; 32], b"{\"Ok\":1}", 3, 4);
        assert_eq!(hex::encode(sealed), "7e7864a24113eb36a61a8a3d75ccdf7b64738e392883d23d1d00a3d3049f38fc");
    }
}
