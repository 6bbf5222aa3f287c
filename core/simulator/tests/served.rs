//! A terminal that is really there: in the process, on TCP, on a pseudo terminal.

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use common::{PTXID, frame, millis, sale, seconds, split};
use danmal_simulator::{
    Attached, Code, Fault, Host, Moment, Plan, Screen, Server, Settings, When, attach, instance, place,
    remove_instance,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Real seconds become half milliseconds.
fn fast() -> Settings {
    Settings::default().scaled(0.000_5)
}

async fn read_answer(client: &mut (impl AsyncReadExt + Unpin)) -> (String, String) {
    let mut length = [0; 4];
    client.read_exact(&mut length).await.unwrap();
    let count: usize = std::str::from_utf8(&length).unwrap().parse().unwrap();
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).await.unwrap();
    let (answer, _) = split(Duration::ZERO, &[&length[..], &bytes].concat()).clone();
    (answer.code.clone(), answer.result().to_owned())
}

/// A terminal on TCP, on a thread of its own.
fn on_tcp(server: &Server) -> SocketAddr {
    let own = server.clone();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            own.listen(listener).await.unwrap();
        });
    });
    receive.recv().unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(seconds(20))).unwrap();
    client
}

fn read_frame(client: &mut TcpStream) -> common::Answer {
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; std::str::from_utf8(&length).unwrap().parse().unwrap()];
    client.read_exact(&mut bytes).unwrap();
    split(Duration::ZERO, &[&length[..], &bytes].concat()).0
}

#[tokio::test]
async fn in_the_process_a_sale_takes_its_time() {
    let server = Server::new(fast());
    let mut client = server.attach().unwrap();
    client.write_all(&frame("010010", &sale(PTXID, 15_000))).await.unwrap();
    assert_eq!(server.screen(), Screen::WaitingForCard);
    assert_eq!(read_answer(&mut client).await, ("010010".into(), "0010".into()));
    assert_eq!(read_answer(&mut client).await, ("010010".into(), "0000".into()));
    client.write_all(b"0006980001").await.unwrap();
    assert_eq!(read_answer(&mut client).await, ("980001".into(), "0000".into()));
    assert_eq!((server.host().captured(PTXID), server.host().net()), (1, 15_000));
}

#[tokio::test]
async fn in_the_process_an_end_is_seen_as_on_a_socket() {
    for (reset, expected) in [(false, None), (true, Some(ErrorKind::ConnectionReset))] {
        let server = Server::new(Settings::instant());
        server.add_rule(When::reply(Code::Confirm).then(Fault::CutReply { after: 3, reset }));
        let mut client = server.attach().unwrap();
        client.write_all(b"0006980001").await.unwrap();
        let mut bytes = [0; 64];
        assert_eq!(client.read(&mut bytes).await.unwrap(), 3, "what came before the end is read");
        let end = client.read(&mut bytes).await;
        assert_eq!(end.as_ref().err().map(std::io::Error::kind), expected);
        assert_eq!(end.unwrap_or(0), 0);
        assert_eq!(client.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(server.attach().is_ok());
    }
}

#[tokio::test]
async fn a_reader_with_a_small_buffer_gets_everything() {
    let server = Server::new(Settings::instant());
    let mut client = server.attach().unwrap();
    client.write_all(b"00069800010006990001").await.unwrap();
    let mut all = Vec::new();
    let mut piece = [0; 3];
    while all.len() < 400 {
        let count = client.read(&mut piece).await.unwrap();
        all.extend_from_slice(&piece[..count]);
    }
    assert_eq!(split(Duration::ZERO, &all).0.code, "980001");
}

#[tokio::test]
async fn a_second_client_sees_the_same_terminal_and_wakes_nobody_else() {
    let server = Server::new(fast());
    let (mut first, mut second) = (server.attach().unwrap(), server.attach().unwrap());
    first.write_all(&frame("010010", &sale(PTXID, 500))).await.unwrap();
    second.write_all(&frame("010010", &sale("SECOND", 500))).await.unwrap();
    assert_eq!(read_answer(&mut second).await, ("010010".into(), "0001".into()));
    let waits = tokio::time::timeout(millis(30), second.read(&mut [0; 8])).await;
    assert!(waits.is_err(), "nothing is for the second");
    assert_eq!(read_answer(&mut first).await, ("010010".into(), "0000".into()));
}

#[tokio::test]
async fn named_terminals_are_found_again() {
    let name = format!("served-{}", std::process::id());
    let mut client: Attached = attach(&name, Settings::instant()).unwrap();
    client.write_all(&frame("010010", &sale(PTXID, 500))).await.unwrap();
    drop(client);
    let server = instance(&name).unwrap();
    assert_eq!(server.host().captured(PTXID), 1, "what was written before the end is executed");
    let mut client = attach(&name, Settings::default()).unwrap();
    client.write_all(b"0006990001").await.unwrap();
    assert_eq!(read_answer(&mut client).await.1, "0000");
    server.inject(Fault::Reboot {
        down: seconds(60),
        memory: Default::default(),
        pending: Default::default(),
    });
    assert_eq!(
        attach(&name, fast()).err().map(|error| error.kind()),
        None,
        "no time passes on an instant terminal"
    );
    place(&name, Server::new(fast()));
    let prepared = instance(&name).unwrap();
    prepared.inject(Fault::RefuseConnections { during: seconds(60_000) });
    let refused = attach(&name, Settings::default()).err().map(|error| error.kind());
    assert_eq!(refused, Some(ErrorKind::ConnectionRefused));
    assert!(remove_instance(&name).is_some() && instance(&name).is_none());
}

#[test]
fn on_tcp_a_sale_and_a_cancellation() {
    let server = Server::new(fast());
    let mut client = connect(on_tcp(&server));
    client.write_all(&frame("010010", &sale(PTXID, 15_000))).unwrap();
    assert_eq!(read_frame(&mut client).result(), "0010");
    let approval = read_frame(&mut client);
    assert_eq!(approval.result(), "0000");
    client.write_all(b"0006980001").unwrap();
    assert_eq!(read_frame(&mut client).code, "980001");
    client.write_all(&frame("010020", &common::cancellation("C", &approval))).unwrap();
    assert_eq!(read_frame(&mut client).result(), "0010");
    assert_eq!(read_frame(&mut client).result(), "0000");
    assert_eq!(server.host().net(), 0);
}

#[test]
fn on_tcp_a_reset_is_a_reset() {
    for reset in [false, true] {
        let server = Server::new(fast());
        server.add_rule(When::moment(Moment::Captured).then(Fault::Cut { reset }));
        let mut client = connect(on_tcp(&server));
        client.write_all(&frame("010010", &sale(PTXID, 500))).unwrap();
        let end = client.read(&mut [0; 64]);
        let expected = reset.then_some(ErrorKind::ConnectionReset);
        assert_eq!(end.as_ref().err().map(std::io::Error::kind), expected);
        assert_eq!((end.unwrap_or(0), server.host().captured(PTXID)), (0, 1));
    }
}

#[test]
fn on_tcp_a_terminal_that_restarts_refuses_and_comes_back() {
    let server = Server::new(Settings::default().scaled(0.01));
    let address = on_tcp(&server);
    let mut client = connect(address);
    server.inject(Fault::Reboot {
        down: seconds(40),
        memory: Default::default(),
        pending: Default::default(),
    });
    assert_eq!(client.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let mut refused = 0;
    let mut again = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
                refused += 1;
                std::thread::sleep(millis(5));
            }
        }
    };
    assert!(refused > 0, "its port was closed");
    again.set_read_timeout(Some(seconds(20))).unwrap();
    again.write_all(b"0006990001").unwrap();
    assert_eq!(read_frame(&mut again).result(), "0000");
}

