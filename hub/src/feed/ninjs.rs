//! A channel as ninjs: an array of news items of IPTC ninjs 3.1, each with the hub's own member.
//! <https://iptc.org/std/ninjs/>

use super::document::Source;

/// Writes the array.
pub(super) fn write(source: &Source<'_>) -> String {
    let items: Vec<_> = source.items.iter().map(|item| &item.news).collect();
    serde_json::to_string(&items).expect("news items have only string keys")
}
