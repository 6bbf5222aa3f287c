//! What the terminal answers.

use serde_json::Value;

use super::field::{Kept, write_field};
use super::tax_refund::TaxRefundData;
use super::totals::{CodeTable, Totals};
use super::transaction::TransactionData;
use super::{Code, DecodeError};
use crate::frame::{EncodeError, EncodeRules, Frame, FrameBytes, seal, start};
use crate::json::{Extra, Reader, Writer};
use crate::wire_text::WireText;

/// An answer of the terminal. `Debug` shows which fields are there, no value.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The code of the frame that carried it, or that it was read as.
    pub code: Code,
    /// `resultCode`; empty where the answer has none. `0000` is a success, `0010` the signature wait.
    pub result_code: WireText,
    /// `resultMessage`; empty where the answer has none. Foreign text: see [`clean_text`](crate::clean_text).
    pub result_message: WireText,
    /// `data`.
    pub body: ResponseBody,
    /// Fields beside `data` that the catalogue does not know; `data` itself where the code has none or
    /// where it is no object.
    pub extra: Extra,
    /// Wire names of known fields whose value is not of their type. The value is in the `extra` beside
    /// them; it never counts as zero or as empty.
    pub unreadable: Vec<&'static str>,
}

/// `data` of an answer, in the shape that its code says.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseBody {
    /// 010010, 010020, 030010, 030020, 070010, 070020, 910090; 990001 where it shows one of them.
    Transaction(Box<TransactionData>),
    /// 910021, 930021, 970021.
    Stopped {
        /// Of the request that was stopped.
        ptxid: Option<WireText>,
        /// Other fields of `data`.
        extra: Extra,
    },
    /// 050099.
    Totals(Box<Totals>),
    /// 081008.
    Codes(Box<CodeTable>),
    /// 050010, 050020, 900050; 990001 where it shows one of them.
    TaxRefund(Box<TaxRefundData>),
    /// No `data`.
    Plain,
}

/// Which shape `data` has.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Transaction,
    Stopped,
    Totals,
    Codes,
    TaxRefund,
    /// Of 990001: a transaction or a slip, whichever the keys say.
    Last,
    Plain,
}

impl Shape {
    fn of(code: Code) -> Self {
        match code {
            Code::StopCard | Code::StopEasyPay | Code::StopCashReceipt => Self::Stopped,
            Code::LastTransaction => Self::Last,
            Code::SalesTotals => Self::Totals,
            Code::DownloadCodes => Self::Codes,
            Code::TaxRefundIssue | Code::TaxRefundCancellation | Code::TaxRefundInquiry => Self::TaxRefund,
            Code::Confirm | Code::Print | Code::Abort | Code::Other(_) => Self::Plain,
            code if code.is_transaction() => Self::Transaction,
            // What is left is the signature wait, which carries a transaction's ptxid.
            _ => Self::Transaction,
        }
    }

    /// Of 990001: the shape that more keys of the object before `reader` belong to. A transaction where
    /// none does.
    fn by_keys(mut reader: Reader<'_>) -> Result<Option<Self>, DecodeError> {
        let (mut transaction, mut slip) = (0, 0);
        reader.object(|reader, key| {
            transaction += usize::from(TransactionData::has_field(&key));
            slip += usize::from(TaxRefundData::has_field(&key));
            Ok::<_, DecodeError>(reader.skip()?)
        })?;
        Ok(match (transaction, slip) {
            (0, 0) => None,
            (transaction, slip) if slip > transaction => Some(Self::TaxRefund),
            _ => Some(Self::Transaction),
        })
    }
}

impl Response {
    /// An answer without `data`.
    #[must_use]
    pub fn new(code: Code, result_code: &str, result_message: &str) -> Self {
        Self {
            code,
            result_code: result_code.into(),
            result_message: result_message.into(),
            body: ResponseBody::Plain,
            extra: Extra::default(),
            unreadable: Vec::new(),
        }
    }

    /// The answer with this `data`.
    #[must_use]
    pub fn with_body(self, body: ResponseBody) -> Self {
        Self { body, ..self }
    }

    /// The answer with a transaction as its `data`.
    #[must_use]
    pub fn with_transaction(self, data: TransactionData) -> Self {
        self.with_body(ResponseBody::Transaction(Box::new(data)))
    }

    /// The transaction, where `data` is one.
    #[must_use]
    pub fn transaction(&self) -> Option<&TransactionData> {
        match &self.body {
            ResponseBody::Transaction(data) => Some(data),
            _ => None,
        }
    }

