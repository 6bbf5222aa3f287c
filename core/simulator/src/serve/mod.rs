//! A terminal that is really there: within the process, on TCP, on a pseudo terminal.

mod attached;
#[cfg(feature = "control")]
mod control;
mod hub;
mod instances;
mod pieces;
#[cfg(unix)]
mod pty;
mod tcp;

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use attached::Attached;
#[cfg(feature = "control")]
pub use control::Control;
use hub::Hub;
pub use instances::{attach, instance, place, remove_instance};
pub use pieces::Chunks;

use crate::event::{Event, Screen};
use crate::fault::{Fault, Plan, Rule};
use crate::host::Host;
use crate::settings::Settings;
use crate::terminal::{Paper, Terminal};

/// A served terminal. Clones are the same one.
///
/// Nothing runs by itself: whoever waits for its bytes, and whoever looks at it, lets its time pass. So it
/// needs no task and no thread, and is idle for nothing.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use danmal_simulator::{Code, Fault, Server, Settings, When};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// let server = Server::new(Settings::instant());
/// server.add_rule(When::reply(Code::LastTransaction).then(Fault::LoseReply));
/// let mut client = server.attach()?;
/// client.write_all(b"0006990001").await?;
/// client.write_all(b"0006990001").await?;
/// let mut answer = [0; 1024];
/// let length = client.read(&mut answer).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Server(Arc<Hub>);

impl Server {
    /// A terminal with a host of its own, where nothing goes wrong but by [magic](crate::MAGIC).
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with(settings, Plan::default(), Host::new())
    }

    /// A terminal with a plan of what goes wrong, before a host.
    #[must_use]
    pub fn with(settings: Settings, plan: Plan, host: Host) -> Self {
        Self::serving(Terminal::new(at_this_time(settings), host).with_plan(plan))
    }

    /// Serves a terminal whose time begins now.
    #[must_use]
    pub fn serving(terminal: Terminal) -> Self {
        Self(Arc::new(Hub::new(terminal)))
    }

    /// The ledger behind it, brought up to the present. Take it anew for each look where nobody is connected:
    /// only whoever looks at the terminal lets its time pass.
    #[must_use]
    pub fn host(&self) -> Host {
        self.look(|terminal| terminal.host().clone())
    }

    /// Looks at the terminal as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Terminal) -> T) -> T {
        self.0.act(|terminal, _| look(terminal))
    }

    /// Changes the terminal: settings, plan. The time is that since it was switched on.
    pub fn act<T>(&self, act: impl FnOnce(&mut Terminal, Duration) -> T) -> T {
        self.0.act(act)
    }

    /// Lets a fault strike now, see [`Terminal::inject`].
    pub fn inject(&self, fault: Fault) {
        self.act(|terminal, now| terminal.inject(fault, now));
    }

    /// Adds a rule to the plan.
    pub fn add_rule(&self, rule: Rule) {
        self.act(|terminal, _| terminal.add_rule(rule));
    }

    /// Replaces the plan.
    pub fn set_plan(&self, plan: Plan) {
        self.act(|terminal, _| terminal.set_plan(plan));
    }

    /// Puts another terminal in the place of this one, as if it had been exchanged: who was connected is cut
    /// off, events go on. Its time begins with that of the first.
    pub fn replace(&self, terminal: Terminal) {
        self.0.replace(terminal);
    }

    /// Pulls the cable of every client.
    pub fn cut(&self) {
        self.inject(Fault::Cut { reset: true });
    }

    /// Sets in which pieces bytes leave from now on, on every line.
    pub fn set_chunks(&self, chunks: &Chunks) {
        self.0.set_pieces(pieces::Pieces::new(chunks));
    }

    /// What was printed, oldest first.
    #[must_use]
    pub fn papers(&self) -> Vec<Paper> {
        self.look(|terminal| terminal.papers().to_vec())
    }

    /// What is on the screen.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.look(Terminal::screen)
    }

    /// Hands every event from now on to a function, which is quick and does not call the server.
    pub fn on_event(&self, each: impl FnMut(&Event) + Send + 'static) {
        self.0.on_event(Box::new(each));
    }

    /// A connection within the process.
    ///
    /// # Errors
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) while the terminal restarts or refuses.
    pub fn attach(&self) -> io::Result<Attached> {
        Attached::new(self.0.clone())
    }
}

/// Settings whose clock is the machine's, unless they name one.
fn at_this_time(settings: Settings) -> Settings {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    let now = now.and_then(|now| i64::try_from(now.as_secs()).ok());
    Settings { start: settings.start.or(now), ..settings }
}
