//! A virtual payment terminal on TCP.

use std::io::Write;
use std::net::SocketAddr;

use clap::Parser;
use danmal_simulator::{MAGIC, Server, Settings};

#[derive(Parser)]
#[command(about = "A virtual payment terminal (모의 단말기): play money only", version)]
struct Cli {
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, default_value = "tcp://127.0.0.1:9100")]
    listen: String,
    /// A factor on every think time: 0.1 is ten times as fast.
    #[arg(long, default_value_t = 1.0)]
    time_scale: f64,
    /// Print the magic amounts and end.
    #[arg(long)]
    magic: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cli = Cli::parse();
    let mut out = std::io::stdout();
    if cli.magic {
        for magic in MAGIC {
            writeln!(out, "{:>6}  {:<42} {}", magic.amount, magic.en, magic.outcome)?;
        }
        return Ok(());
    }
    let address: SocketAddr = cli
        .listen
        .strip_prefix("tcp://")
        .and_then(|rest| rest.parse().ok())
        .ok_or("--listen takes tcp://IP:PORT, for instance tcp://127.0.0.1:9100")?;
    if !cli.time_scale.is_finite() || cli.time_scale <= 0.0 {
        return Err("--time-scale takes a number over 0".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::new(Settings::default().scaled(cli.time_scale));
        let listener = Server::bind(address).await?;
        writeln!(out, "listening on tcp://{}", listener.local_addr()?)?;
        out.flush()?;
        server.listen(listener).await.map_err(Into::into)
    })
}
