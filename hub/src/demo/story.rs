//! The story the demo tells: what eight outlets do in one night, and what two receiving sites show for it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::disguise::{cut_feed, gbk_page, ninjs, traditional_mirror};
use super::pieces::{MUSEUM, NIGHT_BUS, Piece, RAILWAY, RESERVOIR, TEA_MARKET, TEA_MARKET_CORRECTED};
use super::world::{Site, World};
use crate::cli::CliError;
use crate::page::Language;

/// Seconds from the announcement of the embargoed article to its release: long enough to be watched.
const EMBARGO_SECONDS: i64 = 6;

/// Tells it from the first article to the last URL.
pub(super) async fn tell(world: &mut World) -> Result<(), CliError> {
    opening(world);
    originals(world).await?;
    reprints(world).await?;
    correction(world).await?;
    embargo(world).await?;
    let killed = kill(world).await?;
    outage(world).await?;
    proof(world, &killed).await?;
    closing(world).await
}

fn opening(world: &World) {
    world.say(
        format!("Lianbo is up at {} with eight city outlets, two channels and two receiving sites.\n", world.hub.url()),
        format!("联播已启动：{}，八家城市媒体，两个频道，两个接收站点。\n", world.hub.url()),
    );
}

async fn originals(world: &World) -> Result<(), CliError> {
    world.say("1. Originals come in as ninjs.", "一、原创稿件以 ninjs 格式送达。");
    for piece in [NIGHT_BUS, TEA_MARKET, RAILWAY] {
        let status = world.post(piece.outlet, ninjs(&piece, 1, json!({})), &page_of(&piece)).await?;
        verdict(world, &piece, &status);
    }
    shown(world, &world.portal, NIGHT_BUS.headline, None).await?;
    let posts = world.portal.posts().await;
    world.say(
        format!("   The portal shows {} posts, each with its credit: {}", posts.len(), credit(&posts)),
        format!("   门户已刊出 {} 篇，均带署名：{}", posts.len(), credit(&posts)),
    );
    Ok(())
}

async fn reprints(world: &World) -> Result<(), CliError> {
    world.say(
        "\n2. Others reprint the night bus, each in a disguise of its own.",
        "\n二、其他媒体转载夜间公交一稿，各有各的样子。",
    );
    let source = "蓉城新报";
    let disguises = [
        (
            "deyang",
            "a GBK page with its menus and footers",
            "带导航和页脚的 GBK 网页",
            gbk_page(&NIGHT_BUS, "德阳新报网", source),
        ),
        (
            "jiazhou",
            "a Traditional mirror full of pinyin noise",
            "夹杂拼音的繁体镜像",
            traditional_mirror(&NIGHT_BUS, source),
        ),
        (
            "suizhou",
            "a feed entry, cut short, under a new headline",
            "改了标题、删了结尾的订阅源条目",
            cut_feed(&NIGHT_BUS, "好消息！今晚起八市公交一个码就够了", source, "https://suizhou.example"),
        ),
    ];
    for (outlet, english, chinese, parcel) in disguises {
        let status = world.post(outlet, parcel, "").await?;
        let said = status["items"][0]["verdict"].as_str().unwrap_or("?").to_owned();
        let chinese_word = crate::console::verdict(Language::Chinese, &said);
        world.say(format!("   {outlet}: {english} → {said}"), format!("   {outlet}：{chinese} → {chinese_word}"));
    }
    let posts = world.portal.posts().await;
    world.say(
        format!("   The portal still shows {} posts: a reprint is a sighting, not a second post.", posts.len()),
        format!("   门户仍是 {} 篇：转载记为一次“见报”，不会再发一遍。", posts.len()),
    );
    Ok(())
}

async fn correction(world: &World) -> Result<(), CliError> {
    world.say(
        "\n3. A correction: the tea market's clerks had counted a stall twice.",
        "\n三、更正：茶市记账时有一摊重复计算。",
    );
    let note = json!({"edNote": "更正：首日成交额应为三百九十万元。"});
    world.post(TEA_MARKET.outlet, ninjs(&TEA_MARKET_CORRECTED, 2, note), &page_of(&TEA_MARKET)).await?;
    shown(world, &world.portal, TEA_MARKET_CORRECTED.headline, Some(TEA_MARKET.headline)).await?;
    world.say("   The portal's post now says 390, in its old place.", "   门户上的那一篇已原地改为三百九十万元。");
    Ok(())
}

