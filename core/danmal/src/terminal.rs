//! A card terminal.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use danmal_journal::{Begun, Claim, ClaimRefused, Entry, Journal, State, WeakJournal};
use danmal_model::{
    About, Cancellation, Capabilities, CashReceipt, CashReceiptCancellation, EasyPay, Error, ErrorCode,
    Event, EventCode, Intent, Kind, NotPerformed, NotPerformedReason, Outcome, Paper, Profile, Ptxid, Sale,
    Status, TaxRefund, TaxRefundSerial, UnknownWhy, Verdict, Work, check_date,
};
use danmal_protocol::Order;
use danmal_wire::{Code, PrintRequest, Request, Response, TotalsRequest};
use tokio::sync::oneshot;

use crate::driver::{self, Message, Queue};
use crate::operation::{Inner, Operation};
use crate::options::{Choice, Options, data_folder};
use crate::requests::{Asked, Frame, by_serial};
use crate::shared::{Shared, unknown};
use crate::transport::Address;

/// A connected terminal, or one that is being connected: what it still recovers is seen in its status.
///
/// Clones are the same terminal. When the last is dropped it is closed; a payment that runs goes on to its end.
#[derive(Clone)]
pub struct Terminal(Arc<Owner>);

struct Owner {
    address: Address,
    key: String,
    folder: PathBuf,
    profile: Profile,
    journal: Journal,
    shared: Arc<Shared>,
    time_scale: f64,
    process: u32,
    queue: Mutex<Option<Queue>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The journals of this process by their files: terminals of one file share it.
fn journals() -> &'static Mutex<HashMap<PathBuf, WeakJournal>> {
    static JOURNALS: OnceLock<Mutex<HashMap<PathBuf, WeakJournal>>> = OnceLock::new();
    JOURNALS.get_or_init(Mutex::default)
}

fn open_journal(path: &Path, simulated: bool) -> Result<Journal, Error> {
    let mut journals = lock(journals());
    if let Some(journal) = journals.get(path).and_then(WeakJournal::upgrade) {
        if journal.is_simulated() == simulated {
            return Ok(journal);
        }
        return Err(Error::new(
            ErrorCode::Journal,
            "play money and real money do not share a journal",
            "give the simulator a journal of its own",
        ));
    }
    let journal = Journal::open(path, simulated)
        .map_err(|error| Error::new(ErrorCode::Journal, error.to_string(), "see the message"))?;
    journals.insert(path.to_path_buf(), journal.downgrade());
    Ok(journal)
}

