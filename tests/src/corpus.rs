//! Articles by the thousand: made of common words in random order, so that no two of them are alike.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const WORDS: &str = "城市 交通 医院 学校 水库 茶叶 菜市 书店 公园 码头 铁路 车站 老人 孩子 师傅 医生 教师 农民 工人 司机 记者 社区 \
    街道 乡镇 县城 省道 河流 山坡 果园 稻田 鱼塘 鸡舍 厂房 车间 仓库 机器 设备 电网 路灯 桥梁 隧道 工程 项目 投资 贷款 补贴 保险 \
    合同 订单 出口 销售 价格 成本 利润 产量 质量 标准 检测 认证 品牌 展会 论坛 比赛 演出 电影 戏曲 方言 民歌 绘画 书法 剪纸 陶瓷 \
    竹编 刺绣 庙会 灯会 火锅 豆花 凉粉 醪糟 腊肉 花椒 辣椒 泡菜 菌子 柑橘 猕猴桃 枇杷 核桃 油菜 小麦 玉米 红薯 种子 肥料 农机 \
    灌溉 防汛 抗旱 预警 巡查 救援 消防 演练 培训 招聘 就业 创业 租房 搬迁 改造 绿化 垃圾 污水 空气 雾霾 降雨 气温 霜冻 大风 候鸟 \
    湿地 森林 大熊猫 金丝猴 古树 古镇 遗址 博物馆 档案 家谱 碑刻 码字 算力 芯片 软件 网络 直播 快递 外卖 骑手 驿站 站台 班次 票价 \
    高峰 夜市 早餐 食堂 学费 校服 作业 操场 体检 疫苗 药店 处方 义诊 康复 养老 助残 低保 慈善 志愿 调解 法庭 仲裁 纪检 审计 统计";
const LINKS: [&str; 16] = [
    "带动", "推进", "检查", "改善", "影响", "依托", "围绕", "对接", "服务", "牵头", "走访", "收集", "公布", "完成",
    "启用", "筹备",
];
const TIMES: [&str; 8] = ["清晨", "上午", "午后", "傍晚", "当晚", "次日", "周末", "月底"];

/// A headline and a text of about `characters` characters, one paragraph a line; the same number gives the same.
pub fn article(number: u64, characters: usize) -> (String, String) {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut random = StdRng::seed_from_u64(number);
    let word = |random: &mut StdRng| words[random.random_range(0..words.len())];
    let headline: String = (0..7).map(|_| word(&mut random)).collect();
    let mut text = String::new();
    let mut length = 0;
    while length < characters {
        let mut sentence = String::from(TIMES[random.random_range(0..TIMES.len())]);
        for _ in 0..random.random_range(2..5) {
            sentence.push_str(word(&mut random));
            sentence.push_str(word(&mut random));
            sentence.push_str(LINKS[random.random_range(0..LINKS.len())]);
            sentence.push_str(word(&mut random));
            sentence.push('，');
        }
        sentence.push_str(&format!("涉及{}{}户。", word(&mut random), random.random_range(3..9000)));
        length += sentence.chars().count();
        text.push_str(&sentence);
        if random.random_bool(0.3) {
            text.push('\n');
        }
    }
    (headline, text.trim_end().to_owned())
}
