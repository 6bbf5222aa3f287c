//! A caller's transport that delivers without end: it takes neither memory nor another terminal's time.

mod common;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::{outcome, tcp_simulator};
use danmal::{Close, Endpoint, Options, Sale, Terminal, Transport};

/// Whole frames that answer nothing, one after the other, as fast as they are taken.
struct Flood {
    text: &'static [u8],
    at: usize,
    reads: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

struct Closer(Arc<AtomicBool>);

impl Close for Closer {
    fn close(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Transport for Flood {
    fn read(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        if self.closed.load(Ordering::SeqCst) {
            return Ok(0);
        }
        for byte in buffer.iter_mut() {
            *byte = self.text[self.at];
            self.at = (self.at + 1) % self.text.len();
        }
        self.reads.fetch_add(1, Ordering::SeqCst);
        Ok(buffer.len())
    }

    fn write(&mut self, bytes: &[u8], _: Duration) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn closer(&mut self) -> Arc<dyn Close> {
        Arc::new(Closer(self.closed.clone()))
    }
}

#[test]
fn rule_15_a_transport_that_never_stops_takes_no_other_terminals_time() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let sound =
        Terminal::open(&format!("tcp://{tcp}?simulated=true"), Options::new().folder(folder.path())).unwrap();
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = reads.clone();
    let connect = move |_: Duration| -> io::Result<Box<dyn Transport>> {
        let text = br#"0027010010{"resultCode":"0010"}"#;
        let (reads, closed) = (counted.clone(), Arc::default());
        Ok(Box::new(Flood { text, at: 0, reads, closed }))
    };
    let flooding = Terminal::open_endpoint(
        Endpoint::new("flood", connect).simulated(true),
        Options::new().folder(folder.path()),
    )
    .unwrap();
    while reads.load(Ordering::SeqCst) < 64 {
        std::thread::yield_now();
    }
    // It floods from here to the end.
    let paid = outcome(&sound.approve(Sale::won(5_000)).unwrap());
    assert_eq!(paid.name(), "approved", "{paid:?}");
    assert_eq!(server.host().net(), 5_000);
    // What it is asked itself ends by its deadline too: nothing was sent, or nothing is proven.
    let lost = outcome(&flooding.approve(Sale::won(5_000)).unwrap());
    assert!(matches!(lost.name(), "notPerformed" | "unknown"), "{lost:?}");
    assert!(sound.close_blocking(), "it is closed in time");
    assert!(flooding.close_blocking(), "and so is the flooding one");
}
