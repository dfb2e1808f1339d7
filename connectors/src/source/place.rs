//! Whether an API is where the operator said: a secret goes to the host that was typed, and never from https to http.

use url::{Host, Url};

/// Where a site was looked for, and where its page was found.
#[derive(Debug)]
pub(super) struct Place {
    /// What the operator typed.
    pub(super) typed: Url,
    /// Where redirects led from there.
    pub(super) page: Url,
}

impl Place {
    /// Where a secret may be sent when the API is said to be there; the address itself if that is somebody else's.
    pub(super) fn admit(&self, api: Url) -> Result<Url, Url> {
        let api = self.secured(api);
        let is_typed = is_same(&self.typed, &api);
        let is_led_to = is_same(&self.page, &api) && is_related(&self.typed, &self.page);
        if is_typed || is_led_to { Ok(api) } else { Err(api) }
    }

    /// Behind a proxy that ends TLS, WordPress takes its own address for plain http.
    fn secured(&self, api: Url) -> Url {
        let mut secure = [&self.page, &self.typed].into_iter().filter(|url| url.scheme() == "https").peekable();
        if api.scheme() != "http" || secure.peek().is_none() {
            return api;
        }
        let port = secure.find(|url| bare(url) == bare(&api)).and_then(Url::port);
        let mut secured = api.clone();
        match (secured.set_scheme("https"), secured.set_port(port)) {
            (Ok(()), Ok(())) => secured,
            _ => api,
        }
    }
}

fn is_same(one: &Url, other: &Url) -> bool {
    bare(one) == bare(other) && one.port() == other.port()
}

/// Whether one host is below the other, and so of the same registrable name.
fn is_related(one: &Url, other: &Url) -> bool {
    let (Some(Host::Domain(_)), Some(Host::Domain(_))) = (one.host(), other.host()) else { return is_same(one, other) };
    let is_below = |low: &str, high: &str| {
        high.contains('.') && low.strip_suffix(high).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_below(bare(one), bare(other)) || is_below(bare(other), bare(one))
}

fn bare(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Place;

    fn admitted(typed: &str, page: &str, api: &str) -> Option<String> {
        let url = |text: &str| Url::parse(text).unwrap();
        Place { typed: url(typed), page: url(page) }.admit(url(api)).ok().map(String::from)
    }

    #[test]
    fn a_secret_never_goes_from_https_to_http() {
        for (typed, page, api, asked) in [
            ("https://a.example", "https://a.example", "http://a.example/wp-json/", "https://a.example/wp-json/"),
            ("https://a.example", "http://a.example", "http://a.example/wp-json/", "https://a.example/wp-json/"),
            ("http://a.example", "https://a.example", "http://a.example/wp-json/", "https://a.example/wp-json/"),
            ("https://a.example:8443", "https://a.example:8443", "http://a.example:8080/", "https://a.example:8443/"),
            ("http://a.example", "http://a.example", "https://a.example/wp-json/", "https://a.example/wp-json/"),
            ("http://a.example:80", "http://a.example", "http://a.example/wp-json/", "http://a.example/wp-json/"),
        ] {
            assert_eq!(admitted(typed, page, api).as_deref(), Some(asked), "{typed} {page} {api}");
        }
    }

    #[test]
    fn a_secret_goes_to_the_host_that_was_typed_and_where_its_redirects_lead_within_one_name() {
        for (typed, page, api, goes) in [
            ("https://a.example", "https://a.example", "https://www.a.example/wp-json/", true),
            ("https://www.a.example", "https://a.example", "https://a.example/wp-json/", true),
            ("https://a.example", "https://news.a.example", "https://news.a.example/wp-json/", true),
            ("https://news.a.example", "https://a.example/news", "https://a.example/news/wp-json/", true),
            ("https://a.example", "https://a.example", "https://cms.a.example/wp-json/", false),
            ("https://a.example", "https://a.example", "https://b.example/wp-json/", false),
            ("https://a.example", "https://b.example", "https://b.example/wp-json/", false),
            ("https://a.example", "https://bada.example", "https://bada.example/wp-json/", false),
            ("https://a.example", "https://a.example", "https://a.example:8443/wp-json/", false),
            ("http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:2/wp-json/", false),
            ("http://127.0.0.1:1", "http://127.0.0.1:1", "http://127.0.0.1:1/wp-json/", true),
        ] {
            assert_eq!(admitted(typed, page, api).is_some(), goes, "{typed} {page} {api}");
        }
    }
}
