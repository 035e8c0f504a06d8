//! `cache warm` and `cache pull`: everything that an installation would need is kept afterwards, and
//! nothing is installed.

use crate::change;
use crate::error::EngineError;
use crate::listener::Listener;
use crate::request::InstallRequest;
use crate::stage::ready;
use std::sync::Arc;

/// Resolves, downloads, builds and compiles what the request would install into a new virtual
/// environment; what is new goes to the shared cache, if that may be written. Returns the number of
/// distributions.
pub fn warm(request: &InstallRequest, listener: Arc<dyn Listener>) -> Result<usize, EngineError> {
    ready(request, listener, |session, target, answer, entries| {
        if request.writing.compile {
            drop(change::bytecode(session, target, &entries)?);
        }
        // An answer that was remembered here may not have been told to the others.
        answer.share(session, &entries)?;
        session.shared.put_new(&session.store);
        Ok(entries.len())
    })
}
