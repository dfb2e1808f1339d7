//! A client without a guard, for whoever types the address himself: the command line asking its own hub.

/// A plain client. It uses the same TLS as the guarded one and knows no proxies.
pub fn plain_client() -> reqwest::Client {
    // Another part of the process may have installed a provider before: then that one serves.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap_or_default()
}