#[test]
fn on_tcp_each_client_may_have_a_terminal_of_its_own() {
    let host = Host::new();
    let own = host.clone();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            Server::listen_each(listener, Settings::instant(), Plan::default(), own).await.unwrap();
        });
    });
    let address = receive.recv().unwrap();
    let mut clients: Vec<TcpStream> = (0..300).map(|_| connect(address)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.write_all(&frame("010010", &sale(&format!("CPOS-{number}"), 500))).unwrap();
    }
    for (number, client) in clients.iter_mut().enumerate() {
        let answer = read_frame(client);
        assert_eq!((answer.result(), answer.ptxid()), ("0000", format!("CPOS-{number}").as_str()));
    }
    assert_eq!((host.len(), host.net()), (300, 150_000));
}

#[cfg(unix)]
mod pty {
    use std::fs::{File, OpenOptions};
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    fn on_pty(server: &Server) -> Receiver<PathBuf> {
        let own = server.clone();
        let (send, receive) = channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(own.serve_pty(move |path| drop(send.send(path.to_owned())))).unwrap();
        });
        receive
    }

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).write(true).open(path).unwrap()
    }

    fn ask(port: &mut File, request: &[u8]) -> common::Answer {
        port.write_all(request).unwrap();
        read(port)
    }

    fn read(port: &mut File) -> common::Answer {
        let mut length = [0; 4];
        port.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; std::str::from_utf8(&length).unwrap().parse().unwrap()];
        port.read_exact(&mut bytes).unwrap();
        split(Duration::ZERO, &[&length[..], &bytes].concat()).0
    }

    #[test]
    fn a_serial_line_carries_every_byte_and_survives_its_client() {
        let server = Server::new(fast());
        let path = on_pty(&server).recv().unwrap();
        let mut port = open(&path);
        let wait = ask(&mut port, &frame("010010", &sale(PTXID, 15_000)));
        assert_eq!(wait.result(), "0010");
        assert_eq!(read(&mut port).result(), "0000");
        drop(port);
        let mut port = open(&path);
        assert_eq!(ask(&mut port, b"0006990001").ptxid(), PTXID);
        server.add_rule(When::reply(Code::Confirm).then(Fault::Cut { reset: true }));
        port.write_all(b"0006980001").unwrap();
        std::thread::sleep(millis(20));
        assert_eq!(ask(&mut port, b"0006990001").ptxid(), PTXID, "a cut loses bytes, not the line");
    }

    #[test]
    fn an_adapter_that_is_unplugged_comes_back_under_another_name() {
        let server = Server::new(fast());
        let paths = on_pty(&server);
        let before = paths.recv().unwrap();
        let mut port = open(&before);
        server.inject(Fault::Unplug { during: seconds(10) });
        let end = port.read(&mut [0; 8]);
        assert!(matches!(end, Ok(0)) || end.is_err(), "{end:?}");
        let after = paths.recv().unwrap();
        assert_eq!(ask(&mut open(&after), b"0006990001").result(), "0000");
    }
}
