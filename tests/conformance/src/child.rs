//! An adapter as a program of its own: what is killed is really dead.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command as Program, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::languages::Language;
use crate::words::{Command, Greeting};

/// How long an adapter may take to greet: a virtual machine starts first.
const GREETING: Duration = Duration::from_secs(60);

/// A running adapter.
pub struct Child {
    process: std::process::Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Who it is.
    pub greeting: Greeting,
}

impl Child {
    /// Starts the adapter of a language.
    ///
    /// # Errors
    /// It cannot be started, or does not greet.
    pub fn start(language: &Language) -> Result<Self, String> {
        let (program, arguments) = language.run.split_first().ok_or("a language without a program")?;
        let mut process = Program::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {program}: {error}"))?;
        let stdin = process.stdin.take();
        let stdout = process.stdout.take().ok_or("an adapter without an output")?;
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let greeting = Greeting { language: language.name.clone(), lines: Vec::new(), clients: Vec::new() };
        let mut child = Self { process, stdin, lines, greeting };
        child.greeting = child.ask(&Command::Hello, GREETING)?;
        Ok(child)
    }

    /// Gives a command and waits for its answer.
    ///
    /// # Errors
    /// The adapter's own words; or it is gone, silent or unreadable.
    pub fn ask<T: DeserializeOwned>(&mut self, command: &Command, within: Duration) -> Result<T, String> {
        let line = serde_json::to_string(command).map_err(|error| error.to_string())?;
        let stdin = self.stdin.as_mut().ok_or("an adapter without an input")?;
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .map_err(|error| format!("adapter: {error}"))?;
        let line = match self.lines.recv_timeout(within) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                self.kill();
                return Err(format!("the adapter is silent: {line}"));
            }
            Err(RecvTimeoutError::Disconnected) => return Err(format!("the adapter is gone: {line}")),
        };
        let answer: Value =
            serde_json::from_str(&line).map_err(|error| format!("adapter: {error}: {line}"))?;
        if answer.get("ok").and_then(Value::as_bool) == Some(false) {
            return Err(format!("adapter: {}", answer.get("error").and_then(Value::as_str).unwrap_or(&line)));
        }
        serde_json::from_value(answer).map_err(|error| format!("adapter: {error}: {line}"))
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it: nothing more is written, nothing is said.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
