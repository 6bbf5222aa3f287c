//! The hand-written client that danmal is compared with: a blocking socket that exchanges the same frames and
//! compares the ptxid, and nothing else. No journal of its own, no recovery, no time-out: what it leaves out is the
//! point. At each moment at which a journal has to have a row, its caller may write one.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde::{Deserialize, Serialize};

/// The request of 010010.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request<'a> {
    pub price_amt: i64,
    pub tax_amt: i64,
    pub tip_amt: i64,
    pub tax_free_amt: i64,
    pub installment: i64,
    pub ptxid: &'a str,
}

/// The answer of 010010, 990001 and 980001: the same fields as danmal's own type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub result_code: String,
    #[allow(dead_code, reason = "read as danmal reads it")]
    pub result_message: String,
    pub data: Option<Data>,
}

/// `data` of an approval.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
#[allow(dead_code, reason = "read as danmal reads it")]
pub struct Data {
    pub approval_no: Option<String>,
    pub transaction_no: Option<String>,
    pub merchant_code: Option<String>,
    pub installment: Option<i64>,
    pub approval_amt: Option<i64>,
    pub tip_amt: Option<i64>,
    pub tax_amt: Option<i64>,
    pub tax_free_amt: Option<i64>,
    pub masked_track_data: Option<String>,
    pub issuer_code: Option<String>,
    pub issuer_name: Option<String>,
    pub acquirer_code: Option<String>,
    pub acquirer_name: Option<String>,
    pub transaction_date: Option<String>,
    pub ptxid: Option<String>,
}

/// A connected client.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    count: u64,
}

impl Client {
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 * 1024], filled: 0, count: 0 })
    }

    /// One approval: 010010, 0010, the answer, 980001, the read-back. `commit` is called before the request, before
    /// 980001 and at the end, each time before anything else happens.
    pub fn pay(&mut self, amount: i64, mut commit: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        self.count += 1;
        let ptxid = format!("CPOS-00000000-0000-4000-8000-{:012x}", self.count);
        let request = Request {
            price_amt: amount,
            tax_amt: 0,
            tip_amt: 0,
            tax_free_amt: 0,
            installment: 0,
            ptxid: &ptxid,
        };
        let body = serde_json::to_string(&request)?;
        commit()?;
        self.stream.write_all(format!("{:04}010010{body}", body.len() + 6).as_bytes())?;
        let mut answer = self.read()?;
        while answer.result_code == "0010" {
            answer = self.read()?;
        }
        check(&answer, &ptxid)?;
        commit()?;
        self.stream.write_all(b"0006980001")?;
        if self.read()?.result_code != "0000" {
            return Err(io::Error::other("not confirmed"));
        }
        self.stream.write_all(b"0006990001")?;
        let answer = self.read()?;
        check(&answer, &ptxid)?;
        commit()
    }

    fn read(&mut self) -> io::Result<Answer> {
        loop {
            if self.filled >= 10 {
                let length: usize = std::str::from_utf8(&self.buffer[..4])
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| io::Error::other("length"))?;
                let end = 4 + length;
                if self.filled >= end {
                    let answer = serde_json::from_slice(&self.buffer[10..end])?;
                    self.buffer.copy_within(end..self.filled, 0);
                    self.filled -= end;
                    return Ok(answer);
                }
            }
            let read = self.stream.read(&mut self.buffer[self.filled..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.filled += read;
        }
    }
}

fn check(answer: &Answer, ptxid: &str) -> io::Result<()> {
    let named = answer.data.as_ref().and_then(|data| data.ptxid.as_deref());
    if answer.result_code == "0000" && named == Some(ptxid) {
        Ok(())
    } else {
        Err(io::Error::other("not ours"))
    }
}
