//! What the engine is asked.

use std::path::Path;

use accel_engine::request::{
    Dependencies, Freshness, InstallRequest, LinkChoice, Proxy, Upgrade, VenvRequest,
};
use pip_accel::request::Request;

use crate::real::Run;

fn ask(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Request {
    let run = Run { folder, arguments, variables };
    pip_accel::ask(&run.surroundings()).unwrap().request
}

fn install(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> InstallRequest {
    match ask(folder, arguments, variables) {
        Request::Install(request) => *request,
        other => panic!("not an install: {other:?}"),
    }
}

#[test]
fn files_change_what_options_said() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    std::fs::write(
        folder.join("r.txt"),
        "--pre\n-i https://two/\nalpha==1 --hash=sha256:aa\n-c c.txt\n",
    )
    .unwrap();
    std::fs::write(folder.join("c.txt"), "beta<2\n").unwrap();
    let request = install(&folder, &["install", "-U", "gamma", "-r", "r.txt", "--no-deps"], &[]);
    let names: Vec<_> = request.requirements.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(names, ["gamma", "alpha==1"]);
    assert_eq!(request.constraints.len(), 1);
    assert_eq!(request.index.index_urls, ["https://two/"]);
    assert!(request.require_hashes && request.selection.release_control.all_releases.all);
    assert_eq!(request.changes.upgrade, Upgrade::OnlyIfNeeded);
    assert_eq!(request.dependencies, Dependencies::Ignore);
    assert!(!request.general.network.offline);
}

#[test]
fn our_own_settings_have_their_precedence() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    std::fs::create_dir(folder.join(".pip")).unwrap();
    let file = "[pip-accel]\nfreshness = local\nlink-mode = copy\ncache = ~/kept\n";
    std::fs::write(folder.join(".pip/pip.conf"), file).unwrap();
    let from_file = install(&folder, &["install", "a", "--no-index"], &[]);
    assert_eq!(from_file.index.freshness, Freshness::Local);
    assert_eq!(from_file.writing.link_mode, LinkChoice::Copy);
    assert_eq!(from_file.general.cache_root, folder.join("kept"));
    assert!(from_file.general.network.offline);
    let variables = [("PIP_ACCEL_FRESHNESS", "always"), ("PIP_ACCEL_CACHE", "/kept")];
    let from_variables = install(&folder, &["install", "a"], &variables);
    assert_eq!(from_variables.index.freshness, Freshness::Always);
    assert_eq!(from_variables.general.cache_root, Path::new("/kept"));
    let from_option = install(&folder, &["install", "a", "--freshness", "pinned"], &variables);
    assert_eq!(from_option.index.freshness, Freshness::Pinned);
}

#[test]
fn no_index_stays_offline_unless_something_is_a_url() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let offline = |arguments: &[&str]| install(&folder, arguments, &[]).general.network.offline;
    assert!(offline(&["install", "a", "--no-index", "-f", "wheels"]));
    assert!(!offline(&["install", "a", "--no-index", "-f", "https://h/"]));
    assert!(!offline(&["install", "https://h/a-1.zip", "--no-index"]));
    assert!(!offline(&["install", "a"]));
}

#[test]
fn proxies_come_from_where_pip_takes_them() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let variables = [
        ("HTTPS_PROXY", "http://p"),
        ("no_proxy", "h"),
        ("REQUESTS_CA_BUNDLE", "/ca"),
        ("PIP_CONFIG_FILE", "/dev/null"),
    ];
    let network = install(&folder, &["install", "a"], &variables).general.network;
    assert_eq!(
        network.proxy,
        Proxy::Environment {
            http: None,
            https: Some("http://p".to_owned()),
            all: None,
            no_proxy: Some("h".to_owned()),
        }
    );
    assert_eq!(network.cert.as_deref(), Some(Path::new("/ca")));
    let network = install(&folder, &["install", "a", "--proxy="], &variables).general.network;
    assert_eq!((network.proxy, network.cert), (Proxy::Direct, None));
}

#[test]
fn venv_takes_a_directory_and_requirements() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let arguments = ["venv", "--clear", "x/../env", "alpha", "--prompt", ".", "-q"];
    let Request::Venv(request) = ask(&folder, &arguments, &[]) else { panic!("not a venv") };
    let VenvRequest { directory, clear, copies, with_pip, prompt, install, .. } = *request;
    assert_eq!(directory, folder.join("env"));
    assert_eq!((clear, copies, with_pip), (true, false, true));
    assert_eq!(prompt.as_deref(), folder.file_name().and_then(|name| name.to_str()));
    assert_eq!(install.requirements.len(), 1);
    assert_eq!(install.general.verbosity, -1);
}
