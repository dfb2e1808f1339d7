//! What WeChat refuses: `{"errcode", "errmsg"}`, in an answer of status 200.
//! <https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html>

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use crate::http::Answer;
use crate::partner::Failure;
use crate::partner::refusal::{ApiError, Refusal, said};

/// There is no draft or picture of this id.
pub(super) const NO_MEDIA: i64 = 40007;

/// There is no publication of this id.
pub(super) const NO_ARTICLE: i64 = 53600;

/// A token that is not, or no longer, the account's.
const TOKENS: [i64; 3] = [40001, 40014, 42001];

/// Quotas of a day begin anew at midnight of Beijing, eight hours ahead of UTC.
const BEIJING_SECONDS: i64 = 8 * 3_600;

const DAY_SECONDS: i64 = 86_400;

/// What stands in front of WeChat says no.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    Refusal::of(answer, Value::Null, "", "")
}

/// Whether the token was at fault, so that a new one may help.
pub(super) fn is_token(code: i64) -> bool {
    TOKENS.contains(&code)
}

/// Whether the call was refused with this code.
pub(super) fn is(error: &ApiError, code: i64) -> bool {
    matches!(error, ApiError::Refused(refusal) if refusal.code == code.to_string())
}

/// A call answered with a code other than 0. What is about the article alone is a refusal; what would fail for every
/// article is a failure, so that no article goes out without its pictures only because a quota is used up.
pub(super) fn error(code: i64, message: &str) -> ApiError {
    match failure(code, message, Timestamp::now()) {
        failure @ Failure::Rejected { .. } => ApiError::Refused(Box::new(Refusal {
            status: StatusCode::OK,
            code: code.to_string(),
            told: Value::Null,
            failure,
        })),
        failure => ApiError::Failed(failure),
    }
}

fn failure(code: i64, message: &str, now: Timestamp) -> Failure {
    let told = format!("WeChat answered {}", said(&code.to_string(), message));
    let later = |wait: Duration| Failure::Transient { retry_after: Some(wait), reason: told.clone() };
    let act = |what: &str| Failure::denied(format!("{told}; {what}"));
    let refuse = |why: &str| Failure::rejected(format!("{told}; {why}"));
    match code {
        -1 => Failure::transient(told),
        45009 => later(until_midnight(now)),
        45011 | 53501 => later(Duration::from_secs(60)),
        code if is_token(code) => act(
            "another program renews the account's token, or the connector's secret is wrong: let only the hub use it",
        ),
        40013 | 41002 => act("check the connector's user, which is the account's AppID"),
        40125 | 41004 => act("check the connector's secret, which is the account's AppSecret"),
        40243 => act("the AppSecret is frozen: unfreeze it at the developers' platform"),
        40164 => act("put the hub's public address on the account's IP whitelist (IP白名单)"),
        89501 | 89503 | 89506 | 89507 => act("an administrator of the account must allow the hub's address"),
        48001 | 48004 | 50002 | 53500 => {
            act("the account may not publish by API: it must be verified (认证) and not be restricted")
        }
        53503 => refuse("the draft did not pass the check before publishing: see it in the account's draft box"),
        53504 => refuse("the draft must be published by hand in the account's draft box"),
        53505 => refuse("the draft must be saved by hand in the account's draft box and published there"),
        _ => Failure::rejected(told),
    }
}

fn until_midnight(now: Timestamp) -> Duration {
    let gone = (now.as_second() + BEIJING_SECONDS).rem_euclid(DAY_SECONDS);
    Duration::from_secs((DAY_SECONDS - gone).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::failure;
    use crate::partner::Failure;

    #[test]
    fn every_code_has_a_consequence() {
        let noon: Timestamp = "2026-11-25T12:00:00+08:00".parse().unwrap();
        let of = |code| failure(code, "no", noon);
        for code in [-1, 45011, 53501] {
            assert!(matches!(of(code), Failure::Transient { .. }), "{code}");
        }
        for code in [40001, 42001, 40013, 40125, 40164, 48001, 53500] {
            assert!(matches!(of(code), Failure::Denied { .. }), "{code}");
        }
        for code in [40007, 45002, 45003, 53503, 53504, 53505, 87014] {
            assert!(matches!(of(code), Failure::Rejected { .. }), "{code}");
        }
    }

    #[test]
    fn the_quota_of_a_day_comes_back_at_midnight_in_beijing() {
        for (now, hours) in [("2026-11-25T12:00:00+08:00", 12), ("2026-11-25T00:00:00+08:00", 24)] {
            let Failure::Transient { retry_after, .. } = failure(45009, "", now.parse().unwrap()) else {
                panic!("a quota is no end")
            };
            assert_eq!(retry_after, Some(Duration::from_secs(hours * 3_600)), "{now}");
        }
    }
}
