//! QCodes: `medtop:20000822` is a code of the scheme that a catalog calls `medtop`. An item brings its catalogs along or
//! names them by address; the latter are not fetched, but the schemes of IPTC's own catalog are known here.
//! <https://iptc.org/std/NewsML-G2/guidelines/#the-qcode-mechanism>

use std::collections::HashMap;

use crate::format::xml::Element;

/// The schemes of IPTC's catalog that a news item uses.
const IPTC: [(&str, &str); 14] = [
    ("medtop", "http://cv.iptc.org/newscodes/mediatopic/"),
    ("subj", "http://cv.iptc.org/newscodes/subjectcode/"),
    ("genre", "http://cv.iptc.org/newscodes/genre/"),
    ("stat", "http://cv.iptc.org/newscodes/pubstatusg2/"),
    ("ninat", "http://cv.iptc.org/newscodes/ninature/"),
    ("cpnat", "http://cv.iptc.org/newscodes/cpnature/"),
    ("sig", "http://cv.iptc.org/newscodes/signal/"),
    ("nprov", "http://cv.iptc.org/newscodes/newsprovider/"),
    ("isrol", "http://cv.iptc.org/newscodes/infosourcerole/"),
    ("drol", "http://cv.iptc.org/newscodes/descriptionrole/"),
    ("rnd", "http://cv.iptc.org/newscodes/rendition/"),
    ("irel", "http://cv.iptc.org/newscodes/itemrelation/"),
    ("hopaction", "http://cv.iptc.org/newscodes/hopaction/"),
    ("digsrctype", "http://cv.iptc.org/newscodes/digitalsourcetype/"),
];

/// What the aliases in an item mean.
#[derive(Debug, Default)]
pub(super) struct Catalog<'a> {
    schemes: HashMap<String, String>,
    around: Option<&'a Catalog<'a>>,
}

impl<'a> Catalog<'a> {
    /// The catalogs in an item or a message's header; what they do not name is looked up in those around them.
    pub(super) fn of(element: &Element, around: Option<&'a Catalog<'a>>) -> Self {
        let mut schemes = HashMap::new();
        for scheme in element.children("catalog").flat_map(|catalog| catalog.children("scheme")) {
            if let (Some(alias), Some(uri)) = (scheme.attribute("alias"), scheme.attribute("uri")) {
                schemes.insert(alias.to_owned(), uri.to_owned());
            }
        }
        Self { schemes, around }
    }

    fn scheme(&self, alias: &str) -> Option<&str> {
        self.schemes.get(alias).map(String::as_str).or_else(|| self.around?.scheme(alias))
    }

    /// The uri of a QCode; `None` when its scheme is not known.
    pub(super) fn uri(&self, qcode: &str) -> Option<String> {
        let (alias, code) = qcode.split_once(':')?;
        let known = || IPTC.iter().find(|(known, _)| *known == alias).map(|(_, uri)| *uri);
        let scheme = self.scheme(alias).or_else(known)?;
        Some(format!("{scheme}{code}"))
    }

    /// The uri an element states by itself or by its QCode.
    pub(super) fn uri_of(&self, element: &Element) -> Option<String> {
        element.attribute("uri").map(str::to_owned).or_else(|| self.uri(element.attribute("qcode")?))
    }
}

/// The code in a QCode, or the last part of a uri: the word that IPTC's vocabularies are known by.
pub(super) fn code(stated: &str) -> &str {
    stated.rsplit(['/', ':', '#']).next().unwrap_or(stated)
}

/// The code an element states: `usable` of `stat:usable`.
pub(super) fn code_of(element: &Element) -> Option<&str> {
    ["qcode", "uri", "literal"].iter().find_map(|name| element.attribute(name)).map(code)
}

#[cfg(test)]
mod tests {
    use super::{Catalog, code};
    use crate::format::xml::parse;

    #[test]
    fn the_items_own_catalog_comes_before_the_known_one() {
        let item = parse(
            "<newsItem><catalog><scheme alias='own' uri='https://a.example/cv/'/><scheme alias='genre' uri='urn:g:'/></catalog></newsItem>",
            "XML",
        );
        let item = item.unwrap();
        let catalog = Catalog::of(&item, None);
        let medtop = "http://cv.iptc.org/newscodes/mediatopic/20000822";
        assert_eq!(catalog.uri("medtop:20000822").as_deref(), Some(medtop));
        assert_eq!(catalog.uri("own:7").as_deref(), Some("https://a.example/cv/7"));
        assert_eq!(catalog.uri("genre:x").as_deref(), Some("urn:g:x"));
        assert_eq!(catalog.uri("unknown:x"), None);
        assert_eq!(
            (code("stat:usable"), code("http://cv.iptc.org/newscodes/pubstatusg2/usable")),
            ("usable", "usable")
        );
    }
}
