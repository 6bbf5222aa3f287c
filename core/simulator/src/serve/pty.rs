//! A terminal on a pseudo terminal, which is a serial port for all that a client can see.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

use super::Server;
use super::attached::{Attached, Received};

/// One pseudo terminal. Both sides are held open: a client that closes its port and opens it again finds the
/// line as it was, as on a cable.
struct Port {
    // What tokio calls a pipe is any file that can be waited for: bytes in, bytes out.
    from_client: pipe::Receiver,
    to_client: pipe::Sender,
    path: PathBuf,
    _other_side: OwnedFd,
}

impl Port {
    fn open() -> io::Result<Self> {
        let pair = openpty(None, None)?;
        let mut modes = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut modes);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &modes)?;
        let flags = OFlag::from_bits_truncate(fcntl(&pair.master, FcntlArg::F_GETFL)?);
        fcntl(&pair.master, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        let path = ttyname(&pair.slave)?;
        let master = File::from(pair.master);
        let to_client = pipe::Sender::from_file_unchecked(master.try_clone()?)?;
        let from_client = pipe::Receiver::from_file_unchecked(master)?;
        Ok(Self { from_client, to_client, path, _other_side: pair.slave })
    }
}

impl Server {
    /// Serves this terminal on a pseudo terminal, in raw mode, until that fails. `announce` learns its path;
    /// it is called again after [`Unplug`](crate::Fault::Unplug), when the port comes back under another one.
    /// A connection that is cut is not seen on a serial line: only its bytes are lost.
    ///
    /// # Errors
    /// Where the system has no pseudo terminal to give, or it fails.
    pub async fn serve_pty(&self, mut announce: impl FnMut(&Path) + Send) -> io::Result<()> {
        loop {
            let unplugged = self.0.unplugged.notified();
            self.until_listening().await;
            let mut port = Port::open()?;
            announce(&port.path);
            tokio::select! {
                result = self.on_port(&mut port) => result?,
                () = unplugged => {}
            }
        }
    }

    async fn on_port(&self, port: &mut Port) -> io::Result<()> {
        loop {
            self.until_listening().await;
            let Ok(mut attached) = self.attach() else { continue };
            carry(port, &mut attached).await?;
            // What arrives while nobody listens is lost; a look at the clock keeps this loop from spinning.
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
}

/// Carries bytes until the terminal ends the connection.
async fn carry(port: &mut Port, attached: &mut Attached) -> io::Result<()> {
    let mut piece = [0; 512];
    loop {
        tokio::select! {
            read = port.from_client.read(&mut piece) => {
                let count = read?;
                if !attached.send(piece.get(..count).unwrap_or_default()) {
                    return Ok(());
                }
            }
            received = attached.receive() => match received {
                Received::Bytes(bytes) => port.to_client.write_all(&bytes).await?,
                Received::Closed { .. } => return Ok(()),
            },
        }
    }
}
