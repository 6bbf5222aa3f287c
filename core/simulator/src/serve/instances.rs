//! The terminals within this process, by name: a client that reconnects finds the same one.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Attached, Server};
use crate::settings::Settings;

fn instances() -> MutexGuard<'static, HashMap<String, Server>> {
    static INSTANCES: OnceLock<Mutex<HashMap<String, Server>>> = OnceLock::new();
    INSTANCES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// The terminal of this name within the process, if there is one: for a look into its host, or to let
/// something go wrong.
#[must_use]
pub fn instance(name: &str) -> Option<Server> {
    instances().get(name).cloned()
}

/// Gives a terminal a name within the process, before its client connects. The one that had the name before
/// keeps its clients and loses the name.
pub fn place(name: &str, server: Server) {
    instances().insert(name.to_owned(), server);
}

/// Takes the name from a terminal. The next client of the name switches on a new one.
pub fn remove_instance(name: &str) -> Option<Server> {
    instances().remove(name)
}

/// Connects to the terminal of this name within the process; the first client switches it on with these
/// settings.
///
/// # Errors
/// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) while the terminal restarts or refuses.
pub fn attach(name: &str, settings: Settings) -> io::Result<Attached> {
    let server = instances().entry(name.to_owned()).or_insert_with(|| Server::new(settings)).clone();
    server.attach()
}
