//! The item: a piece, its article and what was read of it, put together as ninjs 3.1.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lianbo_connectors::format::moment::Moment;
use lianbo_connectors::format::{Picture, Piece};
use lianbo_schemas::ninjs::{self, AltId, Association, Headline, InfoSource, Kind, Named, PubStatus};
use lianbo_schemas::{Item, ItemUri, NewsItem, Normalised, Outlet, Revision, Submission};
use sha2::{Digest, Sha256};

use super::fold::fold;
use super::statements::{Statements, names};
use super::{Profile, digest, language, places, sanitise, topics};

/// Codes of <http://cv.iptc.org/newscodes/infosourcerole/>.
const ORIGIN: &str = "http://cv.iptc.org/newscodes/infosourcerole/origcont";
const AGGREGATOR: &str = "http://cv.iptc.org/newscodes/infosourcerole/aggregator";
/// An article with more pictures is a gallery; the rest stays in its HTML.
const MOST_PICTURES: usize = 50;
/// How many lines are looked at for their script.
const SCRIPT_LINES: usize = 6;
/// China's one time zone, for outlets that state none.
const USUAL_ZONE: &str = "Asia/Shanghai";

/// What an item is made of.
pub(super) struct Parts<'a> {
    pub(super) submission: &'a Submission,
    pub(super) profile: &'a Profile,
    pub(super) piece: Piece,
    pub(super) statements: Statements,
    pub(super) title: String,
    pub(super) text: Text,
    /// The body's lines, folded, one a line.
    pub(super) match_text: String,
    /// Whether the submission is this one piece.
    pub(super) alone: bool,
}

/// The text of a piece.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Safe HTML.
    pub(super) html: String,
    /// Its lines, without any markup.
    pub(super) lines: String,
    /// The pictures in it.
    pub(super) pictures: Vec<Picture>,
}

impl Text {
    /// Whether there is nothing to be seen.
    pub(super) fn is_empty(&self) -> bool {
        self.html.is_empty()
    }
}

/// Why there is no item: it has nothing to be known by.
pub(super) struct NoId;

/// Puts an item together.
pub(super) fn build(parts: Parts<'_>) -> Result<Normalised, NoId> {
    let Parts { submission, profile, mut piece, statements, title, text, match_text, alone } = parts;
    let outlet = profile.outlet.as_ref();
    let match_title = fold(&title);
    let url = submission.url.clone().filter(|_| alone).or(piece.url.take()).or_else(|| piece.canonical_url.clone());
    let own_id = own_id(&piece, submission, url.as_deref(), alone, &match_title, &match_text)?;
    let uri = ItemUri::of(&profile.authority, &outlet.id, &own_id);
    let times = Times::of(&piece, &statements, outlet, submission.received);

    let sent = piece.ninjs.take();
    let is_ninjs = sent.is_some();
    let mut news = sent.map_or_else(|| NewsItem::new(""), |news| *news);
    news.uri = uri.to_string();
    news.standard = Default::default();
    news.hub = None;
    news.pub_status = piece.status;
    news.version = news.version.take().or(piece.version.map(|version| version.to_string()));
    times.put(&mut news);
    let stated_source = if matches!(piece.body, lianbo_connectors::format::Body::Page(_)) {
        statements.source.clone().or(piece.source.take())
    } else {
        piece.source.take().or(statements.source.clone())
    };
    let script = std::iter::once(title.as_str()).chain(text.lines.lines().take(SCRIPT_LINES));
    news.language = language::of(script, piece.language.as_deref().or(news.language.as_deref()));
    put_people(&mut news, &piece, &statements, is_ninjs);
    put_rights(&mut news, &piece, outlet);
    put_sources(&mut news, stated_source.as_deref(), outlet);
    put_subjects(&mut news, &piece, is_ninjs);
    put_places(&mut news, &match_title, &match_text, outlet.area.as_deref());
    put_ids(&mut news, &own_id, url.as_deref());
    put_pictures(&mut news, &piece.pictures, &text.pictures);
    put_words(&mut news, &title, text, &piece);
    let digest = digest::of(&news, times.published);
    let canonical_url = piece.canonical_url.take().filter(|canonical| Some(canonical) != url.as_ref());
    let item = Item {
        uri,
        outlet: outlet.id.clone(),
        own_id,
        submission: submission.id.clone(),
        received: submission.received,
        revision: times.revision(piece.version),
        url,
        canonical_url,
        stated_source,
        stated_time: times.published.or(times.updated),
        hops: piece.hops,
        digest,
        news,
    };
    Ok(Normalised { item, match_title, match_text })
}

