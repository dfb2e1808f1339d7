//! The demo's alliance: eight city outlets, two channels, two receiving sites, and what the outlets allow.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{AskError, Hub};
use crate::secrets::Secret;

/// (id, name, city, GB/T 2260 code)
pub(super) const OUTLETS: [(&str, &str, &str, &str); 8] = [
    ("rongcheng", "蓉城新报", "蓉城", "510100"),
    ("deyang", "德阳新报", "德阳", "510600"),
    ("mianzhou", "绵州新报", "绵州", "510700"),
    ("suizhou", "遂州新报", "遂州", "510900"),
    ("jiazhou", "嘉州新报", "嘉州", "511100"),
    ("meizhou", "眉州新报", "眉州", "511400"),
    ("yazhou", "雅州新报", "雅州", "511800"),
    ("ziyang", "资阳新报", "资阳", "512000"),
];

/// The receiving site that is always up.
pub(super) const PORTAL: &str = "tianfu-portal";
/// The receiving site that is down for a while.
pub(super) const APP: &str = "west-app";

/// The outlets' API keys, by outlet.
pub(super) type Keys = std::collections::BTreeMap<String, Secret>;

/// Writes the alliance into the registry through the operators' API.
pub(super) async fn found(hub: &Hub, portal: &str, app: &str, secret: &str) -> Result<Keys, AskError> {
    let mut keys = Keys::new();
    for (id, name, city, area) in OUTLETS {
        let domain = format!("{id}.example");
        let document =
            json!({"id": id, "name": name, "aliases": [format!("{city}新报社")], "domains": [domain], "area": area});
        put(hub, "outlets", id, &document).await?;
        let answer: Value = hub.send(Method::POST, &format!("/v1/outlets/{id}/keys"), None::<&Value>).await?;
        keys.insert(id.to_owned(), Secret::new(answer["key"].as_str().unwrap_or_default()));
    }
    let release = json!({"id": "chengdu-release", "title": "成都发布", "title_en": "Chengdu Release", "rule": "true",
        "description": "平原八市要闻"});
    put(hub, "channels", "chengdu-release", &release).await?;
    let topic = json!({"id": "night-plain", "title": "夜平原", "title_en": "The Plain by Night",
        "description": "八市联办专题：夜间交通与夜生活",
        "rule": "article.headline.contains('夜') || article.text.contains('夜间')"});
    put(hub, "channels", "night-plain", &topic).await?;
    for (id, ..) in OUTLETS {
        let document = json!({"id": format!("{id}-all"), "outlet": id, "channels": "all", "partners": []});
        put(hub, "grants", &format!("{id}-all"), &document).await?;
    }
    let request = hub.request(Method::PUT, "/v1/secrets/demo-sites").body(secret.to_owned());
    let _empty: Value = hub.read(request).await?;
    partner(hub, PORTAL, "天府门户", portal).await?;
    partner(hub, APP, "西部客户端", app).await?;
    Ok(keys)
}

async fn partner(hub: &Hub, id: &str, name: &str, url: &str) -> Result<(), AskError> {
    let connector = json!({"kind": "webhook", "url": format!("{url}/hook"), "secret": "demo-sites"});
    put(hub, "partners", id, &json!({"id": id, "name": name, "channels": ["chengdu-release"], "connector": connector}))
        .await
}

async fn put(hub: &Hub, kind: &str, id: &str, document: &Value) -> Result<(), AskError> {
    let _stored: Value = hub.send(Method::PUT, &format!("/v1/{kind}/{id}"), Some(document)).await?;
    Ok(())
}