impl Terminal {
    /// Opens the terminal at an address with everything else by default: `tcp://host:port`, `simulator:`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn connect(address: &str) -> Result<Self, Error> {
        Self::open(address, Options::new())
    }

    /// Opens a terminal. Returns at once: the connection is made, and what an earlier run left open is
    /// resolved, in the background.
    ///
    /// # Errors
    /// A bad address or setting, by its field; a journal that cannot be opened; a forked process.
    pub fn open(address: &str, options: Options) -> Result<Self, Error> {
        let address = Address::parse(address)?;
        let scale = options.time_scale;
        if !(scale.is_finite() && scale > 0.0) || (scale != 1.0 && !address.is_for_tests()) {
            return Err(Error::field(
                ErrorCode::InvalidSetting,
                "timeScale",
                scale.to_string(),
                "1.0; another factor over 0 on simulator: and loopback only",
            ));
        }
        let mut profile = options
            .profile
            .unwrap_or_else(|| if address.simulated { Profile::simulator() } else { Profile::default() });
        profile.durations = profile.durations.scaled(scale);
        let folder = options.folder.unwrap_or_else(data_folder);
        let journal = match options.journal {
            Choice::Open(journal) => journal,
            Choice::Memory => Journal::memory(address.simulated),
            Choice::Path(path) => open_journal(&folder.join(path), address.simulated)?,
            Choice::Default => {
                let name = if address.simulated { "simulator.db" } else { "till.db" };
                open_journal(&folder.join(name), address.simulated)?
            }
        };
        let terminal = Self(Arc::new(Owner {
            key: address.key(),
            shared: Shared::new(address.simulated, scale),
            address,
            folder,
            profile,
            journal,
            time_scale: scale,
            process: std::process::id(),
            queue: Mutex::new(None),
        }));
        terminal.0.start()?;
        Ok(terminal)
    }

    /// A sale by card (신용승인).
    ///
    /// # Errors
    /// Bad input by its field, a closed terminal, a forked process. Nothing was sent. Everything else is an
    /// outcome.
    pub fn approve(&self, sale: impl Into<Sale>) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().sale(&sale.into())?)
    }

    /// A sale by QR or barcode (간편결제).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn approve_easy_pay(&self, sale: impl Into<EasyPay>) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().easy_pay(&sale.into())?)
    }

    /// A cancellation (취소) of a card or easy-pay sale: from its recorded approval, whose kind it follows, or
    /// from a card slip.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel(&self, cancellation: impl Into<Cancellation>) -> Result<Operation, Error> {
        let cancellation = cancellation.into();
        let sale =
            cancellation.original.and_then(|id| self.0.journal.book(|b| b.entry(id).map(|e| e.intent.kind)));
        let kind = match sale {
            Some(Kind::EasyPayApproval) => Kind::EasyPayCancellation,
            None | Some(Kind::CardApproval) => Kind::CardCancellation,
            Some(_) => {
                return Err(Error::field(
                    ErrorCode::InvalidText,
                    "original",
                    "not a card or easy-pay sale",
                    "cancel_cash_receipt for a cash receipt, cancel_tax_refund for a slip",
                ));
            }
        };
        self.0.begin(self.0.frame().cancellation(kind, &cancellation)?)
    }

    /// A cancellation of an easy-pay sale typed from its slip.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_easy_pay(&self, cancellation: impl Into<Cancellation>) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().cancellation(Kind::EasyPayCancellation, &cancellation.into())?)
    }

    /// A cash receipt (현금영수증).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn issue_cash_receipt(&self, receipt: impl Into<CashReceipt>) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().cash_receipt(&receipt.into())?)
    }

    /// A cancellation of a cash receipt: the record, and the identifier, which danmal has not kept.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_cash_receipt(&self, cancellation: &CashReceiptCancellation) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().cash_receipt_cancellation(cancellation)?)
    }

    /// A tax-refund slip (환급전표).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn issue_tax_refund(&self, refund: &TaxRefund) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().tax_refund(refund)?)
    }

    /// A cancellation of a tax-refund slip.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_tax_refund(&self, slip: &TaxRefundSerial) -> Result<Operation, Error> {
        self.0.begin(self.0.frame().tax_refund_cancellation(slip)?)
    }

    /// What the terminal shows as its last transaction (직전거래조회). Its texts are the terminal's own.
    ///
    /// # Errors
    /// A query may fail: time-out, no connection, refused.
    pub async fn last_transaction(&self) -> Result<Response, Error> {
        self.0.ask(Request::LastTransaction)?.await
    }

    /// Sales totals (매출집계) from one day to another, `yyyyMMdd`.
    ///
    /// # Errors
    /// A bad date by its field; a query may fail.
    pub async fn sales_totals(&self, from: &str, to: &str) -> Result<Response, Error> {
        check_date("from", from, 8)?;
        check_date("to", to, 8)?;
        self.0.ask(Request::SalesTotals(TotalsRequest { from: from.into(), to: to.into() }))?.await
    }

    /// The code table (코드다운로드).
    ///
    /// # Errors
    /// A query may fail.
    pub async fn download_codes(&self) -> Result<Response, Error> {
        self.0.ask(Request::DownloadCodes)?.await
    }

    /// Prints a paper (프린트출력), in as many parts as the terminal's frame allows.
    ///
    /// # Errors
    /// Text that does not fit, by its field; a query may fail. What was printed before stays printed.
    pub async fn print(&self, paper: &Paper) -> Result<(), Error> {
        paper.check()?;
        for part in paper.split()? {
            self.0.ask(Request::Print(PrintRequest::from(&part)))?.await?;
        }
        Ok(())
    }

    /// A tax-refund slip by its number (환급전표조회).
    ///
    /// # Errors
    /// Bad input by its field; a query may fail.
    pub async fn inquire_tax_refund(&self, slip: &TaxRefundSerial) -> Result<Response, Error> {
        slip.check()?;
        self.0.ask(Request::TaxRefundInquiry(by_serial(slip, "".into())))?.await
    }

    /// Operations whose outcome is not known, of earlier runs too: show them to the cashier.
    #[must_use]
    pub fn pending(&self) -> Vec<Operation> {
        self.0.shared.unresolved().into_iter().map(|inner| self.0.operation(inner)).collect()
    }

    /// Asks the terminal again now about what is unresolved. Returns what is.
    ///
    /// # Errors
    /// A closed terminal, a forked process.
    pub fn recover(&self) -> Result<Vec<Operation>, Error> {
        self.0.send(Message::Recover)?;
        Ok(self.pending())
    }

    /// An operator's word on an unresolved operation (rule 4): journaled, never final. Refused before the
    /// fence.
    ///
    /// # Errors
    /// Not allowed yet, not found, or the journal cannot keep it.
    pub async fn override_unknown(&self, id: Ptxid, verdict: Verdict, reason: &str) -> Result<(), Error> {
        check_reason(reason)?;
        let (answer, result) = oneshot::channel();
        self.0.send(Message::Override(id, verdict, reason.to_owned(), answer))?;
        result.await.unwrap_or_else(|_| Err(closed()))
    }

    /// An operator accepts the journal after it was damaged or lost (rule 14). Refused before the fence.
    ///
    /// # Errors
    /// Not allowed yet, or the journal cannot keep it.
    pub async fn accept_journal(&self, reason: &str) -> Result<(), Error> {
        check_reason(reason)?;
        let (answer, result) = oneshot::channel();
        self.0.send(Message::Accept(reason.to_owned(), answer))?;
        result.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Everything the journal knows of this terminal, oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<Entry> {
        let key = &self.0.key;
        self.0
            .journal
            .book(|book| book.all().filter(|entry| entry.intent.terminal == *key).cloned().collect())
    }

    /// How the terminal stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.shared.read_status()
    }

    /// What is known and assumed of the terminal.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.0.shared.read_capabilities()
    }

    /// Takes the events since the last call, the terminal's own and its operations', at most 1,024.
    #[must_use]
    pub fn take_events(&self) -> Vec<Event> {
        self.0.shared.take_events()
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Closes the terminal: no more work is taken. Waits at most 5 s for what runs, which goes on to its end
    /// in any case. Returns whether everything has ended.
    pub fn close(&self) -> bool {
        let limit = std::time::Instant::now() + self.0.profile.durations.close;
        self.0.close();
        while std::time::Instant::now() < limit {
            if self.status().work == Work::Closed && self.0.shared.is_idle() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        false
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Terminal({})", self.0.key)
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::Closed, "the terminal was closed", "connect again")
}

fn check_reason(reason: &str) -> Result<(), Error> {
    let length = reason.chars().count();
    if reason.trim().is_empty() || length > 200 {
        return Err(Error::field(
            ErrorCode::InvalidText,
            "reason",
            format!("{length} characters"),
            "1 to 200 characters: who decided, and from what",
        ));
    }
    Ok(())
}

impl Owner {
    fn frame(&self) -> Frame<'_> {
        Frame { terminal: &self.key, simulated: self.journal.is_simulated(), profile: &self.profile }
    }

    /// Claims the terminal and starts its worker; where another till holds it, says so.
    fn start(&self) -> Result<(), Error> {
        let mut queue = lock(&self.queue);
        if queue.is_some() {
            return Ok(());
        }
        match Claim::acquire(&self.folder, &self.key) {
            Ok(claim) => {
                let open = self.journal.book(|book| book.open(&self.key));
                for entry in &open {
                    let inner = Inner::new(entry.intent.clone());
                    inner.settle(unknown(&entry.intent, UnknownWhy::Restarted));
                    self.shared.add(&inner);
                }
                *queue = Some(driver::start(driver::Setup {
                    address: self.address.clone(),
                    terminal: self.key.clone(),
                    profile: self.profile.clone(),
                    journal: self.journal.clone(),
                    open,
                    claim,
                    shared: Arc::clone(&self.shared),
                    time_scale: self.time_scale,
                })?);
                Ok(())
            }
            Err(ClaimRefused::Held(holder)) => {
                self.shared.held(holder);
                self.shared.event(Event::new(EventCode::HeldByAnotherTill, jiff::Timestamp::now()));
                Ok(())
            }
            Err(refused @ ClaimRefused::Folder { .. }) => {
                Err(Error::new(ErrorCode::Journal, refused.to_string(), "give a folder that can be written"))
            }
        }
    }

    fn check_process(&self) -> Result<(), Error> {
        if self.process == std::process::id() { Ok(()) } else { Err(driver::forked()) }
    }

    fn send(&self, message: Message) -> Result<(), Error> {
        self.check_process()?;
        match lock(&self.queue).as_ref() {
            Some(queue) => queue.send(message).map_err(|_| closed()),
            None => Err(Error::new(
                ErrorCode::HeldByAnotherTill,
                "another till holds the terminal",
                "close it there, then ask again",
            )),
        }
    }

    fn ask(&self, request: Request) -> Result<impl Future<Output = Result<Response, Error>> + use<>, Error> {
        let code = request.code();
        let (answer, result) = oneshot::channel();
        self.send(Message::Ask(Box::new(request), answer))?;
        Ok(async move {
            let response = *result.await.unwrap_or_else(|_| Err(closed()))?;
            if code != Code::LastTransaction && response.result_code != "0000" {
                return Err(Error::new(
                    ErrorCode::Refused,
                    format!("the terminal answered {}", danmal_model::scrub(&response.result_code, 8)),
                    "look at the terminal's screen",
                ));
            }
            Ok(response)
        })
    }

    /// An operation keeps its terminal alive: only when both are dropped is the terminal closed.
    fn operation(self: &Arc<Self>, inner: Arc<Inner>) -> Operation {
        let owner = Arc::clone(self);
        let stop = move |ptxid| {
            // A closed terminal runs nothing that could be stopped.
            let _ = owner.send(Message::RequestStop(ptxid));
        };
        Operation { inner, stop: Arc::new(stop), replayed: None }
    }

    fn settled(self: &Arc<Self>, intent: Intent, outcome: impl FnOnce(About) -> Outcome) -> Operation {
        let about =
            About { id: intent.ptxid, operation: intent.kind, simulated: intent.simulated, replayed: None };
        let inner = Inner::new(intent);
        inner.settle(outcome(about));
        self.operation(inner)
    }

    fn refused(self: &Arc<Self>, mut intent: Intent, reason: NotPerformedReason) -> Operation {
        intent.ptxid = self.journal.book(|book| book.next_ptxid(self.journal.random()));
        self.settled(intent, |about| Outcome::NotPerformed(NotPerformed { about, reason }))
    }

    fn begin(self: &Arc<Self>, asked: Asked) -> Result<Operation, Error> {
        self.check_process()?;
        if self.shared.read_status().work == Work::Closed {
            return Err(closed());
        }
        self.start()?;
        if lock(&self.queue).is_none() {
            let holder = match self.shared.read_status().work {
                Work::HeldByAnotherTill { holder } => holder,
                _ => String::new(),
            };
            return Ok(self.refused(asked.intent, NotPerformedReason::HeldByAnotherTill { holder }));
        }
        let life = self.profile.durations.key_life;
        let (random, ask) = (self.journal.random(), &asked.intent);
        match self.journal.book(|book| book.begin(ask, ask.at, life, random)) {
            Begun::Refused(reason) => Ok(self.refused(asked.intent, reason)),
            Begun::Same { ptxid, began, state } => {
                let mut operation = match (self.shared.operation(ptxid), state) {
                    (Some(running), _) => self.operation(running),
                    (None, State::Ended(outcome)) => self.settled(asked.intent, |_| *outcome),
                    (None, State::Open) => {
                        let mut intent = asked.intent;
                        intent.ptxid = ptxid;
                        let outcome = unknown(&intent, UnknownWhy::Restarted);
                        self.settled(intent, |_| outcome)
                    }
                };
                operation.replayed = Some(began);
                Ok(operation)
            }
            Begun::New { intent, replaces } => {
                let request = asked.under(&intent);
                let inner = Inner::new((*intent).clone());
                self.shared.add(&inner);
                let operation = self.operation(inner);
                if replaces.is_some() {
                    let mut event = Event::new(EventCode::OrderStartsAnew, jiff::Timestamp::now());
                    event.operation = Some(intent.ptxid);
                    self.shared.event(event);
                }
                let ptxid = intent.ptxid;
                if let Err(error) = self.send(Message::Begin(Box::new(Order { intent: *intent, request }))) {
                    self.journal.book(|book| book.forget(ptxid));
                    return Err(error);
                }
                Ok(operation)
            }
        }
    }

    fn close(&self) {
        if let Some(queue) = lock(&self.queue).as_ref() {
            // A worker that has ended is closed.
            let _ = queue.send(Message::Close);
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            self.close();
        }
    }
}
