//! What a person sees who stands before the terminal. Never a card number, never a customer's.

use std::fmt;
use std::time::Duration;

use danmal_wire::Code;

use crate::fault::FaultKind;
use crate::terminal::ConnectionId;

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    /// Switched off, or restarting.
    Off,
    /// 대기.
    Idle,
    /// It asks for a card, a code or a passport.
    WaitingForCard,
    /// It asks for a signature (서명).
    Signature,
    /// It waits for the host.
    HostPending,
    /// It prints.
    Printing,
}

/// Something that happened, with its time since the terminal was switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, by the terminal's clock.
    pub at: Duration,
    /// What.
    pub what: Happened,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happened {
    /// A client connected.
    Connected(ConnectionId),
    /// A client is gone, or was cut off.
    Gone(ConnectionId),
    /// A client was refused.
    Refused,
    /// A request arrived. The ptxid only where it looks like one.
    Received {
        /// From whom.
        connection: ConnectionId,
        /// What.
        code: Code,
        /// Its ptxid.
        ptxid: Option<String>,
        /// Its length on the wire.
        bytes: usize,
    },
    /// Bytes arrived that are no request.
    Unreadable(ConnectionId),
    /// An answer left.
    Answered {
        /// To whom.
        connection: ConnectionId,
        /// Under which code.
        code: Code,
        /// Its result code.
        result: String,
    },
    /// The screen changed.
    Screen(Screen),
    /// The host captured, won; negative for a cancellation.
    Captured(i64),
    /// The host took a capture back (망취소).
    Reversed,
    /// A fault struck.
    Fault(FaultKind),
    /// Something was printed: so many lines.
    Printed(usize),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.as_secs_f64();
        write!(f, "{at:>9.3} s  ")?;
        match &self.what {
            Happened::Connected(connection) => write!(f, "client {} connected", connection.0),
            Happened::Gone(connection) => write!(f, "client {} is gone", connection.0),
            Happened::Refused => f.write_str("a client was refused"),
            Happened::Received { connection, code, ptxid, bytes } => {
                write!(
                    f,
                    "client {} asks {} {code} ({}, {bytes} bytes)",
                    connection.0,
                    code.name(),
                    code.korean_name()
                )?;
                ptxid.iter().try_for_each(|ptxid| write!(f, " {ptxid}"))
            }
            Happened::Unreadable(connection) => {
                write!(f, "client {} sent bytes that are no request", connection.0)
            }
            Happened::Answered { connection, code, result } => {
                write!(f, "client {} is answered {code} with {result}", connection.0)
            }
            Happened::Screen(screen) => f.write_str(match screen {
                Screen::Off => "screen: off",
                Screen::Idle => "screen: 대기 (idle)",
                Screen::WaitingForCard => "screen: 카드를 넣어 주세요 (waiting for the card)",
                Screen::Signature => "screen: 서명해 주세요 (waiting for the signature)",
                Screen::HostPending => "screen: 승인 중 (asking the host)",
                Screen::Printing => "screen: 출력 중 (printing)",
            }),
            Happened::Captured(amount) => write!(f, "host: captured {amount} won"),
            Happened::Reversed => f.write_str("host: reversed (망취소)"),
            Happened::Fault(kind) => write!(f, "fault: {}", kind.name()),
            Happened::Printed(lines) => write!(f, "printed {lines} lines"),
        }
    }
}

/// A ptxid that may be shown: one of a till's making, and nothing that a person's number could hide in.
pub(crate) fn showable(ptxid: &str) -> Option<String> {
    let plain = ptxid.len() <= 64 && ptxid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // The longest group of a UUID has twelve digits, the shortest card number thirteen.
    let long = ptxid.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 12);
    (plain && !long && ptxid.starts_with("CPOS-")).then(|| ptxid.to_owned())
}