async fn embargo(world: &World) -> Result<(), CliError> {
    let until = Timestamp::now() + SignedDuration::from_secs(EMBARGO_SECONDS);
    let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
    let clock = until.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S");
    world.say(
        format!("\n4. An article under embargo until {clock}."),
        format!("\n四、一篇定时解禁的稿件，解禁时间 {clock}。"),
    );
    let extra = json!({"embargoedUntil": until.to_string()});
    world.post(MUSEUM.outlet, ninjs(&MUSEUM, 1, extra), &page_of(&MUSEUM)).await?;
    let early = world.portal.posts().await.iter().any(|post| headline(post) == MUSEUM.headline);
    world.say(
        format!("   Is it on the portal before that? {}", if early { "Yes!" } else { "No." }),
        format!("   解禁前门户上有吗？{}。", if early { "有" } else { "没有" }),
    );
    shown(world, &world.portal, MUSEUM.headline, None).await?;
    let late = Timestamp::now().duration_since(until).as_millis();
    world.say(format!("   On the portal {late} ms after the moment."), format!("   解禁后 {late} 毫秒，门户刊出。"));
    Ok(())
}

/// The article that is killed, by the last part of its uri.
async fn kill(world: &World) -> Result<String, CliError> {
    world.say("\n5. A kill: the reservoir is not releasing water after all.", "\n五、撤稿：水库其实并未泄洪。");
    world.post(RESERVOIR.outlet, ninjs(&RESERVOIR, 1, json!({})), &page_of(&RESERVOIR)).await?;
    shown(world, &world.portal, RESERVOIR.headline, None).await?;
    let killed = json!({"pubStatus": "canceled", "edNote": "消息有误，请立即撤稿。"});
    let status = world.post(RESERVOIR.outlet, ninjs(&RESERVOIR, 2, killed), "").await?;
    world
        .until("the kill to reach the portal", async || {
            let posts = world.portal.posts().await;
            (!posts.is_empty() && posts.iter().all(|post| headline(post) != RESERVOIR.headline)).then_some(())
        })
        .await?;
    world.say("   It was on the portal, and is gone.", "   门户刊出过，现已撤下。");
    let uri = status["items"][0]["article"].as_str().unwrap_or_default();
    Ok(uri.rsplit(':').next().unwrap_or(uri).to_owned())
}

async fn outage(world: &mut World) -> Result<(), CliError> {
    world.say("\n6. The app's server goes down; the news goes on.", "\n六、客户端服务器宕机，稿件照发。");
    world.app.stop().await;
    let fresh = Piece {
        id: "rc-20261122-002", headline: "夜间公交首夜运送乘客一万八千人次", ..NIGHT_BUS_FIRST_NIGHT
    };
    world.post(fresh.outlet, ninjs(&fresh, 1, json!({})), &page_of(&fresh)).await?;
    shown(world, &world.portal, fresh.headline, None).await?;
    world.say(
        "   The portal has it at once; the app's lane waits and tries again.",
        "   门户立即刊出；客户端的通道等待重试。",
    );
    world.app.start().await?;
    shown(world, &world.app, fresh.headline, None).await?;
    world.say("   The app is back, and has caught up.", "   客户端恢复，缺的稿件已补上。");
    Ok(())
}

async fn proof(world: &World, killed: &str) -> Result<(), CliError> {
    world.say(
        "\n7. Is the killed article gone where readers saw it? The hub opens its address, as they would.",
        "\n七、撤下的稿件，读者真的看不到了吗？枢纽像读者一样打开它的网址。",
    );
    let report = world
        .until("the take-down to be proven", async || {
            let report: Value = world.hub.get(&format!("/v1/articles/{killed}/takedown")).await.ok()?;
            (report["closed"] == true).then_some(report)
        })
        .await?;
    for partner in report["partners"].as_array().into_iter().flatten() {
        let (name, looks) = (partner["partner"].as_str().unwrap_or_default(), &partner["looks"]);
        let found = partner["last_look"]["detail"].as_str().unwrap_or_default();
        world.say(
            format!("   {name}: looked at {looks} times; {found}"),
            format!("   {name}：查看 {looks} 次；{found}"),
        );
    }
    world.say(
        format!("   The take-down is closed: `lianbo takedown {killed}`"),
        format!("   撤稿已结案：`lianbo takedown {killed}`"),
    );
    Ok(())
}

