//! Money requests: each hands its operation back at once.

use danmal_journal::NotAsRecorded;
use danmal_model::{
    Cancellation, CashReceipt, CashReceiptCancellation, EasyPay, Error, ErrorCode, EventCode, Kind,
    NotPerformedReason, Sale, TaxRefund, TaxRefundSerial,
};

use super::Terminal;
use crate::driver::Command;
use crate::ledger::{Begin, finish_unsent, refused};
use crate::operation::Operation;
use crate::requests::{Asked, Asking};
use crate::shared::refusal;

impl Terminal {
    /// A sale by card (신용승인).
    ///
    /// A second call with the same order, or the same key, gives the same operation: a double click charges
    /// once (rule 13).
    ///
    /// # Errors
    /// Bad input by its field, a closed terminal, a forked process: nothing was sent, and nothing journaled.
    /// Everything else is an outcome.
    pub fn approve(&self, sale: impl Into<Sale>) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().sale(&sale.into())?;
        self.begin(asked)
    }

    /// A sale by QR or barcode (간편결제 승인).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn approve_easy_pay(&self, sale: impl Into<EasyPay>) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().easy_pay(&sale.into())?;
        self.begin(asked)
    }

    /// A cancellation (취소) of a card or easy-pay sale: from its recorded approval, whose kind it follows, or
    /// from a card slip. An approval is cancelled as a whole.
    ///
    /// # Errors
    /// As [`approve`](Self::approve); an approval that another call cancels, which is named; a recorded approval with
    /// another amount or transaction number than its own; a number that the record could not keep, which is typed
    /// from the slip.
    pub fn cancel(&self, cancellation: impl Into<Cancellation>) -> Result<Operation, Error> {
        self.check()?;
        let cancellation = cancellation.into();
        let recorded = cancellation.original.and_then(|id| self.ledger()?.kind_of(id));
        let approved = recorded.or(cancellation.approved).unwrap_or(Kind::CardApproval);
        let mut asked = self.asking().cancellation(approved, &cancellation)?;
        self.check_record(&asked)?;
        asked.intent.typed |= recorded.is_none();
        self.begin(asked)
    }

    /// A cancellation of an easy-pay sale, where only its slip is at hand (간편결제 취소).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_easy_pay(&self, cancellation: impl Into<Cancellation>) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().cancellation(Kind::EasyPayApproval, &cancellation.into())?;
        self.check_record(&asked)?;
        self.begin(asked)
    }

    /// A cash receipt (현금영수증 발급).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn issue_cash_receipt(&self, receipt: impl Into<CashReceipt>) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().cash_receipt(&receipt.into())?;
        self.begin(asked)
    }

    /// A cancellation of a cash receipt (현금영수증 취소): the record, and the identifier, which danmal has not
    /// kept.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_cash_receipt(&self, cancellation: &CashReceiptCancellation) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().cash_receipt_cancellation(cancellation)?;
        self.check_record(&asked)?;
        self.begin(asked)
    }

    /// A tax-refund slip (환급전표 발행).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn issue_tax_refund(&self, refund: &TaxRefund) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().tax_refund(refund)?;
        self.begin(asked)
    }

    /// A cancellation of a tax-refund slip (환급전표 취소).
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn cancel_tax_refund(&self, slip: &TaxRefundSerial) -> Result<Operation, Error> {
        self.check()?;
        let asked = self.asking().tax_refund_cancellation(slip)?;
        self.begin(asked)
    }

    /// Rule 10: a recorded approval is cancelled with its own fields.
    fn check_record(&self, asked: &Asked) -> Result<(), Error> {
        let intent = &asked.intent;
        let (Some(original), Some(of), Some(ledger)) = (intent.original, &intent.reference, self.ledger())
        else {
            return Ok(());
        };
        match ledger.not_as_recorded(intent.kind, original, of) {
            None => Ok(()),
            Some(NotAsRecorded::ApprovalAmt { approved }) => Err(Error::field(
                ErrorCode::InvalidAmount,
                "approvalAmt",
                format!("{} won of an approval of {approved} won", of.approval_amt),
                format!("the approved amount, {approved} won: no part of an approval is cancelled"),
            )),
            Some(NotAsRecorded::TransactionNo) => Err(Error::field(
                ErrorCode::InvalidText,
                "transactionNo",
                "not the number of the recorded approval",
                "the recorded transaction number; a slip of another approval without an original",
            )),
        }
    }

    fn asking(&self) -> Asking<'_> {
        let shared = self.shared();
        let simulated = self.ledger().map_or(shared.simulated, |ledger| ledger.journal.is_simulated());
        Asking { terminal: shared.name(), simulated, profile: &shared.profile }
    }

    fn begin(&self, asked: Asked) -> Result<Operation, Error> {
        let shared = self.shared();
        let Some(ledger) = shared.ledger.get() else {
            // What stands in the way may have gone: it is looked at again before the next press.
            drop(shared.mailbox.push(Command::Recover));
            return Ok(refused(self.numbered(asked), self.no_journal(), shared));
        };
        match ledger.begin(asked, shared) {
            Begin::Settled(operation) => Ok(operation),
            Begin::New { core, order, replaces } => {
                if replaces.is_some() {
                    self.show(EventCode::OrderStartsAnew, core.id());
                }
                shared.press(core.id());
                match shared.mailbox.push(Command::Begin(core.clone(), order)) {
                    Ok(()) => Ok(Operation::begun(core)),
                    Err((gone, _)) => {
                        shared.taken(core.id());
                        ledger.forget(core.id());
                        ledger.done(core.id());
                        // Somebody else may have got it by its key already.
                        finish_unsent(&core, core.not_performed(NotPerformedReason::Closed));
                        Err(refusal(gone))
                    }
                }
            }
        }
    }

    /// An id of no journal's, for an operation that none could keep.
    fn numbered(&self, asked: Asked) -> danmal_model::Intent {
        let mut intent = asked.intent;
        let random = uuid::Uuid::new_v4().as_u64_pair();
        intent.ptxid = danmal_model::Ptxid::new(danmal_model::JournalId::new(random.0), 0, random.1);
        intent
    }

    pub(super) fn no_journal(&self) -> NotPerformedReason {
        let reason = self.shared().no_journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        reason.clone().unwrap_or_else(|| NotPerformedReason::JournalUnavailable {
            detail: "it is being opened".to_owned(),
        })
    }
}
