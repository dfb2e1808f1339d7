//! Page furniture: the lines of a page that are not its article. Told by structure (labels, separators, links, what
//! kind of sentence) and by the words every site has to use; no site's own phrases are listed here.

use std::borrow::Cow;

use super::line::{Line, Plain, head};
use super::phrases::{
    APP, CALL, COPYRIGHT, CREDITED, DECLARATION, DECLARED, DOWNLOAD, FOLLOW, FOLLOWED, FORBIDDEN, HELD, OPERATOR,
    PERMISSION, REGISTERED, REPORTED, RIGHTS, SCAN, SCAN_HOW, SCAN_ME, SCAN_WHY, SOURCE, Said,
};

/// How a line that is furniture behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Furniture {
    /// It stands alone: a breadcrumb, a row of buttons.
    Alone,
    /// With it the end matter begins: nothing of the article comes after.
    EndMatter,
}

/// Words that stand alone on buttons and in bars.
const BUTTONS: [&str; 58] = [
    "首页",
    "上一页",
    "下一页",
    "尾页",
    "返回",
    "返回顶部",
    "返回首页",
    "打印",
    "打印本页",
    "打印本文",
    "关闭",
    "关闭窗口",
    "关闭本页",
    "收藏",
    "分享",
    "分享到",
    "分享成功",
    "复制链接",
    "微信",
    "微博",
    "新浪微博",
    "朋友圈",
    "QQ空间",
    "QQ好友",
    "字号",
    "字体",
    "大",
    "中",
    "小",
    "放大",
    "缩小",
    "默认",
    "评论",
    "我要评论",
    "点赞",
    "举报",
    "纠错",
    "我要纠错",
    "登录",
    "注册",
    "用户登录",
    "统一用户登录",
    "搜索",
    "无障碍",
    "无障碍浏览",
    "无障碍阅读",
    "长者模式",
    "适老化",
    "进入关怀版",
    "简体",
    "繁体",
    "English",
    "手机版",
    "客户端",
    "网站支持IPv6",
    "网站支持IPV6",
    "本网站支持IPv6",
    "查看更多",
];

/// The longest of them, in characters.
const LONGEST_BUTTON: usize = 9;

/// What stands in the place of a player until it is there.
const LOADING: [&str; 3] = ["视频加载中", "音频加载中", "图片加载中"];

/// Headings that the neighbour's headline follows on the same line.
const NEIGHBOURS: [&str; 2] = ["上一篇", "下一篇"];

/// Headings of what comes after an article.
const AFTERWARDS: [&str; 30] = [
    NEIGHBOURS[0],
    NEIGHBOURS[1],
    "相关阅读",
    "相关新闻",
    "相关链接",
    "相关报道",
    "相关文章",
    "相关资讯",
    "相关推荐",
    "延伸阅读",
    "推荐阅读",
    "推荐新闻",
    "猜你喜欢",
    "热门推荐",
    "热门新闻",
    "热点推荐",
    "热点新闻",
    "热门文章",
    "精彩推荐",
    "精彩图片",
    "最新新闻",
    "最新文章",
    "新闻排行",
    "点击排行",
    "为你推荐",
    "版权声明",
    "免责声明",
    "参考文献",
    "参考资料",
    "特别声明",
];

/// Tabs of a wiki, run together on one line with the page's name.
const WIKI: [&str; 8] = ["检视原始码", "查看源代码", "检视历史", "查看历史", "编辑", "讨论", "阅读", "历史"];

/// A notice of one sentence has at most this many characters.
const LONGEST_NOTICE: usize = 160;
/// Longer lines are paragraphs, whatever they start with.
const LONGEST_BAR: usize = 120;
/// Where a notice says what it is: so many characters from its start.
const NOTICE_HEAD: usize = 16;
/// As much of a paragraph as is looked at for that, with white space and pinyin noise.
const PARAGRAPH_HEAD: usize = 4 * NOTICE_HEAD;

/// Characters of 声明, 上一篇 and 下一篇 that are written alike in both scripts.
const TELLING: [char; 2] = ['明', '篇'];

