//! `requires.txt` of egg-info folders, turned into Requires-Dist and Provides-Extra as pip does.

use accel_types::ExtraName;

/// The dependencies and extras of a `requires.txt`.
pub(super) fn parse(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut requires, mut extras) = (Vec::new(), Vec::new());
    let (mut extra, mut marker) = (String::new(), String::new());
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') {
            let section = line.trim_matches(['[', ']']);
            let (name, condition) = section.split_once(':').unwrap_or((section, ""));
            extra = if name.is_empty() { String::new() } else { ExtraName::new(name).to_string() };
            condition.clone_into(&mut marker);
            continue;
        }
        // As in pip, a section without requirements announces no extra.
        if !extra.is_empty() && !extras.contains(&extra) {
            extras.push(extra.clone());
        }
        requires.push(match (extra.is_empty(), marker.is_empty()) {
            (true, true) => line.to_owned(),
            (true, false) => format!("{line} ; {marker}"),
            (false, true) => format!("{line} ; extra == \"{extra}\""),
            (false, false) => format!("{line} ; ({marker}) and extra == \"{extra}\""),
        });
    }
    (requires, extras)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_markers() {
        let text =
            "a\n# no\n\n[Some_Extra]\nb>=1\n[:python_version<'3']\nc\n[x:os_name=='nt']\nd\n";
        let (requires, extras) = parse(text);
        assert_eq!(
            requires,
            [
                "a",
                "b>=1 ; extra == \"some-extra\"",
                "c ; python_version<'3'",
                "d ; (os_name=='nt') and extra == \"x\"",
            ]
        );
        assert_eq!(extras, ["some-extra", "x"]);
    }
}