/// The outlet's own id, in this order: the document's (guid, atom:id, ninjs `uri`), the one stated beside the bytes,
/// the URL, the digest of title and first paragraph. A kill without text has only the first three.
fn own_id(
    piece: &Piece,
    submission: &Submission,
    url: Option<&str>,
    alone: bool,
    match_title: &str,
    match_text: &str,
) -> Result<String, NoId> {
    let stated =
        piece.own_id.clone().or_else(|| submission.own_id.clone().filter(|_| alone)).or(url.map(str::to_owned));
    if let Some(id) = stated.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()) {
        return Ok(id);
    }
    let first = match_text.lines().next().unwrap_or("");
    if first.is_empty() || piece.status != PubStatus::Usable {
        return Err(NoId);
    }
    let sum = Sha256::digest(format!("{match_title}\n{first}").as_bytes());
    Ok(format!("sha256-{}", HEXLOWER.encode(&sum)))
}

/// The times a piece states, in the outlet's zone.
struct Times {
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    embargo: Option<Timestamp>,
    received: Timestamp,
}

impl Times {
    fn of(piece: &Piece, statements: &Statements, outlet: &Outlet, received: Timestamp) -> Self {
        let named = outlet.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let usual = || TimeZone::get(USUAL_ZONE).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)));
        let zone = named.unwrap_or_else(usual);
        let at = |moment: Option<Moment>| moment.and_then(|moment| moment.in_zone(&zone));
        Self {
            published: at(piece.published).or_else(|| at(statements.time)),
            updated: at(piece.updated),
            embargo: at(piece.embargoed_until),
            received,
        }
    }

    fn put(&self, news: &mut NewsItem) {
        news.first_created = Some(self.published.or(self.updated).unwrap_or(self.received));
        news.version_created = Some(self.updated.or(self.published).unwrap_or(self.received));
        news.embargoed_until = self.embargo;
    }

    fn revision(&self, version: Option<u64>) -> Revision {
        let stated = self.updated.or(self.published).unwrap_or(self.received);
        Revision { version: version.unwrap_or(0), stated, received: self.received }
    }
}

fn put_words(news: &mut NewsItem, title: &str, text: Text, piece: &Piece) {
    let main = |headline: &Headline| headline.role.as_deref() == Some("main");
    if news.headlines.iter().any(main) {
        // Kept as sent.
    } else if news.headlines.len() == 1 && news.headlines[0].role.is_none() {
        news.headlines[0].role = Some("main".to_owned());
    } else if !title.is_empty() {
        news.headlines.insert(0, Headline::main(title));
    }
    if news.descriptions.is_empty()
        && let Some(summary) = piece.summary.as_deref().map(str::trim).filter(|summary| !summary.is_empty())
    {
        news.descriptions.push(ninjs::Text::new("summary", "text/plain", summary));
    }
    for text in &mut news.descriptions {
        make_safe(text);
    }
    let sent = std::mem::take(&mut news.bodies);
    if !text.is_empty() {
        news.bodies.push(ninjs::Text::new("main", "text/html", text.html));
        news.bodies.push(ninjs::Text::new("main", "text/plain", text.lines));
    }
    // Other texts of a ninjs item, such as a version for broadcast.
    let other = |body: &ninjs::Text| body.role.as_deref().is_some_and(|role| !["main", "text"].contains(&role));
    news.bodies.extend(sent.into_iter().filter(|body| other(body)).map(|mut body| {
        make_safe(&mut body);
        body
    }));
}

/// Whatever is not plain text is sanitised: these words are shown by receivers too.
fn make_safe(text: &mut ninjs::Text) {
    if text.content_type.as_deref() != Some("text/plain") && text.value.contains(['<', '&']) {
        text.value = sanitise::clean(&text.value);
    }
}

fn put_people(news: &mut NewsItem, piece: &Piece, statements: &Statements, is_ninjs: bool) {
    let by = news.by.take().filter(|by| !by.trim().is_empty());
    // What stands in the text is nearer to the truth than what a CMS puts into the page's head.
    let stated = if is_ninjs { piece.byline.clone() } else { statements.byline.clone().or(piece.byline.clone()) };
    news.by = by.or(stated).or_else(|| statements.byline.clone());
    if !news.people.iter().any(|person| person.rel.as_deref() == Some("author")) {
        let authors = if statements.authors.is_empty() {
            news.by.iter().flat_map(|by| names(by)).map(str::to_owned).collect()
        } else {
            statements.authors.clone()
        };
        let titles = ["记者", "通讯员", "本报记者", "見習記者"];
        news.people.extend(
            authors.into_iter().filter(|name| !titles.contains(&name.as_str())).map(|name| person("author", name)),
        );
    }
    if !news.people.iter().any(|person| person.rel.as_deref() == Some("editor"))
        && let Some(editor) = piece.editor.clone().or_else(|| statements.editor.clone())
    {
        news.people.extend(names(&editor).map(|name| person("editor", name.to_owned())));
    }
}

