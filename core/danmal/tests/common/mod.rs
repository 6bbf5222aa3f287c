//! A till for the tests: everything fast, everything in a folder of its own.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use danmal::{Operation, Options, Outcome, Resolution, Terminal};
use danmal_simulator::{Host, Server, Settings};

/// Every duration times this: a fence takes 3 s, and a loaded machine still answers in time.
pub const SCALE: f64 = 0.02;

/// A fresh simulator within this process, by name.
pub fn address() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("simulator:test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn options(folder: &tempfile::TempDir) -> Options {
    Options::new().folder(folder.path()).time_scale(SCALE)
}

pub fn open(address: &str, folder: &tempfile::TempDir) -> Terminal {
    Terminal::open(address, options(folder)).unwrap()
}

pub fn host(address: &str) -> Host {
    danmal_simulator::instance(address.strip_prefix("simulator:").unwrap()).unwrap().host()
}

pub fn outcome(operation: &Operation) -> Outcome {
    operation.wait(Duration::from_secs(30)).expect("an outcome by its deadline")
}

pub fn resolution(operation: &Operation) -> Outcome {
    match operation.wait_resolution(Duration::from_secs(30)).expect("a resolution") {
        Resolution::Final(outcome) => *outcome,
        other => panic!("the final state was expected, not {other:?}"),
    }
}

/// A simulator on TCP with a thread of its own.
pub fn tcp_simulator() -> (SocketAddr, Server) {
    tcp_simulator_of(Settings::default().scaled(SCALE))
}

/// As [`tcp_simulator`], slow enough for a test that does something before the customer has.
pub fn slow_tcp_simulator() -> (SocketAddr, Server) {
    tcp_simulator_of(Settings::default())
}

/// As [`tcp_simulator`], with settings of its own.
pub fn tcp_simulator_of(settings: Settings) -> (SocketAddr, Server) {
    let server = Server::new(settings);
    let (send, receive) = std::sync::mpsc::channel();
    let own = server.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = Server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            own.listen(listener).await.unwrap();
        });
    });
    (receive.recv().unwrap(), server)
}
