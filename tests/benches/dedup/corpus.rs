//! The generated corpus: articles of which three in ten are reprints in disguise.

use hanconv::s2t;
use jiff::{SignedDuration, Timestamp};
use lianbo_hub::normalise::fold::fold;
use lianbo_schemas::ninjs::Headline;
use lianbo_schemas::{Item, ItemUri, NewsItem, Normalised, OutletId, Revision, SubmissionId};
use lianbo_tests::corpus::article;
use pinyin::ToPinyin;

/// The alliance's domain.
pub(crate) const AUTHORITY: &str = "bench.example";
/// Characters of an article, the size that members' figures are given for.
pub(crate) const CHARACTERS: usize = 1_200;
/// Of ten documents so many are reprints of one of the last thousand originals.
const REPRINTS_OF_TEN: u64 = 3;
/// The first document that may be one.
pub(crate) const FIRST_REPRINT: u64 = 1_000;
const OUTLETS: u64 = 20;

/// The document of this number, received `apart` after the one before, as normalise hands it on.
pub(crate) fn document(number: u64, apart: SignedDuration) -> Normalised {
    let of = original(number);
    let (headline, text) = article(of.unwrap_or(number), CHARACTERS);
    let (headline, text) = if of.is_some() { disguised(number, headline, text) } else { (headline, text) };
    let outlet = OutletId::new(format!("outlet{}", number % OUTLETS)).expect("an id");
    let own_id = format!("https://outlet{}.example/news/2026/{number}.html", number % OUTLETS);
    let uri = ItemUri::of(AUTHORITY, &outlet, &own_id);
    let received = Timestamp::UNIX_EPOCH
        + SignedDuration::from_secs(1_790_000_000)
        + apart * i32::try_from(number).expect("a number");
    let mut news = NewsItem::new(uri.as_str());
    news.headlines = vec![Headline::main(&headline)];
    let item = Item {
        outlet,
        submission: SubmissionId::new(format!("s{number}")).expect("an id"),
        received,
        revision: Revision { version: 0, stated: received, received },
        url: Some(own_id.clone()),
        own_id,
        canonical_url: None,
        stated_source: None,
        stated_time: Some(received),
        hops: Vec::new(),
        digest: format!("{number:064x}"),
        news,
        uri,
    };
    let lines: Vec<String> = text.lines().map(fold).collect();
    Normalised { item, match_title: fold(&headline), match_text: lines.join("\n") }
}

fn original(number: u64) -> Option<u64> {
    let copies = number >= FIRST_REPRINT && number % 10 < REPRINTS_OF_TEN;
    // An odd stride, so that each lands on another outlet; the target is never a reprint itself.
    copies.then(|| number - 7 - number % 10 - 10 * (number * 31 % 90)).filter(|of| *of % 10 >= REPRINTS_OF_TEN)
}

/// In turn: Traditional with pinyin noise, cut at the end, under another headline with lines of its own.
fn disguised(number: u64, headline: String, text: String) -> (String, String) {
    match number % 3 {
        0 => (s2t(headline), with_pinyin(&s2t(text))),
        1 => {
            let lines: Vec<&str> = text.lines().collect();
            let kept = (lines.len() * 4 / 5).max(1);
            (headline, lines[..kept].join("\n"))
        }
        _ => (format!("看！{headline}"), format!("编者按：读者来信，本报转载如下。\n{text}\n（责任编辑：小林）")),
    }
}

fn with_pinyin(text: &str) -> String {
    let mut noisy = String::new();
    for (position, character) in text.chars().enumerate() {
        noisy.push(character);
        if let Some(reading) = character.to_pinyin().filter(|_| position % 9 == 4) {
            noisy.push_str(&format!("({})", reading.with_tone()));
        }
    }
    noisy
}
