//! `direct_url.json` (PEP 610), byte for byte as pip writes it.

use crate::error::TypesError;
use crate::python_json::Json;
use crate::python_text::repr;

/// Where a distribution that was not found on an index came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DirectUrl {
    /// The URL, without fragment. Credentials may be in it; they are not written out.
    pub url: String,
    /// Present if it was an archive.
    pub archive_info: Option<ArchiveInfo>,
    /// Present if it was checked out of version control.
    pub vcs_info: Option<VcsInfo>,
    /// Present if it was a local directory.
    pub dir_info: Option<DirInfo>,
    /// Folder of the project within the source tree.
    pub subdirectory: Option<String>,
}

/// An archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ArchiveInfo {
    /// Algorithm and hexadecimal digest; the first one is also written in the old form.
    pub hashes: Option<Vec<(String, String)>>,
}

/// A revision of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct VcsInfo {
    /// `git`, `hg`, `bzr`, `svn`.
    pub vcs: String,
    /// What stood behind `@`.
    pub requested_revision: Option<String>,
    /// The revision that was installed.
    pub commit_id: String,
}

/// A local directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DirInfo {
    /// Whether it is installed in place; pip writes it only if true.
    pub editable: Option<bool>,
}

impl DirectUrl {
    /// The text of the file: `json.dumps(…, sort_keys=True)`, with no line end.
    pub fn to_json(&self) -> String {
        self.to_object().sorted().compact()
    }

    /// What the file says, in the order in which pip lists it.
    pub fn to_object(&self) -> Json {
        let mut members = vec![("url", Json::text(strip_credentials(&self.url)))];
        members.extend(self.archive_info.iter().map(|info| ("archive_info", info.to_object())));
        members.extend(self.vcs_info.iter().map(|info| ("vcs_info", info.to_object())));
        members.extend(self.dir_info.iter().map(|info| ("dir_info", info.to_object())));
        members.extend(self.subdirectory.iter().map(|below| ("subdirectory", Json::text(below))));
        Json::object(members)
    }

    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`TypesError::DirectUrl`] with the words of `packaging`'s `DirectUrlValidationError`.
    pub fn from_json(text: &str) -> Result<Self, TypesError> {
        let object = &Json::parse(text).map_err(|words| invalid(None, &words))?;
        if !matches!(object, Json::Object(_)) {
            return Err(invalid(None, "it holds no JSON object"));
        }
        let direct_url = Self {
            url: required_text(object, "url", None)?,
            archive_info: optional_object(object, "archive_info", None)?
                .map(ArchiveInfo::from_object)
                .transpose()?,
            vcs_info: optional_object(object, "vcs_info", None)?
                .map(VcsInfo::from_object)
                .transpose()?,
            dir_info: optional_object(object, "dir_info", None)?
                .map(DirInfo::from_object)
                .transpose()?,
            subdirectory: optional_text(object, "subdirectory", None)?,
        };
        direct_url.check()?;
        Ok(direct_url)
    }

    fn check(&self) -> Result<(), TypesError> {
        let kinds = usize::from(self.archive_info.is_some())
            + usize::from(self.vcs_info.is_some())
            + usize::from(self.dir_info.is_some());
        if kinds != 1 {
            return Err(invalid(
                None,
                "Exactly one of vcs_info, archive_info, dir_info must be present",
            ));
        }
        if self.dir_info.is_some() {
            let parts = UrlParts::of(&self.url);
            if parts.scheme != "file" {
                return Err(invalid(
                    Some("url"),
                    "URL scheme must be file:// when dir_info is present",
                ));
            }
            if !parts.path_on.starts_with('/') {
                return Err(invalid(
                    Some("url"),
                    "File URL must be absolute when dir_info is present",
                ));
            }
        }
        Ok(())
    }

    /// Whether it is an editable local directory.
    pub fn is_local_editable(&self) -> bool {
        self.dir_info.as_ref().is_some_and(|dir| dir.editable == Some(true))
    }
}

impl ArchiveInfo {
    fn to_object(&self) -> Json {
        let Some(hashes) = &self.hashes else { return Json::Object(Vec::new()) };
        let texts = hashes.iter().map(|(algorithm, digest)| (algorithm, Json::text(digest)));
        let mut members = vec![("hashes", Json::object(texts))];
        let first = hashes.first();
        members.extend(
            first.map(|(algorithm, digest)| ("hash", Json::text(format!("{algorithm}={digest}")))),
        );
        Json::object(members)
    }

