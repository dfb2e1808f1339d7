//! Writes XML 1.0: escapes what must be, leaves out what XML cannot hold.

use std::fmt::Write;

/// A document in the making.
pub(super) struct Xml {
    text: String,
}

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Xml {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    pub(super) fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.tag(name, attributes);
        self.text.push_str(">\n");
    }

    pub(super) fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.tag(name, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with nothing but text in it.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes<'_>, value: &str) {
        self.tag(name, attributes);
        self.text.push('>');
        escape(&mut self.text, value);
        self.close(name);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn tag(&mut self, name: &str, attributes: Attributes<'_>) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            // Writing to a string cannot fail.
            let _infallible = write!(self.text, " {attribute}=\"");
            escape(&mut self.text, value);
            self.text.push('"');
        }
    }
}

/// XML 1.0, production 2 `Char`: other characters may not stand in a document, not even escaped.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn escape(into: &mut String, value: &str) {
    for character in value.chars().filter(|character| is_allowed(*character)) {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\r' => into.push_str("&#13;"),
            character => into.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Xml;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let mut xml = Xml::new();
        xml.text("a", &[("b", "\"<\u{0}>")], "成都 & \u{b}\u{fffe}<p>]]>");
        assert!(xml.finish().ends_with("<a b=\"&quot;&lt;&gt;\">成都 &amp; &lt;p&gt;]]&gt;</a>\n"));
    }
}
