//! A connection to a terminal within the process.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::hub::{End, Hub, State};
use crate::terminal::ConnectionId;

/// A client's end of a connection within the process. It reads and writes like a socket, needs tokio's timer
/// where the terminal takes time, and ends when it is dropped.
pub struct Attached {
    hub: Arc<Hub>,
    id: ConnectionId,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// What a connection has for its reader.
pub(super) enum Received {
    Bytes(Vec<u8>),
    /// It ended, by a reset or in order.
    Closed {
        reset: bool,
    },
}

impl Attached {
    /// Connects, unless the terminal refuses it.
    pub(super) fn new(hub: Arc<Hub>) -> io::Result<Self> {
        let id = hub.turn(None, |state, now| {
            if !state.terminal.is_listening() {
                return None;
            }
            let id = state.terminal.connect(now);
            state.ends.push(End { id, bytes: Vec::new(), closed: None, waker: None });
            Some(id)
        });
        let id = id.ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(Self { hub, id, sleep: None })
    }

    /// Bytes for the terminal. Says whether the connection still stands.
    pub(super) fn send(&self, bytes: &[u8]) -> bool {
        self.hub.turn(None, |state, now| {
            let open = state.end(self.id).is_some_and(|end| end.closed.is_none());
            if open {
                state.terminal.receive(self.id, bytes, now);
            }
            open
        })
    }

    /// The bytes that are there, or the end.
    pub(super) async fn receive(&mut self) -> Received {
        poll_fn(|context| self.poll_take(context, usize::MAX)).await
    }

    fn poll_take(&mut self, context: &mut Context<'_>, room: usize) -> Poll<Received> {
        loop {
            let (id, waker) = (self.id, context.waker());
            let found = self.hub.turn(Some(id), |state, _| {
                let due = state.terminal.poll_timeout();
                let State { ends, pieces, .. } = state;
                let Some(end) = ends.iter_mut().find(|end| end.id == id) else {
                    return Ok(Received::Closed { reset: true });
                };
                if !end.bytes.is_empty() {
                    return Ok(Received::Bytes(pieces.take(&mut end.bytes, room)));
                }
                if let Some(reset) = end.closed {
                    return Ok(Received::Closed { reset });
                }
                end.waker = Some(waker.clone());
                Err(due)
            });
            let due = match found {
                Ok(received) => return Poll::Ready(received),
                Err(None) => return Poll::Pending,
                Err(Some(due)) => self.hub.instant(due),
            };
            let sleep = match &mut self.sleep {
                Some(sleep) => {
                    if sleep.deadline() != due {
                        sleep.as_mut().reset(due);
                    }
                    sleep
                }
                None => self.sleep.insert(Box::pin(tokio::time::sleep_until(due))),
            };
            ready!(sleep.as_mut().poll(context));
        }
    }
}

impl AsyncRead for Attached {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        if room == 0 {
            return Poll::Ready(Ok(()));
        }
        match ready!(self.get_mut().poll_take(context, room)) {
            Received::Bytes(bytes) => {
                buffer.put_slice(&bytes);
                Poll::Ready(Ok(()))
            }
            Received::Closed { reset: false } => Poll::Ready(Ok(())),
            Received::Closed { reset: true } => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }
}

impl AsyncWrite for Attached {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.send(bytes) {
            Poll::Ready(Ok(bytes.len()))
        } else {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.hub.turn(None, |state, now| state.terminal.disconnect(self.id, now));
        Poll::Ready(Ok(()))
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let id = self.id;
        self.hub.turn(None, |state, now| {
            state.terminal.disconnect(id, now);
            state.ends.retain(|end| end.id != id);
        });
    }
}
