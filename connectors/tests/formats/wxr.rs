//! WordPress exports of others: the importer's own test data and the theme test data.

use lianbo_connectors::format::moment::Moment;
use lianbo_connectors::format::{self, Body, FormatError, Piece};
use lianbo_schemas::ninjs::PubStatus;

use crate::shared::{files, standard};

#[test]
fn every_export_of_the_importers_tests_is_answered() {
    let Some(folder) = standard("wordpress") else { return };
    let (mut exports, mut posts, mut refused, mut whole) = (0, 0, 0, Vec::new());
    for path in files(&folder, ".xml") {
        exports += 1;
        match format::read(&std::fs::read(&path).unwrap(), Some("application/xml"), None) {
            Ok(read) => {
                posts += read.iter().flatten().count();
                refused += read.iter().filter(|piece| piece.is_err()).count();
            }
            Err(error) => whole.push(format!("{}: {error}", path.file_name().unwrap().to_string_lossy())),
        }
    }
    eprintln!("{exports} exports: {posts} posts read, {refused} items refused; refused as a whole: {whole:#?}");
    assert!(posts > 100, "{posts}");
    assert!(whole.iter().all(|why| why.contains("no posts")), "{whole:#?}");
}

#[test]
fn the_theme_test_data_is_read_as_wordpress_shows_it() {
    let Some(path) = standard("wordpress/themeunittestdata.wordpress.xml") else { return };
    let read = format::read(&std::fs::read(path).unwrap(), None, None).unwrap();
    let titled = |title: &str| {
        let found = read.iter().flatten().find(|piece: &&Piece| piece.title.as_deref() == Some(title));
        found.unwrap_or_else(|| panic!("no post `{title}`"))
    };
    let scheduled = titled("Scheduled");
    assert_eq!(
        (scheduled.embargoed_until, scheduled.status),
        (Moment::parse("2030-01-01T19:00:18Z"), PubStatus::Usable)
    );
    let protected = titled("Template: Password Protected (the password is \"enter\")");
    assert_eq!((protected.status, &protected.body), (PubStatus::Withheld, &Body::Empty));
    let featured = titled("Template: Featured Image (Horizontal)");
    assert_eq!(featured.pictures.len(), 1);
    let captioned = titled("Markup: Image Alignment");
    assert!(matches!(&captioned.body, Body::Html(html) if html.contains("<figcaption>") && !html.contains("[caption")));
    let drafts =
        read.iter().filter(|piece| matches!(piece, Err(FormatError::Empty { cause, .. }) if cause.contains("`draft`")));
    assert!(drafts.count() > 0);
}
