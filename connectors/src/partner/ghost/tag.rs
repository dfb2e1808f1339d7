//! Tags: the operator's, the article's subjects, and one that readers do not see, by which the post is found again.

use super::options::Options;
use crate::partner::Outgoing;
use crate::partner::name::{Name, of_slug};
use crate::partner::options::places;

/// Ghost keeps 191 characters of a tag's name.
const NAME: usize = 191;

/// On a post whose article was killed, so that no editor publishes it again unawares. Readers do not see it.
pub(super) const CANCELED: &str = "#lianbo-canceled";

/// The article's own tag. Names that begin with `#` are not shown to readers.
pub(super) fn own(name: &Name) -> String {
    format!("#{}", name.slug)
}

/// The name of the article whose own tag this is.
pub(super) fn name(tag: &str) -> Option<&str> {
    let name = tag.strip_prefix('#').filter(|_| tag != CANCELED)?;
    of_slug(name).filter(|whole| *whole == name)
}

/// All tags of the article's post. The first one shown is its primary tag.
pub(super) fn names(article: &Outgoing, options: &Options, name: &Name) -> Vec<String> {
    let mapped = places(&options.categories, article).map(String::as_str);
    // A subject is always shown; Ghost takes no name that begins with a comma.
    let subjects = article.subject_names(NAME).map(|subject| subject.trim_start_matches(['#', ',', ' ']));
    let subjects = subjects.filter(|subject| !subject.is_empty()).take(options.tags);
    let own = own(name);
    let mut names: Vec<String> = Vec::new();
    for tag in mapped.chain(subjects).chain([own.as_str()]) {
        if !names.iter().any(|known| known == tag) {
            names.push(tag.to_owned());
        }
    }
    names
}
