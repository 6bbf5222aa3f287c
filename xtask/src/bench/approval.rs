//! A whole approval against a hand-written blocking socket that exchanges the same frames.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use danmal::{Options, Outcome, Sale, Terminal};

use super::commits::Commits;
use super::contestant::Client;
use super::statistics::median;

const ROUNDS: usize = 15;
const PAYMENTS: usize = 300;

/// p50 in microseconds of each contestant, and the medians of the rounds' ratios.
pub struct Measured {
    pub memory: f64,
    pub sqlite: f64,
    pub socket: f64,
    pub commits: f64,
    pub ratio: f64,
    pub sqlite_ratio: f64,
}

impl Measured {
    /// One line for the process that asked.
    pub fn line(&self) -> String {
        let Self { memory, sqlite, socket, commits, ratio, sqlite_ratio } = self;
        format!("{memory} {sqlite} {socket} {commits} {ratio} {sqlite_ratio}")
    }

    /// The line read back.
    pub fn read(line: &str) -> Option<Self> {
        let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        match numbers[..] {
            [memory, sqlite, socket, commits, ratio, sqlite_ratio] => {
                Some(Self { memory, sqlite, socket, commits, ratio, sqlite_ratio })
            }
            _ => None,
        }
    }
}

/// The p50 of each contestant in one round, and of the commits of a payment alone, in microseconds.
struct Round {
    memory: f64,
    sqlite: f64,
    socket: f64,
    commits: f64,
}

/// Measures in turns.
pub fn measure(address: SocketAddr, other: SocketAddr, third: SocketAddr) -> io::Result<Measured> {
    let folder = std::env::temp_dir().join(format!("danmal-bench-{}", std::process::id()));
    let open = |address: SocketAddr, options: Options| {
        Terminal::open(&format!("tcp://{address}?simulated=true"), options.folder(&folder))
            .map_err(io::Error::other)
    };
    let memory = open(address, Options::new().journal_in_memory())?;
    let sqlite = open(other, Options::new())?;
    let mut socket = Client::connect(third)?;
    let mut pay_memory = || pay(&memory);
    let mut pay_sqlite = || pay(&sqlite);
    let mut pay_socket = || socket.pay(15_000);
    round(&mut pay_memory)?;
    round(&mut pay_socket)?;
    round(&mut pay_sqlite)?;
    let journal =
        sqlite.journal().and_then(|journal| journal.path()).ok_or_else(|| io::Error::other("no journal"))?;
    let mut commits = Commits::open(journal, &folder.join("commits.db"))?;
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(Round {
            memory: round(&mut pay_memory)?,
            sqlite: round(&mut pay_sqlite)?,
            socket: round(&mut pay_socket)?,
            commits: commits.round(PAYMENTS)?,
        });
    }
    let of = |pick: fn(&Round) -> f64| median(rounds.iter().map(pick).collect());
    let measured = Measured {
        memory: of(|r| r.memory),
        sqlite: of(|r| r.sqlite),
        socket: of(|r| r.socket),
        commits: of(|r| r.commits),
        ratio: of(|r| r.memory / r.socket),
        sqlite_ratio: of(|r| r.sqlite / (r.memory + r.commits)),
    };
    memory.close_blocking();
    sqlite.close_blocking();
    drop(commits);
    std::fs::remove_dir_all(&folder)?;
    Ok(measured)
}

fn pay(terminal: &Terminal) -> io::Result<()> {
    let payment = terminal.approve(Sale::won(15_000)).map_err(io::Error::other)?;
    match payment.wait(Duration::from_secs(20)) {
        Some(Outcome::Approved(_)) => Ok(()),
        other => Err(io::Error::other(format!("not approved: {other:?}"))),
    }
}

/// The p50 of one round, in microseconds.
fn round(pay: &mut dyn FnMut() -> io::Result<()>) -> io::Result<f64> {
    let mut times = Vec::with_capacity(PAYMENTS);
    for _ in 0..PAYMENTS {
        let start = Instant::now();
        pay()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}
