//! The one place that appends: receipts, dead letters and looks at take-downs, many at once, so that they share an
//! fsync.
//! Nothing counts as done before its receipt is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use lianbo_schemas::{DeadLetter, Event, Receipt, ReceiptState, TakeDown, topic};
use tokio::sync::{mpsc, oneshot};

use super::ledger::{Ledger, LedgerError, Store, fold_own_receipt, fold_take_down};
use crate::letter;
use crate::log::{Log, LogError, NewRecord, Offset};

/// Waits after the log did not take a batch: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// The end of a delivery.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What came of it.
    pub(super) receipt: Receipt,
    /// The offset of the delivery it answers.
    pub(super) answers: Offset,
    /// The delivery's id.
    pub(super) delivery_id: String,
    /// The trace to carry on.
    pub(super) traceparent: Option<String>,
    /// The refusal, if it was refused.
    pub(super) letter: Option<DeadLetter>,
}

/// One answered delivery among those of a lane whose receipt is not durable; dropped when it is.
#[derive(Debug)]
pub(super) struct Open(Arc<AtomicUsize>);

impl Open {
    /// One more.
    pub(super) fn one(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

enum Entry {
    Answer(Box<Answer>, Open),
    Letter(Box<DeadLetter>),
    TakeDown(Box<TakeDown>),
}

type Waiting = (Entry, oneshot::Sender<()>);

/// A handle to the appender, which ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Appender {
    queue: mpsc::Sender<Waiting>,
}

impl Appender {
    /// Returns when the receipt is durable and the ledger knows it; it is `open` no longer than until it is durable.
    pub(super) async fn answer(&self, answer: Answer, open: Open) -> Result<(), LedgerError> {
        self.append(Entry::Answer(Box::new(answer), open)).await
    }

    /// Returns when the letter is durable.
    pub(super) async fn letter(&self, letter: DeadLetter) -> Result<(), LedgerError> {
        self.append(Entry::Letter(Box::new(letter))).await
    }

    /// Returns when the look is durable and the ledger knows it.
    pub(super) async fn take_down(&self, take_down: TakeDown) -> Result<(), LedgerError> {
        self.append(Entry::TakeDown(Box::new(take_down))).await
    }

