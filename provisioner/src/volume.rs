//! The volume.

pub mod wheel;
