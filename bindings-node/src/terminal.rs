//! A terminal.

use std::sync::{Mutex, PoisonError};

use danmal::{Capabilities, Error, ErrorCode, Status, Terminal};
use danmal_bridge::{Watch, ask, begin, open, show};
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::alive::Alive;
use crate::operation::NativeOperation;
use crate::or_thrown;
use crate::transport::NativeEndpoint;
use crate::wakeups::{Awaited, NativeLoop, NativeWatch};

/// A terminal, or what is still said of one that was let go.
enum Held {
    Open(Terminal),
    Gone(Box<Gone>),
}

struct Gone {
    status: Status,
    capabilities: Capabilities,
    key: String,
    journal: Option<String>,
}

/// A terminal. Dropping it closes it, without stopping a payment.
#[napi]
pub struct NativeTerminal(Mutex<Held>, Alive);

fn journal_of(terminal: &Terminal) -> Option<String> {
    terminal.journal().and_then(|journal| journal.path()).map(|path| path.to_string_lossy().into_owned())
}

impl NativeTerminal {
    fn with<T>(&self, ask: impl FnOnce(&Held) -> T) -> T {
        ask(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn opened(&self) -> Result<Terminal> {
        or_thrown(self.with(|held| match held {
            Held::Open(terminal) => Ok(terminal.clone()),
            Held::Gone(_) => Err(Error::new(ErrorCode::Closed, "the terminal was closed", "connect again")),
        }))
    }
}

#[napi]
impl NativeTerminal {
    /// Opens a terminal at an address, or over a transport of the caller's. Returns at once.
    #[napi(factory, catch_unwind)]
    pub fn open(address: String, endpoint: Option<&mut NativeEndpoint>, options: String) -> Result<Self> {
        let endpoint = endpoint.and_then(NativeEndpoint::take);
        or_thrown(open(&address, endpoint, &options))
            .map(|terminal| Self(Mutex::new(Held::Open(terminal)), Alive::new()))
    }

    /// Begins an operation.
    #[napi(catch_unwind)]
    pub fn begin(&self, call: String, request: String) -> Result<NativeOperation> {
        or_thrown(begin(&self.opened()?, &call, &request)).map(NativeOperation::of)
    }

    /// Asks something.
    #[napi(catch_unwind)]
    pub fn ask(&self, by: &NativeLoop, call: String, request: String) -> Result<Awaited> {
        by.wait(Watch::answer(&by.wakeups, or_thrown(ask(&self.opened()?, &call, &request))?))
    }

    /// Lets go of a terminal that was closed: its journal is free for others before this is collected.
    #[napi(catch_unwind)]
    pub fn release(&self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Held::Open(terminal) = &*held {
            *held = Held::Gone(Box::new(Gone {
                status: terminal.status(),
                capabilities: terminal.capabilities(),
                key: terminal.key().to_owned(),
                journal: journal_of(terminal),
            }));
        }
    }

    /// The terminal's own events.
    #[napi(catch_unwind)]
    pub fn events(&self, by: &NativeLoop) -> Result<NativeWatch> {
        Ok(NativeWatch::of(Watch::events(&by.wakeups, self.opened()?.events())))
    }

    /// How it stands, as JSON.
    #[napi(catch_unwind)]
    pub fn status(&self) -> String {
        self.with(|held| match held {
            Held::Open(terminal) => show::status(&terminal.status()),
            Held::Gone(gone) => show::status(&gone.status),
        })
    }

    /// What it can, as JSON.
    #[napi(catch_unwind)]
    pub fn capabilities(&self) -> String {
        self.with(|held| match held {
            Held::Open(terminal) => show::capabilities(&terminal.capabilities()),
            Held::Gone(gone) => show::capabilities(&gone.capabilities),
        })
    }

    /// Its key.
    #[napi(catch_unwind)]
    pub fn key(&self) -> String {
        self.with(|held| match held {
            Held::Open(terminal) => terminal.key().to_owned(),
            Held::Gone(gone) => gone.key.clone(),
        })
    }

    /// Where its journal is; nothing where it is in memory or not open yet.
    #[napi(catch_unwind)]
    pub fn journal_path(&self) -> Option<String> {
        self.with(|held| match held {
            Held::Open(terminal) => journal_of(terminal),
            Held::Gone(gone) => gone.journal.clone(),
        })
    }

    /// The operations without an end; none of one that was let go.
    #[napi(catch_unwind)]
    pub fn pending(&self) -> Vec<NativeOperation> {
        let pending = self.with(|held| match held {
            Held::Open(terminal) => terminal.pending(),
            Held::Gone(_) => Vec::new(),
        });
        pending.into_iter().map(NativeOperation::of).collect()
    }

    /// Asks again about what is unresolved.
    #[napi(catch_unwind)]
    pub fn recover(&self) -> Result<Vec<NativeOperation>> {
        or_thrown(self.opened()?.recover())
            .map(|pending| pending.into_iter().map(NativeOperation::of).collect())
    }

    /// What the journal holds, as JSON.
    #[napi(catch_unwind)]
    pub fn history(&self) -> Result<String> {
        or_thrown(self.opened()?.history()).map(|entries| show::history(&entries))
    }
}
