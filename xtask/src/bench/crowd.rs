//! Many terminals in one process: what an idle one costs, and what the crowd does to the slowest payments.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use danmal::{Options, Outcome, Sale, Terminal};

use super::statistics::percentile;

const TILLS: usize = 4;
const PAUSE: Duration = Duration::from_millis(10);
const LENGTH: Duration = Duration::from_secs(4);

/// Resident memory per idle terminal in KiB, and the p99 of an approval in ms under the same offered load.
pub fn measure(address: SocketAddr, count: usize) -> io::Result<(f64, f64)> {
    let folder = std::env::temp_dir().join(format!("danmal-crowd-{}", std::process::id()));
    let before = resident()?;
    let mut terminals = Vec::with_capacity(count);
    for number in 0..count {
        // Every loopback address is this machine: each terminal has an endpoint of its own.
        let host = format!("127.{}.{}.{}", 1 + number / 62_500, number / 250 % 250, 1 + number % 250);
        let address = format!("tcp://{host}:{}?simulated=true", address.port());
        let options = Options::new().journal_in_memory().folder(&folder);
        terminals.push(Terminal::open(&address, options).map_err(io::Error::other)?);
    }
    let limit = Instant::now() + Duration::from_secs(60);
    while !terminals.iter().all(|terminal| terminal.status().connected) {
        if Instant::now() > limit {
            return Err(io::Error::other("not every terminal connects"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let idle = (resident()? - before) / count as f64;
    let times = Mutex::new(Vec::new());
    let fault = Mutex::new(None);
    std::thread::scope(|scope| {
        for till in 0..TILLS {
            let (terminals, times, fault) = (&terminals, &times, &fault);
            scope.spawn(move || {
                let mut mine = Vec::new();
                let end = Instant::now() + LENGTH;
                let mut next = till;
                while Instant::now() < end {
                    let start = Instant::now();
                    let outcome = terminals[next % terminals.len()]
                        .approve(Sale::won(15_000))
                        .map(|payment| payment.wait(Duration::from_secs(20)));
                    if !matches!(outcome, Ok(Some(Outcome::Approved(_)))) {
                        *fault.lock().unwrap_or_else(|e| e.into_inner()) = Some(format!("{outcome:?}"));
                        return;
                    }
                    mine.push(start.elapsed().as_secs_f64() * 1e3);
                    next += TILLS;
                    std::thread::sleep(PAUSE);
                }
                times.lock().unwrap_or_else(|e| e.into_inner()).extend(mine);
            });
        }
    });
    if let Some(fault) = fault.into_inner().unwrap_or_else(|e| e.into_inner()) {
        return Err(io::Error::other(fault));
    }
    drop(terminals);
    let _ = std::fs::remove_dir_all(&folder);
    Ok((idle, percentile(times.into_inner().unwrap_or_else(|e| e.into_inner()), 0.99)))
}

/// Resident memory of this process in KiB.
fn resident() -> io::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| io::Error::other("no VmRSS"))
}
