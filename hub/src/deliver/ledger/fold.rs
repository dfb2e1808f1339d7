//! Folds records of `deliveries.<partner>` and `receipts` into the ledger.

use std::collections::{BTreeMap, HashMap};

use lianbo_schemas::{Action, ArticleUri, Delivery, Event, PartnerId, Receipt, ReceiptState, TakeDown, topic};

use super::row::{Arrived, Due, Turn};
use super::store::Store;
use crate::deliver::difference::{Known, KnownState, Wanted, differs};
use crate::log::{Offset, Partition, Record};

/// One lane's hold on its partition.
#[derive(Debug, Clone)]
pub(in crate::deliver) struct Assignment {
    /// Whose deliveries they are.
    pub(in crate::deliver) partner: PartnerId,
    /// Marks what this lane was the first to see; never used twice.
    pub(in crate::deliver) generation: i64,
    /// From here on records are new since the assignment: nobody else can have acted on them.
    pub(in crate::deliver) live_from: Offset,
    /// Unreadable records before this one have their dead letters: a rebuild writes none again.
    pub(in crate::deliver) letters_from: Offset,
}

/// What a batch of deliveries brought.
#[derive(Debug, Default)]
pub(in crate::deliver) struct Folded {
    /// What has come for whom.
    pub(in crate::deliver) arrived: BTreeMap<PartnerId, Arrived>,
    /// What could not be read.
    pub(in crate::deliver) poison: Vec<Poison>,
}

impl Folded {
    fn arrives(&mut self, partner: &PartnerId, new: Arrived) {
        let arrived = new.after(self.arrived.remove(partner));
        self.arrived.insert(partner.clone(), arrived);
    }
}

/// A record that is no delivery.
#[derive(Debug)]
pub(in crate::deliver) struct Poison {
    /// Where it stands.
    pub(in crate::deliver) partition: Partition,
    /// Its offset.
    pub(in crate::deliver) offset: Offset,
    /// Why.
    pub(in crate::deliver) cause: String,
}

/// Folds deliveries; positions move with them.
pub(in crate::deliver) fn fold_deliveries(
    store: &mut Store,
    records: &[Record],
    assignments: &HashMap<Partition, Assignment>,
) -> rusqlite::Result<Folded> {
    let mut folded = Folded::default();
    for record in records {
        store.positions.folded(&record.partition, record.offset);
        let Some(assignment) = assignments.get(&record.partition) else { continue };
        match read_delivery(record) {
            Ok(Said::Wanted(wanted, document)) => {
                if let Some(arrived) = want(store, assignment, *wanted, &document)? {
                    folded.arrives(&assignment.partner, arrived);
                }
            }
            Ok(Said::Nothing(article)) => {
                store.remove_desired(&assignment.partner, &article, None)?;
                folded.arrives(&assignment.partner, Arrived::Urgent);
            }
            Err(_) if record.offset < assignment.letters_from => {}
            Err(cause) => {
                folded.poison.push(Poison { partition: record.partition.clone(), offset: record.offset, cause });
            }
        }
    }
    Ok(folded)
}

/// Folds receipts and looks at take-downs; positions move with them. An unreadable one is passed over: its delivery is
/// then done once more, or it is looked once more.
pub(in crate::deliver) fn fold_receipts(store: &mut Store, records: &[Record]) -> rusqlite::Result<()> {
    for record in records {
        store.positions.folded(&record.partition, record.offset);
        if record.partition.topic == topic::TAKEDOWNS {
            match read_take_down(record) {
                Ok(Some(look)) => fold_take_down(store, &look)?,
                Ok(None) => {}
                Err(cause) => tracing::warn!(offset = record.offset, cause, "unreadable look at a take-down"),
            }
            continue;
        }
        // This node's own receipts are most often here before they are read back.
        if store.own.take(record.partition.number, record.offset) {
            continue;
        }
        match read_receipt(record) {
            Ok(Some((receipt, known))) => {
                if know(store, &receipt.partner, &receipt.article, &known, record.offset)? {
                    strike_out(store, &receipt.partner, &receipt.article, &known)?;
                }
            }
            Ok(None) => ids(record).map_or(Ok(()), |(partner, article)| store.remove_held(&partner, &article))?,
            Err(cause) => {
                tracing::warn!(topic = record.partition.topic, offset = record.offset, cause, "unreadable receipt");
            }
        }
    }
    Ok(())
}

/// One receipt this node wrote itself, at the place the log gave it.
pub(in crate::deliver) fn fold_own_receipt(
    store: &mut Store,
    receipt: &Receipt,
    answers: Offset,
    (partition, offset): (i32, Offset),
) -> rusqlite::Result<()> {
    let known = known_of(receipt, Some(answers));
    if !know(store, &receipt.partner, &receipt.article, &known, offset)? {
        return Ok(());
    }
    store.own.add(partition, offset);
    // Most often the decision it answers is still the open one, and nothing need be compared.
    if store.remove_desired(&receipt.partner, receipt.article.as_str(), Some(answers))? {
        return Ok(());
    }
    strike_out(store, &receipt.partner, &receipt.article, &known)
}

