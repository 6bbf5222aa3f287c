//! Where a terminal is.

use danmal_model::{Error, ErrorCode};

/// An address, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) place: Place,
    /// Play money by its own word: a `danmal-simulator` stands there.
    pub(crate) simulated: bool,
}

/// What kind of place it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `tcp://host:port`.
    Tcp { host: String, port: u16 },
    /// `simulator:` or `simulator:NAME`, within this process.
    Simulator { name: String },
}

const ACCEPTED: &str =
    "tcp://HOST:PORT (?simulated=true for a danmal-simulator), simulator: or simulator:NAME";

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse =
            |problem: &str| Error::field(ErrorCode::InvalidAddress, "address", problem.to_owned(), ACCEPTED);
        if let Some(name) = text.strip_prefix("simulator:") {
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
                return Err(refuse("a simulator's name has letters, digits, - and _ only"));
            }
            let name = if name.is_empty() { "default" } else { name };
            return Ok(Self { place: Place::Simulator { name: name.to_owned() }, simulated: true });
        }
        let Some(rest) = text.strip_prefix("tcp://") else {
            return Err(refuse("neither tcp:// nor simulator:"));
        };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let simulated = match query {
            None | Some("simulated=false") => false,
            Some("simulated=true") => true,
            Some(_) => return Err(refuse("an unknown setting after ?")),
        };
        let Some((host, port)) = place.rsplit_once(':') else { return Err(refuse("no port")) };
        let port = match port.parse::<u16>() {
            Ok(port) if port > 0 => port,
            _ => return Err(refuse("the port is no number from 1 to 65535")),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let sound = !bare.is_empty()
            && (bare.len() == host.len()) != bare.contains(':')
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
        if !sound {
            return Err(refuse("the host is no name, IPv4 address or IPv6 address in brackets"));
        }
        Ok(Self { place: Place::Tcp { host: bare.to_owned(), port }, simulated })
    }

    /// The canonical key: one terminal under two names must be one.
    pub(crate) fn key(&self) -> String {
        match &self.place {
            Place::Simulator { name } => format!("simulator:{name}"),
            Place::Tcp { host, port } => {
                let resolved = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), *port));
                match resolved.ok().and_then(|mut addresses| addresses.next()) {
                    Some(address) => format!("tcp://{address}"),
                    None => format!("tcp://{}:{port}", host.to_ascii_lowercase()),
                }
            }
        }
    }

    /// Whether the durations may be scaled for a test (rule 15).
    pub(crate) fn is_for_tests(&self) -> bool {
        match &self.place {
            Place::Simulator { .. } => true,
            Place::Tcp { host, .. } => {
                host == "localhost"
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_makes_no_sense_is_refused_by_name() {
        for text in [
            "",
            "9100",
            "tcp://",
            "tcp://host",
            "tcp://host:0",
            "tcp://host:70000",
            "tcp://::1:80",
            "tcp://a b:1",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(
                (error.code, error.field.as_deref()),
                (ErrorCode::InvalidAddress, Some("address")),
                "{text}"
            );
        }
        for text in [
            "simulator:",
            "simulator:till-2",
            "tcp://192.168.0.20:9100",
            "tcp://[::1]:9100",
            "tcp://pos.local:1",
        ] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
    }
}
