//! A document's XML as a tree, for formats whose meaning is in their nesting (NewsML-G2, NITF, WordPress exports).
//!
//! It is bounded in depth and elements. Nothing of a document type is used: one that declares entities is refused, for
//! what they stand for is either nothing a news item needs or an attack.

use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::format::entity::escaped;
use crate::format::{DEEPEST_XML, FormatError, MOST_XML_ELEMENTS, entity};

/// An element.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    /// Without its prefix.
    pub(super) name: String,
    /// The namespace's uri; empty where there is none.
    pub(super) namespace: Rc<str>,
    /// Names as written, with their prefix; declarations of namespaces are not among them.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) nodes: Vec<Node>,
}

/// What an element holds.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// Parses a document; `format` names it in errors.
pub(super) fn parse(text: &str, format: &'static str) -> Result<Element, FormatError> {
    Builder { format, ..Builder::default() }.run(text)
}

impl Element {
    /// An attribute's value, if it is there and not blank.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// All elements directly inside.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Those of a name.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first one of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// Takes the first one of a name out.
    pub(super) fn take_child(&mut self, name: &str) -> Option<Element> {
        self.take_children(name).into_iter().next()
    }

    /// Takes those of a name out.
    pub(super) fn take_children(&mut self, name: &str) -> Vec<Element> {
        let is = |node: &Node| matches!(node, Node::Element(element) if element.name == name);
        let (taken, kept): (Vec<Node>, Vec<Node>) = std::mem::take(&mut self.nodes).into_iter().partition(is);
        self.nodes = kept;
        let taken = taken.into_iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        });
        taken.collect()
    }

    /// The element at the end of a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text in it and in all it holds, as written.
    pub(super) fn raw_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    fn write_text(&self, out: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.write_text(out),
                Node::Text(text) => out.push_str(text),
            }
        }
    }

    /// The same on one line; `None` when it is blank.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.raw_text().split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// The text of the first child of a name.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name).and_then(Self::text)
    }

    /// The element as XML that stands by itself. Of its attributes those of other namespaces are left out, but for
    /// `xml:lang`: what they mean is declared elsewhere.
    pub(super) fn to_xml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Dialect::Xml { around: "" });
        out
    }

    /// What the element holds, as HTML.
    pub(super) fn inner_html(&self) -> String {
        let mut out = String::new();
        self.write_nodes(&mut out, Dialect::Html);
        out
    }

    fn write(&self, out: &mut String, dialect: Dialect<'_>) {
        out.push('<');
        out.push_str(&self.name);
        if let Dialect::Xml { around } = dialect
            && &*self.namespace != around
        {
            out.push_str(&format!(" xmlns=\"{}\"", escaped(&self.namespace)));
        }
        for (name, value) in self.attributes.iter().filter(|(name, _)| !name.contains(':') || name == "xml:lang") {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
        out.push('>');
        if matches!(dialect, Dialect::Html) && VOID.contains(&self.name.as_str()) {
            return;
        }
        let inside = match dialect {
            Dialect::Xml { .. } => Dialect::Xml { around: &self.namespace },
            Dialect::Html => Dialect::Html,
        };
        self.write_nodes(out, inside);
        out.push_str(&format!("</{}>", self.name));
    }

    fn write_nodes(&self, out: &mut String, dialect: Dialect<'_>) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.write(out, dialect),
                Node::Text(text) => out.push_str(&escaped(text)),
            }
        }
    }
}

/// Elements of HTML that have no end tag.
const VOID: [&str; 8] = ["br", "hr", "img", "wbr", "col", "area", "input", "source"];

#[derive(Clone, Copy)]
enum Dialect<'a> {
    /// Within an element of this namespace.
    Xml {
        around: &'a str,
    },
    Html,
}

/// The most namespaces declared around one element: each name is looked up among them. Real documents have ten.
const MOST_PREFIXES: usize = 256;

#[derive(Default)]
struct Builder {
    format: &'static str,
    /// Open elements, the root first.
    open: Vec<Element>,
    /// Prefixes and what they mean, the inner ones last.
    prefixes: Vec<(String, Rc<str>)>,
    /// How many of those each open element declares.
    declared: Vec<usize>,
    elements: usize,
    root: Option<Element>,
}

