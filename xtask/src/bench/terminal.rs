//! The terminal of a benchmark: a process of its own that answers from prepared bytes, so that its cost does
//! not hide the client's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The answer of 010010 and of 990001, around the ptxid.
const BEFORE: &str = r#"{"resultCode":"0000","resultMessage":"\uc815\uc0c1\uc2b9\uc778","data":{"approvalNo":"30001234","transactionNo":"000000123456","merchantCode":"0012345678","installment":0,"approvalAmt":15000,"tipAmt":0,"taxAmt":0,"taxFreeAmt":0,"maskedTrackData":"433012******1234","issuerCode":"41","issuerName":"\uc2e0\ud55c\uce74\ub4dc","acquirerCode":"41","acquirerName":"\uc2e0\ud55c\uce74\ub4dc","transactionDate":"20261125120000","ptxid":""#;
const AFTER: &str = r#""},"simulator":"bench"}"#;
const WAIT_BEFORE: &str =
    r#"{"resultCode":"0010","resultMessage":"\uc11c\uba85\ub300\uae30","data":{"ptxid":""#;
const WAIT_AFTER: &str = r#""},"simulator":"bench"}"#;
const CONFIRMED: &[u8] =
    b"0085980001{\"resultCode\":\"0000\",\"resultMessage\":\"end of transmission\",\"simulator\":\"bench\"}";

/// The body of an approval's answer, for the benchmark of the codec.
pub fn answer_body(ptxid: &str) -> String {
    format!("{BEFORE}{ptxid}{AFTER}")
}

/// What one connection has received and last approved.
#[derive(Default)]
struct Answers {
    pending: Vec<u8>,
    last: Vec<u8>,
    out: Vec<u8>,
}

impl Answers {
    /// Takes bytes in and writes the answers of every whole frame into `out`.
    fn take(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(header) = self.pending.get(at..at + 10) {
            let length: usize =
                std::str::from_utf8(&header[..4]).ok().and_then(|t| t.parse().ok()).unwrap_or(6);
            let end = at + 4 + length;
            if self.pending.len() < end {
                break;
            }
            match &header[4..] {
                b"010010" => {
                    let body = &self.pending[at + 10..end];
                    self.last = ptxid(body).to_vec();
                    frame(&mut self.out, "010010", WAIT_BEFORE, &self.last, WAIT_AFTER);
                    frame(&mut self.out, "010010", BEFORE, &self.last, AFTER);
                }
                b"980001" => self.out.extend_from_slice(CONFIRMED),
                _ => frame(&mut self.out, "990001", BEFORE, &self.last, AFTER),
            }
            at = end;
        }
        self.pending.drain(..at);
    }
}

fn ptxid(body: &[u8]) -> &[u8] {
    let name = b"\"ptxid\":\"";
    let Some(at) = body.windows(name.len()).position(|window| window == name) else { return b"" };
    let rest = &body[at + name.len()..];
    &rest[..rest.iter().position(|b| *b == b'"').unwrap_or(0)]
}

fn frame(out: &mut Vec<u8>, code: &str, before: &str, id: &[u8], after: &str) {
    let length = 6 + before.len() + id.len() + after.len();
    write!(out, "{length:04}{code}{before}").unwrap_or_default();
    out.extend_from_slice(id);
    out.extend_from_slice(after.as_bytes());
}

/// Serves one connection after the other on a blocking socket. Prints its address first.
pub fn serve_blocking() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let _ = serve_one(stream?);
    }
    Ok(())
}

fn serve_one(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answers = Answers::default();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        answers.take(&buffer[..read]);
        stream.write_all(&answers.out)?;
        answers.out.clear();
    }
}

/// Serves thousands of connections on one thread. Prints its address first.
pub fn serve_many() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(std::net::SocketAddr::from(([0, 0, 0, 0], 0)))?;
        let listener = socket.listen(4096)?;
        println!("{}", listener.local_addr()?);
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let mut answers = Answers::default();
                let mut buffer = vec![0; 1024];
                while let Ok(read) = stream.read(&mut buffer).await
                    && read > 0
                {
                    answers.take(&buffer[..read]);
                    if stream.write_all(&answers.out).await.is_err() {
                        break;
                    }
                    answers.out.clear();
                }
            });
        }
    })
}
