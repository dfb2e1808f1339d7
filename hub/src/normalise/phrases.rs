//! The phrases that notices and invitations on pages are made of, all looked for in one pass over a line.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::bits::{Bits, pair};

/// What a group of phrases says, one bit each.
type Groups = u32;

/// 版权.
pub(super) const RIGHTS: Groups = 1;
/// That somebody has those rights.
pub(super) const HELD: Groups = 1 << 1;
/// 声明.
pub(super) const DECLARATION: Groups = 1 << 2;
/// What a declaration is about.
pub(super) const DECLARED: Groups = 1 << 3;
/// Without whose permission.
pub(super) const PERMISSION: Groups = 1 << 4;
/// What must not be done without it.
pub(super) const FORBIDDEN: Groups = 1 << 5;
/// Numbers and names of registrations.
pub(super) const REGISTERED: Groups = 1 << 6;
/// Where to report a page.
pub(super) const REPORTED: Groups = 1 << 7;
/// How the site credits others.
pub(super) const CREDITED: Groups = 1 << 8;
/// 来源.
pub(super) const SOURCE: Groups = 1 << 9;
/// Who runs the site.
pub(super) const OPERATOR: Groups = 1 << 10;
/// A code to scan, plainly.
pub(super) const SCAN_ME: Groups = 1 << 11;
/// A code to scan.
pub(super) const SCAN: Groups = 1 << 12;
/// What scanning is good for.
pub(super) const SCAN_WHY: Groups = 1 << 13;
/// The same, in a short line.
pub(super) const SCAN_HOW: Groups = 1 << 14;
/// An app.
pub(super) const APP: Groups = 1 << 15;
/// To be downloaded.
pub(super) const DOWNLOAD: Groups = 1 << 16;
/// A number to call.
pub(super) const CALL: Groups = 1 << 17;
/// Follow …
pub(super) const FOLLOW: Groups = 1 << 18;
/// … whom.
pub(super) const FOLLOWED: Groups = 1 << 19;
/// Copyright ©.
pub(super) const COPYRIGHT: Groups = 1 << 20;

const PHRASES: [(&str, Groups); 70] = [
    ("版权", RIGHTS | DECLARED),
    ("所有", HELD),
    ("属于", HELD),
    ("声明", HELD | DECLARATION),
    ("未经", HELD | PERMISSION),
    ("转载", PERMISSION),
    ("免责", DECLARED),
    ("侵权", DECLARED),
    ("本网", DECLARED),
    ("本站", DECLARED),
    ("不得转载", FORBIDDEN),
    ("违者必究", FORBIDDEN),
    ("谢绝转载", FORBIDDEN),
    ("严禁转载", FORBIDDEN),
    ("禁止转载", FORBIDDEN),
    ("ICP备", REGISTERED),
    ("ICP证", REGISTERED),
    ("公网安备", REGISTERED),
    ("网站标识码", REGISTERED),
    ("许可证编号", REGISTERED),
    ("视听许可证", REGISTERED),
    ("互联网新闻信息服务许可", REGISTERED),
    ("不良信息举报", REPORTED),
    ("凡本网注明", CREDITED),
    ("凡注明", CREDITED),
    ("本网注明", CREDITED),
    ("本站注明", CREDITED),
    ("来源", SOURCE),
    ("主办:", OPERATOR),
    ("承办:", OPERATOR),
    ("主办单位:", OPERATOR),
    ("承办单位:", OPERATOR),
    ("技术支持:", OPERATOR),
    ("地址:", OPERATOR),
    ("扫描二维码", SCAN_ME),
    ("扫码关注", SCAN_ME),
    ("长按识别二维码", SCAN_ME),
    ("二维码", SCAN),
    ("扫一扫", SCAN),
    ("扫码", SCAN),
    ("关注", SCAN_WHY),
    ("微信", SCAN_WHY | FOLLOWED),
    ("下载", SCAN_WHY),
    ("扫描", SCAN_HOW),
    ("识别", SCAN_HOW),
    ("公众号", SCAN_HOW | FOLLOWED),
    ("客户端", SCAN_HOW | APP),
    ("分享", SCAN_HOW),
    ("打开", SCAN_HOW),
    ("APP", APP),
    ("免费下载", DOWNLOAD),
    ("下载体验", DOWNLOAD),
    ("立即下载", DOWNLOAD),
    ("点击下载", DOWNLOAD),
    ("下载客户端", DOWNLOAD),
    ("打开APP", DOWNLOAD),
    ("新闻热线", CALL),
    ("报料热线", CALL),
    ("爆料热线", CALL),
    ("投稿邮箱", CALL),
    ("广告热线", CALL),
    ("联系电话", CALL),
    ("欢迎关注", FOLLOW),
    ("关注我们", FOLLOW),
    ("点击关注", FOLLOW),
    ("点击上方", FOLLOW),
    ("我们", FOLLOWED),
    ("蓝字", FOLLOWED),
    ("官方", FOLLOWED),
    ("copyright", COPYRIGHT),
];

/// The phrases by the character they start with.
struct Starts {
    /// The pairs of characters they start with.
    pairs: Bits,
    /// In the order of the characters; letters of ASCII in lower case.
    phrases: BTreeMap<char, Vec<(&'static str, Groups)>>,
}

static STARTS: LazyLock<Starts> = LazyLock::new(|| {
    let mut phrases: BTreeMap<char, Vec<(&str, Groups)>> = BTreeMap::new();
    for (phrase, groups) in PHRASES {
        let first = phrase.chars().next().unwrap_or_default().to_ascii_lowercase();
        phrases.entry(first).or_default().push((phrase, groups));
    }
    let pairs = PHRASES.iter().flat_map(|(phrase, _)| {
        let mut start = phrase.chars();
        let mut cases = || start.next().map(|letter| [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()]);
        let (first, second) = (cases().unwrap_or_default(), cases().unwrap_or_default());
        first.into_iter().flat_map(move |first| second.map(|second| pair(first, second)))
    });
    Starts { pairs: pairs.collect(), phrases }
});

/// The groups of which a line has a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said(Groups);

impl Said {
    /// Reads a line that is plain and without white space.
    pub(super) fn of(bare: &str) -> Self {
        let starts = &*STARTS;
        let mut said = 0;
        let mut before = '\0';
        for (next, second) in bare.char_indices() {
            let first = std::mem::replace(&mut before, second);
            if !starts.pairs.has(pair(first, second)) {
                continue;
            }
            let rest = &bare.as_bytes()[next.saturating_sub(first.len_utf8())..];
            let phrases = starts.phrases.get(&first.to_ascii_lowercase()).into_iter().flatten();
            let found = phrases.filter(|(phrase, _)| {
                rest.get(..phrase.len()).is_some_and(|found| found.eq_ignore_ascii_case(phrase.as_bytes()))
            });
            said |= found.fold(0, |said, (_, groups)| said | groups);
        }
        Self(said)
    }

    /// Whether one of these groups is said.
    pub(super) fn any(self, groups: Groups) -> bool {
        self.0 & groups != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{APP, CALL, COPYRIGHT, FORBIDDEN, PERMISSION, SCAN, Said};

    #[test]
    fn phrases_within_phrases_are_found() {
        let said = Said::of("未经许可不得转载");
        assert!(said.any(PERMISSION) && said.any(FORBIDDEN) && !said.any(CALL | SCAN));
    }

    #[test]
    fn letters_are_found_in_either_case() {
        assert!(Said::of("©COPYRIGHT2020").any(COPYRIGHT) && Said::of("本报App").any(APP));
        assert!(!Said::of("本报A").any(APP));
    }
}
