//! A machine that has nothing, where another one has left everything in a bucket.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use accel_testkit::servers::Server;

use crate::bench::ground::{Ground, text};
use crate::bench::measure::sample;
use crate::bench::mirror::{Mirror, delay};
use crate::bench::player::{Player, Scenario, Target, Turn};

const SET: &str = "web-80.txt";
const BUCKET: &str = "pip-accel, bytecode, all of it in the bucket";
const COLD: &str = "pip-accel, bytecode, from the index";
const UV: &str = "uv, bytecode, from the index";

/// The first run of the second machine, beside first runs without a bucket.
pub fn scenario(ground: &Ground, round_trip: Duration) -> Result<Scenario<'_>, String> {
    let mirror = Mirror::of(ground, SET)?;
    let authority = text(&mirror.authority);
    let index = Mirror::url(delay::before(mirror.port, round_trip)?);
    let server = Server::ceph().ok_or("the bucket needs radosgw (Debian package radosgw)")?;
    let endpoint = format!("http://127.0.0.1:{}", delay::before(server.port(), round_trip)?);
    let file = text(&ground.requirements(SET));
    let (_, size) = ground.raw_tree(SET)?;
    let compiled = size.files + size.sources * 9 / 10;
    let bucket = [
        ("PIP_ACCEL_SHARED_CACHE", "s3://fleet/bench".to_owned()),
        ("PIP_ACCEL_SHARED_CACHE_KEY", "a-key-of-this-bench".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "testtest".to_owned()),
    ];
    let words = ["install", "--index-url", &index, "-r", &file].map(str::to_owned);

    let own_turn = {
        let (words, authority) = (words.clone(), authority.clone());
        move |fresh: &Path, shared: &[(&'static str, String)]| {
            ground.environment(fresh)?;
            let line = ground.accel(fresh, &words.each_ref().map(String::as_str));
            let turn = Turn::of(line)
                .with("PIP_ACCEL_CACHE", fresh.with_extension("cache"))
                .with("PIP_CERT", &authority);
            let turn = shared.iter().fold(turn, |turn, (name, value)| turn.with(name, value));
            Ok::<_, String>(turn.leaving(fresh, compiled))
        }
    };
    let first = own_turn(&ground.fresh("first-machine"), &bucket)?;
    sample(
        &first.with("PIP_ACCEL_SHARED_CACHE_WRITE", "600").line,
        &ground.at("first-machine.log"),
    )?;

    // The servers live as long as one of the players.
    let servers = Rc::new((mirror, server));
    let own = |title, shared: Vec<(&'static str, String)>| {
        let (own_turn, servers) = (own_turn.clone(), Rc::clone(&servers));
        Player::new(title, move |fresh: &Path| {
            let _alive = &servers;
            own_turn(fresh, &shared)
        })
        .unwarmed()
    };
    let uv = {
        let (words, authority) = (words.clone(), authority.clone());
        Player::new(UV, move |fresh: &Path| {
            ground.environment(fresh)?;
            let python = text(&fresh.join("bin/python"));
            let into = ["pip", "install", "--compile-bytecode", "--python", &python];
            let more = words[1..].iter().map(String::as_str);
            let line = into.into_iter().chain(more).collect::<Vec<_>>();
            let turn = Turn::of(ground.uv_with(&fresh.with_extension("cache"), &line));
            Ok(turn.with("SSL_CERT_FILE", &authority).leaving(fresh, compiled))
        })
        .unwarmed()
        .slow()
    };
    Ok(Scenario {
        about: format!(
            "`{SET}` with an empty local cache: from a bucket (Ceph's S3 on 127.0.0.1) that another \
             machine has filled, and from the index (nginx with TLS and HTTP/2 on 127.0.0.1); a \
             proxy adds {} ms to each round trip to either.",
            round_trip.as_millis()
        ),
        players: vec![own(BUCKET, bucket.to_vec()), own(COLD, Vec::new()).slow(), uv],
        targets: vec![Target::of_interest(BUCKET, COLD), Target::of_interest(BUCKET, UV)],
        times: 1,
    })
}
