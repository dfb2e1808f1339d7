//! An article as it is written into a draft, and whether what stands there is that.
//! <https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add>

use std::collections::HashMap;

use serde_json::{Value, json};

use super::find::News;
use super::mark::Mark;
use super::text::{Part, content, parts};
use crate::format::markup::escaped;
use crate::partner::digest::content_hash;
use crate::partner::html::{attributed, says};
use crate::partner::picture::{WantedPictures, first_of, words_of};
use crate::partner::{Failure, Outgoing};
use crate::words::cut;

/// WeChat's bounds, in characters. A longer headline is cut, and stands in full above the text.
const TITLE: usize = 32;
const AUTHOR: usize = 16;
const DIGEST: usize = 120;

/// WeChat's bounds on the text with its markup: below 20,000 characters, and below 1 MB.
const CONTENT: usize = 20_000;
const CONTENT_BYTES: usize = 1_000_000;

/// An article, before its pictures are WeChat's own.
#[derive(Debug)]
pub(super) struct Piece {
    title: String,
    author: String,
    digest: String,
    original: Option<String>,
    pub(super) parts: Vec<Part>,
    /// Where the picture is that goes in front.
    pub(super) cover: Option<String>,
    attribution: String,
}

impl Piece {
    pub(super) fn of(article: &Outgoing, pictures: WantedPictures) -> Self {
        let headline = article.news.headline().trim();
        let title = cut(headline, TITLE);
        let mut html = attributed(article, &article.html);
        if title != headline {
            html.insert_str(0, &format!("<p><strong>{}</strong></p>", escaped(headline)));
        }
        let mut parts = parts(&html);
        let cover = match pictures {
            WantedPictures::All | WantedPictures::Featured => lead(article, &mut parts),
            WantedPictures::None => {
                parts.retain(|part| matches!(part, Part::Html(_)));
                None
            }
        };
        Self {
            title,
            author: cut(article.news.by.as_deref().unwrap_or_default().trim(), AUTHOR),
            digest: cut(article.news.summary().unwrap_or_default().trim(), DIGEST),
            original: article.original().map(str::to_owned),
            parts,
            cover,
            attribution: article.attribution.clone(),
        }
    }

    /// The hash of all that readers will see, as far as it is the article's: the same whenever it is sent.
    pub(super) fn hash(&self) -> String {
        let parts: Vec<Value> = self.parts.iter().map(told).collect();
        content_hash(&json!([self.title, self.author, self.digest, self.original, parts, self.cover]))
    }

    /// What is written into a draft. `hosted` says where WeChat has the text's pictures; `cover` is its id of the one in
    /// front.
    pub(super) fn draft(&self, mark: &Mark, hosted: &HashMap<String, String>, cover: &str) -> Result<Value, Failure> {
        let content = content(&self.parts, hosted, &mark.text());
        let (characters, bytes) = (content.chars().count(), content.len());
        if characters >= CONTENT || bytes >= CONTENT_BYTES {
            return Err(Failure::rejected(format!(
                "the text has {characters} characters and {bytes} bytes with its markup; WeChat takes fewer than \
                 {CONTENT} and {CONTENT_BYTES}"
            )));
        }
        Ok(json!({
            "article_type": "news",
            "title": self.title,
            "author": self.author,
            "digest": self.digest,
            "content": content,
            "content_source_url": self.original.as_deref().map(|url| mark.behind(url)).unwrap_or_default(),
            "thumb_media_id": cover,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }))
    }

    /// Whether `news`, read back, is this article.
    pub(super) fn compare(&self, id: &str, news: &News) -> Result<(), Failure> {
        if news.title.trim().is_empty() {
            return Err(Failure::rejected(format!("draft {id} has no title after it was written")));
        }
        if !says(&news.content, &self.attribution) {
            return Err(Failure::rejected(format!("draft {id} lost its text or its attribution line")));
        }
        Ok(())
    }
}

/// The article's first picture, above the text unless it stands in it; gives its address.
fn lead(article: &Outgoing, parts: &mut Vec<Part>) -> Option<String> {
    let Some((_, address)) = first_of(article) else {
        // A text that came with pictures and no list of them.
        return parts.iter().find_map(|part| match part {
            Part::Picture { address, .. } => Some(address.clone()),
            Part::Html(_) => None,
        });
    };
    let stands = parts.iter().any(|part| matches!(part, Part::Picture { address: there, .. } if there == address));
    if !stands {
        let (alt, caption) = words_of(article).unwrap_or_default();
        if !caption.is_empty() {
            parts.insert(0, Part::Html(format!("<p style=\"font-size:14px;\">{}</p>", escaped(&caption))));
        }
        parts.insert(0, Part::Picture { address: address.to_owned(), alt });
    }
    Some(address.to_owned())
}

fn told(part: &Part) -> Value {
    match part {
        Part::Html(html) => json!(html),
        Part::Picture { address, alt } => json!([address, alt]),
    }
}
