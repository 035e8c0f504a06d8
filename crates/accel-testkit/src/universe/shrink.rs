//! Makes a universe smaller for as long as it keeps what is interesting about it.

use serde_json::Value;

use super::Universe;

/// A step on the way to a part of a value.
#[derive(Clone)]
enum Step {
    At(usize),
    Of(String),
}

/// The smallest universe found that is still interesting. `interesting` is asked again and again.
pub fn shrink(universe: &Universe, mut interesting: impl FnMut(&Universe) -> bool) -> Universe {
    let mut best = serde_json::to_value(universe).expect("a universe is data");
    loop {
        let mut smaller = false;
        let mut paths = Vec::new();
        removable(&best, &mut Vec::new(), &mut paths);
        // From the end, so that what is removed moves nothing that is still to be tried.
        for path in paths.into_iter().rev() {
            let mut tried = best.clone();
            remove(&mut tried, &path);
            let Ok(universe) = serde_json::from_value::<Universe>(tried.clone()) else { continue };
            if interesting(&universe) {
                best = tried;
                smaller = true;
            }
        }
        if !smaller {
            return serde_json::from_value(best).expect("it was one");
        }
    }
}

/// Paths of everything that can be left out, each before what is in it.
fn removable(value: &Value, here: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let inside: Vec<(Step, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (Step::At(at), item)).collect()
        }
        Value::Object(members) => {
            members.iter().map(|(name, member)| (Step::Of(name.clone()), member)).collect()
        }
        _ => return,
    };
    for (step, part) in inside {
        // Of a member that has a default nothing is left to leave out.
        let empty = matches!(part, Value::Bool(false) | Value::Null)
            || part.as_array().is_some_and(Vec::is_empty);
        let needed = matches!(&step, Step::Of(name) if name == "name" || name == "version");
        if empty || needed {
            continue;
        }
        here.push(step);
        found.push(here.clone());
        removable(part, here, found);
        here.pop();
    }
}

fn remove(value: &mut Value, path: &[Step]) {
    let Some((step, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        match (step, value) {
            (Step::At(at), Value::Array(items)) if *at < items.len() => drop(items.remove(*at)),
            (Step::Of(name), Value::Object(members)) => drop(members.remove(name)),
            _ => {}
        }
        return;
    }
    let inside = match (step, value) {
        (Step::At(at), Value::Array(items)) => items.get_mut(*at),
        (Step::Of(name), Value::Object(members)) => members.get_mut(name),
        _ => None,
    };
    if let Some(inside) = inside {
        remove(inside, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_left() {
        let text = r#"{"indexes": [{"files": [{"name": "a", "version": "1"},
            {"name": "b", "version": "2", "requires": ["a", "c"], "yanked": "x"}]}],
            "arguments": ["install", "a", "b"], "files": {"r.txt": "b"}}"#;
        let universe: Universe = serde_json::from_str(text).unwrap();
        let interesting = |universe: &Universe| {
            let files = universe.indexes.iter().flat_map(|index| &index.files);
            let mut requires = files.flat_map(|dist| &dist.requires);
            requires.any(|text| text == "c")
        };
        let small = shrink(&universe, interesting);
        assert_eq!(small.indexes[0].files.len(), 1);
        assert_eq!(small.indexes[0].files[0].requires, ["c"]);
        assert!(small.arguments.is_empty() && small.files.is_empty());
    }
}
