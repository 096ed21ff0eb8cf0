//! `tsk web explain`: why somebody is refused, or would be.

use std::net::IpAddr;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use tsk::ratelimit::explain::{Caller, Subject};

use super::with_server;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Says how somebody stands with the limits of the running server: why they are refused, or would be.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "explain",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} 203.0.113.7\n{command_name} ada --route \"POST /login\"\n{command_name} ada --tier gold --address 203.0.113.7 --json",
    note = "The name of a principal is that of a user, unless --as says otherwise. What is asked takes nothing, and counts nowhere.",
    error_code(0, "there it is"),
    error_code(1, "there is no such route, or the server does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Explain {
    /// an address, or else who is calling, or the value of the header or cookie by which a limit tells clients apart
    #[argh(positional, arg_name = "key-or-address")]
    key_or_address: String,

    /// the address that a key comes from
    #[argh(option, arg_name = "address")]
    address: Option<IpAddr>,

    /// the route that is asked for, as it was declared, such as "POST /login" (all)
    #[argh(option, arg_name = "route")]
    route: Option<String>,

    /// what a principal is: user, service or api-key (what the limit asks for, or else user)
    #[argh(option, long = "as", arg_name = "kind", from_str_fn(caller))]
    caller: Option<Caller>,

    /// the tier that a principal has
    #[argh(option, arg_name = "tier")]
    tier: Option<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Explain {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { key_or_address, address, route, caller, tier, state_dir, json } = self;
        let subject = Subject::new(&key_or_address);
        if let (Some(known), Some(other)) = (subject.address, address) {
            return Err(Error::usage(format_args!(
                "`{known}` is an address already; leave `--address {other}` out"
            )));
        }
        let address = subject.address.or(address);
        let subject = Subject { address, route, caller, tier, ..subject };
        let explanation = with_server(application, state_dir, async |server| server.explain(&subject).await)?;
        Output::json(json).report(&explanation);
        Ok(Exit::Success)
    }
}

fn caller(text: &str) -> Result<Caller, String> {
    match text {
        "user" => Ok(Caller::User),
        "service" => Ok(Caller::Service),
        "api-key" => Ok(Caller::ApiKey),
        _ => Err("write `user`, `service` or `api-key`".to_owned()),
    }
}
