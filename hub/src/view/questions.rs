//! What can be asked of the view. Each question runs on a thread that may block, on a connection that only reads.

use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::{
    Article, ArticleUri, ChannelId, DeadLetter, DecisionId, Delivery, OutletId, PartnerId, Receipt, SubmissionId,
    TakeDown,
};

use super::time::micros;
use super::{
    CarriedOut, Changes, Counts, Cursor, DeadLetters, Found, Latest, Letters, Lineage, Mark, Newest, ShownIn, Standing,
    SubmissionStatus, Version, View, ViewError, query,
};
use crate::log::Offset;

/// Answers come at most this many at once, whatever is asked for.
const MOST: u32 = 1_000;

impl View {
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ViewError> {
        Arc::clone(&self.shared.pool).run(question).await
    }

    /// The article as it stands, embargoed and withdrawn ones too.
    pub async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ViewError> {
        let epoch = match self.shared.cache.get(uri) {
            Ok(article) => return Ok(Some(article)),
            Err(epoch) => epoch,
        };
        let wanted = uri.clone();
        let read = self.ask(move |file| query::article(file, &wanted)).await?.map(Arc::new);
        if let Some(article) = &read {
            self.shared.cache.keep(article, epoch);
        }
        Ok(read)
    }

    /// The uri whose short last part this is.
    pub async fn by_short(&self, short: &str) -> Result<Option<ArticleUri>, ViewError> {
        let short = short.to_owned();
        self.ask(move |file| query::by_short(file, &short)).await
    }

    /// The article whose uri's short last part this is.
    pub async fn article_by_short(&self, short: &str) -> Result<Option<Arc<Article>>, ViewError> {
        match self.by_short(short).await? {
            Some(uri) => self.article(&uri).await,
            None => Ok(None),
        }
    }

    /// How an article stands, without its text.
    pub async fn standing(&self, uri: &ArticleUri) -> Result<Option<Standing>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::standing(file, &uri)).await
    }

    /// The newest articles, newest first; those before the first offset `before`, when given.
    pub async fn latest(&self, limit: u32, before: Option<Offset>) -> Result<Vec<Latest>, ViewError> {
        self.ask(move |file| query::latest(file, limit.min(MOST), before)).await
    }

    /// All versions of an article, oldest first.
    pub async fn versions(&self, uri: &ArticleUri) -> Result<Vec<Version>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::versions(file, &uri)).await
    }

    /// Where an article comes from and what it is linked to, both ways.
    pub async fn lineage(&self, uri: &ArticleUri) -> Result<Option<Lineage>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::lineage(file, &uri)).await
    }

    /// The channels that show an article now, and on which terms.
    pub async fn shown(&self, uri: &ArticleUri) -> Result<Vec<ShownIn>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::shown(file, &uri)).await
    }

    /// Whether any channel has ever shown an article.
    pub async fn was_shown(&self, uri: &ArticleUri) -> Result<bool, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::was_shown(file, &uri)).await
    }

    /// What a channel shows now, newest first.
    pub async fn newest(&self, channel: &ChannelId, limit: u32) -> Result<Newest, ViewError> {
        let channel = channel.clone();
        self.ask(move |file| query::newest(file, &channel, limit.min(MOST))).await
    }

    /// What has changed in a channel since a cursor.
    pub async fn changes(&self, channel: &ChannelId, from: Cursor, limit: u32) -> Result<Changes, ViewError> {
        let channel = channel.clone();
        self.ask(move |file| query::changes(file, &channel, from, limit.clamp(1, MOST))).await
    }

    /// What became of a submission; `None` when nothing is known of it.
    pub async fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionStatus>, ViewError> {
        let id = id.clone();
        self.ask(move |file| query::submission(file, &id)).await
    }

    /// The submission an outlet has already sent under an idempotency key, and the SHA-256 of its bytes.
    pub async fn idempotent(&self, outlet: &OutletId, key: &str) -> Result<Option<(String, String)>, ViewError> {
        let (outlet, key) = (outlet.clone(), key.to_owned());
        self.ask(move |file| query::idempotent(file, &outlet, &key)).await
    }

    /// The dead letter with a key.
    pub async fn dead_letter(&self, key: &str) -> Result<Option<DeadLetter>, ViewError> {
        let key = key.to_owned();
        self.ask(move |file| query::dead_letter(file, &key)).await
    }

    /// An editor's decision, when it has been carried out.
    pub async fn decision(&self, id: &DecisionId) -> Result<Option<CarriedOut>, ViewError> {
        let id = id.clone();
        self.ask(move |file| query::decision(file, &id)).await
    }

    /// All decisions that an article was changed by or came of, oldest first.
    pub async fn decisions(&self, uri: &ArticleUri) -> Result<Vec<CarriedOut>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::decisions(file, &uri)).await
    }

    /// The article that this one was merged into.
    pub async fn merged_into(&self, uri: &ArticleUri) -> Result<Option<ArticleUri>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::merged_into(file, &uri)).await
    }

    /// The newest dead letters, or those behind a mark.
    pub async fn dead_letters(
        &self,
        which: Letters,
        behind: Option<Mark>,
        limit: u32,
    ) -> Result<DeadLetters, ViewError> {
        self.ask(move |file| query::dead_letters(file, which, behind.as_ref(), limit.min(MOST))).await
    }

    /// What all partners hold of an article.
    pub async fn receipts_of_article(&self, uri: &ArticleUri) -> Result<Vec<Receipt>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::receipts_of_article(file, &uri)).await
    }

    /// What a partner holds, by article uri, after `after` (empty: from the first).
    pub async fn receipts_of_partner(
        &self,
        partner: &PartnerId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Receipt>, ViewError> {
        let (partner, after) = (partner.clone(), after.to_owned());
        self.ask(move |file| query::receipts_of_partner(file, &partner, &after, limit.min(MOST))).await
    }

    /// What was found where a withdrawn article stood, by partner.
    pub async fn take_downs(&self, uri: &ArticleUri) -> Result<Vec<TakeDown>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::take_downs_of_article(file, &uri)).await
    }

    /// Take-downs that are acknowledged and not proven in time, the longest waiting first.
    pub async fn overdue(&self, limit: u32) -> Result<Vec<TakeDown>, ViewError> {
        self.ask(move |file| query::overdue(file, limit.min(MOST))).await
    }

    /// Withdrawals decided between two moments that partners have not acknowledged, the oldest first.
    pub async fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(PartnerId, Delivery)>, ViewError> {
        let decided = (micros(from), micros(to));
        self.ask(move |file| query::unacknowledged(file, decided, limit.min(MOST))).await
    }

    /// What all partners should hold of an article.
    pub async fn desired_of_article(&self, uri: &ArticleUri) -> Result<Vec<(PartnerId, Delivery)>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::desired_of_article(file, &uri)).await
    }

    /// What a partner should hold of one article.
    pub async fn desired(&self, partner: &PartnerId, uri: &ArticleUri) -> Result<Option<Delivery>, ViewError> {
        let (partner, uri) = (partner.clone(), uri.clone());
        self.ask(move |file| query::desired(file, &partner, &uri)).await
    }

    /// Numbers for operators, since a moment where time matters.
    pub async fn counts(&self, since: Timestamp) -> Result<Counts, ViewError> {
        self.ask(move |file| query::counts(file, since)).await
    }

    /// Articles that hold every word of `text`, newest first; two-character Chinese words are found. For operators:
    /// articles that no channel shows are among them, see [`Found::listed`], and withdrawn ones.
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<Found>, ViewError> {
        let text = text.to_owned();
        self.ask(move |file| query::search(file, &text, limit.min(MOST))).await
    }
}
