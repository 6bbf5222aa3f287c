//! `cargo xtask demo`: the main job, on the built-in simulator, readable in half a minute.

mod screen;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use danmal::{
    Approval, CashReceipt, EventCode, Language, Operation, Options, Outcome, Resolution, Sale, Terminal,
};
use danmal_simulator::{Host, Server, Settings, State};
use screen::Screen;

type Fault = Box<dyn std::error::Error>;

const PATIENCE: Duration = Duration::from_secs(200);

/// Runs the demo: on the simulator, or on a terminal at an address.
pub fn run(address: Option<&str>) -> ExitCode {
    let result = match address {
        Some(address) => on_a_terminal(address),
        None => on_the_simulator(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The till that is killed: pays, says what happens, and waits for its end.
pub fn child(address: &str, folder: &Path) -> ExitCode {
    let pay = || -> Result<(), Fault> {
        let terminal = Terminal::open(address, Options::new().folder(folder))?;
        let payment = terminal.approve(Sale::won(30_000).order("killed"))?;
        println!("{}", payment.id());
        for event in payment.events() {
            println!("{:?}", event.code);
        }
        Ok(())
    };
    match pay() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the till: {error}");
            ExitCode::FAILURE
        }
    }
}

fn on_the_simulator() -> Result<(), Fault> {
    let screen = Screen::new();
    let (address, server) = simulator()?;
    let folder = std::env::temp_dir().join(format!("danmal-demo-{}", std::process::id()));
    let address = format!("tcp://{address}?simulated=true");
    screen.title("danmal demo: a till, a simulated terminal (모의 단말기) and its host");

    screen.chapter("1", "15,000 won by card, with a signature");
    let terminal = Terminal::open(&address, Options::new().folder(&folder))?;
    let sale = approval(&screen, &terminal.approve(Sale::won(15_000).order("2024-0007"))?)?;
    screen.receipt(&sale);

    screen.chapter("2", "the sale is cancelled (취소)");
    approval(&screen, &terminal.cancel(&sale)?)?;

    screen.chapter("3", "a cash receipt (현금영수증)");
    approval(&screen, &terminal.issue_cash_receipt(CashReceipt::won(8_000).identifier("01000000000"))?)?;

    screen.chapter("4", "the cable is pulled while the customer signs");
    let pulled = terminal.approve(Sale::won(20_000).order("cable"))?;
    for event in pulled.events() {
        screen.event(&event);
        if event.code == EventCode::SignatureWait {
            screen.fault("-- the cable is pulled --");
            server.cut();
        }
    }
    settle(&screen, &pulled)?;

    screen.chapter("5", "the till is killed before the answer, and starts again");
    if !terminal.close_blocking() {
        return Err("the terminal did not close".into());
    }
    drop((pulled, terminal));
    let killed = kill_a_till(&screen, &address, &folder)?;
    let terminal = Terminal::open(&address, Options::new().folder(&folder))?;
    for payment in terminal.pending() {
        screen.note(&format!("found unresolved: {} ({} won)", payment.id(), payment.intent().amounts.amount));
        settle(&screen, &payment)?;
    }

    screen.chapter("6", "the till's journal and the host's ledger, side by side");
    let agree = compare(&screen, &terminal, &server.host());
    let charged = server.host().captured(&killed);
    terminal.close_blocking();
    std::fs::remove_dir_all(&folder)?;
    if !agree || charged != 1 {
        return Err(format!("the killed payment was charged {charged} times, or the books differ").into());
    }
    screen.good("every payment was charged once, and the till knows it");
    Ok(())
}

fn on_a_terminal(address: &str) -> Result<(), Fault> {
    let screen = Screen::new();
    screen.title(&format!("danmal demo on {address}: 1,004 won are charged, and cancelled"));
    let terminal = Terminal::open(address, Options::new())?;
    for payment in terminal.pending() {
        screen.note(&format!("unresolved from an earlier run: {}", payment.id()));
        settle(&screen, &payment)?;
    }
    let sale = approval(&screen, &terminal.approve(Sale::won(1_004))?)?;
    screen.receipt(&sale);
    approval(&screen, &terminal.cancel(&sale)?)?;
    terminal.close_blocking();
    Ok(())
}

fn simulator() -> Result<(std::net::SocketAddr, Server), Fault> {
    let server = Server::new(Settings::default());
    let (send, receive) = std::sync::mpsc::channel();
    let own = server.clone();
    std::thread::spawn(move || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let listener = Server::bind(([127, 0, 0, 1], 0).into()).await?;
            let _ = send.send(listener.local_addr()?);
            own.listen(listener).await
        })
    });
    Ok((receive.recv()?, server))
}

fn approval(screen: &Screen, operation: &Operation) -> Result<Approval, Fault> {
    for event in operation.events() {
        screen.event(&event);
    }
    match operation.wait(PATIENCE) {
        Some(Outcome::Approved(approval)) => Ok(*approval),
        Some(other) => Err(format!("not approved: {other}").into()),
        None => Err("no outcome".into()),
    }
}

/// Waits for the final state of what may have been unknown.
fn settle(screen: &Screen, operation: &Operation) -> Result<(), Fault> {
    match operation.wait_resolution(PATIENCE) {
        Some(Resolution::Final(outcome)) => {
            screen.note(&format!("→ {}: {}", outcome.name(), outcome.text().get(Language::Korean)));
            Ok(())
        }
        _ => Err("not resolved".into()),
    }
}

fn kill_a_till(screen: &Screen, address: &str, folder: &Path) -> Result<String, Fault> {
    let mut till = Command::new(std::env::current_exe()?)
        .args(["demo-till", address])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = till.stdout.take().ok_or("the till says nothing")?;
    let mut lines = BufReader::new(output).lines();
    let id = lines.next().ok_or("the till ended")??;
    screen.note(&format!("another till process pays 30,000 won: {id}"));
    for line in lines {
        let line = line?;
        screen.note(&format!("till: {line}"));
        if line == "SignatureWait" {
            break;
        }
    }
    till.kill()?;
    till.wait()?;
    screen.fault("-- the till is killed (SIGKILL) --");
    Ok(id)
}

/// Prints both books; returns whether they agree.
fn compare(screen: &Screen, terminal: &Terminal, host: &Host) -> bool {
    let ledger = host.entries();
    let mut agree = true;
    screen.row("operation", "till", "host");
    let Ok(history) = terminal.history() else { return false };
    for entry in &history {
        let stands = match &entry.outcome {
            Some(outcome) => outcome.name(),
            None => "unresolved",
        };
        let found: Vec<_> = ledger.iter().filter(|line| line.ptxid == entry.intent.ptxid.as_str()).collect();
        let host = match found.as_slice() {
            [] => "nothing".to_owned(),
            [line] => format!(
                "{} {} won, {}",
                line.approval_no,
                line.amount,
                match line.state {
                    State::Captured => "stands",
                    State::Reversed => "reversed",
                    State::Cancelled => "cancelled since",
                    State::Declined => "declined",
                }
            ),
            more => format!("{} TIMES", more.len()),
        };
        agree &= found.len() == usize::from(stands == "approved");
        let name = entry.intent.kind.text();
        let amount = entry.intent.amounts.amount;
        screen.row(&format!("{} {amount} won", name.get(Language::English)), stands, &host);
    }
    agree && ledger.len() == history.len()
}
