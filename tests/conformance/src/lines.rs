//! The lines between application and terminal, and how they cut what the terminal sends.

use std::fmt;

use danmal_simulator::Chunks;
use danmal_simulator::script::{Action, Restart, Scenario, Transport};
use serde::{Deserialize, Serialize};

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// TCP.
    Tcp,
    /// A serial port: a pseudo terminal.
    Serial,
    /// `simulator:`, within the adapter's process.
    Simulator,
    /// A transport that the application brings: the adapter's own socket.
    Foreign,
}

impl Line {
    /// Every line.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Serial, Self::Simulator, Self::Foreign];

    /// Whether a scenario makes sense on it.
    #[must_use]
    pub fn fits(self, scenario: &Scenario) -> bool {
        let kind = match self {
            Self::Tcp | Self::Foreign => Transport::Tcp,
            Self::Serial => Transport::Serial,
            Self::Simulator => Transport::Simulator,
        };
        let named = scenario.only.is_empty() || scenario.only.contains(&kind);
        // A terminal within the process would be killed with it.
        let killed = scenario.steps.iter().any(|step| step.action == Action::Restart(Restart::Killed));
        named && !(killed && self == Self::Simulator)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Serial => "serial",
            Self::Simulator => "simulator",
            Self::Foreign => "foreign",
        })
    }
}

/// A client of a language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Client {
    /// Of those who await.
    #[default]
    Async,
    /// Of those whose thread waits.
    Sync,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async => "async",
            Self::Sync => "sync",
        })
    }
}

/// In which pieces the terminal's bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Chunking {
    /// As the terminal writes them.
    Whole,
    /// One byte after the other.
    Bytes,
    /// By chance, from this seed.
    Random(u64),
}

impl Chunking {
    /// As the simulator has it.
    #[must_use]
    pub fn chunks(self) -> Chunks {
        match self {
            Self::Whole => Chunks::Whole,
            Self::Bytes => Chunks::Bytes,
            Self::Random(seed) => Chunks::Random(seed),
        }
    }
}

impl fmt::Display for Chunking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Bytes => f.write_str("bytes"),
            Self::Random(seed) => write!(f, "random {seed}"),
        }
    }
}
