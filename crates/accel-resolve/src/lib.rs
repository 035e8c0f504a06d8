//! pip's resolver, natively: pure, synchronous and deterministic.
//!
//! [`resolve`] takes a [`ResolveRequest`] (what the user wrote, options, facts of the target) and
//! a [`Provider`] that answers the four questions which need the outside world: which files a
//! project has, what the metadata of a file says, what is installed, and what to do with pip's
//! messages. It asks exactly when pip 26.3 would look, makes the same pins in the same order, and
//! ends with the same [`Resolution`] or the same [`ResolveError`].
//!
//! The story in the order in which data flows:
//!
//! 1. `roots`, `constraint`: what the user wrote becomes requirements on nodes (`identifier`);
//! 2. `resolver`: rounds of choosing a node (`preference`) of those that are not satisfied
//!    (`agenda`) and pinning a candidate; `backjump` after a conflict; `criteria` are the states in
//!    between;
//! 3. `matches`: the candidate list of a node; `found` is the lazy list over what `project`
//!    fetched and `offers` judged and ranked;
//! 4. `factory`: makes each candidate once; `dependencies` says what it requires in turn;
//! 5. `answer`, `installation_order`: the result; or `explanation`: pip's words for why not.
//!
//! Those who want to know why ask with [`resolve_traced`], whose notes `trace` takes, and let
//! `judgement` say of each version that pages offer why it was none to choose.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod agenda;
mod answer;
mod available;
mod backjump;
mod blocks;
mod candidate;
mod combination;
mod constraint;
mod criteria;
mod dependencies;
mod error;
mod event;
mod explanation;
mod factory;
mod failures;
mod found;
mod identifier;
mod installation_order;
mod judgement;
mod matches;
mod offers;
mod preference;
mod project;
mod provider;
mod request;
mod requirement;
mod resolution;
mod resolver;
mod roots;
mod trace;
mod url_text;
mod wanted;

pub use available::{Available, available};
pub use error::{Line, ResolveError};
pub use event::{Event, Level};
pub use judgement::{Judged, Verdict, judge};
pub use provider::{
    Installed, LinkQuery, Links, Place, Prepared, Provider, Source, Standing, Stop,
};
pub use request::{Constraint, Direct, Options, ResolveRequest, Root, RootKind, Upgrade};
pub use resolution::{Action, Pin, PinOrigin, Resolution};
pub use resolver::{resolve, resolve_traced, resolve_within};
pub use trace::{Asker, Demanded, Trace, TurnedDown, Wish};
