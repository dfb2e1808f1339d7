//! The way a piece has come, as the hub that sends it says in a header: what was here before is refused at the door,
//! before its body is read. What the body itself says of its way is for dedup, which founds nothing on the hub's own.

use axum::http::HeaderMap;
use lianbo_schemas::HOPS_HEADER;

use crate::ingest::refusal;
use crate::problem::Problem;

/// Whether a piece may come in at the hub `authority` that has passed the hubs named, at most `most`.
pub(super) fn check(headers: &HeaderMap, authority: &str, most: u32) -> Result<(), Problem> {
    let values = headers.get_all(HOPS_HEADER).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    if hops.iter().any(|hop| hop.eq_ignore_ascii_case(authority)) {
        return Err(refusal::came_from_here(authority));
    }
    if hops.len() > most as usize {
        return Err(refusal::too_far(hops.len(), most));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use lianbo_schemas::HOPS_HEADER;

    use super::check;

    #[test]
    fn a_piece_comes_in_unless_it_was_here_or_has_come_too_far() {
        let of = |value: &'static str| {
            HeaderMap::from_iter([(HOPS_HEADER.parse().unwrap(), HeaderValue::from_static(value))])
        };
        let is_taken = |value| check(&of(value), "b.example", 2).is_ok();
        assert!(check(&HeaderMap::new(), "b.example", 0).is_ok());
        assert!(is_taken("a.example") && is_taken("a.example, c.example") && is_taken("ab.example"));
        assert!(!is_taken("a.example, B.example"));
        assert!(!is_taken("a.example,c.example,d.example"));
        let mut lines = of("a.example");
        lines.append(HOPS_HEADER, HeaderValue::from_static("b.example"));
        assert!(check(&lines, "b.example", 2).is_err());
    }
}
