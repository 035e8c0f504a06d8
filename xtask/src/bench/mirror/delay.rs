//! A distance in front of a server: what is sent arrives later, in both directions.
//!
//! A small proxy and not the kernel's `netem`, which needs privileges and would delay everything
//! on the loopback interface. Bandwidth is not limited; a new connection waits for one round trip
//! before its first byte is passed on, since the kernel's own handshake is not delayed.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Listens on a port of 127.0.0.1, which is returned, and passes everything on to `to`, with
/// `round_trip` added. Runs until the process ends.
pub fn before(to: u16, round_trip: Duration) -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0));
    let listener = listener.map_err(|error| format!("no free port: {error}"))?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || pass(&client, to, round_trip));
        }
    });
    Ok(port)
}

fn pass(client: &TcpStream, to: u16, round_trip: Duration) -> Option<()> {
    let opened = Instant::now();
    let server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    client.set_nodelay(true).ok()?;
    server.set_nodelay(true).ok()?;
    let (back_from, back_to) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let one_way = round_trip / 2;
    let back = std::thread::spawn(move || one_direction(back_from, back_to, one_way, opened));
    one_direction(client.try_clone().ok()?, server, one_way, opened + round_trip);
    back.join().ok()
}

/// Copies until the sender is done; each piece is sent on when it has been under way for long
/// enough, and none before `earliest`.
fn one_direction(mut from: TcpStream, mut to: TcpStream, delay: Duration, earliest: Instant) {
    let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(1024);
    let writer = std::thread::spawn(move || {
        for (due, piece) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let due = Instant::now().max(earliest) + delay;
        if sender.send((due, buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    let _ = writer.join();
}
