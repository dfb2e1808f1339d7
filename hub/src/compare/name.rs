//! Names: whether two stretches between the same words are the names of persons, places or bodies. A name looks like any
//! other word; it is told by what stands around it, by its surname, and by the places of GB/T 2260. What is doubtful is
//! not called a name.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::token::{is_ideograph, is_numeral};
use crate::normalise::is_place;

/// What stands right before a person's name.
const TITLES: [&str; 40] = [
    "记者",
    "通讯员",
    "编辑",
    "作者",
    "主任",
    "局长",
    "市长",
    "书记",
    "省长",
    "县长",
    "区长",
    "镇长",
    "乡长",
    "州长",
    "厅长",
    "处长",
    "科长",
    "院长",
    "校长",
    "会长",
    "行长",
    "经理",
    "董事长",
    "总裁",
    "教授",
    "队长",
    "所长",
    "站长",
    "部长",
    "主席",
    "总统",
    "总理",
    "首相",
    "委员",
    "代表",
    "专家",
    "医生",
    "老师",
    "发言人",
    "负责人",
];
/// What is said of somebody right behind the name.
const SAYS: [&str; 9] = ["说", "表示", "介绍", "告诉", "指出", "认为", "强调", "透露", "坦言"];
/// The commonest surnames, which nine in ten people bear.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕\
    丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛\
    邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳管柴蒙鲍华喻\
    祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑\
    郎甄丛仲虞敖巩明佘池查麻苑迟邝";
/// Surnames that are ordinary words where a single character stands for another.
const WORDS: &str = "于向应时从和路连全单";
/// What the names of places end with that GB/T 2260 does not list one by one.
const PLACES: [&str; 5] = ["镇", "村", "街道", "社区", "路"];
/// What the names of bodies end with.
const BODIES: [&str; 22] = [
    "公司",
    "集团",
    "大学",
    "学院",
    "学校",
    "中学",
    "小学",
    "医院",
    "银行",
    "法院",
    "检察院",
    "公安局",
    "协会",
    "学会",
    "日报",
    "晚报",
    "电视台",
    "出版社",
    "研究所",
    "研究院",
    "俱乐部",
    "基金会",
];
/// What stands in sentences and in no name.
const PARTICLES: &[char] = &['的', '了', '已', '是', '也', '就', '被', '把', '将', '等'];
/// The longest name that is looked for, in characters …
const LONGEST: usize = 8;
/// … and of a place's name without its ending.
const LONGEST_PLACE: usize = 4;
/// A person's name has so many characters.
const PERSON: std::ops::RangeInclusive<usize> = 2..=3;
/// So many characters on either side that two names share may be part of a place's name …
const SHARED: usize = 2;
/// … and so many must agree on either side of what is compared.
const FRAME: usize = 2;

/// The names that differ between the same words of two folded texts, each pair once: (theirs, ours).
pub fn other_names(theirs: &str, ours: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if theirs == ours {
        return found;
    }
    let (one, other): (Vec<char>, Vec<char>) = (theirs.chars().collect(), ours.chars().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &one, &other);
    let same = |place: Option<&DiffOp>| place.map_or(0, equal);
    for (place, operation) in operations.iter().enumerate() {
        let DiffOp::Replace { old_index, old_len, new_index, new_len } = *operation else { continue };
        let before = place.checked_sub(1).map_or(0, |place| same(operations.get(place)));
        let after = same(operations.get(place + 1));
        let ends = old_index + old_len == one.len() && new_index + new_len == other.len();
        if before < FRAME || after < FRAME && !ends {
            continue;
        }
        let text = |characters: &[char]| characters.iter().collect::<String>();
        let pair = names(
            &text(&one[old_index..old_index + old_len]),
            &text(&other[new_index..new_index + new_len]),
            &text(&one[old_index - before..old_index]),
            &text(&one[old_index + old_len..old_index + old_len + after]),
        );
        found.extend(pair.filter(|pair| !found.contains(pair)));
    }
    found
}

