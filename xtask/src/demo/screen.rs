//! What the demo prints: colours only where a person looks.

use std::io::IsTerminal;

use danmal::{Approval, Event, Language};

pub struct Screen {
    colours: bool,
}

impl Screen {
    pub fn new() -> Self {
        Self { colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn print(&self, colour: &str, text: &str) {
        if self.colours {
            println!("\x1b[{colour}m{text}\x1b[0m");
        } else {
            println!("{text}");
        }
    }

    pub fn title(&self, text: &str) {
        self.print("1", text);
    }

    pub fn chapter(&self, number: &str, text: &str) {
        println!();
        self.print("1;36", &format!("{number}. {text}"));
    }

    pub fn event(&self, event: &Event) {
        println!("   {:<34} {}", event.text(Language::Korean), event.text(Language::English));
    }

    pub fn note(&self, text: &str) {
        println!("   {text}");
    }

    pub fn fault(&self, text: &str) {
        self.print("33", &format!("   {text}"));
    }

    pub fn good(&self, text: &str) {
        println!();
        self.print("1;32", text);
    }

    pub fn row(&self, operation: &str, till: &str, host: &str) {
        println!("   {operation:<38} {till:<14} {host}");
    }

    /// The slip, as plain text.
    pub fn receipt(&self, approval: &Approval) {
        let card = approval.masked_card.as_ref().map_or("-", |card| card.as_str());
        let play = if approval.simulated { "모의 결제 (play money)" } else { "신용승인" };
        println!("   +----------------------------------------+");
        for line in [
            play.to_owned(),
            format!("{} {card}", approval.issuer_name),
            format!("승인번호 {}", approval.approval_no),
            format!("합계 {}원", approval.approval_amt),
        ] {
            println!("   | {line}");
        }
        println!("   +----------------------------------------+");
    }
}
