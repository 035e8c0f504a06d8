//! Kept wheels by key: manifests, unpacking, bytecode, built wheels, memos.