/// Judges a line. `plain` is the line made easy to recognise.
pub(super) fn judge(line: &Line, plain: &Plain) -> Option<Furniture> {
    let text = plain.text.trim();
    let bare = without_blanks(text);
    let label = bare.trim_matches(['[', ']', '(', ')', ':', '|', '>', '…', '-', '—', '·']);
    if bare.is_empty() || label.is_empty() {
        return Some(Furniture::Alone);
    }
    let length = bare.chars().count();
    let said = Said::of(&bare);
    if opens_end_matter(label, &bare) || is_notice(&bare, length, said) || invites(&bare, length, said) {
        return Some(Furniture::EndMatter);
    }
    if length > LONGEST_BAR {
        return None;
    }
    let placed = LOADING.iter().any(|start| bare.starts_with(start));
    (placed || is_breadcrumb(text) || is_bar(text) || is_buttons(text))
        .then_some(Furniture::Alone)
        .or_else(|| is_row(line))
}

fn without_blanks(text: &str) -> Cow<'_, str> {
    if text.contains(' ') { Cow::Owned(text.replace(' ', "")) } else { Cow::Borrowed(text) }
}

/// Whether a line is so long that only what it starts with could make it furniture, and starts like a paragraph.
pub(super) fn is_paragraph(line: &Line) -> bool {
    line.length() > LONGEST_NOTICE && line.least_length() > LONGEST_NOTICE && {
        let head = head(&line.text, PARAGRAPH_HEAD);
        !head.contains(TELLING) || {
            let head = Plain::of(head).text;
            !["声明", "上一篇", "下一篇"].iter().any(|word| head.contains(word))
        }
    }
}

/// The page's name with a wiki's tabs behind it: the name, when that is what the line is.
pub(super) fn without_tabs<'a>(line: &'a str, plain: &Plain) -> Option<&'a str> {
    let mut rest = plain.text.trim_end();
    let mut tabs = 0;
    while let Some(shorter) = WIKI.iter().find_map(|tab| rest.strip_suffix(tab)) {
        rest = shorter.trim_end();
        tabs += 1;
    }
    let name = plain.own(line, 0..rest.len()).trim();
    (tabs >= 2 && !name.is_empty()).then_some(name)
}

/// `相关阅读` alone, or `上一篇：…`.
fn opens_end_matter(label: &str, bare: &str) -> bool {
    let opened = bare.trim_start_matches(['[', '(', '·']);
    let names = |heading: &str| opened.strip_prefix(heading).is_some_and(|rest| rest.starts_with([':', ']']));
    AFTERWARDS.contains(&label) || NEIGHBOURS.into_iter().any(names)
}

/// Copyright, liability and registration notices, as the law has sites word them. A long paragraph is one only when it
/// says so first: `版权声明：…`, `【免责声明】…`.
fn is_notice(bare: &str, length: usize, said: Said) -> bool {
    let declares = said.any(DECLARATION) && head(bare, NOTICE_HEAD).contains("声明");
    if length > LONGEST_NOTICE && !declares {
        return false;
    }
    let owned = said.any(RIGHTS) && (said.any(HELD) || bare.contains('归')) && !bare.contains('“');
    let declared = declares && said.any(DECLARED);
    let forbidden = said.any(PERMISSION) && said.any(FORBIDDEN);
    let credited = said.any(CREDITED) && said.any(SOURCE);
    let operated = said.any(OPERATOR)
        && ["主办:", "承办:", "主办单位:", "承办单位:", "技术支持:", "地址:"]
            .iter()
            .any(|start| bare.starts_with(start));
    let certain = said.any(REGISTERED | REPORTED | COPYRIGHT) || bare.starts_with('©');
    certain || owned || declared || forbidden || credited || operated
}

/// Scan, follow, download, call: what a page asks of its readers.
fn invites(bare: &str, length: usize, said: Said) -> bool {
    if length > LONGEST_BAR / 2 {
        return length <= LONGEST_BAR && said.any(SCAN_ME) && said.any(SCAN_WHY);
    }
    let scans = said.any(SCAN) && said.any(SCAN_WHY | SCAN_HOW);
    let downloads = said.any(APP) && said.any(DOWNLOAD);
    let calls = said.any(CALL) && bare.chars().any(|character| character.is_ascii_digit());
    let follows = said.any(FOLLOW) && said.any(FOLLOWED);
    scans || downloads || calls || follows
}

