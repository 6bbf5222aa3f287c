//! A transport written in JavaScript.

use danmal::Endpoint;
use danmal_bridge::{Hands, Pushed};
use napi::bindgen_prelude::{FnArgs, Function, Result, Status, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::alive::Alive;

type Told<T> = ThreadsafeFunction<T, (), T, Status, false, true>;

/// What JavaScript is told, on its own thread. Bytes cross as hexadecimal text, copied: Electron refuses memory
/// that is not V8's.
struct Script {
    connect: Told<u32>,
    write: Told<FnArgs<(u32, String)>>,
    close: Told<u32>,
}

impl Hands for Script {
    fn connect(&self, number: u32) {
        self.connect.call(number, ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn write(&self, number: u32, bytes: &[u8]) {
        let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.write.call((number, text).into(), ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn close(&self, number: u32) {
        self.close.call(number, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// The connections that a transport in JavaScript makes to one terminal.
#[napi]
pub struct NativeEndpoint {
    pushed: Pushed,
    endpoint: Option<Endpoint>,
    _alive: Alive,
}

#[napi]
impl NativeEndpoint {
    /// A terminal by its key.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        key: String,
        serial: bool,
        simulated: bool,
        connect: Function<'_, u32, ()>,
        #[napi(ts_arg_type = "(number: number, hex: string) => void")] write: Function<
            '_,
            FnArgs<(u32, String)>,
            (),
        >,
        close: Function<'_, u32, ()>,
    ) -> Result<Self> {
        let script = Script {
            connect: connect.build_threadsafe_function::<u32>().weak::<true>().build()?,
            write: write.build_threadsafe_function::<FnArgs<(u32, String)>>().weak::<true>().build()?,
            close: close.build_threadsafe_function::<u32>().weak::<true>().build()?,
        };
        let pushed = Pushed::new(script);
        let endpoint = pushed.endpoint(&key, serial, simulated);
        Ok(Self { pushed, endpoint: Some(endpoint), _alive: Alive::new() })
    }

    pub(crate) fn take(&mut self) -> Option<Endpoint> {
        self.endpoint.take()
    }

    /// The connection stands.
    #[napi(catch_unwind)]
    pub fn opened(&self, number: u32) {
        self.pushed.opened(number);
    }

    /// Bytes have arrived.
    #[napi(catch_unwind)]
    pub fn arrived(&self, number: u32, bytes: Uint8Array) {
        self.pushed.arrived(number, &bytes);
    }

    /// There is no connection, or none any more.
    #[napi(catch_unwind)]
    pub fn ended(&self, number: u32, why: String) {
        self.pushed.ended(number, &why);
    }
}
