//! Reading logs: the newest lines of several files, and those that come.
//!
//! - `lines`: lines of bounded length; `snapshot`: the files of a log at one moment.
//! - `newest`, `follow`: which lines are read.
//! - `entry`, `level`, `since`, `query`: what a line says, and whether it was asked for.
//! - `view`: how a line is shown.

mod entry;
mod follow;
mod level;
mod lines;
mod newest;
mod query;
mod since;
mod snapshot;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use follow::Follower;
pub(crate) use level::Level;
pub(crate) use newest::read;
pub(crate) use query::Query;
pub(crate) use since::Since;
pub(crate) use snapshot::Snapshot;
pub(crate) use view::View;
