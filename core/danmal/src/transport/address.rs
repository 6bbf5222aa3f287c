//! Where a terminal is: the one text that a till's settings hold.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use danmal_model::{Error, ErrorCode};

/// What is accepted, said with every refusal.
const ACCEPTED: &str = "tcp://HOST:PORT, serial:///dev/ttyUSB0?baud=115200, serial://COM3?baud=115200, \
     serial:usb:VID:PID:SERIAL?baud=115200, simulator: or simulator:NAME";

/// The longest address that is read, in bytes.
const LONGEST: usize = 512;

/// A terminal's address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A terminal on the network.
    Tcp {
        /// The name or the number of the machine.
        host: Host,
        /// The port.
        port: u16,
        /// A danmal-simulator stands there.
        simulated: bool,
    },
    /// A terminal on a serial port.
    Serial {
        /// The port.
        port: PortName,
        /// How it is set.
        settings: SerialSettings,
        /// A danmal-simulator stands there.
        simulated: bool,
    },
    /// A terminal in this process.
    Simulator {
        /// Which; empty for the usual one.
        name: String,
    },
}

/// A machine on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Its number.
    Ip(IpAddr),
    /// Its name, in lower case.
    Name(String),
}

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PortName {
    /// A device file.
    Path(String),
    /// A port of Windows, `COM3`.
    Com(u16),
    /// Whatever port a USB adapter has at the moment.
    Usb {
        /// The vendor.
        vid: u16,
        /// The product.
        pid: u16,
        /// The adapter's serial number.
        serial: String,
    },
}

/// How a serial port is set. The baud rate has no default: nobody knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SerialSettings {
    pub(crate) baud: u32,
    pub(crate) parity: Parity,
    pub(crate) data: u8,
    pub(crate) stop: u8,
    pub(crate) flow: Flow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parity {
    None,
    Even,
    Odd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    None,
    Hardware,
    Software,
}

fn refuse(problem: impl Into<String>) -> Error {
    Error::field(ErrorCode::InvalidAddress, "address", problem.into(), ACCEPTED)
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidAddress`], which says what is accepted.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refuse("too long, or a blank in it"));
        }
        let (head, query) = match text.split_once('?') {
            Some((head, query)) => (head, Some(query)),
            None => (text, None),
        };
        let Some((scheme, rest)) = head.split_once(':') else {
            return Err(refuse(format!("`{}` has no scheme", shorten(text))));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "tcp" => Self::tcp(rest, query),
            "serial" => Self::serial(rest, query),
            "simulator" => Self::simulator(rest, query),
            other => Err(refuse(format!("`{}` is no scheme of danmal", shorten(other)))),
        }
    }

    fn tcp(rest: &str, query: Option<&str>) -> Result<Self, Error> {
        let Some(place) = rest.strip_prefix("//") else {
            return Err(refuse("`tcp:` is followed by `//`"));
        };
        let (host, port) = if let Some(inner) = place.strip_prefix('[') {
            let (ip, port) = inner.split_once("]:").ok_or_else(|| refuse("no port behind `]`"))?;
            let ip: std::net::Ipv6Addr = ip.parse().map_err(|_| refuse("no IPv6 address in brackets"))?;
            (Host::Ip(IpAddr::V6(ip).to_canonical()), port)
        } else {
            let (host, port) = place.rsplit_once(':').ok_or_else(|| refuse("no port"))?;
            if host.contains(':') {
                return Err(refuse("an IPv6 address stands in brackets"));
            }
            (host_of(host)?, port)
        };
        if let Host::Ip(ip) = host
            && (ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::from([255, 255, 255, 255]))
        {
            return Err(refuse(format!("{ip} is no terminal's address")));
        }
        let port = match port.parse::<u16>() {
            Ok(number) if number != 0 && port.bytes().all(|b| b.is_ascii_digit()) => number,
            _ => return Err(refuse("the port is a number from 1 to 65535")),
        };
        let mut query = Query::read(query)?;
        let simulated = query.simulated()?;
        query.finish()?;
        Ok(Self::Tcp { host, port, simulated })
    }

    fn serial(rest: &str, query: Option<&str>) -> Result<Self, Error> {
        let port = if let Some(usb) = rest.strip_prefix("usb:") {
            usb_port(usb)?
        } else {
            port_name(&decode(
                rest.strip_prefix("//")
                    .ok_or_else(|| refuse("`serial:` is followed by `//` and the port, or by `usb:`"))?,
            )?)?
        };
        let mut query = Query::read(query)?;
        let baud = match query.take("baud") {
            Some(baud) => {
                number(baud, 50..=4_000_000).ok_or_else(|| refuse("baud is a number from 50 to 4000000"))?
            }
            None => return Err(refuse("baud is missing: none is built in")),
        };
        let parity = match query.take("parity") {
            None | Some("none") => Parity::None,
            Some("even") => Parity::Even,
            Some("odd") => Parity::Odd,
            Some(_) => return Err(refuse("parity is none, even or odd")),
        };
        let data = query.take("data").map_or(Some(8), |data| number(data, 5..=8));
        let stop = query.take("stop").map_or(Some(1), |stop| number(stop, 1..=2));
        let flow = match query.take("flow") {
            None | Some("none") => Flow::None,
            Some("hardware") => Flow::Hardware,
            Some("software") => Flow::Software,
            Some(_) => return Err(refuse("flow is none, hardware or software")),
        };
        let (Some(data), Some(stop)) = (data, stop) else {
            return Err(refuse("data is 5 to 8, stop is 1 or 2"));
        };
        let simulated = query.simulated()?;
        query.finish()?;
        let settings = SerialSettings { baud, parity, data: data as u8, stop: stop as u8, flow };
        Ok(Self::Serial { port, settings, simulated })
    }

    fn simulator(rest: &str, query: Option<&str>) -> Result<Self, Error> {
        Query::read(query)?.finish()?;
        let name = rest.strip_prefix("//").unwrap_or(rest);
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.chars().count() > 64 || !name.chars().all(fits) {
            return Err(refuse("a simulator's name is at most 64 letters, digits, `-`, `_` or `.`"));
        }
        Ok(Self::Simulator { name: name.to_owned() })
    }

    /// Whether play money moves there, by the address alone.
    pub(crate) fn simulated(&self) -> bool {
        match self {
            Self::Tcp { simulated, .. } | Self::Serial { simulated, .. } => *simulated,
            Self::Simulator { .. } => true,
        }
    }
}

