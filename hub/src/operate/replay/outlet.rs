//! An outlet's topic through normalise and dedup again: only what really differs changes anything.

use lianbo_schemas::{Normalised, topic};

use super::range::Range;
use super::{Operate, Progress, Request, Stopped, Teller};
use crate::log::NewRecord;

pub(super) async fn replay(operate: &Operate, request: &Request, teller: &mut Teller) -> Result<(), Stopped> {
    let mut range = Range::open(operate.log.as_ref(), &request.topic, request).await?;
    let (mut done, mut changed) = (0, 0);
    while let Some(records) = range.next().await? {
        let count = records.len() as u64;
        let outputs = operate.normalise.again(records, (operate.clock)()).await.map_err(Stopped::Failed)?;
        for output in outputs.iter().filter(|output| output.topic == topic::NORMALISED) {
            changed += u64::from(differs(operate, output).await?);
        }
        if !request.dry_run {
            operate.log.append(outputs).await.map_err(|error| Stopped::Failed(error.to_string()))?;
        }
        done += count;
        teller.pace.wait(count).await;
        teller.tell(Progress { done, total: range.total, changed, ..Progress::default() }).await?;
    }
    let what = if request.dry_run { "would change" } else { "change" };
    let summary = format!("{done} submissions of `{}` run again; {changed} items {what}", request.topic);
    teller.tell(Progress { done, total: range.total, changed, finished: true, summary: Some(summary), ..Progress::default() }).await
}

/// Whether what normalise makes of it now is something else than what dedup last judged.
async fn differs(operate: &Operate, output: &NewRecord) -> Result<bool, Stopped> {
    let value = output.value.as_deref().unwrap_or_default();
    let Ok(normalised) = serde_json::from_slice::<Normalised>(value) else { return Ok(true) };
    let known = operate.view.judged(&normalised.item.uri).await.map_err(|error| Stopped::Failed(error.to_string()))?;
    Ok(known.is_none_or(|known| known.revision <= normalised.item.revision && known.digest != normalised.item.digest))
}
