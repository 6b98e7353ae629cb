//! Doors for the fuzzing targets: readers that otherwise only a connection reaches. Only with the feature `fuzzing`.

pub use crate::client_ip::address as client_address;
pub use crate::feeds::hello;
pub use crate::router::{routes, whole};
