//! All items of NewsML-G2's official tests and examples in, and nothing of what matters lost: the fields are looked up a
//! second time, by a scan of the XML that knows nothing of the reader under test.

use lianbo_connectors::format::moment::Moment;
use lianbo_connectors::format::{self, FormatError, Piece};
use lianbo_schemas::ninjs::PubStatus;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::shared::{files, standard};

/// What a scan finds in one `newsItem`.
#[derive(Debug, Default)]
struct Scanned {
    guid: Option<String>,
    version: Option<String>,
    headlines: Vec<String>,
    status: Option<String>,
    /// `Some("")` for an empty element.
    embargoed: Option<String>,
    /// The words and addresses of rightsInfo.
    rights: Vec<String>,
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).unwrap()?;
    let value = quick_xml::escape::unescape(&attribute.value).unwrap().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

impl Scanned {
    /// An element of the item begins.
    fn open(&mut self, path: &str, start: &BytesStart<'_>) {
        match path {
            "itemMeta/pubStatus" => self.status = attribute(start, "qcode").or(attribute(start, "uri")),
            "rightsInfo/copyrightHolder" => self.rights.extend(attribute(start, "literal")),
            "rightsInfo/link" => self.rights.extend(attribute(start, "residref").or(attribute(start, "href"))),
            "rightsInfo/dataMining" => self.rights.extend(attribute(start, "uri")),
            _ => {}
        }
    }

    /// An element of the item ends; these were its words.
    fn close(&mut self, path: &str, words: String) {
        match path {
            "itemMeta/embargoed" => self.embargoed = Some(words),
            _ if words.is_empty() => {}
            "contentMeta/headline" => self.headlines.push(words),
            "rightsInfo/copyrightNotice" | "rightsInfo/usageTerms" | "rightsInfo/copyrightHolder/name" => {
                self.rights.push(words);
            }
            _ => {}
        }
    }
}

/// The items of a document.
fn scan(text: &str) -> Vec<Scanned> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut path, mut words, mut items) = (Vec::<String>::new(), vec![String::new()], Vec::<Scanned>::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                words.push(String::new());
                if path.last().unwrap() == "newsItem" {
                    let (guid, version) = (attribute(&start, "guid"), attribute(&start, "version"));
                    items.push(Scanned { guid, version, ..Scanned::default() });
                }
                if let Some(item) = items.last_mut() {
                    item.open(&at(&path), &start);
                }
            }
            Event::Text(text) => words.last_mut().unwrap().push_str(&text.xml10_content()),
            Event::CData(text) => words.last_mut().unwrap().push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = format!("&{};", reference.xml10_content());
                words.last_mut().unwrap().push_str(&quick_xml::escape::unescape(&character).unwrap());
            }
            Event::End(_) => {
                let found = words.pop().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some(item) = items.last_mut() {
                    item.close(&at(&path), found);
                }
                path.pop();
            }
            Event::Eof => return items,
            _ => {}
        }
    }
}

/// The path below the item.
fn at(path: &[String]) -> String {
    let item = path.iter().rposition(|name| name == "newsItem").map_or(path.len(), |at| at + 1);
    path[item..].join("/")
}

/// What of a scan is not in a piece.
fn lost(scanned: &Scanned, piece: &Piece) -> Vec<String> {
    let news = piece.ninjs.as_deref().unwrap();
    let mut lost = Vec::new();
    let mut same = |what: &str, expected: bool| {
        if !expected {
            lost.push(what.to_owned())
        }
    };
    same("guid", piece.own_id == scanned.guid && news.uri == scanned.guid.clone().unwrap_or_default());
    same("version", news.version == scanned.version);
    let held: Vec<&str> = news.headlines.iter().map(|headline| headline.value.as_str()).collect();
    same("headline", scanned.headlines.iter().all(|headline| held.contains(&headline.as_str())));
    let open = scanned.embargoed.as_deref() == Some("");
    let status = match scanned.status.as_deref() {
        Some(status) if status.ends_with("canceled") => PubStatus::Canceled,
        Some(status) if status.ends_with("withheld") => PubStatus::Withheld,
        _ if open => PubStatus::Withheld,
        _ => PubStatus::Usable,
    };
    same("pubStatus", piece.status == status && news.pub_status == status);
    let embargo = scanned.embargoed.as_deref().filter(|_| !open).map(|text| Moment::parse(text).unwrap());
    same("embargoed", piece.embargoed_until == embargo);
    let rights = format!(
        "{:?}\n{}\n{}\n{}",
        news.other.get("rightsInfo"),
        news.copyright_holder.as_deref().unwrap_or(""),
        news.copyright_notice.as_deref().unwrap_or(""),
        news.usage_terms.as_deref().unwrap_or(""),
    );
    for right in scanned.rights.iter().filter(|right| !rights.contains(right.as_str())) {
        same(&format!("right `{right}`"), false);
    }
    lost
}

