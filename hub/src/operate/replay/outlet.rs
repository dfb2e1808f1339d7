//! An outlet's topic through normalise and dedup again: only what really differs changes anything.

use std::collections::HashMap;

use lianbo_schemas::fingerprint::Judged;
use lianbo_schemas::{ItemUri, Normalised, OutletId, Revision, topic};

use super::range::Range;
use super::{Operate, Pace, Progress, Request, Stopped, Teller};
use crate::log::{self, NewRecord, Subscription};

pub(super) async fn replay(
    operate: &Operate,
    request: &Request,
    outlet: &OutletId,
    pace: &mut Pace,
    teller: &Teller,
) -> Result<(), Stopped> {
    let known = known(operate, outlet).await?;
    let mut range = Range::open(operate.log.as_ref(), &request.topic, request).await?;
    let (mut done, mut changed) = (0, 0);
    while let Some(records) = range.next().await? {
        let count = records.len() as u64;
        let outputs = operate.normalise.again(records, (operate.clock)()).await.map_err(Stopped::Failed)?;
        for output in outputs.iter().filter(|output| output.topic == topic::NORMALISED) {
            changed += u64::from(differs(&known, output));
        }
        if !request.dry_run {
            operate.log.append(outputs).await.map_err(|error| Stopped::Failed(error.to_string()))?;
        }
        done += count;
        pace.wait(count).await;
        teller.tell(&Progress { done, total: range.total, changed, ..Progress::default() }).await?;
    }
    let what = if request.dry_run { "would change" } else { "change" };
    let summary = format!("{done} submissions of `{}` run again; {changed} items {what}", request.topic);
    teller
        .tell(&Progress {
            done,
            total: range.total,
            changed,
            finished: true,
            summary: Some(summary),
            ..Progress::default()
        })
        .await
}

/// What dedup last accepted of each of an outlet's items.
type Known = HashMap<ItemUri, (Revision, String)>;

async fn known(operate: &Operate, outlet: &OutletId) -> Result<Known, Stopped> {
    let mut known = Known::new();
    let fingerprints = Subscription::Topics(vec![topic::FINGERPRINTS.to_owned()]);
    let reading = log::fold(operate.log.as_ref(), fingerprints, |record| {
        let judged = record.value.as_deref().and_then(|value| serde_json::from_slice::<Judged>(value).ok());
        if let Some(judged) = judged.filter(|judged| judged.outlet == *outlet) {
            known.insert(judged.item, (judged.memory.revision, judged.memory.digest));
        }
    });
    drop(reading.await.map_err(|error| Stopped::Failed(error.to_string()))?);
    Ok(known)
}

/// Whether what normalise makes of it now is something else than what dedup last accepted.
fn differs(known: &Known, output: &NewRecord) -> bool {
    let value = output.value.as_deref().unwrap_or_default();
    let Ok(normalised) = serde_json::from_slice::<Normalised>(value) else { return true };
    let item = normalised.item;
    known.get(&item.uri).is_none_or(|(revision, digest)| *revision <= item.revision && *digest != item.digest)
}
