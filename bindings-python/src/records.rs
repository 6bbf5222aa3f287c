//! The outcome of most payments, made without a detour over JSON: an approval with nothing unusual in it. Any other
//! goes as JSON. A test compares the two ways.

use danmal::{Approval, Kind, Outcome};
use danmal_bridge::show;
use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

/// What is looked up once.
struct Known {
    /// `object.__new__`, `object.__setattr__`: a frozen record is filled by them, and no code of Python's runs.
    new: Py<PyAny>,
    set: Py<PyAny>,
    approved: Py<PyAny>,
    kind: Py<PyAny>,
    text: Py<PyAny>,
    moment: Py<PyAny>,
    utc: Py<PyAny>,
}

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

fn known(py: Python<'_>) -> PyResult<&Known> {
    KNOWN.get_or_try_init(py, || {
        let object = py.import("builtins")?.getattr("object")?;
        let time = py.import("datetime")?;
        Ok(Known {
            new: object.getattr("__new__")?.unbind(),
            set: object.getattr("__setattr__")?.unbind(),
            approved: py.import("danmal.outcomes")?.getattr("Approved")?.unbind(),
            kind: py.import("danmal.codes")?.getattr("Kind")?.getattr("_value2member_map_")?.unbind(),
            text: py.import("danmal.text")?.getattr("Text")?.unbind(),
            moment: time.getattr("datetime")?.unbind(),
            utc: time.getattr("timezone")?.getattr("utc")?.unbind(),
        })
    })
}

/// An outcome for Python: a record, or JSON for the package to read.
pub(crate) fn outcome<'py>(py: Python<'py>, outcome: &Outcome) -> PyResult<Bound<'py, PyAny>> {
    if let Outcome::Approved(approval) = outcome
        && is_usual(approval)
    {
        return approved(py, approval, outcome);
    }
    Ok(show::outcome(outcome).into_pyobject(py)?.into_any())
}

fn is_usual(approval: &Approval) -> bool {
    approval.slip.is_none()
        && approval.alarms.is_empty()
        && approval.extra.is_empty()
        && approval.replayed.is_none()
}

struct Filling<'py> {
    record: Bound<'py, PyAny>,
    set: Bound<'py, PyAny>,
}

impl<'py> Filling<'py> {
    fn put(&self, name: &Bound<'py, PyString>, value: impl IntoPyObjectExt<'py>) -> PyResult<()> {
        let value = value.into_bound_py_any(self.record.py())?;
        self.set.call1((&self.record, name, value)).map(|_| ())
    }
}

fn approved<'py>(py: Python<'py>, approval: &Approval, outcome: &Outcome) -> PyResult<Bound<'py, PyAny>> {
    let known = known(py)?;
    let new = |class: &Py<PyAny>| known.new.bind(py).call1((class,));
    let filling = |class| Ok::<_, PyErr>(Filling { record: new(class)?, set: known.set.bind(py).clone() });
    let sentence = outcome.text();
    let text = filling(&known.text)?;
    text.put(intern!(py, "ko"), sentence.ko.as_ref())?;
    text.put(intern!(py, "en"), sentence.en.as_ref())?;
    let a = filling(&known.approved)?;
    let none = py.None();
    a.put(intern!(py, "text"), text.record)?;
    a.put(intern!(py, "alarm_texts"), PyTuple::empty(py))?;
    a.put(intern!(py, "id"), approval.id.as_str())?;
    a.put(intern!(py, "operation"), known.kind.bind(py).get_item(kind(py, approval.operation))?)?;
    a.put(intern!(py, "simulated"), approval.simulated)?;
    a.put(intern!(py, "replayed"), &none)?;
    a.put(intern!(py, "at"), moment(py, known, approval.at)?)?;
    a.put(intern!(py, "requested"), approval.requested)?;
    a.put(intern!(py, "approval_amt"), approval.approval_amt)?;
    a.put(intern!(py, "tax_amt"), approval.tax_amt)?;
    a.put(intern!(py, "tip_amt"), approval.tip_amt)?;
    a.put(intern!(py, "tax_free_amt"), approval.tax_free_amt)?;
    a.put(intern!(py, "installment"), approval.installment)?;
    a.put(intern!(py, "approval_no"), &approval.approval_no)?;
    a.put(intern!(py, "transaction_no"), &approval.transaction_no)?;
    a.put(intern!(py, "transaction_date"), &approval.transaction_date)?;
    a.put(intern!(py, "merchant_code"), &approval.merchant_code)?;
    a.put(intern!(py, "issuer_code"), &approval.issuer_code)?;
    a.put(intern!(py, "issuer_name"), &approval.issuer_name)?;
    a.put(intern!(py, "acquirer_code"), &approval.acquirer_code)?;
    a.put(intern!(py, "acquirer_name"), &approval.acquirer_name)?;
    a.put(intern!(py, "masked_card"), approval.masked_card.as_ref().map(danmal::MaskedCard::as_str))?;
    a.put(intern!(py, "service_code"), approval.service_code.as_deref())?;
    a.put(intern!(py, "points"), PyTuple::new(py, approval.points)?)?;
    a.put(intern!(py, "receipt_title"), approval.receipt_title.as_deref())?;
    a.put(intern!(py, "trader_type"), approval.trader_type.as_deref())?;
    a.put(intern!(py, "slip"), &none)?;
    a.put(intern!(py, "order"), approval.order.as_deref())?;
    a.put(intern!(py, "cancel_requested"), approval.cancel_requested)?;
    a.put(intern!(py, "alarms"), PyTuple::empty(py))?;
    a.put(intern!(py, "extra"), PyDict::new(py))?;
    Ok(a.record)
}

fn kind(py: Python<'_>, kind: Kind) -> &Bound<'_, PyString> {
    match kind {
        Kind::CardApproval => intern!(py, "cardApproval"),
        Kind::CardCancellation => intern!(py, "cardCancellation"),
        Kind::EasyPayApproval => intern!(py, "easyPayApproval"),
        Kind::EasyPayCancellation => intern!(py, "easyPayCancellation"),
        Kind::CashReceiptIssue => intern!(py, "cashReceiptIssue"),
        Kind::CashReceiptCancellation => intern!(py, "cashReceiptCancellation"),
        Kind::TaxRefundIssue => intern!(py, "taxRefundIssue"),
        Kind::TaxRefundCancellation => intern!(py, "taxRefundCancellation"),
    }
}

/// A moment, to the microsecond.
fn moment<'py>(py: Python<'py>, known: &Known, at: jiff::Timestamp) -> PyResult<Bound<'py, PyAny>> {
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    let micros = at.subsec_nanosecond() / 1_000;
    let (year, month, day) = (at.year(), at.month(), at.day());
    let parts = (year, month, day, at.hour(), at.minute(), at.second(), micros, known.utc.bind(py));
    known.moment.bind(py).call1(parts)
}