/// How many characters are the same there.
fn equal(operation: &DiffOp) -> usize {
    if let DiffOp::Equal { len, .. } = operation { *len } else { 0 }
}

/// The names that two differing folded stretches are, or are part of; `before` and `after` are the same words around
/// them.
pub(super) fn names(theirs: &str, ours: &str, before: &str, after: &str) -> Option<(String, String)> {
    let may_be = |words: &str| {
        let length = words.chars().count();
        let plain = words.chars().all(is_ideograph) && !words.contains(PARTICLES);
        (1..=LONGEST).contains(&length) && plain && !words.chars().all(is_numeral)
    };
    if !may_be(theirs) || !may_be(ours) {
        return None;
    }
    let around = Around { theirs, ours, before, after };
    around.persons().or_else(|| around.places()).or_else(|| around.bodies())
}

/// Two stretches and the same words around them.
#[derive(Clone, Copy)]
struct Around<'a> {
    theirs: &'a str,
    ours: &'a str,
    before: &'a str,
    after: &'a str,
}

/// The words around two stretches, cut where a name may begin and end.
struct Split<'a> {
    before: &'a str,
    front: &'a str,
    back: &'a str,
    after: &'a str,
}

impl Around<'_> {
    /// So many of the same characters before and after the stretches, and what then stands around; `None` when there are
    /// not so many.
    fn split(&self, left: usize, right: usize) -> Option<Split<'_>> {
        let start = match left {
            0 => self.before.len(),
            more => self.before.char_indices().rev().nth(more - 1)?.0,
        };
        let end = match right {
            0 => 0,
            more => self.after.char_indices().nth(more - 1).map(|(at, last)| at + last.len_utf8())?,
        };
        let ((before, front), (back, after)) = (self.before.split_at(start), self.after.split_at(end));
        Some(Split { before, front, back, after })
    }

    /// Both stretches with the same characters around them, if both are what is asked for.
    fn both(&self, split: &Split<'_>, is: fn(&str) -> bool) -> Option<(String, String)> {
        let wide = |words: &str| Some([split.front, words, split.back].concat()).filter(|words| is(words));
        wide(self.theirs).and_then(|theirs| Some((theirs, wide(self.ours)?)))
    }

    /// Persons: behind a title or before what somebody says, and with a surname. The surname, or what follows it, may be
    /// the same in both.
    fn persons(&self) -> Option<(String, String)> {
        let is_titled = |before: &str| TITLES.iter().any(|title| before.ends_with(title));
        let says = |after: &str| SAYS.iter().any(|says| after.starts_with(says));
        for (left, right) in [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)] {
            let Some(split) = self.split(left, right) else { continue };
            // Where a name begins is sure behind a title, or where both begin with another surname; where it ends,
            // before what is said of it, or where both end.
            let (titled, said) = (is_titled(split.before), says(split.after));
            let sure = said && (titled || left == 0) || titled && right == 0;
            if let Some(both) = sure.then(|| self.both(&split, is_person)).flatten() {
                return Some(both);
            }
        }
        let surname = |word: &str| SURNAMES.contains(word) && !WORDS.contains(word) && word.chars().count() == 1;
        (is_titled(self.before) && surname(self.theirs) && surname(self.ours))
            .then(|| (self.theirs.to_owned(), self.ours.to_owned()))
    }

    /// Places: of GB/T 2260, or with the ending of one.
    fn places(&self) -> Option<(String, String)> {
        let sides = (0..=2 * SHARED).flat_map(|all| (0..=all).map(move |left| (left, all - left)));
        for (left, right) in sides.filter(|(left, right)| *left <= SHARED && *right <= SHARED) {
            let both = self.split(left, right).and_then(|split| self.both(&split, is_place));
            if both.is_some() {
                return both;
            }
        }
        self.ending_with(&PLACES, LONGEST_PLACE)
    }

    fn bodies(&self) -> Option<(String, String)> {
        self.ending_with(&BODIES, LONGEST)
    }

    /// Both, when they end with one of these words, or stand before the same one, and have two or more characters besides.
    fn ending_with(&self, endings: &[&str], longest: usize) -> Option<(String, String)> {
        let proper = |name: &str| (2..=longest).contains(&name.chars().count());
        let named = |words: &str| endings.iter().any(|ending| words.strip_suffix(ending).is_some_and(proper));
        if named(self.theirs) && named(self.ours) {
            return Some((self.theirs.to_owned(), self.ours.to_owned()));
        }
        let ending = endings.iter().find(|ending| self.after.starts_with(**ending))?;
        (proper(self.theirs) && proper(self.ours))
            .then(|| (format!("{}{ending}", self.theirs), format!("{}{ending}", self.ours)))
    }
}