fn host_of(host: &str) -> Result<Host, Error> {
    if let Ok(ip) = host.parse::<std::net::Ipv4Addr>() {
        return Ok(Host::Ip(ip.into()));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let bare = host.strip_suffix('.').unwrap_or(host);
    if bare.len() > 253 || !bare.split('.').all(label) {
        return Err(refuse(format!("`{}` is no host", shorten(host))));
    }
    Ok(Host::Name(bare.to_ascii_lowercase()))
}

fn usb_port(text: &str) -> Result<PortName, Error> {
    let mut parts = text.splitn(3, ':');
    let mut id =
        || parts.next().filter(|part| part.len() == 4).and_then(|part| u16::from_str_radix(part, 16).ok());
    let (Some(vid), Some(pid)) = (id(), id()) else {
        return Err(refuse("`usb:` is followed by two numbers of four hexadecimal digits, VID and PID"));
    };
    let serial = decode(parts.next().unwrap_or_default())?;
    if serial.trim().is_empty() || serial.len() > 128 {
        return Err(refuse("`usb:VID:PID:` is followed by the adapter's serial number"));
    }
    Ok(PortName::Usb { vid, pid, serial })
}

fn port_name(text: &str) -> Result<PortName, Error> {
    let windows = text.strip_prefix(r"\\.\").unwrap_or(text);
    if windows.len() > 3 && windows.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("COM")) {
        return windows
            .get(3..)
            .and_then(|digits| number(digits, 1..=4096))
            .map(|number| PortName::Com(number as u16))
            .ok_or_else(|| refuse("a port of Windows is COM1 to COM4096"));
    }
    if !text.starts_with('/') || text.ends_with('/') || text.contains('\0') {
        return Err(refuse("a serial port is an absolute path such as /dev/ttyUSB0, or COM3"));
    }
    Ok(PortName::Path(text.to_owned()))
}

/// `%20` and the like, as other tools write paths.
fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = tail.get(..2).and_then(|d| std::str::from_utf8(d).ok());
            let byte = digits
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or_else(|| refuse("`%` is followed by two hexadecimal digits"))?;
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).map_err(|_| refuse("not UTF-8 behind `%`"))
}

fn number(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && range.contains(number))
}

/// Foreign text in an error: its beginning.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `key=value` pairs behind the question mark, each taken once.
struct Query<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Query<'a> {
    fn read(text: Option<&'a str>) -> Result<Self, Error> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| refuse(format!("`{}` has no value", shorten(pair))))?;
            if pairs.iter().any(|(other, _)| *other == key) {
                return Err(refuse(format!("`{}` stands there twice", shorten(key))));
            }
            pairs.push((key, value));
        }
        Ok(Self(pairs))
    }

    fn take(&mut self, key: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(name, _)| *name == key)?;
        Some(self.0.swap_remove(at).1)
    }

    fn simulated(&mut self) -> Result<bool, Error> {
        match self.take("simulated") {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(refuse("simulated is true or false")),
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self.0.first() {
            Some((key, _)) => Err(refuse(format!("`{}` is no setting here", shorten(key)))),
            None => Ok(()),
        }
    }
}

