//! A payment over a serial line: a pseudo-terminal whose other end is the simulator.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;

use common::{open, outcome, tcp_simulator};
use danmal::{Outcome, Sale};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;

/// Copies until one side ends.
fn copy(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) {
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok(count) = from.read(&mut buffer)
            && count > 0
        {
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
    });
}

#[test]
fn a_sale_over_a_serial_line() {
    let folder = tempfile::tempdir().unwrap();
    let (tcp, server) = tcp_simulator();
    let pty = openpty(None, None).unwrap();
    let mut settings = tcgetattr(&pty.slave).unwrap();
    cfmakeraw(&mut settings);
    tcsetattr(&pty.slave, SetArg::TCSANOW, &settings).unwrap();
    let name = ttyname(&pty.slave).unwrap();
    let master = File::from(pty.master);
    let stream = TcpStream::connect(tcp).unwrap();
    copy(master.try_clone().unwrap(), stream.try_clone().unwrap());
    copy(stream, master);

    let terminal = open(&format!("serial://{}?baud=115200&simulated=true", name.display()), &folder);
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    let end = outcome(&payment);
    assert!(matches!(&end, Outcome::Approved(a) if a.approval_amt == 3_000), "{end:?}");
    assert_eq!(server.host().captured(payment.id().as_str()), 1);
    assert!(terminal.close_blocking());
}
