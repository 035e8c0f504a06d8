//! The versions of a project that a page offers, for those who only look.

use std::collections::HashMap;
use std::sync::Arc;

use accel_types::{Link, PackageName, Version};

use crate::error::ResolveError;
use crate::offers::Offers;
use crate::request::ResolveRequest;

/// A file that could be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Available {
    /// Its version.
    pub version: Version,
    /// Whether it is a wheel.
    pub wheel: bool,
}

/// The files among `links` that could be installed and are not yanked, best first (pip's
/// `find_all_candidates`, sorted). Of the request only options, tags and Python count.
///
/// # Errors
/// With `--uploaded-prior-to`, a link whose page does not tell when it was uploaded.
pub fn available(
    name: &PackageName,
    links: &[Link],
    request: &ResolveRequest,
) -> Result<Vec<Available>, ResolveError> {
    let links: Arc<[Link]> = links.iter().filter(|link| link.yanked.is_none()).cloned().collect();
    let offers = Offers::evaluate(name, &links, request, &mut HashMap::new())?;
    let offers = offers.ranked.into_iter();
    Ok(offers
        .map(|offer| Available { wheel: offer.link.is_wheel(), version: offer.version })
        .collect())
}
