//! What ingest says when it does not take a submission: in English and, as `title_zh` and `detail_zh`, in Chinese.

use axum::http::StatusCode;
use lianbo_connectors::source::ghost::signature::SignatureError;
use lianbo_schemas::OutletId;

use crate::problem::Problem;

fn chinese(problem: Problem, title: &str, detail: impl Into<String>) -> Problem {
    problem.with("title_zh", title).with("detail_zh", detail.into())
}

/// No such outlet, no key, or another's: the same answer, so that nobody can find out which outlets there are.
pub(super) fn wrong_key() -> Problem {
    let problem = Problem::unauthorized(
        "send the outlet's key as `Authorization: Bearer <key>`; ask the alliance's operator for a new one if it is lost",
    );
    chinese(
        problem,
        "密钥缺失或无效",
        "请在请求头 Authorization: Bearer <密钥> 中附上本单位的密钥；遗失请向联盟管理员补领",
    )
}

/// A webhook without the right signature; no such outlet is answered like a wrong one.
pub(super) fn unsigned(error: SignatureError) -> Problem {
    let problem = Problem::unauthorized(error.to_string());
    chinese(problem, "签名无效", "请核对 Ghost 中 webhook 的 secret 与时钟")
}

/// An operator's key, and no such outlet: operators may know which there are.
pub(super) fn no_outlet(id: &str) -> Problem {
    let detail = format!("there is no outlet `{id}`; `lianbo outlet list` lists them, `lianbo outlet add` adds one");
    chinese(Problem::not_found(detail), "没有这家媒体", format!("未登记的媒体：{id}"))
}

/// The outlet sends faster than it may.
pub(super) fn too_fast(outlet: &OutletId, seconds: u64) -> Problem {
    let detail = format!("the outlet `{outlet}` sends faster than it may; go on in {seconds} s");
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-fast", "Too many submissions", detail);
    chinese(problem.retry_after(seconds), "投稿过快", format!("请在 {seconds} 秒后继续"))
}

/// All outlets together send more than the hub can hold in memory.
pub(super) fn busy() -> Problem {
    let problem = Problem::unavailable("the hub is busy; send the same again in a second").retry_after(1);
    chinese(problem, "系统繁忙", "请一秒后原样重发")
}

/// The node has just started and does not know all outlets yet.
pub(super) fn starting() -> Problem {
    let problem = Problem::unavailable("the hub is starting; send the same again in a second").retry_after(1);
    chinese(problem, "系统正在启动", "请一秒后原样重发")
}

/// The log did not answer.
pub(super) fn not_durable() -> Problem {
    let problem =
        Problem::unavailable("the submission was not stored; send the same again, with the same Idempotency-Key");
    chinese(problem, "暂时无法保存", "本次投稿未保存，请使用相同的 Idempotency-Key 原样重发")
}

/// The log will never take it.
pub(super) fn too_large_for_the_log(bytes: usize) -> Problem {
    let detail =
        format!("with its headers the submission has {bytes} bytes, more than the log takes; send it in parts");
    let problem =
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is larger than the hub takes", detail);
    chinese(problem, "投稿过大", "请分次发送")
}

/// No bytes at all.
pub(super) fn empty() -> Problem {
    let problem = Problem::bad_request("the body is empty; to withdraw a piece send it with pubStatus `canceled`");
    chinese(problem, "请求无法理解", "正文为空；撤稿请发送 pubStatus 为 canceled 的稿件")
}

/// A header or query parameter that cannot be read.
pub(super) fn unreadable(detail: String, zh: &str) -> Problem {
    chinese(Problem::bad_request(detail), "请求无法理解", zh)
}

/// A media type, or a content coding, that can hold no article.
pub(super) fn unsupported(detail: String) -> Problem {
    let problem = Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "This kind of document is not read here",
        detail,
    );
    chinese(
        problem,
        "不支持的文档类型",
        "请发送 ninjs、NewsML-G2、NITF、RSS、Atom、JSON Feed、WXR、HTML 或纯文本，且不要压缩",
    )
}

/// The piece has been here before.
pub(super) fn came_from_here(authority: &str) -> Problem {
    let detail =
        format!("the piece has passed this hub, `{authority}`, before; it is not taken again, so do not send it again");
    let problem =
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "loop", "The piece has passed this hub before", detail);
    chinese(problem, "稿件曾经过本枢纽", "流转记录中有本枢纽，不再接收；请勿重发")
}

/// The piece has passed too many hubs.
pub(super) fn too_far(hops: usize, most: u32) -> Problem {
    let detail = format!("the piece has passed {hops} hubs, and {most} are the most this hub takes it after");
    let problem =
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too-many-hops", "The piece has passed too many hubs", detail);
    chinese(problem, "流转次数过多", format!("稿件已经过 {hops} 个枢纽，本枢纽最多接受 {most} 个"))
}

/// The key was used for something else.
pub(super) fn other_body() -> Problem {
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency-key-reused",
        "The Idempotency-Key was used with another body",
        "this Idempotency-Key came with another body before; take a new key for a new submission",
    );
    chinese(problem, "Idempotency-Key 已用于其他内容", "新的投稿请使用新的 Idempotency-Key")
}

/// The first request with the key is still running.
pub(super) fn in_progress() -> Problem {
    let problem = Problem::new(
        StatusCode::CONFLICT,
        "idempotency-key-in-progress",
        "A request with this Idempotency-Key is still running",
        "the first request with this Idempotency-Key is not finished; ask again in a second",
    );
    chinese(problem.retry_after(1), "相同 Idempotency-Key 的请求尚未完成", "请一秒后再试")
}

/// Whether the key was used cannot be said now.
pub(super) fn no_memory() -> Problem {
    let problem =
        Problem::unavailable("whether this Idempotency-Key was used cannot be looked up now; send the same again");
    chinese(problem, "暂时无法核对 Idempotency-Key", "请稍后原样重发")
}
