//! `pip index versions`.

use super::Environment;
use super::finding::Finder;
use crate::error::EngineError;
use crate::listener::Listener;
use crate::request::VersionsRequest;
use accel_types::{Json, PackageName, Version};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tells which versions of a project there are.
pub fn versions(request: &VersionsRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let environment = Environment::of(&request.environment, listener)?;
    let (general, python) = (&request.environment.general, &environment.target.interpreter);
    let finder = Finder::new(&request.finding, general, python, &environment.voice)?;
    let name = &request.name;
    let package = PackageName::new(name);
    let offers = finder.offers(&package)?;
    let versions: BTreeSet<Version> = offers.into_iter().map(|offer| offer.version).collect();
    let Some(latest) = versions.last() else {
        let text = format!("No matching distribution found for {name}");
        return Err(EngineError::installation(text));
    };
    let listed: Vec<String> = versions.iter().rev().map(Version::to_string).collect();
    let installed = environment.find(&package);
    let installed = installed.map(|member| member.version()).transpose()?;
    if request.json {
        let mut members = vec![
            ("name", Json::text(name)),
            ("versions", Json::texts(&listed)),
            ("latest", Json::text(latest.to_string())),
        ];
        members.extend(
            installed.map(|version| ("installed_version", Json::text(version.to_string()))),
        );
        environment.line(&Json::object(members).compact());
        return Ok(());
    }
    environment.line(&format!("{name} ({latest})"));
    environment.line(&format!("Available versions: {}", listed.join(", ")));
    if let Some(version) = installed {
        let hint = match latest.pre() {
            Some(_) => " (pre-release; install with `pip install --pre`)",
            None => "",
        };
        environment.line(&format!("  INSTALLED: {version}"));
        environment.line(&format!("  LATEST:    {latest}{hint}"));
    }
    Ok(())
}