/// The key of an endpoint on the network: its number, in one spelling.
pub(crate) fn tcp_key(address: SocketAddr) -> String {
    format!("tcp://{}", SocketAddr::new(address.ip().to_canonical(), address.port()))
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Com(number) => write!(f, "COM{number}"),
            Self::Usb { vid, pid, serial } => write!(f, "usb:{vid:04x}:{pid:04x}:{serial}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(text: &str) -> (Host, u16) {
        match Address::parse(text) {
            Ok(Address::Tcp { host, port, .. }) => (host, port),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn serial(text: &str) -> (PortName, SerialSettings) {
        match Address::parse(text) {
            Ok(Address::Serial { port, settings, .. }) => (port, settings),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn addresses_on_the_network() {
        assert_eq!(tcp("tcp://192.168.0.20:9100"), (Host::Ip([192, 168, 0, 20].into()), 9100));
        assert_eq!(tcp("tcp://[::1]:9100"), (Host::Ip("::1".parse().unwrap()), 9100));
        assert_eq!(tcp("tcp://[::ffff:10.0.0.1]:1"), (Host::Ip([10, 0, 0, 1].into()), 1));
        assert_eq!(tcp("TCP://Till-7.Shop:65535"), (Host::Name("till-7.shop".to_owned()), 65535));
        assert!(Address::parse("tcp://127.0.0.1:9100?simulated=true").unwrap().simulated());
        assert!(!Address::parse("tcp://127.0.0.1:9100").unwrap().simulated());
    }

    #[test]
    fn addresses_of_serial_ports() {
        let (port, settings) = serial("serial:///dev/ttyUSB0?baud=115200");
        assert_eq!(port, PortName::Path("/dev/ttyUSB0".to_owned()));
        let usual =
            SerialSettings { baud: 115_200, parity: Parity::None, data: 8, stop: 1, flow: Flow::None };
        assert_eq!(settings, usual);
        let (port, settings) = serial("serial://com3?baud=9600&parity=even&data=7&stop=2&flow=hardware");
        assert_eq!(port, PortName::Com(3));
        let other =
            SerialSettings { baud: 9600, parity: Parity::Even, data: 7, stop: 2, flow: Flow::Hardware };
        assert_eq!(settings, other);
        assert_eq!(serial(r"serial://\\.\COM12?baud=9600").0, PortName::Com(12));
        assert_eq!(
            serial("serial:///dev/serial/by-id/a%20b?baud=9600").0,
            PortName::Path("/dev/serial/by-id/a b".to_owned())
        );
        let usb = PortName::Usb { vid: 0x0403, pid: 0x6001, serial: "A5XK3RJT".to_owned() };
        assert_eq!(serial("serial:usb:0403:6001:A5XK3RJT?baud=9600").0, usb);
    }

    #[test]
    fn simulators() {
        for (text, name) in [("simulator:", ""), ("simulator:2층", "2층"), ("simulator://a", "a")] {
            assert_eq!(Address::parse(text), Ok(Address::Simulator { name: name.to_owned() }), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_told_what_is_accepted() {
        for text in [
            "",
            "192.168.0.20:9100",
            "http://192.168.0.20:9100",
            "tcp:192.168.0.20:9100",
            "tcp://192.168.0.20",
            "tcp://192.168.0.20:",
            "tcp://192.168.0.20:0",
            "tcp://192.168.0.20:+1",
            "tcp://192.168.0.20:65536",
            "tcp://:9100",
            "tcp://::1:9100",
            "tcp://[::1]",
            "tcp://[::g]:1",
            "tcp://a b:9100",
            "tcp://user@host:9100",
            "tcp://host:9100/path",
            "tcp://0.0.0.0:9100",
            "tcp://224.0.0.1:9100",
            "tcp://host:9100?speed=1",
            "tcp://host:9100?simulated",
            "tcp://host:9100?simulated=yes",
            "tcp://host:9100?simulated=true&simulated=true",
            "serial:///dev/ttyUSB0",
            "serial:///dev/ttyUSB0?baud=fast",
            "serial:///dev/ttyUSB0?baud=0",
            "serial:///dev/ttyUSB0?baud=9600&data=9",
            "serial:///dev/ttyUSB0?baud=9600&stop=3",
            "serial:///dev/ttyUSB0?baud=9600&parity=mark",
            "serial:///dev/ttyUSB0?baud=9600&flow=rts",
            "serial://ttyUSB0?baud=9600",
            "serial://COM0?baud=9600",
            "serial://COMX?baud=9600",
            "serial:///dev/?baud=9600",
            "serial:///dev/%zz?baud=9600",
            "serial:usb:0403:6001?baud=9600",
            "serial:usb:0403:6001:?baud=9600",
            "serial:usb:403:6001:A?baud=9600",
            "simulator:a/b",
            "simulator:?x=1",
            &format!("simulator:{}", "x".repeat(600)),
        ] {
            let error = Address::parse(text).expect_err(text);
            assert_eq!(error.code, ErrorCode::InvalidAddress, "{text}");
            assert!(error.accepted.contains("tcp://HOST:PORT"), "{text}");
        }
    }

    #[test]
    fn one_endpoint_has_one_key() {
        let keys = ["10.0.0.1:9100", "[::ffff:10.0.0.1]:9100"].map(|text| tcp_key(text.parse().unwrap()));
        assert_eq!(keys, ["tcp://10.0.0.1:9100", "tcp://10.0.0.1:9100"]);
    }
}