    /// The slip, where `data` is one.
    #[must_use]
    pub fn tax_refund(&self) -> Option<&TaxRefundData> {
        match &self.body {
            ResponseBody::TaxRefund(data) => Some(data),
            _ => None,
        }
    }

    /// The ptxid that the answer names, wherever its `data` was kept.
    #[must_use]
    pub fn ptxid(&self) -> Option<&str> {
        match &self.body {
            ResponseBody::Transaction(data) => data.ptxid.as_deref(),
            ResponseBody::Stopped { ptxid, .. } => ptxid.as_deref(),
            ResponseBody::Totals(data) => in_extra(&data.extra),
            ResponseBody::Codes(data) => in_extra(&data.extra),
            ResponseBody::TaxRefund(data) => in_extra(&data.extra),
            ResponseBody::Plain => match self.extra.get("data") {
                Some(Value::Object(data)) => in_extra(data),
                _ => None,
            },
        }
    }

    /// Whether it is the signature wait (서명대기) and not an answer: `0010` under a money request's code,
    /// or any answer under 910090.
    #[must_use]
    pub fn is_signature_wait(&self) -> bool {
        self.code == Code::SignatureWait || (self.result_code == "0010" && self.code.is_money())
    }

    /// Whether the answer is `{}`: how 990001 says that there is no last transaction.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.result_code.is_empty()
            && self.result_message.is_empty()
            && self.body == ResponseBody::Plain
            && self.extra.is_empty()
    }

    /// Reads the answer that a frame carries.
    ///
    /// Every field is optional. A field that is there twice with different values makes the answer
    /// unreadable; one whose value is not of its type is kept and named in [`unreadable`](Self::unreadable).
    ///
    /// # Errors
    /// [`DecodeError`]: no body, no JSON object, or conflicting fields.
    pub fn decode(frame: &Frame) -> Result<Self, DecodeError> {
        Self::decode_as(frame.code(), frame)
    }

    /// Reads the answer as that of another code than the frame's: for a terminal that answers an inquiry
    /// under the code of a cancellation.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_as(code: Code, frame: &Frame) -> Result<Self, DecodeError> {
        let text = frame.text().ok_or(DecodeError::NoBody)?;
        let shape = Shape::of(code);
        let mut response = Self::new(code, "", "");
        let mut data = false;
        let (mut result_code, mut result_message, mut period) = (None, None, None);
        let mut reader = Reader::new(text);
        reader.object(|reader, key| {
            let Self { extra, unreadable, body, .. } = &mut response;
            let mut kept = Kept { extra, unreadable };
            match &*key {
                "resultCode" => kept.field(&mut result_code, "resultCode", reader),
                "resultMessage" => kept.field(&mut result_message, "resultMessage", reader),
                "period" if shape == Shape::Totals => kept.field(&mut period, "period", reader),
                "data" if shape != Shape::Plain && reader.peek() == Some(b'{') => {
                    if kept.extra.contains_key("data") {
                        return Err(DecodeError::Conflict("data"));
                    }
                    let read = read_data(shape, reader, unreadable)?;
                    if data && *body != read {
                        return Err(DecodeError::Conflict("data"));
                    }
                    data = true;
                    *body = read;
                    Ok(())
                }
                "data" if data => Err(DecodeError::Conflict("data")),
                "data" => {
                    if shape != Shape::Plain
                        && reader.peek() != Some(b'n')
                        && !kept.unreadable.contains(&"data")
                    {
                        kept.unreadable.push("data");
                    }
                    kept.unknown("data", reader)
                }
                _ => kept.unknown(&key, reader),
            }
        })?;
        reader.finish()?;
        response.result_code = result_code.unwrap_or_default();
        response.result_message = result_message.unwrap_or_default();
        if period.is_some() {
            response.put_period(period);
        }
        if shape == Shape::Last && !data && !response.extra.is_empty() {
            response.read_flat(Reader::new(text))?;
        }
        Ok(response)
    }

    /// The period stands beside `data`, which may be absent.
    fn put_period(&mut self, period: Option<WireText>) {
        match &mut self.body {
            ResponseBody::Totals(totals) => totals.period = period,
            body => *body = ResponseBody::Totals(Box::new(Totals { period, ..Totals::default() })),
        }
    }

    /// Of 990001: reads the fields of a transaction or slip that stand beside the result, without `data`.
    fn read_flat(&mut self, mut reader: Reader<'_>) -> Result<(), DecodeError> {
        let Some(shape) = Shape::by_keys(reader)? else {
            return Ok(());
        };
        self.extra.retain(|name, _| name == "resultCode" || name == "resultMessage");
        self.unreadable.retain(|name| *name == "resultCode" || *name == "resultMessage");
        let Self { extra, unreadable, body, .. } = self;
        let mut transaction = Box::<TransactionData>::default();
        let mut slip = Box::<TaxRefundData>::default();
        reader.object(|reader, key| match &*key {
            "resultCode" | "resultMessage" => Ok(reader.skip()?),
            name if shape == Shape::Transaction && TransactionData::has_field(name) => {
                transaction.read_member(name, reader, unreadable)
            }
            name if shape == Shape::TaxRefund && TaxRefundData::has_field(name) => {
                slip.read_member(name, reader, unreadable)
            }
            name => Kept { extra: &mut *extra, unreadable: &mut *unreadable }.unknown(name, reader),
        })?;
        *body = if shape == Shape::TaxRefund {
            ResponseBody::TaxRefund(slip)
        } else {
            ResponseBody::Transaction(transaction)
        };
        Ok(())
    }

    /// The frame of the answer under its own code, as the terminal sends it.
    ///
    /// # Errors
    /// [`EncodeError::TooLong`] where the body does not fit the length field.
    pub fn encode(&self, rules: &EncodeRules) -> Result<FrameBytes, EncodeError> {
        let mut writer = start(self.code);
        self.write(&mut writer);
        seal(writer.into_buffer(), true, rules)
    }

    /// Writes the object. A blank answer is `{}`; otherwise `resultCode` and `resultMessage` are always
    /// there, unless `extra` holds what stood in their place.
    fn write(&self, writer: &mut Writer) {
        writer.open(b'{');
        if !self.is_blank() {
            for (name, value) in [("resultCode", &self.result_code), ("resultMessage", &self.result_message)]
            {
                if !self.extra.contains_key(name) {
                    write_field(writer, name, Some(value));
                }
            }
        }
        if let ResponseBody::Totals(data) = &self.body {
            write_field(writer, "period", data.period.as_ref());
        }
        match &self.body {
            ResponseBody::Plain => {}
            // What was no object is in `extra`.
            _ if self.extra.contains_key("data") => {}
            body => {
                writer.key("data");
                write_data(body, writer);
            }
        }
        for (name, value) in self.extra.iter() {
            writer.member(name, value);
        }
        writer.close(b'}');
    }
}

