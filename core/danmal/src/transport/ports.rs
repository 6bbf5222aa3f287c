//! The serial ports of this machine, and the one that a terminal is on whatever its name is today.

use std::path::Path;

use danmal_model::{Error, ErrorCode};

use super::address::PortName;

/// A serial port of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialPort {
    /// What an address names: `/dev/ttyUSB0`, `COM3`.
    pub path: String,
    /// What is known of the USB adapter, where it is one.
    pub usb: Option<UsbAdapter>,
}

/// A USB adapter with a serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbAdapter {
    /// The vendor's number.
    pub vid: u16,
    /// The product's number.
    pub pid: u16,
    /// The adapter's own serial number. Where it has one, `serial:usb:VID:PID:SERIAL?baud=…` finds it again
    /// under any name.
    pub serial: Option<String>,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The product's name.
    pub product: Option<String>,
}

/// The serial ports of this machine, by their names.
///
/// # Errors
/// [`ErrorCode::InvalidSetting`] where the system does not say which ports it has.
pub fn serial_ports() -> Result<Vec<SerialPort>, Error> {
    // The library expects the folder to be there, which a container need not have.
    if cfg!(target_os = "linux") && !Path::new("/sys/class/tty").is_dir() {
        return Ok(Vec::new());
    }
    let ports = serialport::available_ports().map_err(|error| {
        Error::new(
            ErrorCode::InvalidSetting,
            format!("the system does not list its serial ports: {error}"),
            "name the port in the address",
        )
    })?;
    let mut ports: Vec<SerialPort> = ports
        .into_iter()
        // macOS names each port twice; only the calling one opens without a carrier.
        .filter(|port| !(cfg!(target_os = "macos") && port.port_name.starts_with("/dev/tty.")))
        .map(|port| SerialPort {
            path: port.port_name,
            usb: match port.port_type {
                serialport::SerialPortType::UsbPort(usb) => Some(UsbAdapter {
                    vid: usb.vid,
                    pid: usb.pid,
                    serial: usb.serial_number.filter(|serial| !serial.trim().is_empty()),
                    manufacturer: usb.manufacturer,
                    product: usb.product,
                }),
                _ => None,
            },
        })
        .collect();
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(ports)
}

/// What a port was found as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What is opened.
    pub(crate) path: String,
    /// The adapter, where its serial number is its own.
    pub(crate) adapter: Option<PortName>,
    /// The canonical key of the endpoint.
    pub(crate) key: String,
}

/// Finds a port. `remembered` is the adapter that the same address led to before: it is looked for under
/// another name, and another adapter that has taken the name is not taken for it.
pub(crate) fn find(port: &PortName, remembered: Option<&PortName>, ports: &[SerialPort]) -> Option<Found> {
    match remembered.unwrap_or(port) {
        usb @ PortName::Usb { .. } => {
            let found = ports.iter().find(|candidate| adapter(candidate, ports).as_ref() == Some(usb))?;
            Some(Found { path: found.path.clone(), adapter: Some(usb.clone()), key: format!("serial:{usb}") })
        }
        PortName::Com(number) => {
            let path = format!("COM{number}");
            let listed = ports.iter().find(|candidate| candidate.path.eq_ignore_ascii_case(&path));
            let adapter = listed.and_then(|listed| adapter(listed, ports));
            let key = key_of(adapter.as_ref(), &format!(r"\\.\{path}"));
            Some(Found { path: format!(r"\\.\{path}"), adapter, key })
        }
        PortName::Path(path) => {
            let real = std::fs::canonicalize(path).ok()?.to_string_lossy().into_owned();
            let listed = ports.iter().find(|candidate| candidate.path == real);
            let adapter = listed.and_then(|listed| adapter(listed, ports));
            // The two names that macOS gives to one port.
            let one_name = match real.strip_prefix("/dev/tty.") {
                Some(name) if cfg!(target_os = "macos") => format!("/dev/cu.{name}"),
                _ => real.clone(),
            };
            let key = key_of(adapter.as_ref(), &one_name);
            Some(Found { path: real, adapter, key })
        }
    }
}

fn key_of(adapter: Option<&PortName>, path: &str) -> String {
    match adapter {
        Some(adapter) => format!("serial:{adapter}"),
        None => format!("serial:{path}"),
    }
}

/// The adapter of a port, if no other one that is plugged in calls itself the same: cheap ones all have the
/// same serial number.
fn adapter(port: &SerialPort, ports: &[SerialPort]) -> Option<PortName> {
    let name = |port: &SerialPort| {
        let usb = port.usb.as_ref()?;
        Some(PortName::Usb { vid: usb.vid, pid: usb.pid, serial: usb.serial.clone()? })
    };
    let own = name(port)?;
    (ports.iter().filter(|other| name(other).as_ref() == Some(&own)).count() == 1).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(path: &str, serial: Option<&str>) -> SerialPort {
        SerialPort {
            path: path.to_owned(),
            usb: Some(UsbAdapter {
                vid: 0x0403,
                pid: 0x6001,
                serial: serial.map(str::to_owned),
                manufacturer: None,
                product: None,
            }),
        }
    }

    fn usb(serial: &str) -> PortName {
        PortName::Usb { vid: 0x0403, pid: 0x6001, serial: serial.to_owned() }
    }

    /// Two ports that every machine has, and the name under which a user gives the first.
    #[cfg(unix)]
    const PORTS: (&str, &str) = ("/dev/null", "/dev/zero");
    #[cfg(windows)]
    const PORTS: (&str, &str) = ("COM3", "COM4");

    fn first() -> PortName {
        if cfg!(windows) { PortName::Com(3) } else { PortName::Path(PORTS.0.to_owned()) }
    }

    #[test]
    fn an_adapter_is_found_under_its_new_name() {
        let before = [port(PORTS.0, Some("A1"))];
        let found = find(&first(), None, &before).unwrap();
        assert_eq!(found.key, "serial:usb:0403:6001:A1");
        let after = [port(PORTS.0, Some("B2")), port(PORTS.1, Some("A1"))];
        let again = find(&first(), found.adapter.as_ref(), &after).unwrap();
        assert_eq!((again.path.as_str(), again.key), (PORTS.1, found.key));
        let gone = [port(PORTS.0, Some("B2"))];
        assert_eq!(find(&first(), found.adapter.as_ref(), &gone), None);
    }

    #[test]
    fn adapters_that_call_themselves_the_same_are_told_apart_by_their_path() {
        let twins = [port(PORTS.0, Some("0001")), port(PORTS.1, Some("0001"))];
        let found = find(&first(), None, &twins).unwrap();
        assert_eq!(found.adapter, None);
        assert!(found.key.starts_with("serial:") && found.key.ends_with(PORTS.0), "{}", found.key);
        assert_eq!(find(&usb("0001"), None, &twins), None);
    }

    #[test]
    fn every_name_of_a_port_gives_the_same_key() {
        let folder = std::env::temp_dir().join(format!("danmal-ports-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join("till");
        let _ = std::fs::remove_file(&link);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/dev/null", &link).unwrap();
            let by_link = find(&PortName::Path(link.to_string_lossy().into_owned()), None, &[]).unwrap();
            let by_name = find(&PortName::Path("/dev/null".to_owned()), None, &[]).unwrap();
            assert_eq!(by_link, by_name);
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(find(&PortName::Com(3), None, &[]).unwrap().key, r"serial:\\.\COM3");
    }
}
