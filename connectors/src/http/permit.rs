//! A last look before each request: whether whoever asked for it may still act.
//!
//! A call of a connector may be many requests, with seconds between them, and the process may be stopped anywhere. What
//! is sent after that, by one whose work another has taken over meanwhile, would come too late.

use std::sync::Arc;

tokio::task_local! {
    static PERMIT: Arc<dyn Fn() -> bool + Send + Sync>;
}

/// Makes a call whose requests are sent only as long as `permit` says so; the others fail with
/// [`HttpError::HeldBack`](super::HttpError::HeldBack). Requests from tasks that the call spawns are not looked at.
pub async fn while_permitted<T>(permit: impl Fn() -> bool + Send + Sync + 'static, call: impl Future<Output = T>) -> T {
    PERMIT.scope(Arc::new(permit), call).await
}

/// Whether a request may be sent now.
pub(super) fn is_permitted() -> bool {
    PERMIT.try_with(|permit| permit()).unwrap_or(true)
}
