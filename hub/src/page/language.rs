//! Chinese or English.

/// The languages of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// `?lang=` first, then `Accept-Language` (RFC 9110, 12.5.4), then Chinese.
    pub fn choose(query: Option<&str>, accepted: Option<&str>) -> Self {
        query.and_then(Self::of).or_else(|| accepted.and_then(Self::accepted)).unwrap_or_default()
    }

    fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag).trim().to_ascii_lowercase();
        match primary.as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(|tag| Self::of(tag.trim())) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-Hans",
            Self::English => "en",
        }
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// One of two texts.
    pub fn say(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, Chinese, English};

    #[test]
    fn the_query_comes_before_the_header_and_chinese_is_the_default() {
        for (query, header, language) in [
            (None, None, Chinese),
            (None, Some("en-US,en;q=0.9,zh;q=0.8"), English),
            (None, Some("fr, zh-TW;q=0.7, en;q=0.3"), Chinese),
            (None, Some("en;q=0"), Chinese),
            (Some("en"), Some("zh"), English),
            (Some("zh-Hans"), Some("en"), Chinese),
            (Some("fr"), Some("en"), English),
        ] {
            assert_eq!(Language::choose(query, header), language, "{query:?} {header:?}");
        }
    }
}
