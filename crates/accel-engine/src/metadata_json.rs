//! METADATA as JSON (PEP 566), as pip's reports have it.

use accel_types::python_text::strip;
use accel_types::{CoreMetadata, Json, MarkerEnvironment};

/// The fields of METADATA that pip reports; the second member: may stand more than once.
const FIELDS: [(&str, bool); 27] = [
    ("Metadata-Version", false),
    ("Name", false),
    ("Version", false),
    ("Dynamic", true),
    ("Platform", true),
    ("Supported-Platform", true),
    ("Summary", false),
    ("Description", false),
    ("Description-Content-Type", false),
    ("Keywords", false),
    ("Home-page", false),
    ("Download-URL", false),
    ("Author", false),
    ("Author-email", false),
    ("Maintainer", false),
    ("Maintainer-email", false),
    ("License", false),
    ("License-Expression", false),
    ("License-File", true),
    ("Classifier", true),
    ("Requires-Dist", true),
    ("Requires-Python", false),
    ("Requires-External", true),
    ("Project-URL", true),
    ("Provides-Extra", true),
    ("Provides-Dist", true),
    ("Obsoletes-Dist", true),
];

/// The fields that are there, in pip's order.
pub(crate) fn of(metadata: &CoreMetadata) -> Json {
    let mut members: Vec<(String, Json)> = Vec::new();
    for (field, several) in FIELDS {
        // Python takes the body for a header of its own.
        let body =
            Some(metadata.headers.body()).filter(|body| field == "Description" && !body.is_empty());
        let Some(first) = body.or_else(|| metadata.get(field)) else { continue };
        let value = if several {
            Json::texts(metadata.get_all(field))
        } else if field == "Keywords" && first.contains(',') {
            Json::texts(first.split(',').map(strip))
        } else if field == "Keywords" {
            Json::texts(first.split_whitespace())
        } else {
            Json::text(first)
        };
        members.push((field.to_lowercase().replace('-', "_"), value));
    }
    Json::Object(members)
}

/// The marker variables in the order of `packaging`.
pub(crate) fn markers(markers: &MarkerEnvironment) -> Json {
    Json::object(
        [
            ("implementation_name", &markers.implementation_name),
            ("implementation_version", &markers.implementation_version),
            ("os_name", &markers.os_name),
            ("platform_machine", &markers.platform_machine),
            ("platform_release", &markers.platform_release),
            ("platform_system", &markers.platform_system),
            ("platform_version", &markers.platform_version),
            ("python_full_version", &markers.python_full_version),
            ("platform_python_implementation", &markers.platform_python_implementation),
            ("python_version", &markers.python_version),
            ("sys_platform", &markers.sys_platform),
        ]
        .map(|(name, value)| (name, Json::text(value))),
    )
}
