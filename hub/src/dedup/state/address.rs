//! Addresses of pages, so that a canonical link or a returning copy finds its piece.

/// An address without what does not matter: scheme, `www.`, fragment, the last slash.
pub(super) fn address(url: &str) -> String {
    let url = url.trim();
    let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    let bare = bare.split('#').next().unwrap_or(bare);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_one_whatever_its_scheme() {
        assert_eq!(address("https://www.one.example/a/"), address("http://one.example/a#top"));
        assert_ne!(address("https://one.example/a"), address("https://one.example/b"));
    }
}
