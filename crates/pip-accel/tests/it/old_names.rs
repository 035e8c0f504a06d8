//! The variables that the program had in its first life still mean something.

use accel_engine::request::{General, SystemPackages};
use pip_accel::request::Request;

use crate::real::Run;

/// What an installation is asked with these variables.
fn asked(variables: &[(&str, &str)]) -> (General, SystemPackages) {
    let scratch = tempfile::tempdir().expect("a folder");
    let arguments = ["install", "a"];
    let run = Run { folder: scratch.path(), arguments: &arguments, variables };
    let asked = pip_accel::ask(&run.surroundings()).expect("a request");
    let Request::Install(request) = asked.request else { panic!("no installation") };
    (request.general, request.system_packages.mode)
}

#[test]
fn cache_retries_and_installing_system_packages() {
    let (general, mode) = asked(&[
        ("PIP_ACCEL_CACHE", "/somewhere"),
        ("PIP_ACCEL_MAX_RETRIES", "7"),
        ("PIP_ACCEL_AUTO_INSTALL", "yes"),
    ]);
    assert_eq!(general.cache_root, std::path::Path::new("/somewhere"));
    assert_eq!((general.network.retries, mode), (7, SystemPackages::Install));
    let (general, mode) = asked(&[
        ("PIP_ACCEL_MAX_RETRIES", "7"),
        ("PIP_RETRIES", "2"),
        ("PIP_ACCEL_AUTO_INSTALL", "no"),
    ]);
    assert_eq!((general.network.retries, mode), (2, SystemPackages::Hint));
}

#[test]
fn the_bucket() {
    let (general, _) = asked(&[
        ("PIP_ACCEL_S3_BUCKET", "wheels"),
        ("PIP_ACCEL_S3_PREFIX", "team/"),
        ("PIP_ACCEL_S3_URL", "http://localhost:12345"),
        ("PIP_ACCEL_S3_READONLY", "true"),
    ]);
    let shared = general.shared_cache;
    assert_eq!(shared.urls, ["s3://wheels/team"]);
    assert!(shared.read_only);
    let has =
        |name: &str, value: &str| shared.variables.contains(&(name.to_owned(), value.to_owned()));
    assert!(has("AWS_ENDPOINT_URL", "http://localhost:12345") && has("AWS_ALLOW_HTTP", "true"));
    let (general, _) = asked(&[
        ("PIP_ACCEL_S3_BUCKET", "wheels"),
        ("PIP_ACCEL_S3_URL", "https://s3.amazonaws.com"),
        ("PIP_ACCEL_SHARED_CACHE", "file:///shelf"),
    ]);
    assert_eq!(general.shared_cache.urls, ["file:///shelf"]);
    let (general, _) = asked(&[("PIP_ACCEL_S3_BUCKET", "wheels")]);
    assert_eq!(general.shared_cache.urls, ["s3://wheels"]);
    assert!(!general.shared_cache.read_only);
}
