//! Repository URLs: `git+https://host/path@rev#egg=name&subdirectory=dir`.

use crate::RequirementsError;
use std::borrow::Cow;

use accel_types::python_text::repr;
use accel_types::python_url::{Parts, cleaned, split, unquote, unsplit};

/// The version control systems that pip drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VcsKind {
    /// Bazaar.
    Bazaar,
    /// Git.
    Git,
    /// Mercurial.
    Mercurial,
    /// Subversion.
    Subversion,
}

impl VcsKind {
    /// All, in the order in which pip names their schemes.
    pub const ALL: [Self; 4] = [Self::Bazaar, Self::Git, Self::Mercurial, Self::Subversion];

    /// The program's name and the prefix of the schemes; also `vcs` in `direct_url.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bazaar => "bzr",
            Self::Git => "git",
            Self::Mercurial => "hg",
            Self::Subversion => "svn",
        }
    }

    /// The URL schemes.
    pub fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Bazaar => {
                &["bzr+http", "bzr+https", "bzr+ssh", "bzr+sftp", "bzr+ftp", "bzr+lp", "bzr+file"]
            }
            Self::Git => &["git+http", "git+https", "git+ssh", "git+git", "git+file"],
            Self::Mercurial => &["hg+file", "hg+http", "hg+https", "hg+ssh", "hg+static-http"],
            Self::Subversion => &["svn+ssh", "svn+http", "svn+https", "svn+svn", "svn+file"],
        }
    }

    /// The system with that URL scheme.
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.schemes().contains(&scheme))
    }

    /// All schemes, as pip lists them in an error.
    pub fn all_schemes() -> Vec<&'static str> {
        Self::ALL.into_iter().flat_map(|kind| kind.schemes().iter().copied()).collect()
    }
}

/// A repository URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VcsUrl {
    /// Which program.
    pub kind: VcsKind,
    /// The URL for that program: no `git+`, no revision, no fragment.
    pub url: String,
    /// The revision after `@`, unquoted.
    pub revision: Option<String>,
    /// `#subdirectory=`, as written.
    pub subdirectory: Option<String>,
    /// `#egg=`, as written.
    pub egg: Option<String>,
    /// The user name that was in the URL, where the program takes it apart from the URL.
    pub user: Option<String>,
    /// The password that was in the URL, likewise.
    pub password: Option<String>,
}

impl VcsUrl {
    /// Takes `url` apart; `None` if its scheme is not a repository's.
    pub fn parse(url: &str) -> Option<Result<Self, RequirementsError>> {
        let clean = cleaned(url);
        let parts = split(&clean)?;
        let kind = VcsKind::of_scheme(&parts.scheme)?;
        Some(Self::take_apart(url, &parts, kind))
    }

    fn take_apart(url: &str, parts: &Parts<'_>, kind: VcsKind) -> Result<Self, RequirementsError> {
        let scheme = parts.scheme.split_once('+').map_or("", |(_, rest)| rest);
        let mut path = Cow::Borrowed(parts.path);
        if kind == VcsKind::Git && scheme.ends_with("file") {
            // git takes these for paths.
            let bare = path.trim_start_matches('/');
            let slashes = &path[..path.len() - bare.len()];
            path = Cow::Owned(format!("{slashes}{}", unquote(bare).trim_start_matches('/')));
        }
        let (path, revision) = match path.rsplit_once('@') {
            Some((_, "")) => {
                return Err(RequirementsError::Installation(format!(
                    "The URL {} has an empty revision (after @) which is not supported. Include a \
                     revision after @ or remove @ from the URL.",
                    repr(url)
                )));
            }
            Some((path, revision)) => (path, Some(unquote(revision).into_owned())),
            None => (&*path, None),
        };
        let mut netloc = parts.netloc;
        let (mut user, mut password) = (None, None);
        if kind == VcsKind::Subversion
            && scheme != "ssh"
            && let Some((credentials, host)) = netloc.rsplit_once('@')
        {
            let (name, secret) = match credentials.split_once(':') {
                Some((name, secret)) => (name, Some(unquote(secret).into_owned())),
                None => (credentials, None),
            };
            (user, password) = (Some(unquote(name).into_owned()), secret);
            netloc = host;
        }
        // These programs know the scheme with their name in front only.
        let named = matches!(kind, VcsKind::Subversion | VcsKind::Bazaar) && scheme == "ssh";
        let scheme = if named { format!("{}+ssh", kind.name()) } else { scheme.to_owned() };
        let link = crate::requirement::DirectLink { url: url.to_owned() };
        Ok(Self {
            kind,
            url: unsplit(&scheme, netloc, path, parts.query, ""),
            revision,
            subdirectory: link.subdirectory().map(str::to_owned),
            egg: link.egg().map(str::to_owned),
            user,
            password,
        })
    }
}
