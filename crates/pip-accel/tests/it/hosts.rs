//! Two hosts that share a bucket: this one, and one in a network namespace of its own that reaches
//! nothing but the bucket, with 20 ms of delay.

use std::process::Command;
use std::time::{Duration, Instant};

use accel_testkit::servers::Server;

use crate::fleet::Fleet;
use crate::sandbox::Ran;

/// A host with one cable to ours.
struct Host {
    name: String,
    ours: String,
}

impl Host {
    /// `None` where namespaces can't be made: they take root.
    fn new() -> Option<Self> {
        let number = std::process::id() % 250 + 1;
        let name = format!("fleet{number}");
        let host = Self { ours: format!("10.77.{number}.1"), name };
        let theirs = format!("10.77.{number}.2/24");
        let (cable, end) = (format!("{}a", host.name), format!("{}b", host.name));
        if !run(&["ip", "netns", "add", &host.name]) {
            return None;
        }
        let ours = format!("{}/24", host.ours);
        for words in [
            &["ip", "link", "add", &cable, "type", "veth", "peer", "name", &end][..],
            &["ip", "link", "set", &end, "netns", &host.name],
            &["ip", "addr", "add", &ours, "dev", &cable],
            &["ip", "link", "set", &cable, "up"],
            &["ip", "-n", &host.name, "addr", "add", &theirs, "dev", &end],
            &["ip", "-n", &host.name, "link", "set", &end, "up"],
            &["ip", "-n", &host.name, "link", "set", "lo", "up"],
        ] {
            assert!(run(words), "{words:?}");
        }
        // A kernel without this queue makes the test quicker and no less true.
        run(&["tc", "qdisc", "add", "dev", &cable, "root", "netem", "delay", "20ms"]);
        Some(host)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        run(&["ip", "netns", "del", &self.name]);
    }
}

fn run(words: &[&str]) -> bool {
    let output = Command::new(words[0]).args(&words[1..]).output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn a_host_that_reaches_only_the_bucket_installs_everything() {
    let Some(host) = Host::new() else { return };
    let server = Server::moto_on("0.0.0.0");
    let endpoint = format!("http://{}:{}", host.ours, server.port());
    let fleet = Fleet::new("s3://fleet/hosts")
        .with("AWS_ENDPOINT_URL", &endpoint)
        .with("AWS_ACCESS_KEY_ID", "anyone")
        .with("AWS_SECRET_ACCESS_KEY", "anything");
    fleet.machine().install(&[]);
    assert_eq!(fleet.builds(), 1);

    let second = fleet.machine();
    let mut command = Command::new("ip");
    second.sandbox.surround(&mut command, &fleet.variables(&[]));
    command.args(["netns", "exec", &host.name, env!("CARGO_BIN_EXE_pip-accel")]);
    command.arg("--python").arg(second.environment.join("bin/python")).arg("install");
    let started = Instant::now();
    let ran = Ran::of(&command.args(fleet.arguments()).output().unwrap()).good();
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(fleet.index.requests().len(), 0);
    assert_eq!(fleet.builds(), 1);
    let web = second.environment.join("bin/web");
    assert!(Command::new(web).status().unwrap().success());
}