#[test]
fn nothing_of_what_matters_is_lost() {
    let (Some(folder), Some(ninjs)) = (standard("newsml-g2"), standard("ninjs")) else { return };
    let mut paths = files(&folder.join("examples"), ".xml");
    paths.extend(files(&folder.join("tests/unit_test_files"), ".xml"));
    paths.extend(files(&ninjs.join("tools"), "newsmlg2_sample.xml"));
    let (mut documents, mut items, mut others, mut fragments, mut wrong) = (0, 0, 0, 0, Vec::new());
    for path in paths.iter().filter(|path| !path.to_string_lossy().contains("should_fail")) {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Some examples are fragments of no item.
        let scanned = if text.contains("<newsItem") { scan(&text) } else { Vec::new() };
        documents += 1;
        let read = match format::read(&bytes, Some("application/xml"), None) {
            Ok(read) => read,
            Err(FormatError::Unsupported { media_type }) if scanned.is_empty() => {
                let named = media_type.starts_with("NewsML-G2 ");
                *(if named { &mut others } else { &mut fragments }) += 1;
                assert!(named || !text.contains("standard=\"NewsML-G2\""), "{name}: `{media_type}`");
                continue;
            }
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let pieces: Vec<Piece> = read.into_iter().flatten().collect();
        if pieces.len() != scanned.len() {
            wrong.push(format!("{name}: {} pieces of {} items", pieces.len(), scanned.len()));
        }
        items += pieces.len();
        for (scanned, piece) in scanned.iter().zip(&pieces) {
            wrong.extend(lost(scanned, piece).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    eprintln!("{documents} documents: {items} news items read, {others} other items and {fragments} fragments refused");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(items > 100, "{items}");
}

#[test]
fn what_the_standard_forbids_does_no_harm() {
    let Some(folder) = standard("newsml-g2/tests/unit_test_files") else { return };
    for path in files(&folder, ".xml").iter().filter(|path| path.to_string_lossy().contains("should_fail")) {
        let _read = format::read(&std::fs::read(path).unwrap(), None, None);
    }
}

#[test]
fn an_example_is_read_in_full() {
    let Some(path) = standard("newsml-g2/examples/LISTING_1_A_NewsML-G2_News_Item.xml") else { return };
    let piece = crate::shared::pieces(&std::fs::read(path).unwrap()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(news.uri, "urn:newsml:acmenews.com:20161018:US-FINANCE-FED");
    assert_eq!(piece.version, Some(11));
    assert_eq!(piece.embargoed_until, Moment::parse("2018-10-23T12:00:00Z"));
    assert_eq!(news.copyright_holder.as_deref(), Some("Example Enews LLP"));
    assert_eq!(news.usage_terms.as_deref(), Some("Not for use outside the United States"));
    assert!(news.ed_note.as_deref().unwrap().ends_with("\nsignal: update"));
    assert_eq!(news.subjects[0].uri.as_deref(), Some("http://cv.iptc.org/newscodes/mediatopic/04000000"));
    assert_eq!(news.places[0].name.as_deref(), Some("Berlin"));
    assert_eq!(news.by.as_deref(), Some("Meredith Jameson"));
    assert_eq!(news.associations[0].rel.as_deref(), Some("seeAlso"));
}

#[test]
fn a_photo_keeps_its_files_and_its_caption() {
    let Some(path) = standard("newsml-g2/examples/LISTING_3_Photo_in_NewsML-G2.xml") else { return };
    let bytes = std::fs::read(path).unwrap();
    let read = format::read(&bytes, None, Some("https://wire.example/photos/item.xml")).unwrap();
    let piece = read.into_iter().next().unwrap().unwrap();
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(news.kind, lianbo_schemas::ninjs::Kind::Picture);
    let first = &news.other["renditions"][0];
    assert_eq!(first["name"], "highRes");
    assert_eq!(first["href"], "https://wire.example/photos/GYI0062134533.jpg");
    assert_eq!((&first["width"], &first["sizeInBytes"]), (&1500.into(), &346_071.into()));
    // An address on the sender's own disk is nobody else's.
    assert_eq!(news.other["renditions"][1].get("href"), None);
    assert_eq!(news.descriptions[0].role.as_deref(), Some("caption"));
    assert!(news.descriptions[0].value.starts_with("A general view of part of downtown"));
}
