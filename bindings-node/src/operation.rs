//! An operation.

use danmal::Operation;
use danmal_bridge::{Watch, show};
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::alive::Alive;
use crate::wakeups::{Awaited, NativeLoop, NativeWatch};

/// An operation, which exists by itself: dropping this stops nothing.
#[napi]
pub struct NativeOperation(Operation, Alive);

impl NativeOperation {
    pub(crate) fn of(operation: Operation) -> Self {
        Self(operation, Alive::new())
    }
}

#[napi]
impl NativeOperation {
    /// Its id.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// What was asked, as JSON.
    #[napi(catch_unwind)]
    pub fn intent(&self) -> String {
        show::operation(&self.0)
    }

    /// Its events, from the beginning.
    #[napi(catch_unwind)]
    pub fn events(&self, by: &NativeLoop) -> NativeWatch {
        NativeWatch::of(Watch::events(&by.wakeups, self.0.events()))
    }

    /// Its outcome.
    #[napi(catch_unwind)]
    pub fn outcome(&self, by: &NativeLoop) -> Result<Awaited> {
        by.wait(Watch::outcome(&by.wakeups, &self.0))
    }

    /// What becomes of it in the end.
    #[napi(catch_unwind)]
    pub fn resolution(&self, by: &NativeLoop) -> Result<Awaited> {
        by.wait(Watch::resolution(&by.wakeups, &self.0))
    }

    /// Asks the terminal to stop it.
    #[napi(catch_unwind)]
    pub fn request_cancel(&self) {
        self.0.request_cancel();
    }
}
