//! Bytes made smaller, as a whole.

use libdeflater::{CompressionLvl, Compressor, Decompressor};

/// Compressed by deflate, without any header: quick rather than small.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(3).unwrap_or_default());
    let mut out = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor.deflate_compress(bytes, &mut out).unwrap_or_default();
    out.truncate(length);
    out
}

/// What [`deflate`] was given, if it was of this length.
pub fn inflate(deflated: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; length];
    let found = Decompressor::new().deflate_decompress(deflated, &mut out).ok()?;
    (found == length).then_some(out)
}
