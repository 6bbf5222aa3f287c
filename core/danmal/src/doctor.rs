//! What stands at an address: one look, that moves no money and changes nothing.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use danmal_model::{Error, ErrorCode, FrameRules, Language, LastTransaction, LearntFrame, Text, Work};
use danmal_wire::Request;

use crate::answers;
use crate::driver::Command;
use crate::options::{JournalChoice, Options, data_folder};
use crate::terminal::{Settling, Terminal};
use crate::watch::Once;

/// What was seen of a terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The address as it was given.
    pub address: String,
    /// The canonical key, under which other tills are kept out; none where the place was not found.
    pub key: Option<String>,
    /// Where the journal of a terminal at this address is by default, or by the options.
    pub journal: Option<PathBuf>,
    /// Who holds the terminal, if somebody else does.
    pub holder: Option<String>,
    /// Whether it answered 990001.
    pub answered: bool,
    /// Why it did not.
    pub problem: Option<Error>,
    /// How long the answer took.
    pub took: Option<Duration>,
    /// Whether a danmal-simulator answered: play money. None where nothing did.
    pub simulated: Option<bool>,
    /// What it shows as its last transaction.
    pub last: Option<LastTransaction>,
    /// What its frames look like.
    pub frames: Option<LearntFrame>,
    /// The frame rules that follow from them, to be pinned.
    pub frame_rules: FrameRules,
    /// Whether `Profile::history` should be on: the terminal answers 990001. None where it was not reached.
    pub history: Option<bool>,
}

/// Looks at what stands at an address: takes the claim on it, connects, and asks 990001, never 980001, which
/// could confirm somebody's transaction. It reads no journal and resolves nothing.
///
/// # Errors
/// A bad address or setting; a forked process. A terminal that cannot be reached is a finding, not an error.
pub async fn doctor(address: &str, options: Options) -> Result<Diagnosis, Error> {
    let simulated = crate::transport::Address::parse(address)?.simulated();
    let folder = options.folder.clone().unwrap_or_else(data_folder);
    let journal = match &options.journal {
        JournalChoice::Default => Some(folder.join(if simulated { "simulator.db" } else { "till.db" })),
        JournalChoice::Path(path) => Some(folder.join(path)),
        JournalChoice::Memory => None,
        JournalChoice::Open(journal) => journal.path().map(ToOwned::to_owned),
    };
    let terminal = Terminal::open(address, options.journal_in_memory())?;
    let mut diagnosis = Diagnosis {
        address: address.to_owned(),
        key: None,
        journal,
        holder: None,
        answered: false,
        problem: None,
        took: None,
        simulated: None,
        last: None,
        frames: None,
        frame_rules: FrameRules::default(),
        history: None,
    };
    look(&terminal, &mut diagnosis).await;
    terminal.close().await;
    Ok(diagnosis)
}

async fn look(terminal: &Terminal, found: &mut Diagnosis) {
    let began = Instant::now();
    let asked = match terminal.ask(Request::LastTransaction) {
        Ok(asked) => asked.await,
        Err(error) => Err(error),
    };
    found.key = terminal.is_located().then(|| terminal.key().to_owned());
    if let Work::HeldByAnotherTill { holder } = terminal.status().work {
        found.holder = Some(holder);
    }
    match asked {
        Ok(response) => {
            found.answered = true;
            found.took = Some(began.elapsed());
            found.history = Some(true);
            found.simulated = Some(response.extra.contains_key("simulator"));
            found.last = Some(answers::last_transaction(&response, found.simulated == Some(true), |_| None));
        }
        Err(error) => {
            found.history = (error.code == ErrorCode::Timeout).then_some(false);
            found.problem = Some(error);
        }
    }
    let learnt = Arc::new(Once::new());
    if terminal.tell(Command::Learnt(learnt.clone())).is_ok()
        && let Ok(Some(learnt)) = Settling::new(learnt, terminal.shared()).await
    {
        found.frame_rules = learnt.pinned;
        found.frames = Some(learnt.frames);
    }
}

impl Diagnosis {
    /// What a person reads, a line for each finding.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let korean = language == Language::Korean;
        let pick = |ko: &str, en: &str| if korean { ko.to_owned() } else { en.to_owned() };
        let mut lines = vec![format!("{}: {}", pick("주소", "address"), self.address)];
        let mut line = |name: String, value: String| lines.push(format!("{name}: {value}"));
        if let Some(key) = &self.key {
            line(pick("단말기", "terminal"), key.clone());
        }
        line(
            pick("거래 기록", "journal"),
            self.journal
                .as_ref()
                .map_or_else(|| pick("메모리", "in memory"), |path| path.display().to_string()),
        );
        if let Some(holder) = &self.holder {
            line(pick("사용 중", "held by"), Text::detail(holder).get(language).to_owned());
        }
        match (self.answered, self.took, &self.problem) {
            (true, Some(took), _) => {
                let millis = took.as_secs_f64() * 1000.0;
                line(pick("응답", "answers"), format!("990001, {millis:.1} ms"));
            }
            (_, _, Some(error)) => {
                let text = error.text();
                line(pick("응답 없음", "does not answer"), text.get(language).to_owned());
            }
            _ => {}
        }
        match self.simulated {
            Some(true) => line(pick("돈", "money"), pick("모의", "play money: a danmal-simulator")),
            Some(false) => line(pick("돈", "money"), pick("실제", "real")),
            None => {}
        }
        if let Some(last) = &self.last {
            let shown = match &last.transaction {
                Some(transaction) => format!("{} ({})", transaction.id, last.result_code),
                None => pick("없음", "none"),
            };
            line(pick("직전거래", "last transaction"), shown);
        }
        if let Some(frames) = self.frames.as_ref().filter(|frames| frames.bodies + frames.headers > 0) {
            line(pick("전문", "frames"), frames.to_string());
            line(
                pick("전문 규칙", "frame rules"),
                format!("{:?}, {:?}", self.frame_rules.length_counts, self.frame_rules.body_text),
            );
        }
        if self.history == Some(false) {
            line(
                pick("제안", "proposal"),
                pick(
                    "990001에 응답하지 않습니다: Profile::history = false",
                    "it does not answer 990001: Profile::history = false",
                ),
            );
        }
        lines.join("\n")
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}
