//! The demo's articles: short news of an alliance that does not exist, written for this demo.

/// One article of the demo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// The outlet's own id of it.
    pub(super) id: &'static str,
    /// Who wrote it.
    pub(super) outlet: &'static str,
    /// The headline.
    pub(super) headline: &'static str,
    /// The byline.
    pub(super) by: &'static str,
    /// The paragraphs.
    pub(super) paragraphs: &'static [&'static str],
}

/// The night bus: the story that everybody reprints.
pub(super) const NIGHT_BUS: Piece = Piece {
    id: "rc-20261122-001",
    outlet: "rongcheng",
    headline: "八市夜间公交今起一码通乘 末班车延至零点三十分",
    by: "记者 沈知远 通讯员 罗小棠",
    paragraphs: &[
        "11月22日零时，首趟挂着“八市通”标识的夜间公交从蓉城东站驶出。从这天起，平原八市的市民只用一个乘车码，就能坐上任何一座城市的公交和地铁，换乘优惠自动累计。",
        "记者在东站上车口看到，读码器的屏幕上同时显示八座城市的线路编号。家住德阳的周师傅在蓉城上夜班，以前手机里装着四个乘车软件，“现在一个码走到底，少掏三回手机”。",
        "据八市交通一卡通联席会介绍，首批接入的线路共有312条，其中夜间线路46条，末班车统一延至零点三十分。票价仍由各市自定，跨市换乘一小时内优惠两元。",
        "联席会同时公布了失物招领的统一电话。负责人说，系统上线前做过三轮压力测试，高峰时每秒可以处理一万两千次扫码，乘客遇到扫码失败，可以先上车后补票。",
    ],
};

/// The tea market: corrected later.
pub(super) const TEA_MARKET: Piece = Piece {
    id: "yz-88213",
    outlet: "yazhou",
    headline: "雅州秋茶开市首日成交四百二十万元",
    by: "记者 高茗",
    paragraphs: &[
        "雅州秋茶交易会21日在雨城茶市开市。首日到场客商三百余家，成交四百二十万元，比去年同期多出近两成。",
        "今年秋雨少，茶叶含水低，炒制火候好把握。蒙顶山下的茶农老魏带来六十斤手工甘露，开秤不到一个时辰就被订光。",
        "交易会设了检测台，每一批茶都要先过农残和水分两关，合格的贴上溯源码才能上秤。客商扫码，可以看到采摘的山头和制茶师傅的名字。",
        "交易会持续五天，后三天向市民开放零售，并有盖碗茶、长嘴壶的表演。",
    ],
};

/// The correction of the tea market: the clerks had added one stall twice.
pub(super) const TEA_MARKET_CORRECTED: Piece = Piece {
    headline: "雅州秋茶开市首日成交三百九十万元",
    paragraphs: &[
        "雅州秋茶交易会21日在雨城茶市开市。首日到场客商三百余家，成交三百九十万元，比去年同期多出一成。",
        TEA_MARKET.paragraphs[1],
        TEA_MARKET.paragraphs[2],
        TEA_MARKET.paragraphs[3],
    ],
    ..TEA_MARKET
};

/// The museum: under embargo until its opening.
pub(super) const MUSEUM: Piece = Piece {
    id: "mz-exhibit-7",
    outlet: "meizhou",
    headline: "三苏家书特展开幕 四十二件手迹首次同室展出",
    by: "记者 程砚秋",
    paragraphs: &[
        "“见字如面——三苏家书特展”在眉州博物馆开幕，四十二件手迹与拓本首次同室展出，其中十一件为首次公开。",
        "展厅按“离家、在途、谪居、归来”四个单元布置。最受关注的是一封写在旧账页背面的家书，墨色浓淡不一，策展人说，写信的人中途停过三次笔。",
        "博物馆为展览配了方言朗读，观众戴上耳机，可以用眉州话听完一封信。展览免费，每日限流两千人，需要提前一天预约。",
    ],
};

/// The reservoir: killed after a mistake was found.
pub(super) const RESERVOIR: Piece = Piece {
    id: "zy-web-5521",
    outlet: "ziyang",
    headline: "沱江支流一水库今夜泄洪 下游三镇转移群众",
    by: "记者 贺川",
    paragraphs: &[
        "据水务部门消息，受上游来水影响，沱江支流青石水库将于今夜开闸泄洪，下游三个乡镇已开始转移沿河群众。",
        "转移安置点设在镇中心小学和文化站，备有棉被、热水和药品。沿河道路暂时封闭，公交改走省道。",
    ],
};

/// The high-speed line: only one outlet has it, nobody reprints it.
pub(super) const RAILWAY: Piece = Piece {
    id: "mianzhou:20261122:3",
    outlet: "mianzhou",
    headline: "绵州站北广场改造完工 进站步行缩短四百米",
    by: "记者 唐亦舟",
    paragraphs: &[
        "绵州站北广场改造22日完工并开放。新的换乘连廊把长途客运、公交和出租车候客区连在一层，旅客从公交落客点到检票口的步行距离缩短约四百米。",
        "广场新增风雨连廊六百二十米，加装直梯八部。站方在春运前还将增开一处夜间进站口，专供凌晨到发的旅客使用。",
        "改造期间拆下的旧站名铜字，被安放在广场东侧的小花园里，供市民留影。",
    ],
};
