//! A virtual payment terminal on TCP or on a pseudo terminal.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use danmal_simulator::script::{Scenario, parse_rules};
use danmal_simulator::{Control, FaultKind, Host, MAGIC, Plan, Server, Settings, Swarm};

/// A virtual payment terminal (모의 단말기): play money only.
///
/// A till connects to it as to a terminal in a shop. Customers insert their cards and sign by themselves, a host
/// of its own approves. From 10,000 won on a signature is asked for; some amounts misbehave, see --magic.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    /// Where to listen. Port 0 takes a free one; the real address is printed.
    #[arg(long, value_name = "tcp://IP:PORT", default_value = "tcp://127.0.0.1:9100")]
    listen: Address,
    /// Serve a pseudo terminal (a serial port) instead; its path is printed. With PATH a link there points to
    /// it, whatever it is called.
    #[cfg(unix)]
    #[arg(long, value_name = "PATH", num_args = 0..=1, conflicts_with_all = ["listen", "terminals"])]
    pty: Option<Option<PathBuf>>,
    /// Whether all clients meet one terminal, or each one its own.
    #[arg(long, value_enum, default_value_t = Terminals::One)]
    terminals: Terminals,
    /// Take commands in JSON, one a line, here or on standard input: for tests in other languages.
    #[arg(long, value_name = "tcp://IP:PORT or stdio")]
    control: Option<ControlPort>,
    /// Be the terminal of a scenario file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["faults", "seed"])]
    scenario: Option<PathBuf>,
    /// What goes wrong and when: a list of {on: …, do: …} in YAML or JSON, or @FILE.
    #[arg(long, value_name = "RULES")]
    faults: Option<String>,
    /// Let things go wrong by chance, repeatable from this seed.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How much goes wrong by chance: 0.1 is one fault in ten requests.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.1, requires = "seed")]
    fault_rate: f64,
    /// A factor on every duration: 0.1 is ten times as fast, 0 takes no time at all.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
    /// Keep the last transactions and the ledger in this file, as a terminal in a shop keeps them while it is
    /// switched off. Without it the address that is listened on, or the link of the pseudo terminal, has a file
    /// of its own in the state folder; a free port, --scenario, --seed and a terminal for each connection have
    /// none.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin anew: a terminal without the transactions of earlier runs.
    #[arg(long)]
    fresh: bool,
    /// Do not let amounts misbehave.
    #[arg(long)]
    no_magic: bool,
    /// Print one line for everything that happens on the one terminal. Never a card number.
    #[arg(long, short)]
    verbose: bool,
    /// Print the amounts that misbehave, and end.
    #[arg(long)]
    magic: bool,
    /// Print what can go wrong, and end.
    #[arg(long)]
    list_faults: bool,
}

const EXAMPLES: &str = "\
Examples:
  danmal-simulator --verbose
  danmal-simulator --listen tcp://127.0.0.1:0 --time-scale 0.1
  danmal-simulator --faults '[{on: {reply: approve, nth: 2}, do: {cutReply: {after: 20}}}]'
  danmal-simulator --seed 7 --fault-rate 0.05 --verbose
  danmal-simulator --pty /tmp/terminal --control stdio";

#[derive(Clone, Copy, ValueEnum)]
enum Terminals {
    /// All clients meet one terminal, as at a counter.
    One,
    /// Each connection has a terminal of its own, as in a test of many.
    PerConnection,
}

#[derive(Clone, Copy)]
struct Address(SocketAddr);

impl std::str::FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.strip_prefix("tcp://").and_then(|rest| rest.parse().ok());
        address.map(Self).ok_or("an address is tcp://IP:PORT, for instance tcp://127.0.0.1:9100")
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tcp://{}", self.0)
    }
}

#[derive(Clone, Copy)]
enum ControlPort {
    Stdio,
    Tcp(SocketAddr),
}

impl std::str::FromStr for ControlPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "stdio" {
            Ok(Self::Stdio)
        } else {
            text.parse().map(|Address(address)| Self::Tcp(address))
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(io::stderr(), "danmal-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    if cli.magic {
        return print_magic();
    }
    if cli.list_faults {
        return print_faults();
    }
    let (settings, plan) = wanted(&cli)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(cli, settings, plan))
}

/// What the terminal shall be.
fn wanted(cli: &Cli) -> Result<(Settings, Plan), Failure> {
    if !(cli.time_scale.is_finite() && cli.time_scale >= 0.0) {
        return Err("--time-scale takes a number, 0 or more".into());
    }
    if cli.state.is_some() && matches!(cli.terminals, Terminals::PerConnection) {
        return Err("--state keeps the state of one terminal, not of --terminals per-connection".into());
    }
    if !(0.0..=1.0).contains(&cli.fault_rate) {
        return Err("--fault-rate takes a number from 0 to 1".into());
    }
    let (settings, mut plan) = match &cli.scenario {
        Some(path) => {
            let scenario = Scenario::load(path)?;
            (scenario.terminal.clone(), scenario.plan())
        }
        None => (Settings::default(), Plan::default()),
    };
    if let Some(rules) = &cli.faults {
        let text = match rules.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?,
            None => rules.clone(),
        };
        plan.rules = parse_rules(&text)?;
    }
    plan.swarm = cli.seed.map(|seed| Swarm::of_all(seed, cli.fault_rate)).or(plan.swarm);
    let magic = settings.magic && !cli.no_magic;
    Ok((Settings { magic, ..settings }.scaled(cli.time_scale), plan))
}

