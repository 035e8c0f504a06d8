//! Simple index pages, the local index, find-links, metadata and downloads.
