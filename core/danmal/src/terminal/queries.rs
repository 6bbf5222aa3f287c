//! Queries: they move no money, queue behind it, and may fail.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use danmal_model::{
    CodeTable, Error, LastTransaction, Paper, SalesTotals, TaxRefundSerial, TaxRefundSlip, check_date,
};
use danmal_wire::{PrintRequest, Request, Response, TotalsRequest};

use super::Terminal;
use crate::answers;
use crate::driver::{Command, Gone};
use crate::fork;
use crate::requests::by_serial;
use crate::shared::{Shared, refusal};
use crate::watch::{Once, Wait};

impl Terminal {
    /// What the terminal shows as its last transaction (직전거래조회, 990001). The answer names no kind of
    /// transaction: it is the journal's where that knows the id, else told by the fields.
    ///
    /// # Errors
    /// No answer in time, no connection, too long behind money, a closed terminal.
    pub async fn last_transaction(&self) -> Result<LastTransaction, Error> {
        let response = self.ask(Request::LastTransaction)?.await?;
        let ledger = self.ledger().cloned();
        Ok(answers::last_transaction(&response, self.status().simulated, |id| ledger.as_ref()?.kind_of(id)))
    }

    /// Sales totals (매출집계조회, 050099) from one day to another, `yyyyMMdd`.
    ///
    /// # Errors
    /// A bad date by its field; as [`last_transaction`](Self::last_transaction); refused by the terminal.
    pub async fn sales_totals(&self, from: &str, to: &str) -> Result<SalesTotals, Error> {
        check_date("from", from, 8)?;
        check_date("to", to, 8)?;
        if to < from {
            return Err(Error::field(
                danmal_model::ErrorCode::InvalidDate,
                "to",
                "before the first day",
                "the first day or a later one",
            ));
        }
        let request = Request::SalesTotals(TotalsRequest { from: from.into(), to: to.into() });
        answers::sales_totals(&*self.ask(request)?.await?)
    }

    /// The code table (코드다운로드, 081008).
    ///
    /// # Errors
    /// As [`last_transaction`](Self::last_transaction); refused by the terminal.
    pub async fn download_codes(&self) -> Result<CodeTable, Error> {
        answers::code_table(&*self.ask(Request::DownloadCodes)?.await?)
    }

    /// Prints (프린트출력, 900091). What is too long for one frame is printed in parts, one after the other.
    ///
    /// # Errors
    /// Paper that cannot be printed, by its field, before anything is sent; as
    /// [`last_transaction`](Self::last_transaction); refused by the terminal: then the parts before it are on
    /// paper.
    pub async fn print(&self, paper: &Paper) -> Result<(), Error> {
        for part in paper.split()? {
            answers::granted(&*self.ask(Request::Print(PrintRequest::from(&part)))?.await?)?;
        }
        Ok(())
    }

    /// A tax-refund slip by its number (환급전표조회, 900050). It names a person.
    ///
    /// # Errors
    /// Bad input by its field; as [`last_transaction`](Self::last_transaction); refused by the terminal.
    pub async fn inquire_tax_refund(&self, slip: &TaxRefundSerial) -> Result<TaxRefundSlip, Error> {
        slip.check()?;
        answers::tax_refund(&*self.ask(Request::TaxRefundInquiry(by_serial(slip)))?.await?)
    }

    pub(crate) fn ask(&self, request: Request) -> Result<Settling<Arc<Response>>, Error> {
        let answer = Arc::new(Once::new());
        self.tell(Command::Ask(Box::new(request), answer.clone()))?;
        Ok(Settling::new(answer, self.shared()))
    }
}

/// Waits for an answer, or for the end of whoever would have given it.
pub(crate) struct Settling<T: Clone> {
    answer: Arc<Once<Result<T, Error>>>,
    wait: Wait<Result<T, Error>>,
    ended: Wait<()>,
    shared: Arc<Shared>,
}

impl<T: Clone> Settling<T> {
    pub(crate) fn new(answer: Arc<Once<Result<T, Error>>>, shared: &Arc<Shared>) -> Self {
        Self {
            wait: Wait::new(answer.clone()),
            answer,
            ended: Wait::new(shared.ended.clone()),
            shared: shared.clone(),
        }
    }
}

impl<T: Clone> Future for Settling<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(error) = fork::is_child() {
            return Poll::Ready(Err(error));
        }
        if let Poll::Ready(result) = Pin::new(&mut this.wait).poll(cx) {
            return Poll::Ready(result);
        }
        if Pin::new(&mut this.ended).poll(cx).is_ready() {
            let gone = this.shared.mailbox.gone().unwrap_or(Gone::Closed);
            return Poll::Ready(this.answer.get().unwrap_or_else(|| Err(refusal(gone))));
        }
        Poll::Pending
    }
}
