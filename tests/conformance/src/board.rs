//! The terminal's side of a run: a simulated terminal on a line, and what a checker sees of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use danmal_simulator::script::{LedgerExpectation, Scenario};
use danmal_simulator::{Control, Fault, Host, Server};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::child::Child;
use crate::lines::{Chunking, Line};
use crate::words::{Command, Inside};

/// How long a pseudo terminal may take to appear.
const PORT: Duration = Duration::from_secs(5);

fn runtime() -> Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let make = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok();
    RUNTIME.get_or_init(make).as_ref().ok_or_else(|| "no threads for the terminals".to_owned())
}

/// A command of the control port.
pub(crate) fn obey(control: &Control, command: &Value) -> Value {
    danmal::block_on(control.obey(command.to_string().as_bytes()))
}

/// A request that the terminal received.
#[derive(Clone, Debug, Deserialize)]
pub struct Received {
    /// Six digits.
    pub code: String,
    /// Its ptxid, where it carries one.
    pub ptxid: Option<String>,
}

/// A line of the host's ledger.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The ptxid of the request that caused it.
    pub ptxid: String,
    /// Six digits.
    pub code: String,
    /// Won; of a cancellation negative.
    pub amount: i64,
    /// The approval number.
    pub approval_no: String,
    /// `captured`, `reversed`, `cancelled`, `declined`.
    pub state: String,
}

#[derive(Deserialize)]
struct Ledger {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<Received>,
}

#[derive(Deserialize)]
struct Papers {
    papers: Vec<Paper>,
}

#[derive(Deserialize)]
struct Paper {
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct Wrong {
    wrong: Vec<String>,
}

enum Place {
    /// Served here.
    Here { control: Control, task: JoinHandle<()> },
    /// In the adapter's process.
    Inside,
}

/// A terminal on a line.
pub struct Board {
    place: Place,
    address: String,
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Place::Here { task, .. } = &self.place {
            task.abort();
        }
    }
}

impl Board {
    /// Puts the terminal of a scenario on a line. `folder` is for a serial port's link, `name` is used by no
    /// other run.
    ///
    /// # Errors
    /// The system has no port to give.
    pub fn serve(
        scenario: &Scenario,
        line: Line,
        chunking: Chunking,
        folder: &Path,
        name: &str,
    ) -> Result<Self, String> {
        if line == Line::Simulator {
            return Ok(Self { place: Place::Inside, address: format!("simulator:{name}") });
        }
        let server = Server::with(scenario.settings(), scenario.plan(), Host::new());
        server.set_chunks(&chunking.chunks());
        let control = Control::new();
        control.add(&server, scenario.settings(), scenario.plan(), None);
        let (task, address) = match line {
            Line::Serial => on_port(server, &folder.join("port"))?,
            _ => {
                let runtime = runtime()?;
                let bound = Server::bind(([127, 0, 0, 1], 0).into());
                let listener = runtime.block_on(bound).map_err(|error| error.to_string())?;
                let address = listener.local_addr().map_err(|error| error.to_string())?;
                let task = runtime.spawn(async move { drop(server.listen(listener).await) });
                let address = match line {
                    Line::Foreign => address.to_string(),
                    _ => format!("tcp://{address}?simulated=true"),
                };
                (task, address)
            }
        };
        Ok(Self { place: Place::Here { control, task }, address })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the adapter puts into its own process.
    #[must_use]
    pub fn inside(&self, scenario: &Scenario, chunking: Chunking) -> Option<Inside> {
        match self.place {
            Place::Here { .. } => None,
            Place::Inside => Some(Inside { scenario: scenario.clone(), chunking }),
        }
    }

    fn ask<T: DeserializeOwned>(&self, child: &mut Child, command: Value) -> Result<T, String> {
        let answer = match &self.place {
            Place::Here { control, .. } => obey(control, &command),
            Place::Inside => child.ask(&Command::Control { command }, Duration::from_secs(10))?,
        };
        match answer.get("error") {
            Some(error) => Err(format!("the terminal: {error}")),
            None => serde_json::from_value(answer).map_err(|error| format!("the terminal: {error}")),
        }
    }

    /// Lets a fault strike now.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn inject(&self, child: &mut Child, fault: &Fault) -> Result<(), String> {
        self.ask::<Value>(child, json!({"do": "inject", "fault": fault})).map(drop)
    }

    /// What differs from the host's ledger.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn check(
        &self,
        child: &mut Child,
        ledger: &LedgerExpectation,
        names: &Value,
    ) -> Result<Vec<String>, String> {
        let checked: Wrong = self.ask(child, json!({"do": "check", "ledger": ledger, "names": names}))?;
        Ok(checked.wrong)
    }

    /// The host's ledger.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn entries(&self, child: &mut Child) -> Result<Vec<Entry>, String> {
        self.ask::<Ledger>(child, json!({"do": "ledger"})).map(|ledger| ledger.entries)
    }

    /// What the terminal has received.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn received(&self, child: &mut Child) -> Result<Vec<Received>, String> {
        self.ask::<Requests>(child, json!({"do": "received"})).map(|received| received.requests)
    }

    /// What was printed.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn printed(&self, child: &mut Child) -> Result<Vec<String>, String> {
        let papers = self.ask::<Papers>(child, json!({"do": "papers"}))?.papers;
        Ok(papers.into_iter().flat_map(|paper| paper.lines).collect())
    }
}

/// A pseudo terminal behind a link, as udev makes them: what it leads to changes when the adapter is pulled and
/// comes back under another name.
#[cfg(unix)]
fn on_port(server: Server, link: &Path) -> Result<(JoinHandle<()>, String), String> {
    let own: PathBuf = link.to_path_buf();
    let announce = move |path: &Path| {
        let fresh = own.with_extension("new");
        let _ = std::fs::remove_file(&fresh);
        if std::os::unix::fs::symlink(path, &fresh).is_ok() {
            let _ = std::fs::rename(&fresh, &own);
        }
    };
    let task = runtime()?.spawn(async move { drop(server.serve_pty(announce).await) });
    let until = Instant::now() + PORT;
    while std::fs::symlink_metadata(link).is_err() {
        if Instant::now() > until {
            return Err("no pseudo terminal appeared".to_owned());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok((task, format!("serial://{}?baud=115200&simulated=true", link.display())))
}

#[cfg(not(unix))]
fn on_port(_server: Server, _link: &Path) -> Result<(JoinHandle<()>, String), String> {
    Err("this system has no pseudo terminals".to_owned())
}
