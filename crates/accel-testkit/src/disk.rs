//! File systems in files, mounted where that is allowed, whose power can be cut.
//!
//! What the mounted file holds at some moment is what has reached the disk by then: a copy of it is the
//! disk as the machine finds it when the power comes back.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file system in a file; unmounted when dropped.
#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    at: PathBuf,
    mount: Vec<String>,
    device: String,
}

impl Disk {
    /// A new file system of `size` bytes in the file `image`, mounted at `at`. What makes it and what
    /// mounts it are command lines; each gets the device and, the second, the place.
    ///
    /// # Errors
    /// Why it can't be: one of them is missing or not allowed.
    ///
    /// # Panics
    /// If there is no place for the file.
    pub fn new(
        image: PathBuf,
        at: PathBuf,
        size: u64,
        make: &[&str],
        mount: &[&str],
    ) -> Result<Self, String> {
        std::fs::File::create(&image).and_then(|file| file.set_len(size)).expect("a place");
        std::fs::create_dir_all(&at).expect("a place");
        let mount = mount.iter().map(ToString::to_string).collect();
        let mut disk = Self { image, at, mount, device: String::new() };
        disk.attach()?;
        run(Command::new(make[0]).args(&make[1..]).arg(&disk.device))?;
        disk.mount()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn at(&self) -> &Path {
        &self.at
    }

    /// Cuts the power now, and lets `end` end whoever works there; then the disk is mounted with what had
    /// reached it.
    ///
    /// # Panics
    /// If it can't be mounted again.
    pub fn cut(&mut self, end: impl FnOnce()) {
        let copy = self.image.with_extension("copy");
        // Nobody may write while it is copied: that would be no moment of the disk.
        loop {
            let before = self.changed();
            run(Command::new("cp").arg("--sparse=always").arg(&self.image).arg(&copy))
                .expect("a copy");
            if self.changed() == before {
                break;
            }
        }
        end();
        self.detach();
        std::fs::rename(&copy, &self.image).expect("the copy takes its place");
        self.attach().and_then(|()| self.mount()).expect("a disk after a power cut");
    }

    /// Writes everything.
    ///
    /// # Panics
    /// If that fails.
    pub fn sync(&self) {
        run(Command::new("sync").arg("-f").arg(&self.at)).expect("the disk takes it");
    }

    fn changed(&self) -> std::time::SystemTime {
        std::fs::metadata(&self.image).and_then(|found| found.modified()).expect("the image")
    }

    fn attach(&mut self) -> Result<(), String> {
        let attached = run(Command::new("losetup").args(["--find", "--show"]).arg(&self.image));
        attached.map(|device| self.device = device)
    }

    fn mount(&self) -> Result<(), String> {
        let mut command = Command::new(&self.mount[0]);
        run(command.args(&self.mount[1..]).arg(&self.device).arg(&self.at)).map(drop)
    }

    fn detach(&mut self) {
        for _ in 0..200 {
            if run(Command::new("umount").arg(&self.at)).is_ok() {
                break;
            }
            // Whoever was ended there is not gone yet.
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let device = std::mem::take(&mut self.device);
        let _ = run(Command::new("losetup").arg("--detach").arg(device));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !self.device.is_empty() {
            self.detach();
        }
    }
}

/// What a command prints; what it says if it fails, or why it does not start.
fn run(command: &mut Command) -> Result<String, String> {
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(output) => {
            Err(format!("{command:?} says: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("{command:?} does not start: {error}")),
    }
}
