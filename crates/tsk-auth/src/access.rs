//! Who may do what: permissions, roles, and what routes demand.

mod explain;
mod grants;
mod permission;
mod plan;
mod roles;
mod rule;

pub use self::{
    explain::Explanation,
    grants::Grants,
    permission::Permission,
    plan::{DeclareAccess, Demand},
    roles::{Builder as RolesBuilder, How, Roles},
    rule::Access,
};

pub(crate) use self::plan::Plan;
