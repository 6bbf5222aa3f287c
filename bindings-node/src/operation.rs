//! An operation.

use danmal::Operation;
use danmal_bridge::{Watch, show};
use napi_derive::napi;

use crate::wakeups::{NativeLoop, NativeWatch};

/// An operation, which exists by itself: dropping this stops nothing.
#[napi]
pub struct NativeOperation(pub(crate) Operation);

#[napi]
impl NativeOperation {
    /// Its id.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// What was asked, as JSON.
    #[napi]
    pub fn intent(&self) -> String {
        show::operation(&self.0)
    }

    /// Its events, from the beginning.
    #[napi]
    pub fn events(&self, by: &NativeLoop) -> NativeWatch {
        NativeWatch(Watch::events(&by.wakeups, self.0.events()))
    }

    /// Its outcome.
    #[napi]
    pub fn outcome(&self, by: &NativeLoop) -> NativeWatch {
        NativeWatch(Watch::outcome(&by.wakeups, &self.0))
    }

    /// What becomes of it in the end.
    #[napi]
    pub fn resolution(&self, by: &NativeLoop) -> NativeWatch {
        NativeWatch(Watch::resolution(&by.wakeups, &self.0))
    }

    /// Asks the terminal to stop it.
    #[napi]
    pub fn request_cancel(&self) {
        self.0.request_cancel();
    }
}
