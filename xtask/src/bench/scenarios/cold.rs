//! Nothing is kept: everything comes from a mirror on this machine.

use std::path::Path;
use std::time::Duration;

use crate::bench::ground::{Ground, text};
use crate::bench::mirror::{Mirror, delay};
use crate::bench::player::{Player, Scenario, Target, Turn};

const SET: &str = "web-80.txt";
const ACCEL: &str = "pip-accel, no bytecode";
const UV: &str = "uv, no bytecode";
const ACCEL_BYTECODE: &str = "pip-accel, bytecode";
const UV_BYTECODE: &str = "uv, bytecode";
const PIP: &str = "pip, bytecode";

/// The set from a mirror that is `round_trip` away. Only the mirror nearby is asked by those
/// that compile for most of their time.
pub fn scenario<'g>(ground: &'g Ground, round_trip: Duration) -> Result<Scenario<'g>, String> {
    let mirror = Mirror::of(ground, SET)?;
    let near = round_trip.is_zero();
    let port = if near { mirror.port } else { delay::before(mirror.port, round_trip)? };
    let authority = text(&mirror.authority);
    let url = Mirror::url(port);
    let file = text(&ground.requirements(SET));
    let (_, size) = ground.raw_tree(SET)?;
    let compiled = size.files + size.sources * 9 / 10;
    // The server lives as long as one of the players.
    let mirror = std::rc::Rc::new(mirror);
    let player = |title, files, words: Words<'g>| {
        let (url, file, authority) = (url.clone(), file.clone(), authority.clone());
        let mirror = std::rc::Rc::clone(&mirror);
        Player::new(title, move |fresh: &Path| {
            let _alive = &mirror;
            ground.environment(fresh)?;
            let cache = fresh.with_extension("cache");
            let turn = Turn::of(words(ground, fresh, &cache, &["--index-url", &url, "-r", &file])?)
                .with("PIP_ACCEL_CACHE", &cache)
                .with("PIP_CERT", &authority)
                .with("SSL_CERT_FILE", &authority);
            Ok(turn.leaving(fresh, files))
        })
        .unwarmed()
    };
    let own = |more: &'static [&'static str]| -> Words<'g> {
        Box::new(move |ground, fresh, _, words| {
            Ok(ground.accel(fresh, &[&["install"], more, words].concat()))
        })
    };
    let uv = |more: &'static [&'static str]| -> Words<'g> {
        Box::new(move |ground, fresh, cache, words| {
            let python = text(&fresh.join("bin/python"));
            let into = ["pip", "install", "--python", &python];
            Ok(ground.uv_with(cache, &[&into, more, words].concat()))
        })
    };
    let pip: Words<'g> =
        Box::new(|ground, fresh, cache, words| ground.pip_install_with(cache, fresh, words));
    let mut players =
        vec![player(ACCEL, size.files, own(&["--no-compile"])), player(UV, size.files, uv(&[]))];
    let mut targets = vec![Target::new(ACCEL, UV, 0.85)];
    if near {
        players.push(player(ACCEL_BYTECODE, compiled, own(&[])).slow());
        players.push(player(UV_BYTECODE, compiled, uv(&["--compile-bytecode"])).slow());
        players.push(player(PIP, compiled, pip).slow());
        targets.push(Target::new(ACCEL_BYTECODE, UV_BYTECODE, 0.85));
        targets.push(Target::new(ACCEL_BYTECODE, PIP, 0.15));
    }
    let distance = if near {
        String::new()
    } else {
        format!(
            " A proxy in front of it adds {} ms to each round trip; bandwidth is not limited.",
            round_trip.as_millis()
        )
    };
    Ok(Scenario {
        about: format!(
            "`{SET}` with empty caches, from a mirror on 127.0.0.1: nginx with TLS and HTTP/2, \
             pages, metadata and files recorded once.{distance}"
        ),
        players,
        targets,
        times: 1,
    })
}

/// Makes the command for a new environment, a cache and the last words.
type Words<'g> = Box<dyn Fn(&Ground, &Path, &Path, &[&str]) -> Result<Vec<String>, String> + 'g>;
