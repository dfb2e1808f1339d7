//! Simplified or Traditional, by the characters that belong to one script only.

use std::sync::LazyLock;

use super::line::{is_han, is_letter};

/// Enough characters to be certain.
const SAMPLE: usize = 300;
/// Frequent characters that only one of the scripts has, in pairs: Traditional, Simplified.
const TELLING: [(char, char); 40] = [
    ('國', '国'),
    ('學', '学'),
    ('會', '会'),
    ('這', '这'),
    ('個', '个'),
    ('們', '们'),
    ('來', '来'),
    ('時', '时'),
    ('發', '发'),
    ('為', '为'),
    ('對', '对'),
    ('開', '开'),
    ('進', '进'),
    ('動', '动'),
    ('過', '过'),
    ('現', '现'),
    ('實', '实'),
    ('業', '业'),
    ('機', '机'),
    ('關', '关'),
    ('經', '经'),
    ('體', '体'),
    ('設', '设'),
    ('場', '场'),
    ('無', '无'),
    ('與', '与'),
    ('將', '将'),
    ('長', '长'),
    ('媒', '媒'),
    ('報', '报'),
    ('務', '务'),
    ('區', '区'),
    ('縣', '县'),
    ('聞', '闻'),
    ('資', '资'),
    ('強', '强'),
    ('題', '题'),
    ('點', '点'),
    ('員', '员'),
    ('黨', '党'),
];

/// What a character tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Either,
    Traditional,
    Simplified,
}

/// The first of the unified ideographs, where all telling characters stand.
const FIRST_HAN: usize = 0x4e00;

/// What each unified ideograph tells. A pair that is one character tells nothing.
static SCRIPTS: LazyLock<Vec<Script>> = LazyLock::new(|| {
    let mut scripts = vec![Script::Either; 0x9fff - FIRST_HAN + 1];
    for (old, new) in TELLING.into_iter().filter(|(old, new)| old != new) {
        scripts[old as usize - FIRST_HAN] = Script::Traditional;
        scripts[new as usize - FIRST_HAN] = Script::Simplified;
    }
    scripts
});

/// `zh-Hans` or `zh-Hant` for a Chinese text; otherwise what the outlet states.
pub(super) fn of<'a>(lines: impl IntoIterator<Item = &'a str>, stated: Option<&str>) -> Option<String> {
    let mut count = Count::default();
    for line in lines {
        count.add(line);
    }
    if count.han * 3 < count.letters || count.han == 0 {
        return stated.map(str::to_owned);
    }
    let told = |script: Script| count.told[script as usize];
    Some(if told(Script::Traditional) > told(Script::Simplified) { "zh-Hant" } else { "zh-Hans" }.to_owned())
}

/// The letters of a text, at most [`SAMPLE`].
#[derive(Default)]
struct Count {
    letters: usize,
    han: usize,
    /// The unified ideographs among them, by what they tell.
    told: [usize; 3],
}

impl Count {
    fn add(&mut self, line: &str) {
        let scripts: &[Script] = &SCRIPTS;
        for character in line.chars() {
            if self.letters == SAMPLE {
                return;
            }
            match scripts.get((character as usize).wrapping_sub(FIRST_HAN)) {
                Some(script) => {
                    self.told[*script as usize] += 1;
                    self.han += 1;
                }
                None if is_letter(character) => self.han += usize::from(is_han(character)),
                None => continue,
            }
            self.letters += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    fn of(text: &str, stated: Option<&str>) -> Option<String> {
        super::of([text], stated)
    }

    #[test]
    fn the_script_is_told_by_its_characters() {
        assert_eq!(of("資陽著力打造地市級媒體深度融合改革樣板", Some("zh-CN")).as_deref(), Some("zh-Hant"));
        assert_eq!(of("四川8市媒体携手建“五大平台”", None).as_deref(), Some("zh-Hans"));
        assert_eq!(of("Captain of wrecked cruise ship on trial", Some("en")).as_deref(), Some("en"));
        assert_eq!(of("", None), None);
    }
}
