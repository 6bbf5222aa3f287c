//! A till on the console: charges an amount and says what happens.
//!
//! ```sh
//! cargo run -p danmal --example till -- simulator: 15000
//! cargo run -p danmal --example till -- tcp://192.168.0.20:9100 15000 2024-0007
//! ```

use std::io::Write;
use std::time::Duration;

use danmal::{Language, Options, Outcome, Sale, Terminal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: till ADDRESS WON [ORDER]")?;
    let won = arguments.next().ok_or("usage: till ADDRESS WON [ORDER]")?.parse()?;
    let mut options = Options::new();
    // For tests: a data folder of their own, and scaled durations.
    if let Some(folder) = std::env::var_os("DANMAL_FOLDER") {
        options = options.folder(folder);
    }
    if let Ok(scale) = std::env::var("DANMAL_TIME_SCALE") {
        options = options.time_scale(scale.parse()?);
    }
    let terminal = Terminal::open(&address, options)?;

    // First what an earlier run left open: the cashier must know before the next sale.
    for payment in terminal.pending() {
        writeln!(out, "unresolved {}", payment.id())?;
        if let Some(resolution) = payment.wait_resolution(Duration::from_secs(20)) {
            writeln!(out, "resolved {} {resolution:?}", payment.id())?;
        }
    }

    let mut sale = Sale::won(won);
    if let Some(order) = arguments.next() {
        sale = sale.order(order);
    }
    let payment = terminal.approve(sale)?;
    writeln!(out, "payment {}", payment.id())?;
    for event in payment.events() {
        writeln!(out, "event {:?} {}", event.code, event.text(Language::Korean))?;
        out.flush()?;
    }
    match payment.wait(Duration::from_secs(200)) {
        Some(Outcome::Unknown(unknown)) => writeln!(out, "unknown {}", unknown.next_step(Language::Korean))?,
        Some(outcome) => writeln!(out, "{} {}", outcome.name(), outcome.text().get(Language::Korean))?,
        None => writeln!(out, "no outcome")?,
    }
    terminal.close_blocking();
    Ok(())
}
