//! Page furniture: the lines of a page that are not its article. Told by structure (labels, separators, links, what
//! kind of sentence) and by the words every site has to use; no site's own phrases are listed here.

use super::line::{Line, Plain};

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

/// Headings of what comes after an article.
const AFTERWARDS: [&str; 30] = [
    "上一篇",
    "下一篇",
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

/// Judges a line. `plain` is the line made easy to recognise.
pub(super) fn judge(line: &Line, plain: &Plain) -> Option<Furniture> {
    let text = plain.text.trim();
    let bare: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let label = bare.trim_matches(|character: char| "[]():|>…-—·".contains(character));
    if bare.is_empty() || label.is_empty() {
        return Some(Furniture::Alone);
    }
    if opens_end_matter(label, &bare) || is_notice(&bare) || invites(&bare) {
        return Some(Furniture::EndMatter);
    }
    if bare.chars().count() > LONGEST_BAR {
        return None;
    }
    (is_breadcrumb(text) || is_bar(text) || is_buttons(text)).then_some(Furniture::Alone).or_else(|| is_row(line))
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
    AFTERWARDS.iter().any(|heading| {
        label == *heading
            || bare
                .trim_start_matches(['[', '(', '·'])
                .strip_prefix(heading)
                .is_some_and(|rest| rest.starts_with([':', ']']) && heading.ends_with('篇'))
    })
}

/// Copyright, liability and registration notices, as the law has sites word them. A long paragraph is one only when it
/// says so first: `版权声明：…`, `【免责声明】…`.
fn is_notice(bare: &str) -> bool {
    let head: String = bare.chars().take(16).collect();
    if bare.chars().count() > LONGEST_NOTICE && !head.contains("声明") {
        return false;
    }
    let has = |word: &str| bare.contains(word);
    let any = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    let owned = has("版权") && any(&["所有", "归", "声明", "属于", "未经"]) && !has("“");
    let declared = head.contains("声明") && any(&["版权", "免责", "侵权", "本网", "本站"]);
    let forbidden = any(&["未经", "转载"]) && any(&["不得转载", "违者必究", "谢绝转载", "严禁转载", "禁止转载"]);
    let registered =
        any(&["ICP备", "ICP证", "公网安备", "网站标识码", "许可证编号", "视听许可证", "互联网新闻信息服务许可"]);
    let reported = any(&["违法和不良信息举报", "不良信息举报"]);
    let credited = any(&["凡本网注明", "凡注明", "本网注明", "本站注明"]) && has("来源");
    let operated =
        ["主办:", "承办:", "主办单位:", "承办单位:", "技术支持:", "地址:"].iter().any(|start| bare.starts_with(start));
    let copyright = bare.to_ascii_lowercase().contains("copyright") || bare.starts_with('©');
    owned || declared || forbidden || registered || reported || credited || operated || copyright
}

/// Scan, follow, download, call: what a page asks of its readers.
fn invites(bare: &str) -> bool {
    let any = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    if bare.chars().count() > LONGEST_BAR / 2 {
        return any(&["扫描二维码", "扫码关注", "长按识别二维码"])
            && any(&["关注", "微信", "下载"])
            && bare.chars().count() <= LONGEST_BAR;
    }
    let scans = any(&["二维码", "扫一扫", "扫码"])
        && any(&["关注", "微信", "下载", "扫描", "识别", "公众号", "客户端", "分享", "打开"]);
    let downloads = any(&["APP", "客户端", "App"])
        && any(&["免费下载", "下载体验", "立即下载", "点击下载", "下载客户端", "打开APP"]);
    let calls = any(&["新闻热线", "报料热线", "爆料热线", "投稿邮箱", "广告热线", "联系电话"])
        && bare.chars().any(|character| character.is_ascii_digit());
    let follows =
        any(&["欢迎关注", "关注我们", "点击关注", "点击上方"]) && any(&["公众号", "微信", "我们", "蓝字", "官方"]);
    scans || downloads || calls || follows
}

/// `当前位置：首页 > 新闻 > 正文`.
fn is_breadcrumb(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(', ' ']);
    let told = ["当前位置", "您的位置", "您当前的位置", "您现在的位置", "你的位置", "所在位置", "当前的位置"];
    if told.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let parts: Vec<&str> = text.split('>').map(str::trim).collect();
    parts.len() >= 3 && parts.iter().all(|part| part.chars().count() <= 12)
}

/// Short words between bars: `人民政府 | 用户登录 | 无障碍`.
fn is_bar(text: &str) -> bool {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    parts.len() >= 3 && parts.iter().all(|part| part.chars().count() <= 20 && !part.contains([',', '。', '，']))
}

/// Nothing but words from buttons.
fn is_buttons(text: &str) -> bool {
    let mut words =
        text.split([' ', '|', '/', '[', ']', '(', ')', ':', '·']).filter(|word| !word.is_empty()).peekable();
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
        judge(&Line { text: text.to_owned(), ..Line::default() }, &Plain::of(text))
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