impl Builder {
    fn run(mut self, text: &str) -> Result<Element, FormatError> {
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        // An ampersand that nobody escaped is text.
        reader.config_mut().allow_dangling_amp = true;
        loop {
            let event = reader.read_event();
            let event =
                event.map_err(|error| self.malformed(format!("{error} (near byte {})", reader.error_position())))?;
            match event {
                Event::Start(start) => self.start(&start)?,
                Event::Empty(start) => {
                    self.start(&start)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => self.reference(&reference),
                Event::DocType(declared) if declares_entities(&declared) => {
                    return Err(self.malformed("its document type declares entities, which are not read".to_owned()));
                }
                Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        match (self.root.take(), self.open.is_empty()) {
            (Some(root), true) => Ok(root),
            (_, false) => Err(self.malformed("it ends before its last element does".to_owned())),
            (None, true) => Err(self.malformed("it has no element".to_owned())),
        }
    }

    fn malformed(&self, cause: String) -> FormatError {
        FormatError::Malformed { format: self.format, cause }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), FormatError> {
        self.elements += 1;
        if self.open.len() >= DEEPEST_XML {
            return Err(FormatError::TooLarge(format!("XML nested more than {DEEPEST_XML} deep")));
        }
        if self.elements > MOST_XML_ELEMENTS {
            return Err(FormatError::TooLarge(format!("more than {MOST_XML_ELEMENTS} XML elements")));
        }
        if self.root.is_some() {
            return Err(self.malformed("it has more than one root element".to_owned()));
        }
        let mut attributes = Vec::new();
        let before = self.prefixes.len();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.malformed(error.to_string()))?;
            let value = entity::decode(&attribute.value).into_owned();
            let name = attribute.key.as_ref();
            match name.strip_prefix("xmlns") {
                Some("") => self.prefixes.push((String::new(), value.into())),
                Some(prefix) if prefix.starts_with(':') => self.prefixes.push((prefix[1..].to_owned(), value.into())),
                _ => attributes.push((name.to_owned(), value)),
            }
        }
        self.declared.push(self.prefixes.len() - before);
        if self.prefixes.len() > MOST_PREFIXES {
            return Err(FormatError::TooLarge(format!("more than {MOST_PREFIXES} XML namespaces in one place")));
        }
        let name = start.name();
        let (prefix, local) = name.as_ref().split_once(':').unwrap_or(("", name.as_ref()));
        let namespace = self.prefixes.iter().rev().find(|(known, _)| known == prefix).map(|(_, uri)| uri.clone());
        let namespace = namespace.unwrap_or_default();
        self.open.push(Element { name: local.to_owned(), namespace, attributes, nodes: Vec::new() });
        Ok(())
    }

    fn end(&mut self) {
        let declared = self.declared.pop().unwrap_or(0);
        self.prefixes.truncate(self.prefixes.len().saturating_sub(declared));
        let Some(done) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(around) => around.nodes.push(Node::Element(done)),
            None => self.root = Some(done),
        }
    }

    fn text(&mut self, text: &str) {
        let Some(element) = self.open.last_mut() else { return };
        match element.nodes.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => element.nodes.push(Node::Text(text.to_owned())),
        }
    }

    /// A character reference, or one of the entities of HTML, which some senders write without declaring them.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let written = format!("&{};", reference.xml10_content());
        self.text(&entity::decode(&written));
    }
}

fn declares_entities(document_type: &str) -> bool {
    document_type.to_ascii_uppercase().contains("<!ENTITY")
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::format::FormatError;

    #[test]
    fn namespaces_are_resolved_and_text_is_joined() {
        let root = parse(
            "<a xmlns='urn:1' xmlns:b='urn:2'><b:c x='&lt;' b:y='2'>甲&amp;<![CDATA[<乙>]]>&#19993;&nbsp;</b:c><c/></a>",
            "XML",
        );
        let root = root.unwrap();
        let first = root.child("c").unwrap();
        assert_eq!((&*root.namespace, &*first.namespace), ("urn:1", "urn:2"));
        assert_eq!(first.attribute("x"), Some("<"));
        assert_eq!(first.text().as_deref(), Some("甲&<乙>丙"));
        assert_eq!(root.children("c").count(), 2);
        assert_eq!(first.to_xml(), "<c xmlns=\"urn:2\" x=\"&lt;\">甲&amp;&lt;乙&gt;丙\u{a0}</c>");
    }

    #[test]
    fn what_is_broken_or_hostile_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY a0 'x'><!ENTITY a1 '&a0;&a0;'>]><a>&a1;</a>";
        for text in ["<a><b></a>", "<a>", "", "<a/><b/>", bomb, "<a x=></a>"] {
            assert!(matches!(parse(text, "XML"), Err(FormatError::Malformed { .. })), "{text}");
        }
        let deep = "<a>".repeat(100_000);
        assert!(matches!(parse(&deep, "XML"), Err(FormatError::TooLarge(_))));
    }

    #[test]
    fn a_document_type_without_entities_does_no_harm() {
        let text = "<!DOCTYPE nitf SYSTEM 'file:///etc/passwd'><nitf>&unknown;</nitf>";
        assert_eq!(parse(text, "XML").unwrap().text().as_deref(), Some("&unknown;"));
    }
}
