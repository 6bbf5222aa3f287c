//! What the demo prints: colours only where a person looks.

use std::io::IsTerminal;

use danmal::receipt::Receipt;
use danmal::receipt::preview::preview_text;
use danmal::{Approval, Event, Language, Shop};
use unicode_width::UnicodeWidthStr;

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
        let (korean, english) = (event.text(Language::Korean), event.text(Language::English));
        // What is longer than its column has the line to itself.
        let korean = if korean.width() > 48 { format!("{korean}\n   {:48}", "") } else { pad(korean, 48) };
        println!("   {korean} {english}");
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
        println!("   {} {} {host}", pad(operation, 38), pad(till, 14));
    }

    /// The receipt as the terminal would print it.
    pub fn receipt(&self, approval: &Approval) {
        let shop = Shop::new("단말 카페").business_no("123-45-67890");
        match Receipt::of(approval).shop(shop).item("아메리카노", 3, 5_000).paper() {
            Ok(paper) => preview_text(&paper, 42).lines().for_each(|line| println!("   | {line}")),
            Err(error) => println!("   {error}"),
        }
    }
}

/// A text with blanks behind it, so many columns wide on a screen: a Korean syllable takes two.
fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_a_screen_shows_them() {
        assert_eq!(pad("서명해 주세요", 20), "서명해 주세요       ");
        assert_eq!(pad("please sign", 20), "please sign         ");
        assert_eq!(pad("서명해 주세요", 4), "서명해 주세요");
    }
}
