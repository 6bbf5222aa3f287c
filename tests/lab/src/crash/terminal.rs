//! The terminal that survives its tills: on TCP, in a thread of the parent.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::time::Duration;

use danmal_simulator::{History, Host, Orphan, Reversed, Server, Settings, Unconfirmed};

use super::Random;

/// The factor on the time of the customer and the host: a card takes 4 ms, a signature 6, the host 2.
const SCALE: f64 = 0.01;

pub(crate) struct Terminal {
    address: SocketAddr,
    server: Server,
}

impl Terminal {
    pub(crate) fn start() -> io::Result<Self> {
        let server = Server::new(Settings::default().scaled(SCALE));
        let own = server.clone();
        let (told, heard) = channel();
        std::thread::spawn(move || {
            let serve = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(async {
                    let listener = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
                    let _ = told.send(Ok(listener.local_addr()?));
                    own.listen(listener).await
                })
            };
            // Whoever waits for the address hears of it; later the tills do.
            if let Err(error) = serve() {
                let _ = told.send(Err(error));
            }
        });
        let address = heard.recv().map_err(io::Error::other)??;
        Ok(Self { address, server })
    }

    pub(crate) fn address(&self) -> String {
        format!("tcp://{}?simulated=true", self.address)
    }

    pub(crate) fn host(&self) -> Host {
        self.server.host()
    }

    /// Another terminal in its place, before a fresh host: every kind that the assumptions allow.
    /// Returns whether it may leave a till in doubt: it takes back by itself what was not confirmed, or shows
    /// late what it did, and so another transaction than the baseline after the fence.
    pub(crate) fn renew(&self, random: &mut Random) -> bool {
        let after = Unconfirmed::ReverseAfter { time: Duration::from_secs(5) };
        let unconfirmed = random.pick([
            Unconfirmed::Keep,
            Unconfirmed::ReverseOnDisconnect,
            Unconfirmed::ReverseAtNextMoney,
            Unconfirmed::ReverseAtNextRequest,
            after,
        ]);
        let behind = Duration::from_millis(random.pick([0, 0, 400]));
        let mut settings = Settings {
            magic: false,
            unconfirmed,
            orphan: random.pick([Orphan::GoesOn, Orphan::GoesOn, Orphan::Stops]),
            history: History {
                reversed: random.pick([Reversed::Code, Reversed::Earlier]),
                declines: random.one_in(2),
                behind,
                ..History::default()
            },
            ..Settings::default()
        };
        settings.pace.reversal = Duration::from_millis(random.pick([0, 300]));
        let terminal = danmal_simulator::Terminal::new(settings.scaled(SCALE), Host::new());
        self.server.replace(terminal);
        unconfirmed != Unconfirmed::Keep || !behind.is_zero()
    }
}