fn in_extra(extra: &serde_json::Map<String, Value>) -> Option<&str> {
    extra.get("ptxid").or_else(|| extra.get("ptxId")).and_then(Value::as_str)
}

/// Reads the object of `data`, before which the reader stands.
fn read_data(
    shape: Shape,
    reader: &mut Reader<'_>,
    unreadable: &mut Vec<&'static str>,
) -> Result<ResponseBody, DecodeError> {
    let shape = match shape {
        Shape::Last => Shape::by_keys(*reader)?.unwrap_or(Shape::Transaction),
        shape => shape,
    };
    Ok(match shape {
        Shape::Totals => {
            let mut totals = Box::<Totals>::default();
            totals.read_data(reader, unreadable)?;
            ResponseBody::Totals(totals)
        }
        Shape::Codes => ResponseBody::Codes(Box::new(CodeTable::read_object(reader, unreadable)?)),
        Shape::TaxRefund => {
            ResponseBody::TaxRefund(Box::new(TaxRefundData::read_object(reader, unreadable)?))
        }
        Shape::Stopped => {
            let (mut ptxid, mut extra) = (None, Extra::default());
            reader.object(|reader, key| {
                let mut kept = Kept { extra: &mut extra, unreadable };
                match &*key {
                    "ptxid" | "ptxId" => kept.field(&mut ptxid, "ptxid", reader),
                    _ => kept.unknown(&key, reader),
                }
            })?;
            ResponseBody::Stopped { ptxid, extra }
        }
        Shape::Transaction | Shape::Last | Shape::Plain => {
            ResponseBody::Transaction(Box::new(TransactionData::read_object(reader, unreadable)?))
        }
    })
}

fn write_data(body: &ResponseBody, writer: &mut Writer) {
    match body {
        ResponseBody::Transaction(data) => data.write_object(writer),
        ResponseBody::Totals(data) => data.write_data(writer),
        ResponseBody::Codes(data) => data.write_object(writer),
        ResponseBody::TaxRefund(data) => data.write_object(writer),
        ResponseBody::Stopped { ptxid, extra } => {
            writer.open(b'{');
            write_field(writer, "ptxid", ptxid.as_ref());
            for (name, value) in extra.iter() {
                writer.member(name, value);
            }
            writer.close(b'}');
        }
        ResponseBody::Plain => {}
    }
}
