//! Every item for ever: 32 bytes and the keys it is found by in memory, all else on the shelf.

use lianbo_schemas::{ArticleUri, ItemUri, Judged};

use super::address::address;
use super::entry::{self, Entry};
use super::keys::{self, Halves, Keys, url};
use super::shelf::{Place, Shelf};
use crate::dedup::postings::{Number, Postings};
use crate::dedup::shingle::top_half;

/// What stays at hand of one item. The keys' other halves tell apart what shares a key by chance; where two would be
/// mixed up all the same, the record on the shelf decides.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// The first half of the digest of its text; zero without text.
    exact: [u64; 2],
    /// Its record.
    place: Place,
    uri: u32,
    article: u32,
}

/// Rows allocated together, so that growing copies nothing.
const TOGETHER: usize = 4_096;
/// Dead bytes that a shelf may hold besides as many as are alive, before it is put in order.
const DEAD: u64 = 64 << 20;

/// All items, by their number, their uri, their exact text, their address and their article.
#[derive(Debug, Default)]
pub(super) struct Items {
    rows: Vec<Box<[Row]>>,
    by_uri: Postings,
    by_exact: Postings,
    by_address: Postings,
    /// Article → the item it was founded by, which carries its state.
    founders: Postings,
    /// Article → its items.
    members: Postings,
    shelf: Shelf,
    count: usize,
    articles: usize,
    /// Bytes of the shelf that a row points at.
    alive: u64,
}

/// What the items take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) items: usize,
    pub(super) articles: usize,
    pub(super) bytes: usize,
    pub(super) shelf_bytes: u64,
}

impl Items {
    pub(super) fn on(shelf: Shelf) -> Self {
        Self { shelf, ..Self::default() }
    }

    fn row(&self, number: Number) -> Option<&Row> {
        let row = self.rows.get(number as usize / TOGETHER)?.get(number as usize % TOGETHER)?;
        (!row.place.is_nowhere()).then_some(row)
    }

    /// The number of an item.
    pub(super) fn number(&self, item: &ItemUri) -> Option<Number> {
        let sought = Halves::of(item.as_str());
        self.by_uri.get(sought.key).iter().find(|number| {
            let row = self.row(*number).filter(|row| row.uri == sought.other);
            row.is_some_and(|row| self.label(row.place).0.as_ref() == Some(item))
        })
    }

    /// All that is known of an item, its fingerprint left out.
    pub(super) fn read(&self, number: Number) -> Option<Judged> {
        entry::read(&self.shelf.get(self.row(number)?.place))
    }

    /// An item's uri, and that of its article.
    pub(super) fn named(&self, number: Number) -> (Option<ItemUri>, Option<ArticleUri>) {
        self.row(number).map_or((None, None), |row| self.label(row.place))
    }

    fn label(&self, place: Place) -> (Option<ItemUri>, Option<ArticleUri>) {
        entry::label(&self.shelf.get(place))
    }

    /// Keeps an item as it now is, in place of what was kept of it.
    pub(super) fn write(&mut self, judged: &Judged) {
        self.put(&Entry::of(judged));
    }

    /// Keeps an item in place of what was kept of it.
    pub(super) fn put(&mut self, entry: &Entry) {
        self.remove(entry.number);
        let place = self.shelf.put(&entry.record);
        self.alive += place.length();
        self.enter(entry.number, place, &entry.keys);
        self.put_in_order();
    }

    /// Makes a record findable.
    fn enter(&mut self, number: Number, place: Place, keys: &Keys) {
        self.by_uri.insert(keys.uri.key, number);
        if let Some(key) = keys.text() {
            self.by_exact.insert(key, number);
        }
        if let Some(key) = keys.address {
            self.by_address.insert(key, number);
        }
        if let Some(article) = keys.article {
            self.members.insert(article.key, number);
            if keys.founds {
                self.founders.insert(article.key, number);
                self.articles += 1;
            }
        }
        let (chunk, at) = (number as usize / TOGETHER, number as usize % TOGETHER);
        while self.rows.len() <= chunk {
            self.rows.push(vec![Row::default(); TOGETHER].into_boxed_slice());
        }
        let article = keys.article.map_or(0, |article| article.other);
        self.rows[chunk][at] = Row { exact: keys.exact, place, uri: keys.uri.other, article };
        self.count += 1;
    }

