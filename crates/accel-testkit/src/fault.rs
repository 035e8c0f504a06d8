//! What can go wrong with an answer on its way: the script of a faulty index.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::index::Answer;

/// One thing that goes wrong; give it to [`IndexServer::fault`](crate::index::IndexServer::fault).
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is closed without an answer.
    Closed,
    /// It is closed after so many bytes of the body.
    CutAfter(usize),
    /// Nothing more comes for a while after so many bytes of the body; then it is closed.
    StallAfter(usize, Duration),
    /// The body comes in pieces of so many bytes with a pause behind each.
    Slow(usize, Duration),
    /// `Content-Length` is this much more (or less) than the body, which is all that comes.
    Length(isize),
    /// Another answer comes instead.
    Instead(Answer),
    /// The body with this `Content-Type`.
    Type(String),
    /// The body says that it is compressed, and ends in the middle.
    CutGzip,
}

impl Fault {
    /// What is sent of a sound answer.
    pub(crate) fn of(&self, answer: Answer) -> Answer {
        match self {
            Self::Instead(other) => other.clone(),
            Self::Type(kind) => {
                let mut answer = answer;
                answer.headers.retain(|(name, _)| name != "Content-Type");
                answer.with("Content-Type", kind)
            }
            Self::CutGzip => {
                let mut gzip =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gzip.write_all(&answer.body).expect("memory takes bytes");
                let mut body = gzip.finish().expect("memory takes bytes");
                body.truncate(body.len() / 2);
                Answer { body, ..answer }.with("Content-Encoding", "gzip")
            }
            _ => answer,
        }
    }

    /// The announced length of a body of `length` bytes.
    pub(crate) fn announced(&self, length: usize) -> usize {
        match self {
            Self::Length(more) => length.saturating_add_signed(*more),
            _ => length,
        }
    }

    /// Sends head and body as far as they come; an error ends the connection.
    pub(crate) fn send(
        &self,
        mut stream: &TcpStream,
        head: &[u8],
        body: &[u8],
    ) -> std::io::Result<()> {
        let end = || {
            stream.shutdown(Shutdown::Both)?;
            Err(std::io::ErrorKind::ConnectionAborted.into())
        };
        match self {
            Self::Closed => end(),
            Self::CutAfter(bytes) => {
                stream.write_all(head)?;
                stream.write_all(&body[..body.len().min(*bytes)])?;
                end()
            }
            Self::StallAfter(bytes, pause) => {
                stream.write_all(head)?;
                stream.write_all(&body[..body.len().min(*bytes)])?;
                std::thread::sleep(*pause);
                end()
            }
            Self::Slow(bytes, pause) => {
                stream.write_all(head)?;
                for piece in body.chunks((*bytes).max(1)) {
                    stream.write_all(piece)?;
                    std::thread::sleep(*pause);
                }
                Ok(())
            }
            Self::Length(_) => {
                stream.write_all(head)?;
                stream.write_all(body)?;
                end()
            }
            Self::Instead(_) | Self::Type(_) | Self::CutGzip => {
                stream.write_all(head)?;
                stream.write_all(body)
            }
        }
    }
}
