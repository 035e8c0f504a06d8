//! Real servers of objects on ports of this machine: nginx with WebDAV, S3 as moto and Ceph have it,
//! Azurite, and an emulator of Google's storage.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::real_pip;

/// A server, which ends when it is dropped.
pub struct Server {
    child: Option<Child>,
    stop: Option<(PathBuf, PathBuf)>,
    port: u16,
    folder: tempfile::TempDir,
}

/// What nginx lets its clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write.
    Full,
    /// Read; whatever else is forbidden.
    ReadOnly,
}

impl Server {
    /// nginx with WebDAV.
    ///
    /// # Panics
    /// If it does not start.
    pub fn nginx(access: Access) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        for name in ["root", "temp"] {
            std::fs::create_dir(folder.path().join(name)).expect("the folder takes folders");
        }
        let methods = match access {
            Access::Full => "",
            Access::ReadOnly => "limit_except GET { deny all; }",
        };
        let at = folder.path().display();
        let configuration = format!(
            "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/errors; user root;\n\
             events {{}}\n\
             http {{ access_log off; client_max_body_size 0; client_body_temp_path {at}/temp;\n\
             server {{ listen 127.0.0.1:{port}; root {at}/root; location / {{\n\
             dav_methods PUT DELETE MKCOL; create_full_put_path on; {methods} }} }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).expect("the folder takes files");
        let mut nginx = Command::new("nginx");
        nginx.arg("-c").arg(&file).args(["-e", "stderr"]);
        Self::spawned(&mut nginx, port, folder)
    }

    /// moto's S3 with an empty bucket `fleet`; it takes any credentials.
    ///
    /// # Panics
    /// If it does not start.
    pub fn moto() -> Self {
        Self::moto_on("127.0.0.1")
    }

    /// The same on another address of this machine.
    ///
    /// # Panics
    /// If it does not start.
    pub fn moto_on(address: &str) -> Self {
        let python = real_pip::environment("moto", &["moto[server,s3]"]);
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        let mut moto = Command::new(python.with_file_name("moto_server"));
        moto.args(["-H", address, "-p", &port.to_string()]);
        let server = Self::spawned(&mut moto, port, folder);
        assert_eq!(server.request("PUT", "/fleet", ""), 200, "moto makes a bucket");
        server
    }

    /// Ceph's S3 with the key `test` and the secret `testtest`, and no bucket; `None` where it is
    /// not installed.
    ///
    /// # Panics
    /// If it is installed and does not start.
    pub fn ceph() -> Option<Self> {
        Command::new("radosgw").arg("--version").output().ok()?;
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers/radosgw-up.sh");
        let started = Command::new("bash")
            .arg(&script)
            .arg(folder.path())
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("bash starts");
        assert!(started.success(), "Ceph's gateway does not start");
        let stop = Some((script, folder.path().to_owned()));
        Some(Self { child: None, stop, port, folder })
    }

    /// Microsoft's Azurite with an empty container `fleet`; `None` where npm can't fetch it.
    ///
    /// # Panics
    /// If it is there and does not start.
    pub fn azurite() -> Option<Self> {
        let modules = node_modules("azurite")?;
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        let mut azurite = Command::new(modules.join(".bin/azurite-blob"));
        azurite.args(["--skipApiVersionCheck", "--inMemoryPersistence", "--silent"]);
        azurite.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
        azurite.current_dir(folder.path());
        let server = Self::spawned(&mut azurite, port, folder);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/servers/azure_container.py");
        let made = Command::new("python3").arg(script).arg(port.to_string()).status();
        assert!(made.is_ok_and(|status| status.success()), "Azurite makes a container");
        Some(server)
    }

    /// Google's storage, as an emulator of PyPI has it, with an empty bucket `fleet`; the second is
    /// the service account that leads there.
    ///
    /// # Panics
    /// If it does not start.
    pub fn google() -> (Self, PathBuf) {
        let python = real_pip::environment("gcp-storage-emulator", &["gcp-storage-emulator"]);
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
        let account = folder.path().join("account.json");
        let text = format!(
            "{{\"private_key\": \"key\", \"private_key_id\": \"id\", \"client_email\": \"mail\", \
             \"disable_oauth\": true, \"gcs_base_url\": \"http://127.0.0.1:{port}\"}}"
        );
        std::fs::write(&account, text).expect("the folder takes files");
        let mut emulator = Command::new(python);
        emulator.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/servers/google_storage.py"));
        emulator.arg(port.to_string());
        (Self::spawned(&mut emulator, port, folder), account)
    }

    fn spawned(command: &mut Command, port: u16, folder: tempfile::TempDir) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let program = command.get_program().display();
        let child = child.unwrap_or_else(|error| panic!("could not start {program}: {error}"));
        Self { child: Some(child), stop: None, port, folder }.answering()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder whose files nginx serves.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The status of the answer to a request without a body; 0 if there is none.
    pub fn request(&self, method: &str, path: &str, headers: &str) -> u16 {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return 0 };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\n{headers}\
             Connection: close\r\n\r\n",
            self.port
        );
        let mut answer = Vec::new();
        let talked =
            stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut answer));
        let status =
            String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|it| it.parse().ok());
        talked.ok().and(status).unwrap_or_default()
    }

    fn answering(self) -> Self {
        let started = Instant::now();
        while self.request("GET", "/", "") == 0 {
            assert!(started.elapsed() < Duration::from_mins(1), "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        self
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // nginx hands a polite signal on to its worker; moto ends of either.
            let polite = Command::new("kill").arg(child.id().to_string()).status();
            if polite.is_err() {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
        if let Some((script, folder)) = self.stop.take() {
            let _ = Command::new("bash").arg(script).arg(folder).arg("stop").status();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Where npm has put a program of its registry; fetched once for a build folder.
fn node_modules(package: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().expect("the path of the test program");
    let built = program.parent().and_then(Path::parent).expect("a build folder");
    let folder = built.join(format!("npm-{package}"));
    let lock = std::fs::File::create(built.join(format!("npm-{package}.lock"))).expect("a file");
    lock.lock().expect("the lock of the folder");
    if !folder.join("ready").exists() {
        std::fs::create_dir_all(&folder).expect("the build folder takes folders");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]);
        npm.arg(&folder).arg(package).stdout(Stdio::null()).stderr(Stdio::null());
        npm.status().ok().filter(std::process::ExitStatus::success)?;
        std::fs::write(folder.join("ready"), "").expect("the folder takes files");
    }
    Some(folder.join("node_modules"))
}
