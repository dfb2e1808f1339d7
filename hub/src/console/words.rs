//! The hub's own words, for people.

use super::partner::LaneWord;
use crate::page::Language;

/// A stage's name.
pub(super) fn stage(language: Language, name: &str) -> &str {
    match name {
        "normalise" => language.say("规范化", "normalise"),
        "dedup" => language.say("去重与溯源", "dedup"),
        "route" => language.say("分发决策", "route"),
        "deliver" => language.say("推送", "deliver"),
        other => other,
    }
}

/// A verdict's name.
pub fn verdict(language: Language, name: &str) -> &str {
    match name {
        "new" => language.say("新稿", "new"),
        "correction" => language.say("更正", "correction"),
        "unchanged" => language.say("无变化", "unchanged"),
        "stale" => language.say("旧版", "stale"),
        "reprint" => language.say("转载", "reprint"),
        "update" => language.say("后续更新", "update"),
        "same-event" => language.say("同一事件", "same event"),
        other => other,
    }
}

/// What a lane does, and how that looks.
pub(super) fn lane(language: Language, state: LaneWord) -> (&'static str, &'static str) {
    match state {
        LaneWord::Starting => (language.say("启动中", "starting"), "soft"),
        LaneWord::Running => (language.say("正常", "running"), "good"),
        LaneWord::Waiting => (language.say("对方故障，自动重试", "failing, retries by itself"), "warn"),
        LaneWord::Quiet => (language.say("静默时段，仅发撤稿", "quiet hours, withdrawals only"), "soft"),
        LaneWord::Denied => (language.say("对方拒绝授权", "credentials refused"), "bad"),
        LaneWord::Gone => (language.say("对方接口已撤销", "endpoint is gone"), "bad"),
        LaneWord::Paused => (language.say("人工暂停", "paused by operator"), "warn"),
        LaneWord::NotRegistered => (language.say("未登记", "not registered"), "warn"),
        LaneWord::Misconfigured => (language.say("配置有误", "misconfigured"), "bad"),
    }
}
