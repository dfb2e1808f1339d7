//! The templates that come along, one for each medium that nearly every alliance has.

use lianbo_schemas::registry::Form;
use lianbo_schemas::{Template, TemplateId};

/// Id, titles, form and text of each.
const BUILTIN: [(&str, &str, &str, Form, &str); 6] = [
    ("web", "网页正文", "Web page", Form::Html, include_str!("../../templates/web.html")),
    ("print", "报纸文本", "Print text", Form::Text, include_str!("../../templates/print.txt")),
    ("radio", "广播口播稿", "Radio script", Form::Text, include_str!("../../templates/radio.txt")),
    ("crawl", "电视滚动字幕", "TV crawl line", Form::Text, include_str!("../../templates/crawl.txt")),
    ("excerpt", "摘要", "Excerpt", Form::Html, include_str!("../../templates/excerpt.html")),
    ("card", "链接卡片", "Link card", Form::Json, include_str!("../../templates/card.json")),
];

/// All of them.
pub fn builtins() -> Vec<Template> {
    BUILTIN.iter().filter_map(template).collect()
}

/// The one of this id.
pub fn builtin(id: &TemplateId) -> Option<Template> {
    BUILTIN.iter().find(|(name, ..)| *name == id.as_str()).and_then(template)
}

fn template((id, title, title_en, form, text): &(&str, &str, &str, Form, &str)) -> Option<Template> {
    Some(Template {
        id: TemplateId::new(id).ok()?,
        title: (*title).to_owned(),
        title_en: Some((*title_en).to_owned()),
        form: *form,
        text: (*text).to_owned(),
    })
}
