//! What the account publishes: accepted at once, visible after a while, and never changed.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Entry, Fault, Kept, Refused};

/// A publication under way.
pub(super) struct Job {
    id: u64,
    entry: Entry,
    since: Instant,
    /// `None` while it is under way.
    status: Option<i64>,
}

impl Kept {
    /// The draft leaves the box at once, and is to be seen nowhere until it is published.
    pub(super) fn submit(&mut self, asked: &Value) -> Result<Value, Refused> {
        if let Fault::NotHandedIn(code) = self.fault {
            return Err((code, "as the test says"));
        }
        let at = self.draft_at(asked)?;
        let mut entry = self.drafts.remove(at);
        entry.id = self.id("article");
        entry.time = self.next;
        for (index, news) in entry.news.iter_mut().enumerate() {
            news["url"] = json!(format!("http://mp.weixin.qq.com/s?mid={}&idx={}", entry.id, index + 1));
        }
        self.next += 1;
        self.jobs.push(Job { id: self.next, entry, since: Instant::now(), status: None });
        // The reference says text, the real one says a number.
        Ok(json!({"errcode": 0, "errmsg": "ok", "publish_id": self.next, "msg_data_id": self.next}))
    }

    /// What has been under way for long enough is visible, or has failed.
    pub(super) fn end_jobs(&mut self) {
        if self.fault == Fault::LongReview {
            return;
        }
        for job in self.jobs.iter_mut().filter(|job| job.status.is_none()) {
            if job.since.elapsed() < self.publishing {
                continue;
            }
            let status = if let Fault::Ends(status) = self.fault { status } else { 0 };
            job.status = Some(status);
            if status == 0 {
                self.published.push(job.entry.clone());
            }
        }
    }

    pub(super) fn job(&self, asked: &Value) -> Result<Value, Refused> {
        let id = asked["publish_id"].as_u64().or_else(|| asked["publish_id"].as_str()?.parse().ok());
        let job = self.jobs.iter().find(|job| Some(job.id) == id).ok_or((53502, "Publish ID 无效"))?;
        let fail: Vec<u8> = if job.status.is_some_and(|status| status > 1) { vec![1] } else { Vec::new() };
        let mut told = json!({"publish_id": job.id, "publish_status": job.status.unwrap_or(1), "fail_idx": fail});
        if job.status == Some(0) {
            told["article_id"] = json!(job.entry.id);
            told["article_detail"] = json!({"count": 1, "item": [{"idx": 1, "article_url": job.entry.news[0]["url"]}]});
        }
        Ok(told)
    }

    /// `index` counts from 1; 0, or none, is all.
    pub(super) fn delete_publication(&mut self, asked: &Value) -> Result<Value, Refused> {
        let ignores = self.fault == Fault::IgnoresDeletes;
        let at = self.publication_at(asked)?;
        let index = asked["index"].as_u64().unwrap_or_default() as usize;
        let news = &mut self.published[at].news;
        if index > news.len() {
            return Err((40097, "invalid args"));
        }
        for (at, news) in news.iter_mut().enumerate() {
            if !ignores && (index == 0 || at + 1 == index) {
                news["is_deleted"] = json!(true);
            }
        }
        Ok(json!({"errcode": 0, "errmsg": "ok"}))
    }

    pub(super) fn publication(&self, asked: &Value) -> Result<Value, Refused> {
        let at = self.publication_at(asked)?;
        Ok(json!({"news_item": self.published[at].news}))
    }

    fn publication_at(&self, asked: &Value) -> Result<usize, Refused> {
        let id = asked["article_id"].as_str().ok_or((53600, "Article ID 无效"))?;
        self.published.iter().position(|entry| entry.id == id).ok_or((53600, "Article ID 无效"))
    }
}
