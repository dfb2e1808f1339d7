//! What an operator types at a running hub, and what comes back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its scene up may fail anyhow")]

mod desk;

use std::io::{Read, Write};
use std::net::TcpStream;

use desk::Desk;
use serde_json::Value;

const TEA: &str = "雅州秋茶开市首日成交四百二十万元\n\n本报讯 雅州秋茶交易会昨日在雨城茶市开市，首日到场客商三百余家，成交四百二十万元，\
    比去年同期多出一成。\n\n今年秋雨少，茶叶含水低，炒制火候好把握。茶农老魏带来六十斤手工甘露，开秤不到一个时辰就被订光。";

/// ninjs of one piece, which can be killed.
fn ninjs(version: u32, status: &str) -> String {
    format!(
        r#"{{"uri":"urn:x:1","version":"{version}","pubStatus":"{status}","type":"text","language":"zh-Hans",
        "headlines":[{{"value":"沱江支流一水库今夜泄洪"}}],
        "bodies":[{{"contentType":"text/plain","value":"沱江支流一水库定于今夜二十二时开闸泄洪，下游三镇低洼处的群众已开始转移，请沿岸居民远离河道。"}}]}}"#
    )
}

/// What a browser sends and gets: the whole answer as text.
fn exchange(desk: &Desk, head: &str, body: &str) -> String {
    let address = desk.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{head}\r\nhost: {address}\r\nconnection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn registered(desk: &Desk) {
    desk.json(&["outlet", "add", "yazhou", "--name", "雅州新报"]);
    desk.json(&["channel", "add", "all-in", "--title", "全部"]);
    let arguments = ["partner", "add", "portal", "--kind", "webhook", "--url", "https://portal.example/hook"];
    let rest = ["--secret-stdin", "--channel", "all-in", "--window", "3", "--json"];
    let added = desk.type_with(&[&arguments[..], &rest].concat(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    // Nothing is to leave this machine.
    desk.json(&["partner", "pause", "portal"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_prints_one_json_document() {
    let desk = Desk::open().await;
    registered(&desk);
    desk.json(&["grant", "add", "yazhou-all", "--outlet", "yazhou", "--channel", "all"]);
    let file = desk.file("tea.txt", TEA);
    let published = desk.json(&["publish", "--outlet", "yazhou", &file]);
    assert_eq!(published[0]["items"][0]["verdict"], "new", "publish waits for the verdict: {published}");
    let article = published[0]["items"][0]["article"].as_str().unwrap().to_owned();
    assert_eq!(desk.json(&["articles", "--search", "茶市"])["articles"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json(&["show", &article])["article"]["uri"], article.as_str());
    assert_eq!(desk.json(&["outlet", "key", "yazhou", "--list"])["keys"].as_array().unwrap().len(), 1);
    for words in [
        "articles",
        "topics",
        "outlet list",
        "outlet show yazhou",
        "outlet key yazhou",
        "channel list",
        "channel show all-in",
        "channel add all-in --title-en All",
        "grant list",
        "grant show yazhou-all",
        "partner list",
        "partner show portal",
        "partner pause portal",
        "dead list",
        "dead redrive --all",
        "replay --topic outlet.yazhou --dry-run",
        "replay --topic articles --partner portal --dry-run",
        "grant remove yazhou-all",
        "check --defaults",
    ] {
        desk.json(&words.split(' ').collect::<Vec<_>>());
    }
    desk.json(&["why", &article, "--partner", "portal"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_again_changes_only_what_is_given() {
    let desk = Desk::open().await;
    registered(&desk);
    desk.says(&["partner", "add", "portal", "--rate", "5"]);
    let partner = desk.json(&["partner", "show", "portal"]);
    for (pointer, value) in [
        ("/limits/window", Value::from(3)),
        ("/limits/per_second", 5.into()),
        ("/paused", true.into()),
        ("/connector/secret", "portal".into()),
        ("/connector/url", "https://portal.example/hook".into()),
    ] {
        assert_eq!(partner.pointer(pointer), Some(&value), "{pointer} of {partner}");
    }
    desk.says(&["outlet", "add", "yazhou", "--alias", "雅州日报", "--area", "511800"]);
    let again = desk.says(&["outlet", "add", "yazhou", "--area", ""]);
    assert!(!again.contains("key"), "an outlet that has a key gets no other: {again}");
    let outlet = desk.json(&["outlet", "show", "yazhou"]);
    assert_eq!((&outlet["name"], &outlet["aliases"][0]), (&"雅州新报".into(), &"雅州日报".into()));
    assert_eq!(outlet.get("area"), None, "an empty text takes a setting away");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outlets_key_opens_and_is_taken_away() {
    let desk = Desk::open().await;
    let key = desk.json(&["outlet", "add", "yazhou", "--name", "雅州新报"])["key"].as_str().unwrap().to_owned();
    let file = desk.file("tea.txt", TEA);
    desk.says(&["publish", "--outlet", "yazhou", "--key", &key, &file]);
    let id = desk.json(&["outlet", "key", "yazhou", "--list"])["keys"][0]["id"].as_str().unwrap().to_owned();
    desk.says(&["outlet", "key", "yazhou", "--remove", &id]);
    let refused = desk.refused(1, &["publish", "--outlet", "yazhou", "--key", &key, &file]);
    assert!(refused.contains("401") && !refused.contains("admin"), "{refused}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_says_what_is_missing_and_what_to_type() {
    let desk = Desk::open().await;
    registered(&desk);
    let usable = desk.file("usable.json", &ninjs(1, "usable"));
    let published = desk.json(&["publish", "--outlet", "yazhou", &usable]);
    let article = published[0]["items"][0]["article"].as_str().unwrap().to_owned();
    let why = || desk.says(&["why", &article, "--partner", "portal"]);
    let without = why();
    assert!(without.contains("lianbo grant add"), "{without}");
    desk.says(&["grant", "add", "yazhou-all", "--outlet", "yazhou", "--channel", "all"]);
    let after = why();
    assert!(after.contains("lianbo replay --topic articles --partner portal"), "{after}");
    assert!(after.contains("lianbo partner resume portal"), "{after}");
    let killed = desk.file("killed.json", &ninjs(2, "canceled"));
    desk.says(&["publish", "--outlet", "yazhou", &killed]);
    let dead = why();
    assert!(dead.contains("killed") && !dead.contains("allows it"), "{dead}");
    let shown = desk.says(&["show", &article]);
    assert!(shown.contains("沱江支流一水库今夜泄洪") && shown.contains("killed at"), "{shown}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_says_so_on_standard_error_and_in_the_exit_code() {
    let desk = Desk::open().await;
    registered(&desk);
    for (code, words, hint) in [
        (1, "show nothing --json", "lianbo articles"),
        (1, "why nothing --partner portal --json", "lianbo articles"),
        (1, "partner pause nobody --json", "no partner `nobody`"),
        (1, "outlet show nobody", "no outlet `nobody`"),
        (1, "channel remove all-in", "partner `portal`"),
        (1, "dead show nothing", "lianbo dead list"),
        (1, "channel add wrong --title x --rule (((", "does not compile"),
        (1, "replay --topic nothing", "outlet.<id>"),
        (1, "replay --topic outlet.yazhou --from yesterday", "yesterday"),
        (1, "publish --outlet nobody lianbo.txt", "lianbo.txt"),
        (2, "outlet add fresh", "--name"),
        (2, "partner add fresh --channel all-in --kind webhook", "--url"),
        (2, "partner add portal --option nonsense", "NAME=VALUE"),
        (2, "grant add fresh --outlet yazhou", "--channel"),
        (2, "outlet add yazhou --every 5", "--feed"),
    ] {
        let error = desk.refused(code, &words.split(' ').collect::<Vec<_>>());
        assert!(error.contains(hint), "{words}: {error}");
    }
    let nobody = desk.file("tea.txt", TEA);
    let error = desk.refused(1, &["publish", "--outlet", "nobody", &nobody]);
    assert!(error.contains("there is no outlet `nobody`"), "{error}");
    let broken = desk.file("broken.json", "{");
    let output = desk.type_in(&["publish", "--outlet", "yazhou", &broken]);
    assert_eq!(output.status.code(), Some(1), "a refused submission is a failure");
    assert!(String::from_utf8_lossy(&output.stdout).contains("refused"));
    let wrong = desk.refused(1, &["articles", "--hub", "nonsense"]);
    assert!(wrong.contains("nonsense"), "{wrong}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_fails_when_a_partner_may_not_be_called() {
    let desk = Desk::open().await;
    registered(&desk);
    desk.says(&["partner", "add", "portal", "--url", "http://127.0.0.1:9/hook"]);
    let output = desk.type_in(&["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failing: Vec<&str> = said.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(failing.len() == 1 && failing[0].contains("partner `portal`"), "{said}");
    assert!(said.contains("ok   registry: 1 outlets, 1 channels, 1 partners, 0 grants"), "{said}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_log_in_with_a_form() {
    let desk = Desk::open().await;
    registered(&desk);
    let form = |key: &str| {
        let body = format!("key={key}");
        let head = "content-type: application/x-www-form-urlencoded";
        exchange(&desk, &format!("POST /login HTTP/1.1\r\n{head}\r\ncontent-length: {}", body.len()), &body)
    };
    assert!(form("wrong").starts_with("HTTP/1.1 401"));
    let right = form(desk.key());
    assert!(right.starts_with("HTTP/1.1 303"), "{right}");
    let cookie = right.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let home = |head: &str| exchange(&desk, &format!("GET / HTTP/1.1\r\naccept-language: en\r\n{head}"), "");
    let public = home("accept: text/html");
    let operator = home(&format!("cookie: {cookie}"));
    assert!(public.contains("href=\"/login\"") && !public.contains("portal"), "{public}");
    assert!(operator.contains("<code>portal</code>"), "{operator}");
    desk.close().await;
}
