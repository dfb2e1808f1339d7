//! Work for the writer: what to do within a transaction, and whom to tell once that has ended.

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::pulse::Effects;
use super::topics::Remembered;
use crate::log::{LogError, Result};

/// What work sees of the transaction it runs in.
pub(super) struct Context<'a> {
    /// The writer's connection, within a transaction.
    pub connection: &'a Connection,
    /// Topics looked up before.
    pub topics: &'a mut Remembered,
    /// What this work changes.
    pub effects: Effects,
    /// Milliseconds since 1970.
    pub now: i64,
    /// Counts records, for those without a key.
    pub turn: usize,
}

/// Tells whoever asked how it ended; given the error when the transaction as a whole came to nothing.
pub(super) type Settle = Box<dyn FnOnce(Option<&LogError>) + Send>;
type Run = Box<dyn FnOnce(Result<&mut Context<'_>>) -> (Settle, bool) + Send>;

/// One caller's work.
pub(super) struct Work {
    run: Run,
    /// How much it writes.
    pub bytes: usize,
    _room: Option<OwnedSemaphorePermit>,
}

impl Work {
    /// Wraps work; its result is sent once it is durable.
    pub(super) fn new<T: Send + 'static>(
        bytes: usize,
        room: Option<OwnedSemaphorePermit>,
        work: impl FnOnce(&mut Context<'_>) -> Result<T> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        let run = move |context: Result<&mut Context<'_>>| -> (Settle, bool) {
            let result = context.and_then(work);
            let done = result.is_ok();
            let settle = move |failure: Option<&LogError>| {
                let result = match failure {
                    Some(failure) if done => Err(copy(failure)),
                    Some(_) | None => result,
                };
                // Whoever asked may have gone; the work is done all the same.
                drop(reply.send(result));
            };
            (Box::new(settle), done)
        };
        (Self { run: Box::new(run), bytes, _room: room }, answer)
    }

    /// Does it; says whether it succeeded.
    pub(super) fn run(self, context: &mut Context<'_>) -> (Settle, bool) {
        (self.run)(Ok(context))
    }

    /// Answers without doing it.
    pub(super) fn refuse(self, cause: LogError) -> Settle {
        (self.run)(Err(cause)).0
    }
}

/// One failure, told to many.
pub(super) fn copy(error: &LogError) -> LogError {
    match error {
        LogError::Lost(cause) => LogError::Lost(cause.clone()),
        LogError::Unavailable(cause) => LogError::Unavailable(cause.clone()),
        LogError::TooLarge { size } => LogError::TooLarge { size: *size },
        LogError::NoTopic(topic) => LogError::NoTopic(topic.clone()),
        LogError::Broken(cause) => LogError::Broken(cause.clone()),
    }
}
