//! Whole restaurants simulated from one seed: the real rules, engine, workers and server, with simulated time, disk, network,
//! people, printers and payment channels, and the laws of the house judged after every step.

mod channels;
mod clock;
mod copies;
mod disk;
pub mod facts;
mod gate;
mod house;
pub mod laws;
mod life;
mod moves;
mod net;
mod paper;
mod people;
pub mod plan;
pub mod run;
pub mod seams;
mod storm;
pub mod story;
mod witness;
mod world;

pub use run::{Args, run};
