//! Connections to a terminal: where it is, and the ways there.

mod address;
mod foreign;
mod ports;
mod pump;
mod serial;

pub use foreign::{Close, Connect, Endpoint, Line, Transport};
pub use ports::{SerialPort, UsbAdapter, serial_ports};

pub(crate) use address::{Address, Host, PortName, tcp_key};
pub(crate) use foreign::Foreign;
pub(crate) use pump::{NoWay, Order, Port, Pump, Report};
pub(crate) use serial::SerialLine;
