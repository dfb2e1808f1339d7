//! What the HTML parser would build, measured instead of built: who stands in whom, and how much text.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, QualName, local_name, ns};

/// A node, by number; elements have a name.
#[derive(Debug)]
pub(super) struct Node {
    number: usize,
    name: QualName,
    /// Of a `template`: where its children go.
    contents: Option<Rc<Node>>,
}

/// What is known of a node's place.
#[derive(Debug, Default)]
struct Place {
    parent: Option<usize>,
    /// Those that were ever put into it; the ones that still name it as their parent are there.
    children: Vec<usize>,
    /// The text at its end: bytes, and those of them to be escaped.
    text: (usize, usize),
}

/// The parser's sink.
#[derive(Debug)]
pub(super) struct Measure {
    document: Rc<Node>,
    places: RefCell<Vec<Place>>,
    elements: Cell<usize>,
    escaping: Cell<usize>,
    made: Cell<usize>,
}

impl Default for Measure {
    fn default() -> Self {
        let document = Rc::new(Node { number: 0, name: nameless(), contents: None });
        let places = RefCell::new(vec![Place::default()]);
        Self { document, places, elements: Cell::new(0), escaping: Cell::new(0), made: Cell::new(0) }
    }
}

fn nameless() -> QualName {
    QualName::new(None, ns!(), local_name!(""))
}

impl Measure {
    /// How many elements there are, those included that the parser makes by itself.
    pub(super) fn elements(&self) -> usize {
        self.elements.get()
    }

    /// Bytes looked at when it is written out again.
    pub(super) fn escaping(&self) -> usize {
        self.escaping.get()
    }

    /// Grows whenever the parser makes anything of its input.
    pub(super) fn made(&self) -> usize {
        self.made.get()
    }

    /// How deep the deepest node stands.
    pub(super) fn depth(&self) -> usize {
        let places = self.places.borrow();
        let mut depths = vec![0_usize; places.len()];
        let mut way = Vec::new();
        for number in 0..places.len() {
            let mut at = number;
            while depths[at] == 0 {
                way.push(at);
                match places[at].parent {
                    Some(parent) => at = parent,
                    None => break,
                }
            }
            let mut depth = depths[at];
            while let Some(node) = way.pop() {
                depth += 1;
                depths[node] = depth;
            }
        }
        // The document and the root are no nesting.
        depths.into_iter().max().unwrap_or(0).saturating_sub(2)
    }

    fn node(&self, name: QualName, contents: Option<Rc<Node>>) -> Rc<Node> {
        self.made.set(self.made.get() + 1);
        let mut places = self.places.borrow_mut();
        places.push(Place::default());
        Rc::new(Node { number: places.len() - 1, name, contents })
    }

    fn put(&self, parent: usize, child: NodeOrText<Rc<Node>>) {
        self.made.set(self.made.get() + 1);
        let mut places = self.places.borrow_mut();
        match child {
            NodeOrText::AppendNode(node) => {
                places[node.number].parent = Some(parent);
                places[parent].children.push(node.number);
                places[parent].text = (0, 0);
            }
            NodeOrText::AppendText(text) => {
                let (bytes, escaped) = places[parent].text;
                let (more, more_escaped) = (bytes + text.len(), escaped + escapes(&text));
                places[parent].text = (more, more_escaped);
                let steps = more.saturating_mul(more_escaped) - bytes.saturating_mul(escaped);
                self.escaping.set(self.escaping.get().saturating_add(steps));
            }
        }
    }

    fn parent_of(&self, node: &Node) -> Option<usize> {
        self.places.borrow()[node.number].parent
    }
}

/// Ampersands, brackets, quotation marks, and what may be a no-break space.
fn escapes(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xc2)).count()
}

impl TreeSink for Measure {
    type Handle = Rc<Node>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Node> {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Rc<Node> {
        self.elements.set(self.elements.get() + 1);
        let steps = attributes.iter().map(|attribute| attribute.value.len().saturating_mul(escapes(&attribute.value)));
        self.escaping.set(steps.fold(self.escaping.get(), usize::saturating_add));
        let contents = flags.template.then(|| self.node(nameless(), None));
        let node = self.node(name, contents.clone());
        if let Some(contents) = contents {
            self.put(node.number, NodeOrText::AppendNode(contents));
        }
        node
    }

    fn create_comment(&self, _text: StrTendril) -> Rc<Node> {
        self.node(nameless(), None)
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Rc<Node> {
        self.node(nameless(), None)
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.put(parent.number, child);
    }

    fn append_based_on_parent_node(&self, element: &Rc<Node>, before: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.put(self.parent_of(element).unwrap_or(before.number), child);
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public_id: StrTendril, _system_id: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        target.contents.clone().unwrap_or_else(|| target.clone())
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        one.number == other.number
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.put(self.parent_of(sibling).unwrap_or(0), child);
    }

    fn add_attrs_if_missing(&self, _target: &Rc<Node>, _attributes: Vec<Attribute>) {}

    fn pop(&self, _node: &Rc<Node>) {
        self.made.set(self.made.get() + 1);
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        self.places.borrow_mut()[target.number].parent = None;
    }

    fn reparent_children(&self, node: &Rc<Node>, parent: &Rc<Node>) {
        let mut places = self.places.borrow_mut();
        let moved = std::mem::take(&mut places[node.number].children);
        for child in moved {
            if places[child].parent == Some(node.number) {
                places[child].parent = Some(parent.number);
                places[parent.number].children.push(child);
            }
        }
    }
}
