//! The words of an item: read where its bytes are kept, and normalised again. Only articles' own words stand in the
//! view; a reprint's are nowhere else.

use std::collections::BTreeMap;
use std::time::Duration;

use lianbo_schemas::{ItemUri, Normalised, SubmissionId, topic};

use super::{Operate, unread, unseen};
use crate::log::{Partition, Record, Start, Subscription};
use crate::problem::Problem;

/// How long one record is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// One record of the log.
pub(super) async fn record(operate: &Operate, topic: &str, number: i32, offset: i64) -> Result<Record, Problem> {
    let partition = Partition { topic: topic.to_owned(), number };
    let positions = BTreeMap::from([(partition.clone(), offset)]);
    let topics = Subscription::Topics(vec![topic.to_owned()]);
    let mut reader = operate.log.read(topics, Start::Latest, positions).await.map_err(unread)?;
    let records = reader.next(PATIENCE).await.map_err(unread)?;
    let found = records.into_iter().find(|record| record.partition == partition && record.offset == offset);
    found.ok_or_else(|| Problem::not_found(format!("the bytes are gone: `{topic}` no longer keeps offset {offset}")))
}

/// An item as the submission brought it; a problem of status 404 when its bytes are kept no longer.
pub(super) async fn words(operate: &Operate, submission: &SubmissionId, item: &ItemUri) -> Result<Normalised, Problem> {
    let known = operate.view.submission(submission).await.map_err(unseen)?;
    let place = known.and_then(|known| known.received).ok_or_else(|| gone(submission))?;
    let record = record(operate, &place.topic, place.partition, place.offset).await?;
    let outputs = operate.normalise.again(vec![record], (operate.clock)()).await.map_err(Problem::unavailable)?;
    let normalised = outputs.iter().filter(|output| output.topic == topic::NORMALISED);
    let items = normalised.filter_map(|output| serde_json::from_slice::<Normalised>(output.value.as_deref()?).ok());
    let found = items.into_iter().find(|normalised| normalised.item.uri == *item);
    found.ok_or_else(|| Problem::not_found(format!("submission `{submission}` does not bring `{item}` any more")))
}

fn gone(submission: &SubmissionId) -> Problem {
    Problem::not_found(format!(
        "the bytes of submission `{submission}` are kept no longer; have the outlet send the piece again"
    ))
}
