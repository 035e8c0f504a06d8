//! Credentials for an index: from its URL, from netrc, from a keyring; and none at all.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::pair::{Pair, python311, text};
use crate::sandbox::site_packages;
use crate::words::same_words;

fn guarded_index(folder: &Path) -> IndexServer {
    std::fs::create_dir_all(folder).unwrap();
    WheelMaker::new("guarded", "1.0").write_to(folder);
    let credentials = Some(("user".to_owned(), "pass word".to_owned()));
    IndexServer::start(folder, IndexOptions { credentials, ..IndexOptions::default() })
}

/// A program `keyring` that knows the user's password, or nothing of anybody else's.
fn keyring_program(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let script = "#!/bin/sh\n\
                  [ \"$1 $2 $3\" = '--mode=creds --output=json get' ] || exit 2\n\
                  case $4 in http*/simple/) ;; *) exit 1 ;; esac\n\
                  [ \"${5-user}\" = user ] || exit 1\n\
                  echo '{\"username\": \"user\", \"password\": \"pass word\"}'\n";
    let path = folder.join("keyring");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn keyrings_urls_and_netrc_open_an_index() {
    let pair = Pair::new(python311());
    let server = guarded_index(&pair.shared().join("dist"));
    let url = server.url();
    let host = url.strip_prefix("http://").unwrap();
    let programs = pair.shared().join("programs");
    keyring_program(&programs);
    let path = format!("{}:{}", text(&programs), std::env::var("PATH").unwrap());
    let pair = pair.variable("PATH", &path);
    let play = |url: &str, more: &[&str]| {
        let start = ["install", "--no-cache-dir", "--force-reinstall", "-i", url, "guarded"];
        let all = [&start, more].concat();
        let both = pair.run(&all);
        same_words(&pair, &both);
        let printed = format!("{both:?}");
        assert!(!printed.contains("pass word") && !printed.contains("pass%20word"), "{printed}");
        both.ours.code
    };
    let with = |auth: &str| format!("http://{auth}@{host}");
    assert_eq!(play(&with("user:pass%20word"), &["--no-input"]), 0);
    assert_eq!(play(&with("user:wrong"), &["--no-input"]), 1);
    assert_eq!(play(&url, &["--no-input"]), 1);
    assert_eq!(play(&url, &["--no-input", "--keyring-provider", "disabled"]), 1);
    assert_eq!(play(&url, &["--no-input", "--keyring-provider", "subprocess"]), 0);
    assert_eq!(play(&with("user"), &["--keyring-provider", "auto"]), 0);
    assert_eq!(play(&with("other"), &["--no-input", "--keyring-provider", "subprocess"]), 1);

    // A module comes before the program, and breaks off the search when it fails.
    for side in [pair.ours(), pair.theirs()] {
        let module = "def get_credential(service, user):\n    raise OSError('locked')\n";
        std::fs::write(site_packages(&side.join("venv")).join("keyring.py"), module).unwrap();
    }
    assert_eq!(play(&url, &["--no-input", "--keyring-provider", "import"]), 1);
    for side in [pair.ours(), pair.theirs()] {
        let module = "class Found: username, password = 'user', 'pass word'\n\
                      def get_credential(service, user): return Found\n";
        std::fs::write(site_packages(&side.join("venv")).join("keyring.py"), module).unwrap();
        let machine = "machine 127.0.0.1 login user password \"pass word\"\n";
        std::fs::write(side.join("home/.netrc"), machine).unwrap();
    }
    assert_eq!(play(&url, &["--no-input", "--keyring-provider", "import"]), 0);
    assert_eq!(play(&url, &["--no-input"]), 0);
}
