//! What WordPress refuses: `{"code", "message", "data": {"status", …}}`, or whatever a server in front of it says.

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;
use crate::partner::Failure;
use crate::partner::refusal::{Refusal, said};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    code: String,
    message: String,
    data: Value,
}

/// What WordPress, or what stands in front of it, says.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let all: Value = answer.json().unwrap_or_default();
    let told: Told = serde_json::from_value(all.clone()).unwrap_or_default();
    // Without a code it is not WordPress that speaks, and its message is no matter of ours.
    let message = if told.code.is_empty() { "" } else { &told.message };
    let refusal = Refusal::of(answer, all, &told.code, message);
    match exacter(answer, &told) {
        Some(failure) => Refusal { failure, ..refusal },
        None => refusal,
    }
}

/// What was to be taken down is not there, or is in the trash already.
pub(super) fn is_not_there(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "rest_post_invalid_id" | "rest_already_trashed")
}

/// The id told with `term_exists`.
pub(super) fn term(refusal: &Refusal) -> Option<u64> {
    refusal.told.get("data")?.get("term_id")?.as_u64()
}

/// What the code means, where it says more than the status.
fn exacter(answer: &Answer, told: &Told) -> Option<Failure> {
    let said = said(&told.code, &told.message);
    match told.code.as_str() {
        // The text is larger than the site's database takes: permanent, although it comes as 500.
        "db_insert_error" | "db_update_error" if is_about_size(answer) => {
            Some(Failure::rejected(format!("the article does not fit into the partner's database: {said}")))
        }
        // Drafts and the trash are not shown to strangers: WordPress takes us for one.
        "rest_invalid_param" if told.data.get("params").is_some_and(|params| params.get("status").is_some()) => {
            Some(Failure::denied("WordPress lets this user see no drafts: check the connector's user and secret"))
        }
        // The post vanished between looking and writing: the next try looks again.
        "rest_post_invalid_id" | "rest_already_trashed" => Some(Failure::Transient {
            retry_after: answer.retry_after(SystemTime::now()),
            reason: format!("WordPress answered {}: {said}", answer.status),
        }),
        _ => None,
    }
}

fn is_about_size(answer: &Answer) -> bool {
    let text = answer.text();
    ["max_allowed_packet", "packet bigger", "too long", "invalid data"].iter().any(|words| text.contains(words))
}
