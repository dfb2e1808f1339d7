//! A client without a guard, for whoever types the address himself: the command line asking its own hub.

/// TLS by ring, for every client of this process. Another part of it may have chosen before: then that one serves.
pub(crate) fn choose_tls() {
    rustls::crypto::ring::default_provider().install_default().ok();
}

/// A plain client. It uses the same TLS as the guarded one and knows no proxies.
pub fn plain_client() -> reqwest::Client {
    choose_tls();
    reqwest::Client::builder().no_proxy().build().unwrap_or_default()
}