    fn from_object(object: &Json) -> Result<Self, TypesError> {
        let mut hashes = None;
        if let Some(Json::Object(listed)) = optional_object(object, "hashes", Some("archive_info"))?
        {
            let listed: Option<Vec<(String, String)>> = listed
                .iter()
                .map(|(algorithm, digest)| match digest {
                    Json::Text(digest) => Some((algorithm.clone(), digest.clone())),
                    _ => None,
                })
                .collect();
            hashes = Some(listed.ok_or_else(|| {
                invalid(Some("archive_info.hashes"), "Hash values must be strings")
            })?);
        }
        let Some(legacy) = optional_text(object, "hash", Some("archive_info"))? else {
            return Ok(Self { hashes });
        };
        let (algorithm, digest) = legacy.split_once('=').ok_or_else(|| {
            invalid(
                Some("archive_info.hash"),
                "Invalid hash format (expected '<algorithm>=<hash>')",
            )
        })?;
        let Some(listed) = &hashes else {
            return Ok(Self { hashes: Some(vec![(algorithm.to_owned(), digest.to_owned())]) });
        };
        match listed.iter().find(|(name, _)| name == algorithm) {
            None => Err(invalid(
                Some("archive_info.hashes"),
                &format!(
                    "Algorithm {} used in hash field is not present in hashes field",
                    repr(algorithm)
                ),
            )),
            Some((_, value)) if value != digest => Err(invalid(
                Some("archive_info.hash"),
                &format!(
                    "Algorithm {} used in hash field has different value in hashes field",
                    repr(algorithm)
                ),
            )),
            Some(_) => Ok(Self { hashes }),
        }
    }
}

impl VcsInfo {
    fn to_object(&self) -> Json {
        let mut members =
            vec![("vcs", Json::text(&self.vcs)), ("commit_id", Json::text(&self.commit_id))];
        let revision = self.requested_revision.iter();
        members.extend(revision.map(|text| ("requested_revision", Json::text(text))));
        Json::object(members)
    }

    fn from_object(object: &Json) -> Result<Self, TypesError> {
        let context = Some("vcs_info");
        Ok(Self {
            vcs: required_text(object, "vcs", context)?,
            requested_revision: optional_text(object, "requested_revision", context)?,
            commit_id: required_text(object, "commit_id", context)?,
        })
    }
}

impl DirInfo {
    fn to_object(&self) -> Json {
        Json::object(self.editable.map(|editable| ("editable", Json::Bool(editable))))
    }

    fn from_object(object: &Json) -> Result<Self, TypesError> {
        match object.get("editable") {
            None | Some(Json::Null) => Ok(Self { editable: None }),
            Some(Json::Bool(editable)) => Ok(Self { editable: Some(*editable) }),
            Some(other) => Err(wrong_type(other, "bool", "editable", Some("dir_info"))),
        }
    }
}

fn invalid(context: Option<&str>, message: &str) -> TypesError {
    TypesError::DirectUrl(match context {
        Some(context) => format!("{message} in {}", repr(context)),
        None => message.to_owned(),
    })
}

fn wrong_type(value: &Json, expected: &str, key: &str, context: Option<&str>) -> TypesError {
    let found = value.type_name();
    let place = context.map_or_else(|| key.to_owned(), |context| format!("{context}.{key}"));
    invalid(Some(&place), &format!("Unexpected type {found} (expected {expected})"))
}

fn optional_text(
    object: &Json,
    key: &str,
    context: Option<&str>,
) -> Result<Option<String>, TypesError> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong_type(other, "str", key, context)),
    }
}

fn required_text(object: &Json, key: &str, context: Option<&str>) -> Result<String, TypesError> {
    optional_text(object, key, context)?.ok_or_else(|| {
        let place = context.map_or_else(|| key.to_owned(), |context| format!("{context}.{key}"));
        invalid(Some(&place), "Missing required value")
    })
}

fn optional_object<'a>(
    object: &'a Json,
    key: &str,
    context: Option<&str>,
) -> Result<Option<&'a Json>, TypesError> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(inner @ Json::Object(_)) => Ok(Some(inner)),
        Some(other) => Err(wrong_type(other, "Mapping", key, context)),
    }
}

