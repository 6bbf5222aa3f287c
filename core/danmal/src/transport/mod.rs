//! Connections to a terminal: where it is, and the ways there.

mod address;
mod foreign;
mod ports;
mod pump;
mod serial;

pub use foreign::{Close, Connect, Endpoint, Line, Transport};
pub use ports::{SerialPort, UsbAdapter, serial_ports};

/// Whether an address can be read, without opening anything: for the fuzzers, which read millions.
///
/// # Errors
/// As [`Terminal::open`](crate::Terminal::open) of the same address.
#[doc(hidden)]
pub fn check_address(text: &str) -> Result<(), danmal_model::Error> {
    Address::parse(text).map(drop)
}

pub(crate) use address::{Address, Host, PortName, tcp_key};
pub(crate) use foreign::Foreign;
pub(crate) use pump::{NoWay, Order, Port, Pump, Report};
pub(crate) use serial::SerialLine;
