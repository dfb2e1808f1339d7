//! Outlets whose sites are real WordPresses and Ghosts, named by `LIANBO_WORDPRESS` (`url,user,application password`) and
//! `LIANBO_GHOST` (`url,Admin API key`), several with semicolons between: what is published, edited, taken back and
//! deleted there, as another site sees it. A kind that is not named is skipped and says so.

#![cfg(test)]

mod ghost;
mod joined;
mod wordpress;

/// The fields of each system that `variable` names, or none and a word about it.
fn named(variable: &str) -> Vec<Vec<String>> {
    let named = std::env::var(variable).unwrap_or_default();
    let fields = |entry: &str| entry.split(',').map(str::to_owned).collect::<Vec<String>>();
    let systems: Vec<Vec<String>> = named.split(';').filter(|entry| !entry.is_empty()).map(fields).collect();
    if systems.is_empty() {
        eprintln!("skipped: {variable} is not set");
    }
    systems
}
