//! Reads what the outlet's topic has new: posts that webhooks brought, or that another node took in before this one led.

use std::collections::BTreeMap;

use lianbo_connectors::format::contain::contained;
use lianbo_connectors::source::cms::{Seen, seen};
use lianbo_schemas::{Event, Outlet, topic};

use crate::log::{Past, Record, Subscription};
use crate::pull::poll::{Context, PollError};

/// Brings the memory up to what the topic says now.
pub(super) async fn follow(context: &Context, outlet: &Outlet, site: &str) -> Result<(), PollError> {
    let topic = topic::of_outlet(&outlet.id);
    let followed = context.state.followed(&outlet.id).await?;
    let bounds = context.log.bounds(&topic).await?;
    if bounds.iter().all(|(number, bounds)| followed.get(number).is_some_and(|next| *next >= bounds.end)) {
        return Ok(());
    }
    let positions: BTreeMap<_, _> = followed
        .into_iter()
        .map(|(number, next)| (crate::log::Partition { topic: topic.clone(), number }, next))
        .collect();
    let mut past = Past::from(context.log.as_ref(), Subscription::Topics(vec![topic]), positions).await?;
    while let Some(records) = past.next().await? {
        let site = site.to_owned();
        let read = move || records.iter().filter_map(|record| post_of(record, &site)).collect::<Vec<Seen>>();
        let told = tokio::task::spawn_blocking(read).await;
        let told = told.map_err(|error| PollError::Unusable(error.to_string()))?;
        context.state.follow(&outlet.id, told, past.positions(), (context.clock)()).await?;
    }
    Ok(())
}

/// The post in a record, if it is one of this site that can be read.
fn post_of(record: &Record, site: &str) -> Option<Seen> {
    let (event, body) = Event::read(&record.headers, record.value.as_ref()?).ok()?;
    event.extensions.get("site").filter(|of| *of == site)?;
    let media_type = event.content_type?;
    contained(|| seen(&media_type, &body)).ok()?
}
