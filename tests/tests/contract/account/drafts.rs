//! The account's draft box.

use serde_json::{Value, json};

use super::{Entry, Fault, Kept, Refused};

impl Kept {
    pub(super) fn add_draft(&mut self, asked: &Value) -> Result<Value, Refused> {
        let articles = asked["articles"].as_array().filter(|articles| (1..=8).contains(&articles.len()));
        let articles = articles.ok_or((44003, "empty news data"))?;
        let news = articles.iter().map(|article| self.news(article)).collect::<Result<Vec<Value>, Refused>>()?;
        let id = self.id("draft");
        self.drafts.push(Entry { id: id.clone(), time: self.next, news });
        Ok(json!({"media_id": id, "item": []}))
    }

    pub(super) fn update_draft(&mut self, asked: &Value) -> Result<Value, Refused> {
        let at = self.draft_at(asked)?;
        let index = asked["index"].as_u64().ok_or((40097, "invalid args"))? as usize;
        if !asked["articles"].is_object() || index >= self.drafts[at].news.len() {
            return Err((40097, "invalid args"));
        }
        let news = self.news(&asked["articles"])?;
        self.drafts[at].news[index] = news;
        Ok(json!({"errcode": 0, "errmsg": "ok"}))
    }

    pub(super) fn draft(&self, asked: &Value) -> Result<Value, Refused> {
        let at = self.draft_at(asked)?;
        Ok(json!({"news_item": self.drafts[at].news}))
    }

    pub(super) fn delete_draft(&mut self, asked: &Value) -> Result<Value, Refused> {
        let at = self.draft_at(asked)?;
        self.drafts.remove(at);
        Ok(json!({"errcode": 0, "errmsg": "ok"}))
    }

    pub(super) fn draft_at(&self, asked: &Value) -> Result<usize, Refused> {
        let id = asked["media_id"].as_str().ok_or((40007, "invalid media_id"))?;
        self.drafts.iter().position(|draft| draft.id == id).ok_or((40007, "invalid media_id"))
    }

    /// An article as it is kept: within the bounds, with a cover of the library, without what WeChat filters.
    fn news(&self, sent: &Value) -> Result<Value, Refused> {
        let text = |field: &str| sent[field].as_str().unwrap_or_default().to_owned();
        let long = |field: &str, most: usize| text(field).chars().count() > most;
        let content = text("content");
        if text("title").trim().is_empty() || long("title", 32) {
            return Err((45003, "title size out of limit"));
        }
        if long("author", 16) {
            return Err((45110, "author size out of limit"));
        }
        if long("digest", 120) {
            return Err((45004, "description size out of limit"));
        }
        if content.is_empty() || content.chars().count() >= 20_000 || content.len() >= 1_000_000 {
            return Err((45002, "content size out of limit"));
        }
        if text("content_source_url").len() > 1_024 {
            return Err((45006, "url size out of limit"));
        }
        if ["<script", "<iframe", "<form", "<input", " onclick", "javascript:"].iter().any(|bad| content.contains(bad))
        {
            return Err((45166, "invalid content"));
        }
        if !self.materials.iter().any(|material| material["media_id"] == sent["thumb_media_id"]) {
            return Err((40007, "invalid media_id"));
        }
        Ok(json!({
            "title": text("title"), "author": text("author"), "digest": text("digest"),
            "content": self.filtered(&content), "content_source_url": text("content_source_url"),
            "thumb_media_id": text("thumb_media_id"), "url": "http://mp.weixin.qq.com/s?preview", "is_deleted": false,
        }))
    }

    /// Pictures from elsewhere go in silence, styles are written anew.
    fn filtered(&self, content: &str) -> String {
        if self.fault == Fault::DropsText {
            return String::new();
        }
        let mut pieces = content.split("<img ");
        let mut kept = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (picture, rest) = piece.split_once('>').unwrap();
            if picture.contains("src=\"http://mmbiz.qpic.cn/") {
                kept.push_str(&format!("<img {picture}>"));
            }
            kept.push_str(rest);
        }
        if self.fault == Fault::DropsAttributes {
            kept = kept.replacen(" data-lianbo=", " data-gone=", 1);
            let (before, after) = kept.split_once(" data-gone=\"").unwrap();
            kept = format!("{before}{}", after.split_once('"').unwrap().1);
        }
        kept.replace("margin:0 0 1em;", "margin: 0px 0px 1em;")
    }
}