fn is_person(word: &str) -> bool {
    PERSON.contains(&word.chars().count()) && word.chars().next().is_some_and(|first| SURNAMES.contains(first))
}

#[cfg(test)]
mod tests {
    use super::other_names;

    fn pair(theirs: &str, ours: &str) -> Vec<(String, String)> {
        vec![(theirs.to_owned(), ours.to_owned())]
    }

    #[test]
    fn names_of_persons_places_and_bodies_between_the_same_words_are_told() {
        let cases = [
            ("本报讯记者张伟从组委会获悉", "本报讯记者李娜从组委会获悉", pair("张伟", "李娜")),
            ("该市市长李明在会上作报告", "该市市长李刚在会上作报告", pair("李明", "李刚")),
            ("负责此事的周建国表示将彻查", "负责此事的吴建国表示将彻查", pair("周建国", "吴建国")),
            ("出席会议的李明强调要抓好落实", "出席会议的李小明强调要抓好落实", vec![]),
            ("会上副县长张建国宣读了名单", "会上副县长刘建国宣读了名单", pair("张", "刘")),
            ("活动昨天在江西省举行吸引众多市民", "活动昨天在江苏省举行吸引众多市民", pair("江西", "江苏")),
            ("书展由青羊区承办门票免费", "书展由武侯区承办门票免费", pair("青羊区", "武侯区")),
            ("活动在成都举行吸引众多市民", "活动在绵阳举行吸引众多市民", pair("成都", "绵阳")),
            ("事故发生在石桥镇附近的公路上", "事故发生在柳林镇附近的公路上", pair("石桥镇", "柳林镇")),
            ("他毕业于江川师范大学并留校任教", "他毕业于临海工业大学并留校任教", pair("江川师范大学", "临海工业大学")),
        ];
        for (theirs, ours, expected) in cases {
            assert_eq!(other_names(theirs, ours), expected, "{theirs} / {ours}");
        }
    }

    #[test]
    fn other_words_and_figures_are_no_names() {
        for (theirs, ours) in [
            ("随后会议指出要抓好安全生产工作", "随后通知指出要抓好安全生产工作"),
            ("记者近日从市住建局获悉此事", "记者今天从市住建局获悉此事"),
            ("局长要求各单位抓好落实", "局长强调各单位抓好落实"),
            ("消费市场持续回暖带动增长", "就业市场持续回暖带动增长"),
            ("公司股票上市当天大涨三成", "公司股票超市当天大涨三成"),
            ("全市共有三百家企业参展", "全市共有四百家企业参展"),
            ("随后该公司方声明表示不受影响", "随后该公司方宣告表示不受影响"),
            ("她对李婷表示今后会更加努力", "她对李已表示今后会更加努力"),
            ("增进居民对社会的了解为社区服务", "增进居民对社会此外蔡东藩社区服务"),
            ("记者向市民了解情况之后得知", "记者于市民了解情况之后得知"),
        ] {
            assert_eq!(other_names(theirs, ours), [], "{theirs} / {ours}");
        }
    }
}
