//! Faults on request, for tests alone: the feature is off in everything that is shipped.

use danmal_bridge::Watch;
use napi_derive::napi;

use crate::alive::Alive;
use crate::wakeups::{NativeLoop, NativeWatch};

/// Panics within a call.
#[napi(catch_unwind)]
pub(crate) fn torture_panic() {
    panic!("torture");
}

/// Something that panics when it is looked at.
#[napi(catch_unwind)]
pub(crate) fn torture_watch(by: &NativeLoop) -> NativeWatch {
    NativeWatch::of(Watch::answer(&by.wakeups, async { panic!("torture") }))
}

/// How many objects JavaScript holds.
#[napi(catch_unwind)]
pub(crate) fn torture_alive() -> u32 {
    u32::try_from(Alive::count()).unwrap_or(u32::MAX)
}
