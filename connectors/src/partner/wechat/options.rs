//! What an operator can say about an official account.

use lianbo_schemas::registry::Connector;
use serde::Deserialize;
use url::Url;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::local_edit::OnLocalEdit;
use crate::partner::options::{Beginning, beginning, on_local_edit, only, option, pictures};
use crate::partner::picture::WantedPictures;

/// Publications, and drafts, looked through for an article's own, when the operator does not say: what an account
/// publishes in two weeks at seven pieces a day, in five calls.
const LOOK_BACK: usize = 100;

/// Fewer would not reach past a busy evening; more would take longer than a lane waits.
const LOOK_BACKS: std::ops::RangeInclusive<usize> = 20..=1_000;

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) beginning: Beginning,
    /// A picture's address, for articles that have none of their own.
    pub(super) cover: String,
    pub(super) pictures: WantedPictures,
    pub(super) on_local_edit: OnLocalEdit,
    pub(super) on_correction: OnCorrection,
    pub(super) look_back: usize,
}

/// What a new version does to an article that readers already see, which WeChat lets nobody change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnCorrection {
    /// It is published anew, at a new address, and the old one is deleted.
    Republish,
    /// What stands, stands.
    Keep,
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        let known = ["status", "cover", "pictures", "on_local_edit", "on_correction", "look_back"];
        only(KIND, connector, &known)?;
        Ok(Self {
            beginning: beginning(KIND, connector)?,
            cover: cover(connector)?,
            pictures: pictures(KIND, connector)?,
            on_local_edit: on_local_edit(KIND, connector)?,
            on_correction: option(KIND, connector, "on_correction", "`republish` or `keep`")?
                .unwrap_or(OnCorrection::Republish),
            look_back: look_back(connector)?,
        })
    }
}

fn cover(connector: &Connector) -> Result<String, SettingsError> {
    let form = "the address of a JPEG, PNG or GIF, shown with articles that have no picture";
    let wrong = |problem: String| SettingsError::of(KIND, "options.cover", problem);
    let cover: Option<String> = option(KIND, connector, "cover", form)?;
    let cover = cover.ok_or_else(|| wrong(format!("is missing: {form}; WeChat takes no article without a cover")))?;
    let is_web = Url::parse(&cover).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_web { Ok(cover) } else { Err(wrong(format!("must be {form}"))) }
}

fn look_back(connector: &Connector) -> Result<usize, SettingsError> {
    let form = format!("a number of publications from {} to {}", LOOK_BACKS.start(), LOOK_BACKS.end());
    let number = option(KIND, connector, "look_back", &form)?.unwrap_or(LOOK_BACK);
    if LOOK_BACKS.contains(&number) {
        return Ok(number);
    }
    Err(SettingsError::of(KIND, "options.look_back", format!("must be {form}")))
}
