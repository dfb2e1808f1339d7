//! Stands between a client and its brokers, and can hold back what a producer sends until another producer appears: as a
//! connection that stands still, but only for the one that had it.
//!
//! Of Kafka's protocol it knows a frame's length, a request's kind and number (`RequestHeader`), and that a broker names
//! itself by host and port: the client is told the proxy's port instead.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Error, ErrorKind};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The request with records.
const PRODUCE: i16 = 0;
/// The first request of every idempotent producer.
const INIT_PRODUCER_ID: i16 = 22;
/// How a broker on this machine is called.
const HOST: &[u8] = b"127.0.0.1";

/// What passes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// All.
    All,
    /// No records, until another producer appears.
    NoRecords,
    /// All but what is held.
    AllButHeld,
}

/// What all connections know.
struct Gate {
    passing: watch::Sender<Passing>,
    seen: Mutex<Seen>,
}

/// What came by.
#[derive(Default)]
struct Seen {
    /// The connections of producers: one may ask for its id again while its brokers are not ready.
    producers: HashSet<SocketAddr>,
    held: usize,
    /// The numbers of requests that were held and are not answered.
    unanswered: HashSet<(SocketAddr, [u8; 4])>,
}

/// A proxy for each broker.
pub(crate) struct Proxy {
    gate: Arc<Gate>,
    /// Where a client begins.
    pub(crate) bootstrap: String,
}

impl Proxy {
    /// Before the brokers at these addresses.
    pub(crate) async fn before(brokers: &str) -> Self {
        let gate = Arc::new(Gate { passing: watch::Sender::new(Passing::All), seen: Mutex::default() });
        let (mut listeners, mut names) = (Vec::new(), Vec::new());
        for broker in brokers.split(',') {
            let broker: SocketAddr = broker.parse().unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            names.push((name(broker.port()), name(listener.local_addr().unwrap().port())));
            listeners.push((listener, broker));
        }
        let addresses = listeners.iter().map(|(listener, _)| listener.local_addr().unwrap().to_string());
        let bootstrap = addresses.collect::<Vec<_>>().join(",");
        let names: Arc<[(Vec<u8>, Vec<u8>)]> = names.into();
        for (listener, broker) in listeners {
            tokio::spawn(accept(listener, broker, Arc::clone(&gate), Arc::clone(&names)));
        }
        Self { gate, bootstrap }
    }

    /// From here on records are held, until another producer appears; those that are held stay so.
    pub(crate) fn stand_still(&self) {
        self.gate.passing.send_replace(Passing::NoRecords);
    }

    /// Brings what was held.
    pub(crate) fn let_go(&self) {
        self.gate.passing.send_replace(Passing::All);
    }

    /// How many producers there were.
    pub(crate) fn producers(&self) -> usize {
        self.gate.seen().producers.len()
    }

    /// How many requests with records were held.
    pub(crate) fn held(&self) -> usize {
        self.gate.seen().held
    }

    /// How many of them the brokers did not answer.
    pub(crate) fn unanswered(&self) -> usize {
        self.gate.seen().unanswered.len()
    }
}

impl Gate {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when this request may pass.
    async fn admit(&self, client: SocketAddr, request: &[u8]) {
        let kind = i16::from_be_bytes([request[0], request[1]]);
        if kind == INIT_PRODUCER_ID {
            self.seen().producers.insert(client);
            self.passing.send_if_modified(|passing| {
                let first = *passing == Passing::NoRecords;
                if first {
                    *passing = Passing::AllButHeld;
                }
                first
            });
        }
        let mut passing = self.passing.subscribe();
        if kind == PRODUCE && *passing.borrow_and_update() == Passing::NoRecords {
            {
                let mut seen = self.seen();
                seen.held += 1;
                seen.unanswered.insert((client, [request[4], request[5], request[6], request[7]]));
            }
            // The gate outlives its connections' tasks.
            passing.wait_for(|passing| *passing == Passing::All).await.unwrap();
        }
    }

    /// Notes which request a broker answered.
    fn answered(&self, client: SocketAddr, answer: &[u8]) {
        self.seen().unanswered.remove(&(client, [answer[0], answer[1], answer[2], answer[3]]));
    }
}

async fn accept(listener: TcpListener, broker: SocketAddr, gate: Arc<Gate>, names: Arc<[(Vec<u8>, Vec<u8>)]>) {
    while let Ok((client, address)) = listener.accept().await {
        let Ok(broker) = TcpStream::connect(broker).await else { continue };
        client.set_nodelay(true).unwrap();
        broker.set_nodelay(true).unwrap();
        let ((requests, answers), (from_broker, to_broker)) = (client.into_split(), broker.into_split());
        let (passing, names) = (Arc::clone(&gate), Arc::clone(&names));
        tokio::spawn(pass_requests(requests, to_broker, Arc::clone(&gate), address));
        tokio::spawn(async move { pass_answers(from_broker, answers, &passing, &names, address).await });
    }
}

/// Until the broker is gone. That the client is gone it is not told: what was held comes to it, and is answered.
async fn pass_requests(mut client: OwnedReadHalf, mut broker: OwnedWriteHalf, gate: Arc<Gate>, address: SocketAddr) {
    while let Ok(request) = frame(&mut client).await {
        gate.admit(address, &request).await;
        if send(&mut broker, &request).await.is_err() {
            return;
        }
    }
    std::future::pending().await
}

/// Until the broker is gone; it is listened to even if nobody wants to hear.
async fn pass_answers(
    mut broker: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    gate: &Gate,
    names: &[(Vec<u8>, Vec<u8>)],
    address: SocketAddr,
) {
    while let Ok(mut answer) = frame(&mut broker).await {
        gate.answered(address, &answer);
        for (name, replacement) in names {
            replace(&mut answer, name, replacement);
        }
        if let Err(error) = send(&mut client, &answer).await {
            tracing::debug!(%error, "the client is gone");
        }
    }
}

async fn frame(from: &mut OwnedReadHalf) -> Result<Vec<u8>, Error> {
    let length = usize::try_from(from.read_i32().await?).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn send(to: &mut OwnedWriteHalf, frame: &[u8]) -> Result<(), Error> {
    let length = i32::try_from(frame.len()).unwrap();
    to.write_all(&[&length.to_be_bytes(), frame].concat()).await
}

/// How an answer names a broker.
fn name(port: u16) -> Vec<u8> {
    [HOST, &i32::from(port).to_be_bytes()].concat()
}

fn replace(answer: &mut [u8], name: &[u8], replacement: &[u8]) {
    let mut at = 0;
    while let Some(found) = answer[at..].windows(name.len()).position(|window| window == name) {
        answer[at + found..at + found + name.len()].copy_from_slice(replacement);
        at += found + name.len();
    }
}
