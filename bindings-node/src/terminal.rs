//! A terminal.

use danmal::Terminal;
use danmal_bridge::{Watch, ask, begin, open, show};
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::operation::NativeOperation;
use crate::or_thrown;
use crate::transport::NativeEndpoint;
use crate::wakeups::{NativeLoop, NativeWatch};

/// A terminal. Dropping it closes it, without stopping a payment.
#[napi]
pub struct NativeTerminal(Terminal);

#[napi]
impl NativeTerminal {
    /// Opens a terminal at an address, or over a transport of the caller's. Returns at once.
    #[napi(factory)]
    pub fn open(address: String, endpoint: Option<&mut NativeEndpoint>, options: String) -> Result<Self> {
        let endpoint = endpoint.and_then(NativeEndpoint::take);
        or_thrown(open(&address, endpoint, &options)).map(Self)
    }

    /// Begins an operation.
    #[napi]
    pub fn begin(&self, call: String, request: String) -> Result<NativeOperation> {
        or_thrown(begin(&self.0, &call, &request)).map(NativeOperation)
    }

    /// Asks something.
    #[napi]
    pub fn ask(&self, by: &NativeLoop, call: String, request: String) -> Result<NativeWatch> {
        or_thrown(ask(&self.0, &call, &request)).map(|answer| NativeWatch(Watch::answer(&by.wakeups, answer)))
    }

    /// The terminal's own events.
    #[napi]
    pub fn events(&self, by: &NativeLoop) -> NativeWatch {
        NativeWatch(Watch::events(&by.wakeups, self.0.events()))
    }

    /// How it stands, as JSON.
    #[napi]
    pub fn status(&self) -> String {
        show::status(&self.0.status())
    }

    /// What it can, as JSON.
    #[napi]
    pub fn capabilities(&self) -> String {
        show::capabilities(&self.0.capabilities())
    }

    /// Its key.
    #[napi]
    pub fn key(&self) -> String {
        self.0.key().to_owned()
    }

    /// Where its journal is; nothing where it is in memory or not open yet.
    #[napi]
    pub fn journal_path(&self) -> Option<String> {
        self.0.journal().and_then(|journal| journal.path()).map(|path| path.to_string_lossy().into_owned())
    }

    /// The operations without an end.
    #[napi]
    pub fn pending(&self) -> Vec<NativeOperation> {
        self.0.pending().into_iter().map(NativeOperation).collect()
    }

    /// Asks again about what is unresolved.
    #[napi]
    pub fn recover(&self) -> Result<Vec<NativeOperation>> {
        or_thrown(self.0.recover()).map(|pending| pending.into_iter().map(NativeOperation).collect())
    }

    /// What the journal holds, as JSON.
    #[napi]
    pub fn history(&self) -> Result<String> {
        or_thrown(self.0.history()).map(|entries| show::history(&entries))
    }
}
