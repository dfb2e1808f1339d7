//! Real systems, as environment variables name them: fields with commas between, systems with semicolons.

/// The fields of each system that `variable` names, or none and a word about it.
pub fn named(variable: &str, form: &str) -> Vec<Vec<String>> {
    let named = std::env::var(variable).unwrap_or_default();
    let fields = |entry: &str| entry.trim().split(',').map(str::to_owned).collect::<Vec<_>>();
    let systems: Vec<Vec<String>> = named.split(';').filter(|entry| !entry.trim().is_empty()).map(fields).collect();
    if systems.is_empty() {
        eprintln!("skipped: {variable} names no system ({form};…)");
    }
    systems
}
