//! NITF documents of others, read by a person first.

use lianbo_connectors::format::Body;
use lianbo_connectors::format::moment::Moment;
use lianbo_schemas::ninjs::Kind;

use crate::shared::{pieces, standard};

#[test]
fn an_agencys_document_is_read_in_full() {
    let Some(path) = standard("nitf/NTB_nitf_sample.xml") else { return };
    let piece = pieces(&std::fs::read(path).unwrap()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(news.uri, "NTB5df9281a-a270-4dc5-a618-869bbc3bbca7_00");
    assert_eq!(piece.version, Some(1));
    assert_eq!(piece.title.as_deref(), Some("Pandemien herjer på den legeløse indiske landsbygda"));
    assert_eq!(piece.published, Moment::parse("2021-05-16T09:00:04"));
    assert_eq!(news.urgency, Some(5));
    assert_eq!(news.language.as_deref(), Some("nb-NO"));
    assert_eq!(news.by.as_deref(), Some("NTB-AFP-DPA"));
    assert_eq!(news.other["located"], "Unnao");
    assert_eq!(news.other["slugline"], "india-korona-bygd");
    assert_eq!(news.info_sources[0].name.as_deref(), Some("NTB"));
    let subject = news.subjects.iter().find(|subject| subject.name.as_deref() == Some("Sykdom")).unwrap();
    assert_eq!(subject.uri.as_deref(), Some("http://cv.iptc.org/newscodes/subjectcode/07001000"));
    let Body::Html(html) = &piece.body else { panic!("{:?}", piece.body) };
    assert!(html.starts_with("<p>Koronapandemien herjer også i landsbyer"), "{html}");
    assert_eq!(html.matches("<h3>").count(), 4);
    assert!(html.contains("<p>– Det er så mye fattigdom"), "{html}");
    let picture = &news.associations[0];
    assert_eq!((picture.kind, picture.uri.as_deref()), (Some(Kind::Picture), Some("JsxLggxsoo4")));
    assert!(picture.caption().unwrap().ends_with("Foto: Amit Sharma / AP / NTB"));
    // The archive's own id is no address to fetch a picture from.
    assert!(picture.renditions.is_empty() && piece.pictures.is_empty());
}

#[test]
fn a_body_inside_newsml_g2_is_the_items() {
    let Some(path) = standard("nitf/LISTING_22_Sports_story_in_NewsML-G2NITF.xml") else { return };
    let piece = pieces(&std::fs::read(path).unwrap()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(news.uri, "tag:xmlteam.com,2016:xt.5932656-preview");
    let Body::Html(html) = &piece.body else { panic!("{:?}", piece.body) };
    assert!(html.starts_with("<p>(Sports Network) - A pair of teams"), "{html}");
    // The item states a summary of its own, and makers that are named before the body's byline.
    assert_eq!(news.descriptions.len(), 1);
    assert_eq!(news.people.iter().filter(|person| person.rel.as_deref() == Some("about")).count(), 2);
    assert_eq!(news.alt_ids.len(), 2);
}