async fn serve(cli: Cli, settings: Settings, plan: Plan) -> Result<(), Failure> {
    let host = Host::new();
    let server = Server::with(settings.clone(), plan.clone(), host.clone());
    if cli.verbose {
        server.on_event(|event| say(&event.to_string()));
    }
    #[cfg(unix)]
    if let Some(link) = &cli.pty {
        let kept = keep(&cli, &server)?;
        let control = control(&cli, &server, settings, plan, None);
        let served = server.serve_pty(|path| {
            announce_pty(path, link.as_deref());
            kept.iter().for_each(|line| say(line));
        });
        return tokio::select! {
            result = served => result.map_err(Into::into),
            result = take_commands(&control, cli.control) => result,
        };
    }
    let listener = Server::bind(cli.listen.0).await.map_err(|error| format!("{}: {error}", cli.listen))?;
    let address = listener.local_addr()?;
    let kept = keep(&cli, &server)?;
    say(&format!("listening on tcp://{address}"));
    kept.iter().for_each(|line| say(line));
    let control = control(&cli, &server, settings.clone(), plan.clone(), Some(address));
    let served = async {
        match cli.terminals {
            Terminals::One => server.listen(listener).await,
            Terminals::PerConnection => Server::listen_each(listener, settings, plan, host).await,
        }
    };
    tokio::select! {
        result = served => result.map_err(Into::into),
        result = take_commands(&control, cli.control) => result,
    }
}

/// Where the state is kept, if it is.
fn state_file(cli: &Cli) -> Option<PathBuf> {
    if cli.state.is_some() {
        return cli.state.clone();
    }
    // Runs that shall be the same every time, and terminals that nobody finds again.
    if cli.scenario.is_some() || cli.seed.is_some() || matches!(cli.terminals, Terminals::PerConnection) {
        return None;
    }
    #[cfg(unix)]
    let place = match &cli.pty {
        Some(link) => std::path::absolute(link.as_ref()?).ok()?.display().to_string(),
        None => cli.listen.to_string(),
    };
    #[cfg(not(unix))]
    let place = cli.listen.to_string();
    if place.ends_with(":0") {
        return None;
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    let name: String = place.trim_start_matches("tcp://").chars().map(plain).collect();
    Some(state_folder().join(format!("{}.state", name.trim_matches('_'))))
}

/// `$XDG_STATE_HOME/danmal-simulator` or `~/.local/state/danmal-simulator`, on Windows
/// `%LOCALAPPDATA%\danmal-simulator`; where none is known, the folder of temporary files.
fn state_folder() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
    };
    base.unwrap_or_else(std::env::temp_dir).join("danmal-simulator")
}

/// Keeps the state, if it is to be kept; what is said of it.
fn keep(cli: &Cli, server: &Server) -> Result<Option<String>, Failure> {
    let Some(path) = state_file(cli) else { return Ok(None) };
    let lines = server.keep_in(&path, cli.fresh).map_err(|error| format!("{}: {error}", path.display()))?;
    let earlier = match (lines, cli.fresh) {
        (_, true) => "begun anew".to_owned(),
        (0, _) => "no transaction yet".to_owned(),
        (1, _) => "1 transaction of earlier runs; --fresh begins anew".to_owned(),
        (more, _) => format!("{more} transactions of earlier runs; --fresh begins anew"),
    };
    Ok(Some(format!("state in {} ({earlier})", path.display())))
}

/// The control port. It keeps a log of the terminal, so one that nobody asks for has none.
fn control(
    cli: &Cli,
    server: &Server,
    settings: Settings,
    plan: Plan,
    address: Option<SocketAddr>,
) -> Control {
    let control = Control::new();
    if cli.control.is_some() {
        control.add(server, settings, plan, address);
    }
    control
}

/// Takes commands; on standard input until it ends, and with it the program.
async fn take_commands(control: &Control, port: Option<ControlPort>) -> Result<(), Failure> {
    match port {
        None => std::future::pending().await,
        Some(ControlPort::Tcp(address)) => {
            let listener =
                Server::bind(address).await.map_err(|error| format!("tcp://{address}: {error}"))?;
            say(&format!("control on tcp://{}", listener.local_addr()?));
            Ok(control.listen(listener).await?)
        }
        Some(ControlPort::Stdio) => on_standard_input(control).await,
    }
}

/// Standard input is read by a thread of its own: it blocks.
async fn on_standard_input(control: &Control) -> Result<(), Failure> {
    let (send, mut lines) = tokio::sync::mpsc::channel::<io::Result<String>>(16);
    std::thread::spawn(move || {
        for line in io::stdin().lines() {
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        let line = line?;
        if !line.trim().is_empty() {
            say(&control.obey(line.as_bytes()).await.to_string());
        }
    }
    Ok(())
}

#[cfg(unix)]
fn announce_pty(path: &std::path::Path, link: Option<&std::path::Path>) {
    say(&format!("serial port {}", path.display()));
    let Some(link) = link else { return };
    // Only a link of ours is replaced, never a file.
    if std::fs::symlink_metadata(link).is_ok_and(|found| found.is_symlink()) {
        let _ = std::fs::remove_file(link);
    }
    match std::os::unix::fs::symlink(path, link) {
        Ok(()) => say(&format!("linked from {}", link.display())),
        Err(error) => say(&format!("no link at {}: {error}", link.display())),
    }
}

/// A line on standard output, at once: whoever started the program may wait for it.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    // Where it is closed there is nobody to tell, and the terminal goes on.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn print_magic() -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for magic in MAGIC {
        writeln!(out, "{:>6}  {:<13} {:<58} {}", magic.amount, magic.outcome, magic.en, magic.ko)?;
    }
    Ok(())
}

fn print_faults() -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for kind in FaultKind::ALL {
        writeln!(out, "{:<22} {}", kind.name(), kind.text())?;
    }
    Ok(())
}
