//! `pip-accel man --output-dir`.

use crate::request::ManRequest;
use accel_io::fs;

pub(super) fn run(request: &ManRequest) -> u8 {
    let written = fs::create_dir_all(&request.folder).and_then(|()| {
        let mut pages = request.pages.iter();
        pages.try_for_each(|(name, text)| fs::write(request.folder.join(name), text))
    });
    match written {
        Ok(()) => 0,
        Err(error) => {
            anstream::eprintln!("ERROR: {error}");
            1
        }
    }
}
