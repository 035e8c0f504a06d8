//! The whole story: request to report.