/// `当前位置：首页 > 新闻 > 正文`.
fn is_breadcrumb(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(', ' ']);
    let told = ["当前位置", "您的位置", "您当前的位置", "您现在的位置", "你的位置", "所在位置", "当前的位置"];
    if told.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    parts(text, '>').is_some_and(|mut parts| parts.all(|part| part.chars().count() <= 12))
}

/// What a mark parts, when these are three or more.
fn parts(text: &str, mark: char) -> Option<impl Iterator<Item = &str>> {
    (text.matches(mark).nth(1).is_some()).then(|| text.split(mark).map(str::trim))
}

/// Short words between bars: `人民政府 | 用户登录 | 无障碍`.
fn is_bar(text: &str) -> bool {
    let short = |part: &str| part.chars().count() <= 20 && !part.contains([',', '。', '，']);
    parts(text, '|').is_some_and(|mut parts| parts.all(short))
}

/// Nothing but words from buttons.
fn is_buttons(text: &str) -> bool {
    let is_gap = |character: char| matches!(character, ' ' | '|' | '/' | '[' | ']' | '(' | ')' | ':' | '·');
    // Most lines go on for longer than any button's words.
    let head = head(text, LONGEST_BUTTON + 1);
    if head.len() < text.len() && !head.contains(is_gap) {
        return false;
    }
    let mut words = text.split(is_gap).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| BUTTONS.iter().any(|button| button.eq_ignore_ascii_case(word)))
}

/// A row of links, none of them a sentence.
fn is_row(line: &Line) -> Option<Furniture> {
    (line.is_linked() && !line.is_prose() && line.heading == 0).then_some(Furniture::Alone)
}

#[cfg(test)]
mod tests {
    use super::{Furniture, Line, Plain, judge, without_tabs};

    fn of(text: &str) -> Option<Furniture> {
        judge(&Line::new(text, 0, 0), &Plain::of(text))
    }

    #[test]
    fn furniture_is_told_by_its_build() {
        use Furniture::{Alone, EndMatter};
        let cases = [
            ("當(dāng)前位置:首頁(yè) > 新聞 > 重慶新聞 > 正文", Alone),
            ("首页 > 新闻中心 > 本地", Alone),
            ("中央人民政府  |  四川省人民政府統(tǒng)一用戶登錄  |   無障礙瀏覽  |  網站支持IPV6", Alone),
            ("打印 关闭", Alone),
            ("字号：大 中 小", Alone),
            ("视频加载中...", Alone),
            ("上一篇", EndMatter),
            ("下一篇：助力民营经济“加速跑”", EndMatter),
            ("【相关阅读】", EndMatter),
            ("版权声明", EndMatter),
            ("本栏目所有稿件版权归鲁中网、鲁中晨报所有,未经授权不得转载,违者必究。", EndMatter),
            ("网站标识码:5120000001 蜀ICP备05007295号-1", EndMatter),
            ("扫描二维码关注我们", EndMatter),
            ("掃一掃在手機打開當前頁", EndMatter),
            ("一款点开就不想离开的财经APP 免费下载体验", EndMatter),
            ("新闻热线0533-5355377,线索奖最低50元,上不封顶。", EndMatter),
            ("Copyright © 2020 某某网", EndMatter),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_story_is_no_furniture() {
        for text in [
            "四川8市媒体携手建“五大平台”",
            "成都勇担新时代“一干”新使命",
            "国家版权局负责人表示，著作权归作者所有，“剑网”行动五年来查处案件数千起，有力保护了权利人，也规范了转载秩序，下一步将继续加强网络版权监管，推动形成尊重版权的社会氛围，让创作者的每一份心血都得到应有的回报，为文化强国建设提供坚实的制度保障。",
            "据介绍,该县客户端上线半年注册用户超过十万,",
            "打印机产业园开工",
            "公众号“成都发布”获奖",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_wikis_tabs_are_taken_off_its_title() {
        let line = "湘潭市融媒體中心檢視原始碼討論檢視歷史";
        assert_eq!(without_tabs(line, &Plain::of(line)), Some("湘潭市融媒體中心"));
        assert_eq!(without_tabs("县志编辑", &Plain::of("县志编辑")), None);
    }
}
