//! The floors check: a crate imports only from floors below its own, never sideways.
//!
//! The floors stand as comments beside the members in the root `Cargo.toml`, so that the list a
//! newcomer reads first is also the one that is enforced.

use crate::read;
use std::collections::BTreeMap;
use std::path::Path;

/// Where a member stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Floor {
    /// A numbered floor.
    Number(u32),
    /// For tests and measurements: only dev-dependencies may name it.
    Dev,
}

/// Fails with every import that does not go down.
pub fn check(root: &Path) -> Result<(), String> {
    let floors = declared(&read(&root.join("Cargo.toml"))?)?;
    let mut wrong = Vec::new();
    for (member, (path, floor)) in &floors {
        for dependency in dependencies(&read(&root.join(path).join("Cargo.toml"))?)? {
            let Some((_, below)) = floors.get(&dependency) else { continue };
            let goes_down = match (*floor, *below) {
                (Floor::Dev, _) => true,
                (Floor::Number(_), Floor::Dev) => false,
                (Floor::Number(upper), Floor::Number(lower)) => lower < upper,
            };
            if !goes_down {
                wrong.push(format!("{member} imports {dependency}, which is not on a floor below"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Member name -> (path, floor), from the lines `"path", # F2 …` of the member list.
fn declared(manifest: &str) -> Result<BTreeMap<String, (String, Floor)>, String> {
    let mut floors = BTreeMap::new();
    let members = manifest.lines().skip_while(|line| !line.starts_with("members")).skip(1);
    for line in members.take_while(|line| !line.starts_with(']')) {
        let (path, comment) = line
            .trim()
            .split_once(',')
            .ok_or_else(|| format!("member line without a floor comment: {line}"))?;
        let path = path.trim_matches('"');
        let word = comment.trim().trim_start_matches('#').split_whitespace().next().unwrap_or("");
        let floor = match word.strip_prefix('F').and_then(|number| number.parse().ok()) {
            Some(number) => Floor::Number(number),
            None if word == "dev" => Floor::Dev,
            None => return Err(format!("member {path} has no floor in its comment")),
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        floors.insert(name.to_owned(), (path.to_owned(), floor));
    }
    if floors.is_empty() { Err("no members found in Cargo.toml".to_owned()) } else { Ok(floors) }
}

/// The names under `[dependencies]` (dev-dependencies may go anywhere).
fn dependencies(manifest: &str) -> Result<Vec<String>, String> {
    let table: toml::Table = manifest.parse().map_err(|error| format!("bad manifest: {error}"))?;
    Ok(table
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .map(|dependencies| dependencies.keys().cloned().collect())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_read_from_the_comments() {
        let text = "members = [\n    \"crates/top\", # F1 x\n    \"crates/low\", # F0 y\n    \"xtask\", # dev\n]\n";
        let floors = declared(text).unwrap();
        assert!(matches!(floors["top"].1, Floor::Number(1)));
        assert!(matches!(floors["low"].1, Floor::Number(0)));
        assert!(matches!(floors["xtask"].1, Floor::Dev));
    }

    #[test]
    fn a_member_without_floor_is_refused() {
        assert!(declared("members = [\n    \"crates/top\", # hello\n]\n").is_err());
    }
}