    /// Forgets an item.
    pub(super) fn remove(&mut self, number: Number) {
        let Some(keys) = self.read(number).map(|kept| Keys::of(&kept)) else { return };
        let Some(row) = self.row(number).copied() else { return };
        self.by_uri.remove(keys.uri.key, number);
        if let Some(key) = keys.text() {
            self.by_exact.remove(key, number);
        }
        if let Some(key) = keys.address {
            self.by_address.remove(key, number);
        }
        if let Some(article) = keys.article {
            self.members.remove(article.key, number);
            if keys.founds {
                self.founders.remove(article.key, number);
                self.articles -= 1;
            }
        }
        self.rows[number as usize / TOGETHER][number as usize % TOGETHER] = Row::default();
        self.alive -= row.place.length();
        self.count -= 1;
    }

    /// The items with exactly this text, the first one first.
    pub(super) fn same_text(&self, exact: &str) -> impl Iterator<Item = Number> {
        let found = keys::exact(exact).map(|key| (key, self.by_exact.get(top_half(key[0]))));
        found.into_iter().flat_map(move |(key, numbers)| {
            numbers.iter().filter(move |number| self.row(*number).is_some_and(|row| row.exact == key))
        })
    }

    /// The first item shown at an address.
    pub(super) fn item_at(&self, link: &str) -> Option<ItemUri> {
        let sought = address(link);
        let numbers = self.by_address.get(keys::address_key(&sought)).iter();
        let there = |item: &Judged| url(item).is_some_and(|url| address(url) == sought);
        numbers.filter_map(|number| self.read(number)).find(there).map(|found| found.item)
    }

    /// The number of the item that an article was founded by.
    pub(super) fn founder(&self, article: &ArticleUri) -> Option<Number> {
        let sought = Halves::of(article.as_str());
        self.founders.get(sought.key).iter().find(|number| self.belongs(*number, sought.other, article))
    }

    /// The items of an article, in the order in which they were first judged.
    pub(super) fn members(&self, article: &ArticleUri) -> impl Iterator<Item = Judged> {
        let sought = Halves::of(article.as_str());
        let numbers = self.members.get(sought.key).iter();
        let alike = numbers.filter(move |number| self.row(*number).is_some_and(|row| row.article == sought.other));
        let article = article.clone();
        alike.filter_map(|number| self.read(number)).filter(move |item| item.article.as_ref() == Some(&article))
    }

    fn belongs(&self, number: Number, other: u32, article: &ArticleUri) -> bool {
        let row = self.row(number).filter(|row| row.article == other);
        row.is_some_and(|row| self.label(row.place).1.as_ref() == Some(article))
    }

    /// The numbers of all items.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Number> {
        let rows = self.rows.iter().flat_map(|chunk| chunk.iter());
        rows.zip(0..).filter(|(row, _)| !row.place.is_nowhere()).map(|(_, number)| number)
    }

    /// A new shelf with what is alive, once most of the old one is dead.
    fn put_in_order(&mut self) {
        if self.shelf.bytes() < 2 * self.alive + DEAD {
            return;
        }
        let Some(mut fresh) = self.shelf.another() else { return };
        for row in self.rows.iter_mut().flat_map(|chunk| chunk.iter_mut()).filter(|row| !row.place.is_nowhere()) {
            row.place = fresh.put(&self.shelf.get(row.place));
        }
        self.shelf = fresh;
    }

    /// What the shelf failed with, if it did: nothing this state says counts any more.
    pub(super) fn fault(&self) -> Option<&str> {
        self.shelf.fault()
    }

    pub(super) fn size(&self) -> Size {
        let tables = [&self.by_uri, &self.by_exact, &self.by_address, &self.founders, &self.members];
        let rows = self.rows.len() * TOGETHER * size_of::<Row>();
        Size {
            items: self.count,
            articles: self.articles,
            bytes: rows + tables.iter().map(|table| table.bytes()).sum::<usize>() + self.shelf.memory(),
            shelf_bytes: self.shelf.bytes(),
        }
    }
}
