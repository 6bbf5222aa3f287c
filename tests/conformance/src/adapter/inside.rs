//! A terminal within this process, for the address `simulator:`. It is no part of what is tried: the runner
//! reaches it by the control port's commands.

use danmal_simulator::{Control, Host, Server, place, remove_instance};
use serde_json::{Value, json};

use crate::board;
use crate::words;

#[derive(Default)]
pub(super) struct Inside {
    control: Option<Control>,
    name: Option<String>,
}

impl Inside {
    /// Puts a terminal at an address.
    pub(super) fn place(&mut self, address: &str, inside: words::Inside) {
        let name = address.strip_prefix("simulator:").unwrap_or_default();
        if let Some(before) = self.name.replace(name.to_owned()) {
            remove_instance(&before);
        }
        let words::Inside { scenario, chunking } = inside;
        let server = Server::with(scenario.settings(), scenario.plan(), Host::new());
        server.set_chunks(&chunking.chunks());
        place(name, server.clone());
        let control = Control::new();
        control.add(&server, scenario.settings(), scenario.plan(), None);
        self.control = Some(control);
    }

    /// Obeys a command of the control port.
    pub(super) fn obey(&self, command: &Value) -> Value {
        match &self.control {
            Some(control) => board::obey(control, command),
            None => json!({"ok": false, "error": "no terminal lives in this process"}),
        }
    }
}
