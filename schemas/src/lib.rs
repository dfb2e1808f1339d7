//! The nouns of Lianbo and the events that carry them. No I/O.
//!
//! # Layout
//! ids and uris → [`submission`] → [`item`] (an IPTC ninjs news item, [`ninjs`]) → [`article`] with its
//! [`sighting`]s → [`delivery`] → [`receipt`], with the [`history`] of what was held, and the [`takedown`]
//! that follows a withdrawal; what cannot go on becomes a [`dead`] letter. An editor's [`decision`] overrules what was
//! made of items. Who may do what stands in [`registry`], and where an outlet's pieces are fetched in
//! [`source`]. [`event`] wraps each of them as a CloudEvent, [`topic`] says where it goes.

pub mod article;
pub mod dead;
pub mod decision;
pub mod delivery;
pub mod event;
pub mod fingerprint;
pub mod history;
pub mod id;
pub mod item;
pub mod ninjs;
pub mod quiet;
pub mod receipt;
pub mod registry;
pub mod sighting;
pub mod source;
pub mod submission;
pub mod takedown;
pub mod topic;

pub use article::{Article, ArticleChange, Cause};
pub use dead::{DeadLetter, Origin, Reason};
pub use decision::{Decision, Order, Ruling, Settled};
pub use delivery::{Action, Content, Delivery, Terms};
pub use event::{Event, EventError};
pub use fingerprint::{Facts, Fingerprint, Founded, Judged, Memory, Packed, Traces};
pub use history::{HeldCopy, History, Holding, Then};
pub use id::{
    ArticleUri, ChannelId, DecisionId, GrantId, IdError, ItemUri, OutletId, PartnerId, SecretName, SubmissionId,
    TemplateId,
};
pub use item::{HOPS_HEADER, Hop, Item, Normalised, Revision};
pub use ninjs::NewsItem;
pub use quiet::QuietHours;
pub use receipt::{Receipt, ReceiptState, Remote};
pub use registry::{Channel, Grant, OnEnd, Outlet, Partner, Template};
pub use sighting::{Evidence, Relation, Sighting, Verdict};
pub use source::{FeedSource, FeedText, GhostSource, Source, WordPressSource};
pub use submission::Submission;
pub use takedown::TakeDown;