/// A URL as Python's `urlsplit` splits it, as far as it matters here.
struct UrlParts<'a> {
    /// In lower case; empty if there is none.
    scheme: String,
    /// Between `//` and the path; `None` without `//`.
    netloc: Option<&'a str>,
    /// Path, query and fragment.
    path_on: &'a str,
}

impl<'a> UrlParts<'a> {
    fn of(url: &'a str) -> Self {
        let is_scheme = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        };
        let (scheme, rest) = match url.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ => (String::new(), url),
        };
        match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                Self { scheme, netloc: Some(&rest[..end]), path_on: &rest[end..] }
            }
            None => Self { scheme, netloc: None, path_on: rest },
        }
    }
}

/// The URL without user and password, unless they are `git`, the user of so many repositories,
/// or consist of environment variables (`${USER}:${TOKEN}`). Taken apart and put together as
/// Python does it, which drops a bare `?` or `#` at the end.
fn strip_credentials(url: &str) -> String {
    let parts = UrlParts::of(url);
    let (before_fragment, fragment) = split_off(parts.path_on, '#');
    let (path, query) = split_off(before_fragment, '?');
    let mut stripped = parts.scheme;
    if !stripped.is_empty() {
        stripped.push(':');
    }
    if let Some(netloc) = parts.netloc {
        stripped.push_str("//");
        stripped.push_str(match netloc.rsplit_once('@') {
            Some((credentials, host))
                if credentials != "git" && !is_environment_variables(credentials) =>
            {
                host
            }
            _ => netloc,
        });
    }
    for part in [path, query, fragment] {
        stripped.push_str(part);
    }
    stripped
}

/// Splits in front of the mark; nothing but the mark counts as nothing.
fn split_off(text: &str, mark: char) -> (&str, &str) {
    match text.find(mark) {
        Some(at) if at + 1 == text.len() => (&text[..at], ""),
        Some(at) => text.split_at(at),
        None => (text, ""),
    }
}

/// `^\$\{[A-Za-z0-9-_]+\}(:\$\{[A-Za-z0-9-_]+\})?$`
fn is_environment_variables(credentials: &str) -> bool {
    let is_variable = |text: &str| {
        text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).is_some_and(|name| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
    };
    match credentials.split_once(':') {
        Some((user, password)) => is_variable(user) && is_variable(password),
        None => is_variable(credentials),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_carry_both_forms_of_the_hash() {
        let direct_url = DirectUrl {
            url: "https://me:secret@h/ä \"x\".whl".to_owned(),
            archive_info: Some(ArchiveInfo {
                hashes: Some(vec![("sha256".to_owned(), "ab".to_owned())]),
            }),
            ..DirectUrl::default()
        };
        let json = direct_url.to_json();
        assert_eq!(
            json,
            r#"{"archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}, "url": "https://h/\u00e4 \"x\".whl"}"#
        );
        let read = DirectUrl::from_json(&json).unwrap();
        assert_eq!(read.archive_info, direct_url.archive_info);
    }

    #[test]
    fn harmless_credentials_stay() {
        for url in ["ssh://git@h/r.git", "https://${A}:${B_1}@h/r", "https://h/r@v1", "file:///a@b"]
        {
            assert_eq!(strip_credentials(url), url);
        }
        assert_eq!(strip_credentials("HTTPS://u@h?x#y"), "https://h?x#y");
        assert_eq!(strip_credentials("https://u:p@h/a?#"), "https://h/a");
    }

    #[test]
    fn files_are_checked() {
        for bad in [
            "[]",
            "{}",
            r#"{"url": "file:///a"}"#,
            r#"{"url": "file:///a", "dir_info": {}, "archive_info": {}}"#,
            r#"{"url": "https://a", "dir_info": {}}"#,
            r#"{"url": 1, "dir_info": {}}"#,
            r#"{"url": "x", "vcs_info": {"vcs": "git"}}"#,
            r#"{"url": "x", "archive_info": {"hash": "sha256"}}"#,
            r#"{"url": "x", "archive_info": {"hash": "a=1", "hashes": {"a": "2"}}}"#,
        ] {
            assert!(DirectUrl::from_json(bad).is_err(), "{bad}");
        }
        let editable =
            DirectUrl::from_json(r#"{"url": "file:///a", "dir_info": {"editable": true}}"#)
                .unwrap();
        assert!(editable.is_local_editable());
    }
}
