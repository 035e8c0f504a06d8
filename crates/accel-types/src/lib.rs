//! Names, versions, specifiers, markers, tags, METADATA and RECORD: pure types without I/O.