fn person(rel: &str, name: String) -> Named {
    Named { name: Some(name), rel: Some(rel.to_owned()), ..Named::default() }
}

fn put_rights(news: &mut NewsItem, piece: &Piece, outlet: &Outlet) {
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if blank(&news.copyright_holder) {
        news.copyright_holder = Some(outlet.copyright_holder.clone().unwrap_or_else(|| outlet.name.clone()));
    }
    if blank(&news.usage_terms) {
        news.usage_terms = outlet.usage_terms.clone();
    }
    if blank(&news.copyright_notice) {
        news.copyright_notice = piece.copyright.clone();
    }
    news.ed_note = news.ed_note.take().or(piece.ed_note.clone());
}

/// The origin first, then the outlet that sent it.
fn put_sources(news: &mut NewsItem, stated: Option<&str>, outlet: &Outlet) {
    if !news.info_sources.is_empty() {
        return;
    }
    let is_outlet = |name: &str| name == outlet.name || outlet.aliases.iter().any(|alias| alias == name);
    let source = |name: &str, role: &str| InfoSource {
        name: Some(name.to_owned()),
        role: Some(role.to_owned()),
        uri: None,
        other: Default::default(),
    };
    match stated.filter(|name| !is_outlet(name)) {
        Some(origin) => news.info_sources.extend([source(origin, ORIGIN), source(&outlet.name, AGGREGATOR)]),
        None => news.info_sources.push(source(&outlet.name, ORIGIN)),
    }
}

fn put_subjects(news: &mut NewsItem, piece: &Piece, is_ninjs: bool) {
    if !is_ninjs {
        let named = |name: &String| Named { name: Some(name.clone()), ..Named::default() };
        news.subjects = piece.subjects.iter().map(named).collect();
    }
    for subject in news.subjects.iter_mut().filter(|subject| subject.uri.is_none()) {
        subject.uri = subject.name.as_deref().and_then(topics::uri);
    }
    // An outlet may send the code alone; its readers know the name.
    for subject in news.subjects.iter_mut().filter(|subject| subject.name.is_none()) {
        subject.name = subject.uri.as_deref().and_then(topics::name).map(str::to_owned);
    }
}

fn put_places(news: &mut NewsItem, match_title: &str, match_text: &str, home: Option<&str>) {
    for place in places::find(match_title, match_text, home) {
        let literal = format!("GB/T2260:{}", place.code);
        if let Some(known) = news.places.iter_mut().find(|known| known.name.as_deref() == Some(place.name)) {
            known.literal.get_or_insert(literal);
            continue;
        }
        let rel = if place.in_title { "about" } else { "mentions" };
        let (name, rel) = (Some(place.name.to_owned()), Some(rel.to_owned()));
        news.places.push(Named { name, rel, literal: Some(literal), ..Named::default() });
    }
}

fn put_ids(news: &mut NewsItem, own_id: &str, url: Option<&str>) {
    let mut put = |role: &str, value: &str| {
        if !news.alt_ids.iter().any(|id| id.role.as_deref() == Some(role) && id.value == value) {
            news.alt_ids.push(AltId { role: Some(role.to_owned()), value: value.to_owned() });
        }
    };
    put("cms", own_id);
    if let Some(url) = url {
        put("url", url);
    }
}

/// The featured picture first, then those of the body, each once.
fn put_pictures(news: &mut NewsItem, featured: &[Picture], of_body: &[Picture]) {
    let count = featured.len();
    for (number, picture) in featured.iter().chain(of_body).enumerate().take(MOST_PICTURES) {
        let same = |known: &Association| known.href() == Some(picture.url.as_str());
        if let Some(known) = news.associations.iter_mut().find(|known| same(known)) {
            describe(known, picture);
            continue;
        }
        let name = if number == 0 && count > 0 { "featured".to_owned() } else { format!("image-{}", number + 1) };
        let mut association = Association::picture(&name, &picture.url);
        describe(&mut association, picture);
        news.associations.push(association);
    }
}

fn describe(association: &mut Association, picture: &Picture) {
    if association.kind != Some(Kind::Picture) {
        return;
    }
    if let Some(caption) = picture.caption.as_deref().filter(|_| association.descriptions.is_empty()) {
        association.descriptions.push(ninjs::Text::new("caption", "text/plain", caption));
    }
    if let Some(alt) = picture.alt.as_deref().filter(|_| association.headlines.is_empty()) {
        association.headlines.push(Headline { role: Some("alt".to_owned()), ..Headline::main(alt) });
    }
}
