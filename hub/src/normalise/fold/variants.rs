//! One form for all that writes a character: Traditional becomes Simplified, and variants that this conversion leaves
//! apart or joins differently from page to page become one. A match key need not be good Chinese: each character is
//! folded by itself, whatever it means in its word, so that no dictionary of phrases is asked.

use std::sync::LazyLock;

use hanconv::t2s;

use crate::normalise::bits::Bits;

/// The unified ideographs of the basic block.
const FIRST: char = '\u{4e00}';
const LAST: char = '\u{9fff}';

/// The one form of each ideograph of the basic block.
pub(super) struct OneForm {
    forms: Vec<char>,
    /// Those that are their own form.
    settled: Bits,
}

static ONE_FORM: LazyLock<OneForm> = LazyLock::new(|| {
    let forms: Vec<char> = (FIRST..=LAST).map(form_of).collect();
    let settled = (FIRST..=LAST).zip(&forms).filter(|(character, form)| character == *form);
    let settled = settled.map(|(character, _)| character).collect();
    OneForm { forms, settled }
});

/// The table, made once.
pub(super) fn table() -> &'static OneForm {
    &ONE_FORM
}

impl OneForm {
    /// The form that stands for this character and all its variants.
    pub(super) fn of(&self, character: char) -> char {
        let place = (character as usize).wrapping_sub(FIRST as usize);
        self.forms.get(place).copied().unwrap_or(character)
    }
}

/// The ideographs of the basic block that stand for themselves.
pub(super) fn settled() -> &'static Bits {
    &ONE_FORM.settled
}

/// The Simplified form of a character alone.
pub(super) fn simplified(character: char) -> char {
    let mut bytes = [0; 4];
    let form = t2s(&*character.encode_utf8(&mut bytes));
    form.chars().next().unwrap_or(character)
}

/// A form that folding again does not change.
fn form_of(character: char) -> char {
    const MOST_STEPS: usize = 4;
    let mut form = character;
    for _ in 0..MOST_STEPS {
        let next = joined(simplified(form));
        if next == form {
            break;
        }
        form = next;
    }
    form
}

/// Variants that Simplified texts still write in several ways.
fn joined(character: char) -> char {
    match character {
        '著' => '着',
        '覆' | '複' | '復' => '复',
        '羣' => '群',
        '臺' | '檯' | '颱' => '台',
        '峯' => '峰',
        '裏' | '裡' => '里',
        '爲' | '為' => '为',
        '衆' | '眾' => '众',
        '説' | '說' => '说',
        '綫' | '線' => '线',
        '牀' => '床',
        '麪' | '麵' => '面',
        '啓' | '啟' => '启',
        '鉢' | '缽' => '钵',
        '瞭' => '了',
        '乾' | '幹' | '榦' => '干',
        '徵' => '征',
        '藉' => '借',
        // 薴 is brought to 苧, which elsewhere is brought to 苎.
        '苧' => '苎',
        '餘' => '余',
        '祇' | '衹' => '只',
        '閒' | '閑' => '闲',
        '嚐' => '尝',
        '癥' => '症',
        '佔' => '占',
        '佈' => '布',
        '週' => '周',
        '係' | '繫' => '系',
        '遊' => '游',
        '鍾' | '锺' => '钟',
        '妳' => '你',
        '牠' => '它',
        '祂' => '他',
        '畫' => '画',
        '劃' => '划',
        '甚' => '什',
        '麽' | '麼' => '么',
        '枱' => '台',
        '於' => '于',
        '傢' => '家',
        '夥' => '伙',
        '隻' => '只',
        '冲' | '衝' => '冲',
        '沈' => '沉',
        '彷' => '仿',
        '鉅' | '钜' => '巨',
        '鍊' | '炼' => '链',
        '昇' => '升',
        '薹' => '苔',
        other => other,
    }
}