/// One look at a take-down.
pub(in crate::deliver) fn fold_take_down(store: &mut Store, look: &TakeDown) -> rusqlite::Result<()> {
    store.put_take_down(look)?;
    match store.known(&look.partner, &look.article)? {
        Some(known) => store.plan_look(&look.partner, &look.article, &known),
        None => Ok(()),
    }
}

enum Said {
    Wanted(Box<Wanted>, String),
    Nothing(String),
}

/// Writes down what is wanted, unless it is what the partner has; what that is to a lane, if anything.
fn want(
    store: &mut Store,
    assignment: &Assignment,
    wanted: Wanted,
    document: &str,
) -> rusqlite::Result<Option<Arrived>> {
    let (partner, article) = (&assignment.partner, &wanted.delivery.article);
    let before = store.marks(partner, article)?;
    if before.as_ref().is_some_and(|before| before.offset >= wanted.offset) {
        return Ok(None);
    }
    let known = store.known(partner, article)?;
    if !differs(&wanted, known.as_ref()) {
        store.remove_desired(partner, article.as_str(), None)?;
        return Ok(before.map(|_replaced| Arrived::Urgent));
    }
    let first_seen_live = wanted.offset >= assignment.live_from;
    let born = match &before {
        Some(before) => before.born,
        None if first_seen_live => assignment.generation,
        None => 0,
    };
    store.put_desired(partner, &wanted, document, before.as_ref(), born)?;
    let delivery = &wanted.delivery;
    if before.is_some() || delivery.action == Action::Withdraw || delivery.not_before.is_some() {
        return Ok(Some(Arrived::Urgent));
    }
    let untouched = born == assignment.generation;
    let turn = Turn::of(delivery);
    Ok(Some(Arrived::Behind(vec![Due { wanted, known, tries: 0, untouched, turn }])))
}

/// Writes down what a partner has; not if something newer is known already, be it of an older place in the log.
fn know(
    store: &mut Store,
    partner: &PartnerId,
    article: &ArticleUri,
    known: &Known,
    offset: Offset,
) -> rusqlite::Result<bool> {
    let before = store.newest_receipt(partner, article)?;
    if before.as_ref().is_some_and(|before| before.offset >= offset || before.overtook(known)) {
        return Ok(false);
    }
    store.put_held(partner, article, known, before.as_ref(), offset)?;
    store.plan_look(partner, article, known)?;
    Ok(true)
}

/// Strikes out a difference that this ends.
fn strike_out(store: &mut Store, partner: &PartnerId, article: &ArticleUri, known: &Known) -> rusqlite::Result<()> {
    let wanted = store.wanted(partner, article)?;
    if wanted.is_some_and(|wanted| !differs(&wanted, Some(known))) {
        store.remove_desired(partner, article.as_str(), None)?;
    }
    Ok(())
}

/// The partner and article that a receipt's key names.
fn ids(record: &Record) -> Option<(PartnerId, ArticleUri)> {
    let (partner, article) = std::str::from_utf8(record.key.as_deref()?).ok()?.split_once(' ')?;
    Some((PartnerId::new(partner).ok()?, ArticleUri::new(article).ok()?))
}

fn read_delivery(record: &Record) -> Result<Said, String> {
    let Some(value) = &record.value else {
        let key = record.key.as_deref().ok_or("a tombstone without a key")?;
        let article = std::str::from_utf8(key).map_err(|error| error.to_string())?;
        return Ok(Said::Nothing(article.to_owned()));
    };
    let (event, data) = Event::open(&record.headers, value).map_err(|error| error.to_string())?;
    let document = String::from_utf8(data.to_vec()).map_err(|error| error.to_string())?;
    let delivery: Delivery = serde_json::from_str(&document).map_err(|error| error.to_string())?;
    let traceparent = event.and_then(|event| event.traceparent);
    Ok(Said::Wanted(Box::new(Wanted { delivery, offset: record.offset, traceparent }), document))
}

fn read_receipt(record: &Record) -> Result<Option<(Receipt, Known)>, String> {
    let Some(value) = &record.value else { return Ok(None) };
    let (event, data) = Event::open(&record.headers, value).map_err(|error| error.to_string())?;
    let receipt: Receipt = serde_json::from_slice(&data).map_err(|error| error.to_string())?;
    let known = known_of(&receipt, event.as_ref().and_then(Receipt::answers));
    Ok(Some((receipt, known)))
}

fn read_take_down(record: &Record) -> Result<Option<TakeDown>, String> {
    let Some(value) = &record.value else { return Ok(None) };
    let (_, data) = Event::open(&record.headers, value).map_err(|error| error.to_string())?;
    serde_json::from_slice(&data).map(Some).map_err(|error| error.to_string())
}

fn known_of(receipt: &Receipt, answers: Option<Offset>) -> Known {
    let state = match receipt.state {
        ReceiptState::Held => KnownState::Held,
        ReceiptState::Withdrawn => KnownState::Withdrawn,
        ReceiptState::Refused { .. } => KnownState::Refused,
    };
    Known {
        version: receipt.version,
        state,
        remote: receipt.remote.clone(),
        content_hash: receipt.content_hash.clone(),
        rendering: receipt.rendering.clone(),
        redelivery: receipt.redelivery.clone(),
        answers,
        at: receipt.at,
        history: receipt.history(),
    }
}