    async fn append(&self, entry: Entry) -> Result<(), LedgerError> {
        let (sender, receiver) = oneshot::channel();
        self.queue.send((entry, sender)).await.map_err(|_closed| LedgerError::Closed)?;
        receiver.await.map_err(|_closed| LedgerError::Closed)
    }
}

/// The working half.
pub(super) struct AppendingHalf {
    log: Arc<dyn Log>,
    ledger: Ledger,
    queue: mpsc::Receiver<Waiting>,
    batch: usize,
}

/// Batches that are durable and not yet in the ledger, at most.
const BEHIND: usize = 4;

/// Makes both halves: at most `queue` entries wait, at most `batch` go together.
pub(super) fn appender(log: Arc<dyn Log>, ledger: Ledger, queue: usize, batch: usize) -> (Appender, AppendingHalf) {
    let (sender, receiver) = mpsc::channel(queue.max(1));
    (Appender { queue: sender }, AppendingHalf { log, ledger, queue: receiver, batch: batch.max(1) })
}

impl AppendingHalf {
    /// Appends until all handles are dropped and the queue is empty. The ledger takes one batch while the next is being
    /// appended: what a crash repeats is what is not in the log, and the ledger is read from there again.
    pub(super) async fn run(self) -> Result<(), LedgerError> {
        let Self { log, ledger, queue, batch } = self;
        let (durable, behind) = mpsc::channel(BEHIND);
        tokio::try_join!(append(log.as_ref(), queue, batch, durable), fold(&ledger, behind)).map(drop)
    }
}

/// What is durable, for the ledger, and who waits for it.
struct Durable {
    receipts: Vec<((i32, Offset), Box<Answer>)>,
    looks: Vec<TakeDown>,
    waiting: Vec<oneshot::Sender<()>>,
}

async fn append(
    log: &dyn Log,
    mut queue: mpsc::Receiver<Waiting>,
    most: usize,
    durable: mpsc::Sender<Durable>,
) -> Result<(), LedgerError> {
    let mut batch: Vec<Waiting> = Vec::with_capacity(most);
    while queue.recv_many(&mut batch, most).await > 0 {
        let (entries, waiting): (Vec<Entry>, Vec<_>) = batch.drain(..).unzip();
        // The letter stands before its receipt: a crash between the two refuses once more, and replaces the letter.
        let mut records = Vec::with_capacity(entries.len());
        let mut receipts = Vec::with_capacity(entries.len());
        let (mut looks, mut open) = (Vec::new(), Vec::with_capacity(entries.len()));
        for entry in entries {
            match entry {
                Entry::Letter(letter) => records.push(letter::refusal(&letter, "/deliver", None)),
                Entry::TakeDown(look) => {
                    records.extend(take_down_record(&look));
                    looks.push(*look);
                }
                Entry::Answer(answer, one) => {
                    open.push(one);
                    if let Some(letter) = &answer.letter {
                        records.push(letter::refusal(letter, "/deliver", answer.traceparent.as_deref()));
                    }
                    let Some(record) = receipt_record(&answer) else { continue };
                    receipts.push((records.len(), answer));
                    records.push(record);
                }
            }
        }
        let places = append_until_durable(log, records).await;
        drop(open);
        let placed = receipts.into_iter().filter_map(|(place, answer)| Some((*places.get(place)?, answer)));
        let batch = Durable { receipts: placed.collect(), looks, waiting };
        durable.send(batch).await.map_err(|_closed| LedgerError::Closed)?;
    }
    Ok(())
}

async fn fold(ledger: &Ledger, mut behind: mpsc::Receiver<Durable>) -> Result<(), LedgerError> {
    while let Some(Durable { receipts, looks, waiting }) = behind.recv().await {
        // Letters alone do not.
        let concerns_ledger = !receipts.is_empty() || !looks.is_empty();
        let own = move |store: &mut Store| {
            let mut receipts = receipts.iter();
            receipts
                .try_for_each(|(place, answer)| fold_own_receipt(store, &answer.receipt, answer.answers, *place))?;
            looks.iter().try_for_each(|look| fold_take_down(store, look))
        };
        if concerns_ledger {
            ledger.call(own).await?;
        }
        for sender in waiting {
            // A lane that was stopped no longer listens; the receipt stands all the same.
            let _gone = sender.send(());
        }
    }
    Ok(())
}

/// Appends, again and again if need be: a second copy of a receipt does no harm, a missing one sends twice.
async fn append_until_durable(log: &dyn Log, records: Vec<NewRecord>) -> Vec<(i32, Offset)> {
    let mut pause = FIRST_PAUSE;
    loop {
        match log.append(records.clone()).await {
            Ok(places) => return places.into_iter().map(|(partition, offset)| (partition.number, offset)).collect(),
            Err(error @ (LogError::Unavailable(_) | LogError::Lost(_))) => {
                tracing::warn!(%error, receipts = records.len(), "receipts wait for the log");
            }
            Err(error @ (LogError::TooLarge { .. } | LogError::NoTopic(_) | LogError::Broken(_))) => {
                tracing::error!(%error, receipts = records.len(), "the log takes no receipts; see `lianbo check`");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

fn receipt_record(answer: &Answer) -> Option<NewRecord> {
    let receipt = &answer.receipt;
    let key = Receipt::key(&receipt.partner, &receipt.article);
    let kind = match receipt.state {
        ReceiptState::Held => "receipt.held",
        ReceiptState::Withdrawn => "receipt.withdrawn",
        ReceiptState::Refused { .. } => "receipt.refused",
    };
    let id = format!("{}-{}", answer.delivery_id, answer.answers);
    let mut event = Event::new(id, "/deliver", kind, receipt.at).about(&key).traced(answer.traceparent.as_deref());
    event.extensions.insert(Receipt::ANSWERS.to_owned(), answer.answers.to_string());
    record(topic::RECEIPTS, key, &event, receipt)
}

fn take_down_record(look: &TakeDown) -> Option<NewRecord> {
    let key = Receipt::key(&look.partner, &look.article);
    let id = format!("{key} {} {}", look.acknowledged, look.looks);
    let event = Event::new(id, "/deliver", "takedown.looked", look.last.at).about(&key);
    record(topic::TAKEDOWNS, key, &event, look)
}

fn record(topic: &str, key: String, event: &Event, data: &impl serde::Serialize) -> Option<NewRecord> {
    // Receipts and letters are plain structs of texts and numbers, which JSON always takes.
    let value = serde_json::to_vec(data)
        .inspect_err(|error| tracing::error!(%error, topic, key, "cannot write a record as JSON"))
        .ok()?;
    Some(NewRecord {
        topic: topic.to_owned(),
        key: Some(Bytes::from(key)),
        headers: event.to_headers(),
        value: Some(Bytes::from(value)),
    })
}
