//! A mirror of an index on this machine: pages, metadata and files of a set, recorded once and
//! then served by nginx with TLS and HTTP/2.

pub mod delay;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::ground::{Ground, text};
use super::measure::{clean, quietly};

/// The recorder: a pass-through that writes down all it passes.
const RECORDER: &str = include_str!("record.py");

/// A running mirror; it ends with this value.
pub struct Mirror {
    /// The port of 127.0.0.1 at which it answers.
    pub port: u16,
    /// The certificate of the authority that vouches for it.
    pub authority: PathBuf,
    _server: Running,
}

/// A child that is ended with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Mirror {
    /// The mirror of a set: recorded now if that was never done, then served.
    pub fn of(ground: &Ground, set: &str) -> Result<Self, String> {
        let content = ground.caches.join("mirror").join(set);
        if !content.join("complete").is_file() {
            eprintln!("recording {set}");
            record(ground, set, &content)?;
        }
        serve(ground, &content)
    }

    /// The URL of its index at a port, its own or that of something in front of it.
    pub fn url(port: u16) -> String {
        format!("https://127.0.0.1:{port}/simple")
    }
}

/// Has uv, pip and pip-accel install the set through the recorder, so that everything is there
/// that any of them asks for.
fn record(ground: &Ground, set: &str, content: &Path) -> Result<(), String> {
    fs::create_dir_all(content).map_err(|error| format!("could not make a folder: {error}"))?;
    let port = free_port()?;
    let index = std::env::var("PIP_INDEX_URL").ok();
    let index = index.unwrap_or_else(|| "https://pypi.org/simple".to_owned());
    let mut recorder = Command::new(&ground.python);
    recorder.args(["-c", RECORDER]).arg(port.to_string()).arg(content).arg(index);
    let _recorder = start(&mut recorder, port)?;
    let requirements = text(&ground.requirements(set));
    let url = format!("http://127.0.0.1:{port}/simple");
    let words = ["--index-url", url.as_str(), "-r", requirements.as_str()];
    let environment = |by| {
        let path = ground.fresh(by);
        ground.environment(&path).map(|()| path)
    };
    let (by_uv, by_pip, by_accel) = (environment("uv")?, environment("pip")?, environment("own")?);
    let cache = text(&ground.fresh("cache"));
    let uv = ground.uv_install(&by_uv, &[&["--no-cache"], &words[..]].concat());
    let pip = ground.pip_install(&by_pip, &[&["--no-compile"], &words[..]].concat())?;
    let own = ground.accel(&by_accel, &[&["install", "--no-compile"], &words[..]].concat());
    for line in [uv, pip, own] {
        quietly(Command::new(&line[0]).args(&line[1..]).env("PIP_ACCEL_CACHE", &cache))?;
    }
    fs::write(content.join("complete"), "").map_err(|error| format!("could not write: {error}"))
}

/// Starts nginx over recorded content.
fn serve(ground: &Ground, content: &Path) -> Result<Mirror, String> {
    let folder = ground.fresh("nginx");
    fs::create_dir_all(&folder).map_err(|error| format!("could not make a folder: {error}"))?;
    certificates(&folder)?;
    let port = free_port()?;
    let configuration = folder.join("nginx.conf");
    fs::write(&configuration, nginx(&folder, content, port))
        .map_err(|error| format!("could not write: {error}"))?;
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&configuration).arg("-e").arg(folder.join("error.log"));
    let server = start(&mut command, port)
        .map_err(|error| format!("{error} (the Debian package is called nginx)"))?;
    Ok(Mirror { port, authority: folder.join("authority.pem"), _server: server })
}

/// The server's settings: as a content network would answer, with pages compressed beforehand.
fn nginx(folder: &Path, content: &Path, port: u16) -> String {
    let (folder, content) = (folder.display(), content.display());
    format!(
        "daemon off; master_process off; pid {folder}/pid; worker_rlimit_nofile 4096;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; server_tokens off;
  http2_max_concurrent_streams 128; open_file_cache max=4000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  types {{ }} default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    root {content};
    location /simple/ {{
      default_type application/vnd.pypi.simple.v1+json; index index.json; gzip_static on;
      add_header Cache-Control \"max-age=600, public\"; add_header Vary \"Accept, Accept-Encoding\";
    }}
    location /files/ {{ add_header Cache-Control \"max-age=365000000, immutable, public\"; }}
  }}
}}
"
    )
}

/// An authority and a certificate of its for 127.0.0.1.
fn certificates(folder: &Path) -> Result<(), String> {
    let run =
        |words: &str| quietly(Command::new("openssl").args(words.split(' ')).current_dir(folder));
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .map_err(|error| format!("could not write: {error}"))?;
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=bench \
         -keyout authority.key -out authority.pem -addext keyUsage=keyCertSign")?;
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 \
         -keyout server.key -out server.csr")?;
    run("x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
         -days 30 -extfile names -out server.pem")
}

/// Starts a server and waits until it answers.
fn start(command: &mut Command, port: u16) -> Result<Running, String> {
    let named = command.get_program().display().to_string();
    let child = clean(command).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let mut running = Running(child.map_err(|error| format!("could not run {named}: {error}"))?);
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.0.try_wait().is_ok_and(|status| status.is_some());
        if ended || start.elapsed() > Duration::from_secs(20) {
            return Err(format!("{named} does not answer"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(running)
}

/// A port that nobody uses at this moment.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
