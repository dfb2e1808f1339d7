//! W3C Trace Context: a valid `traceparent` is carried on with a new span, an invalid one is replaced.
//! <https://www.w3.org/TR/trace-context/>

use axum::http::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What the recommendation asks to carry at least (section 3.3.1.5), and what is carried at most.
const LONGEST_STATE: usize = 512;
/// Members of `tracestate` (section 3.3.1.1).
const MOST_MEMBERS: usize = 32;

/// The context of this hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// `00-<trace id>-<span id>-<flags>`, the span being this hop.
    pub parent: String,
    /// `tracestate` of the callers, when their `traceparent` was valid.
    pub state: Option<String>,
}

impl Trace {
    /// The request's trace with a new span, or a new trace.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all(&TRACEPARENT).iter();
        let (first, second) = (sent.next(), sent.next());
        let parsed = if second.is_some() { None } else { first.and_then(|value| parse(value.to_str().ok()?)) };
        match parsed {
            Some((trace, flags)) => {
                Self { parent: format!("00-{trace}-{}-{flags:02x}", span()), state: state(headers) }
            }
            None => Self::fresh(),
        }
    }

    /// A trace that starts here; whether it is recorded is left to others (flags 0).
    pub fn fresh() -> Self {
        Self { parent: format!("00-{}-{}-00", uuid::Uuid::new_v4().simple(), span()), state: None }
    }
}

/// A random span id; never all zeros, which is invalid.
fn span() -> String {
    format!("{:016x}", rand::random::<u64>().max(1))
}

/// Trace id and flags of a valid `traceparent`. Of versions to come, only what version 00 has is read.
fn parse(text: &str) -> Option<(&str, u8)> {
    let text = text.trim();
    let hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
    let digits = [version, trace, span, flags].into_iter().all(hex);
    let zeros = |part: &str| part.bytes().all(|byte| byte == b'0');
    if !lengths || !digits || version == "ff" || zeros(trace) || zeros(span) {
        return None;
    }
    if version == "00" && parts.next().is_some() {
        return None;
    }
    // Bit 0 is `sampled`, bit 1 `random trace id` (level 2); unknown bits are not passed on.
    u8::from_str_radix(flags, 16).ok().map(|flags| (trace, flags & 0b11))
}

/// All `tracestate` headers as one, if they can be carried.
fn state(headers: &HeaderMap) -> Option<String> {
    let values: Vec<&str> =
        headers.get_all(&TRACESTATE).iter().map(|value| value.to_str().ok()).collect::<Option<_>>()?;
    let members: Vec<&str> = values.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    let members: Vec<&str> = members.into_iter().filter(|member| !member.is_empty()).collect();
    let joined = members.join(",");
    let valid = members.len() <= MOST_MEMBERS && members.iter().all(|member| is_member(member)) && !repeats(&members);
    (valid && !joined.is_empty() && joined.len() <= LONGEST_STATE).then_some(joined)
}

/// `key=value`; the key in lower case, with a tenant before `@` if it likes (section 3.3.1.3).
fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else { return false };
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let starts = key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    starts
        && key.len() <= 256
        && key.bytes().all(allowed)
        && !value.is_empty()
        && value.len() <= 256
        && !value.contains('=')
}

fn repeats(members: &[&str]) -> bool {
    let key = |member: &str| member.split('=').next().unwrap_or_default().to_owned();
    members.iter().enumerate().any(|(index, member)| members[..index].iter().any(|other| key(other) == key(member)))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::Trace;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_valid_trace_goes_on_with_a_new_span() {
        let trace = Trace::of(&headers(&[("traceparent", GOOD), ("tracestate", "a=1, b=2"), ("tracestate", "c=3")]));
        assert!(trace.parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
        assert!(trace.parent.ends_with("-01"));
        assert!(!trace.parent.contains("b7ad6b7169203331"));
        assert_eq!(trace.state.as_deref(), Some("a=1,b=2,c=3"));
    }

    #[test]
    fn an_invalid_trace_is_replaced_and_its_state_dropped() {
        let bad = [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.0",
        ];
        for value in bad {
            let trace = Trace::of(&headers(&[("traceparent", value), ("tracestate", "a=1")]));
            assert!(!trace.parent.contains("0af7651916cd43dd8448eb211c80319c"), "{value}");
            assert_eq!((trace.parent.len(), trace.state), (55, None), "{value}");
        }
        let twice = Trace::of(&headers(&[("traceparent", GOOD), ("traceparent", GOOD)]));
        assert!(!twice.parent.contains("0af7651916cd43dd8448eb211c80319c"));
    }

    #[test]
    fn a_version_to_come_is_read_as_far_as_known() {
        let trace =
            Trace::of(&headers(&[("traceparent", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09-new")]));
        assert!(trace.parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && trace.parent.ends_with("-01"));
    }

    #[test]
    fn a_bad_state_is_dropped_and_the_trace_kept() {
        for state in ["a", "A=1", "a=1,a=2", "a=b=c"] {
            let trace = Trace::of(&headers(&[("traceparent", GOOD), ("tracestate", state)]));
            assert_eq!(trace.state, None, "{state}");
            assert!(trace.parent.contains("0af7651916cd43dd8448eb211c80319c"));
        }
    }
}