const NIGHT_BUS_FIRST_NIGHT: Piece = Piece {
    id: "",
    outlet: "rongcheng",
    headline: "",
    by: "记者 沈知远",
    paragraphs: &[
        "记者从客运调度中心获悉，一码通乘首夜，四十六条夜间线路共运送乘客一万八千人次，其中跨市换乘两千一百人次。",
        "凌晨一点，最后一班车回到东站停车场。调度员在记录本上写下：全程无投诉，捡到雨伞三把、围巾一条、保温杯两个。",
        "调度中心表示，将根据首周客流调整发车间隔，周末适当加密。",
    ],
};

async fn closing(world: &World) -> Result<(), CliError> {
    let articles: Value = world.hub.get("/v1/articles?limit=20").await?;
    world.say("\nWhat the hub holds:", "\n枢纽现有稿件：");
    for article in articles["articles"].as_array().into_iter().flatten() {
        held(world, article);
    }
    let url = world.hub.url();
    let [portal, app] = World::partners();
    world.output.json(&json!({
        "url": url, "articles": articles["articles"], "sites": {portal: world.portal.url, app: world.app.url},
    }));
    world.say("\nLook around (Ctrl-C ends it):", "\n可以看看（Ctrl-C 结束）：");
    let feed = format!("{url}/channels/chengdu-release/feed.rss");
    for (at, english, chinese) in [
        (url, "the status page", "状态页"),
        (feed.trim_end_matches("/feed.rss"), "the channel", "频道"),
        (&feed, "its feed (.atom, .json, .ninjs)", "频道的订阅源（.atom、.json、.ninjs）"),
        (&world.portal.url, "the portal, a receiving site", "门户（接收站点）"),
        (&world.app.url, "the app, another one", "客户端（接收站点）"),
    ] {
        world.say(format!("  {at:<56} {english}"), format!("  {at:<56} {chinese}"));
    }
    Ok(())
}

fn verdict(world: &World, piece: &Piece, status: &Value) {
    let said = status["items"][0]["verdict"].as_str().unwrap_or("?");
    world.say(
        format!("   {}: {} → {said}", piece.outlet, piece.headline),
        format!("   {}：{} → {}", piece.outlet, piece.headline, crate::console::verdict(Language::Chinese, said)),
    );
}

/// One article of the hub's, as a line.
fn held(world: &World, article: &Value) {
    let field = |name: &str| article[name].as_str().map_or_else(|| article[name].to_string(), str::to_owned);
    let (version, sightings, outlet, headline) =
        (field("version"), field("sightings"), field("outlet"), field("headline"));
    let killed = article["status"] == "canceled";
    let (english, chinese) = (if killed { ", killed" } else { "" }, if killed { "，已撤稿" } else { "" });
    world.say(
        format!("   {headline} ({outlet}, version {version}, seen at {sightings} outlets{english})"),
        format!("   {headline}（{outlet}，第 {version} 版，见于 {sightings} 家{chinese}）"),
    );
}

/// Waits until a site shows a headline, and no longer shows another.
async fn shown(world: &World, site: &Site, present: &str, absent: Option<&str>) -> Result<(), CliError> {
    world
        .until(&format!("`{present}` to stand at {}", site.url), async || {
            let posts = site.posts().await;
            let stands = posts.iter().any(|post| headline(post) == present);
            let gone = absent.is_none_or(|absent| posts.iter().all(|post| headline(post) != absent));
            (stands && gone).then_some(())
        })
        .await
}

fn headline(post: &Value) -> &str {
    post["news"]["headlines"][0]["value"].as_str().unwrap_or_default()
}

fn credit(posts: &[Value]) -> String {
    let credits: std::collections::BTreeSet<&str> =
        posts.iter().filter_map(|post| post["attribution"].as_str()).collect();
    credits.into_iter().collect::<Vec<_>>().join(" · ")
}

fn page_of(piece: &Piece) -> String {
    format!("https://{}.example/news/{}", piece.outlet, piece.id.replace(':', "-"))
}
