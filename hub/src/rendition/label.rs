//! What is said to readers of content that a machine made: 《人工智能生成合成内容标识办法》 (in force since 2025-09-01)
//! asks for words that can be seen, and whoever passes the content on must leave them.

use lianbo_schemas::NewsItem;

/// The label, if the item states such a source type of the IPTC vocabulary
/// <http://cv.iptc.org/newscodes/digitalsourcetype/>.
pub fn ai_label(news: &NewsItem) -> Option<&'static str> {
    let stated = news.digital_source_type.as_ref()?;
    let code = ["uri", "literal", "name"].iter().find_map(|member| stated.get(member)?.as_str()).or(stated.as_str())?;
    match code.rsplit(['/', ':']).next()? {
        "trainedAlgorithmicMedia" => Some("本文由人工智能生成"),
        "compositeWithTrainedAlgorithmicMedia" | "compositeSynthetic" => Some("本文含人工智能生成内容"),
        "algorithmicMedia" | "dataDrivenMedia" => Some("本文由程序自动生成"),
        "algorithmicallyEnhanced" => Some("本文经人工智能辅助编辑"),
        _ => None,
    }
}
