//! A terminal that does what a test says: what the simulator's host would never answer.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// What a request gets.
pub enum Does {
    /// What every terminal answers; of a money request an approval with a number of its own.
    Usual,
    /// This answer. 990001 shows it from now on.
    Answers(Value),
    /// The connection ends, and nothing was done.
    Cuts,
}

#[derive(Default)]
struct World {
    last: Option<Value>,
    seen: Vec<(String, Value)>,
}

/// The terminal.
#[derive(Clone)]
pub struct Scripted {
    pub address: String,
    world: Arc<Mutex<World>>,
}

/// An approval as it stands in an answer.
pub fn approved(request: &Value, approval_no: &str, transaction_no: &str) -> Value {
    let amount = request.get("priceAmt").or_else(|| request.get("approvalAmt")).cloned();
    json!({"resultCode": "0000", "resultMessage": "ok", "data": {
        "approvalNo": approval_no, "transactionNo": transaction_no, "transactionDate": "20261125120000",
        "approvalAmt": amount, "tipAmt": 0, "taxAmt": 0, "taxFreeAmt": 0, "installment": 0,
        "ptxid": request["ptxid"],
    }})
}

impl Scripted {
    /// It listens, and does with each request what `script` says.
    pub fn new(script: impl Fn(&str, &Value) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at: SocketAddr = listener.local_addr().unwrap();
        let terminal = Self { address: format!("tcp://{at}?simulated=true"), world: Arc::default() };
        let (own, script) = (terminal.clone(), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (own, script) = (own.clone(), script.clone());
                std::thread::spawn(move || own.serve(stream.unwrap(), &*script));
            }
        });
        terminal
    }

    /// The bodies of the requests under a code.
    pub fn received(&self, code: &str) -> Vec<Value> {
        let world = self.world();
        world.seen.iter().filter(|(seen, _)| seen == code).map(|(_, body)| body.clone()).collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream, script: &(impl Fn(&str, &Value) -> Does + ?Sized)) {
        stream.set_nodelay(true).unwrap();
        while let Some((code, body)) = request(&mut stream) {
            let mut world = self.world();
            world.seen.push((code.clone(), body.clone()));
            let money = body.get("ptxid").is_some();
            let answer = match script(&code, &body) {
                Does::Answers(answer) => answer,
                Does::Cuts => {
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
                Does::Usual if code == "990001" => world.last.clone().unwrap_or_else(|| json!({})),
                Does::Usual if money => {
                    let count = world.seen.len();
                    approved(&body, &format!("3000{count:04}"), &format!("00003000{count:04}"))
                }
                Does::Usual => json!({"resultCode": "0000", "resultMessage": "ok"}),
            };
            if money {
                world.last = Some(answer.clone());
            }
            drop(world);
            let text = answer.to_string();
            if stream.write_all(format!("{:04}{code}{text}", 6 + text.len()).as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut header = [0; 10];
    stream.read_exact(&mut header).ok()?;
    let header = std::str::from_utf8(&header).unwrap();
    let mut body = vec![0; header[..4].parse::<usize>().unwrap() - 6];
    stream.read_exact(&mut body).ok()?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    Some((header[4..].to_owned(), body))
}
