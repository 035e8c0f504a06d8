//! `pip inspect`.

use super::member::Member;
use super::{Environment, PARTS_OF_PYTHON};
use crate::error::EngineError;
use crate::listener::Listener;
use crate::metadata_json;
use crate::report::PIP_VERSION;
use crate::request::EnvironmentRequest;
use accel_install::InfoKind;
use accel_requirements::url_text::path_to_url;
use accel_types::Json;
use std::sync::Arc;

/// Tells all about what is installed, as JSON.
pub fn inspect(
    request: &EnvironmentRequest,
    listener: Arc<dyn Listener>,
) -> Result<(), EngineError> {
    let environment = Environment::of(request, listener)?;
    let mut items = Vec::new();
    environment.each(|member| {
        if !PARTS_OF_PYTHON.contains(&member.name().as_str()) {
            items.push(item(&member)?);
        }
        Ok(())
    })?;
    let report = Json::object([
        ("version", Json::text("1")),
        ("pip_version", Json::text(PIP_VERSION)),
        ("installed", Json::List(items)),
        ("environment", metadata_json::markers(environment.target.interpreter.markers())),
    ]);
    environment.voice.answer(&report.pretty());
    Ok(())
}

fn item(member: &Member<'_>) -> Result<Json, EngineError> {
    let found = member.found;
    let mut members = vec![
        ("metadata", metadata_json::of(found.decoded_metadata()?)),
        ("metadata_location", Json::text(found.info_text())),
    ];
    if let Some(direct_url) = member.direct_url()? {
        members.push(("direct_url", direct_url.to_object()));
    } else if let Some(location) = member.editable_location()? {
        // Editables of old have none.
        let editable = Json::object([("editable", Json::Bool(true))]);
        let url = Json::text(path_to_url(location));
        members.push(("direct_url", Json::object([("url", url), ("dir_info", editable)])));
    }
    let installer = found.installer();
    if !installer.is_empty() {
        members.push(("installer", Json::Text(installer)));
    }
    if found.kind() == InfoKind::DistInfo {
        members.push(("requested", Json::Bool(found.requested())));
    }
    Ok(Json::object(members))
}
