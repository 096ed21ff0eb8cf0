//! Development commands of the workspace. `cargo xtask help` lists them.

mod bench;
mod ci;
mod peers;
mod soak;
mod test;
mod tidy;

fn main() {}
