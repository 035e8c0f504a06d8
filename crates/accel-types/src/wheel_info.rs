//! The WHEEL file of a wheel (PEP 427), with pip's checks and words.

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::headers::Headers;
use crate::python_text::{repr, strip};

/// The highest `Wheel-Version` that pip 26.3 knows.
const VERSION_COMPATIBLE: [u64; 2] = [1, 0];

/// What the WHEEL file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WheelInfo {
    /// `Wheel-Version` as numbers: `[1, 0]`.
    pub wheel_version: Vec<u64>,
    /// `Root-Is-Purelib`; false if absent, as in pip.
    pub root_is_purelib: bool,
    /// `Tag`, in order, as written.
    pub tags: Vec<String>,
    /// `Generator`.
    pub generator: Option<String>,
    /// `Build`.
    pub build: Option<String>,
}

impl WheelInfo {
    /// Reads a WHEEL file.
    ///
    /// # Errors
    /// [`TypesError::WheelInfo`] if it is not UTF-8 or lacks a readable `Wheel-Version`. Minus
    /// signs and underscores, which Python's `int` takes in numbers, are refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, TypesError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| TypesError::WheelInfo(format!("error decoding 'WHEEL': {error}")))?;
        let headers = Headers::parse(text);
        let version = headers
            .get("Wheel-Version")
            .ok_or_else(|| TypesError::WheelInfo("WHEEL is missing Wheel-Version".to_owned()))?;
        let version = strip(version);
        let wheel_version = version
            .split('.')
            .map(|part| strip(part).parse().ok())
            .collect::<Option<Vec<u64>>>()
            .ok_or_else(|| {
                TypesError::WheelInfo(format!("invalid Wheel-Version: {}", repr(version)))
            })?;
        Ok(Self {
            wheel_version,
            root_is_purelib: headers
                .get("Root-Is-Purelib")
                .is_some_and(|value| value.to_lowercase() == "true"),
            tags: headers.get_all("Tag").map(str::to_owned).collect(),
            generator: headers.get("Generator").map(str::to_owned),
            build: headers.get("Build").map(str::to_owned),
        })
    }

    /// Holds `Wheel-Version` against what pip can install. `Ok(Some(warning))` for a newer minor
    /// version.
    ///
    /// # Errors
    /// [`TypesError::WheelInfo`] with pip's sentence for a newer major version.
    pub fn check_compatibility(&self, name: &str) -> Result<Option<String>, TypesError> {
        let printed: Vec<String> = self.wheel_version.iter().map(u64::to_string).collect();
        let printed = printed.join(".");
        if self.wheel_version.first() > VERSION_COMPATIBLE.first() {
            return Err(TypesError::WheelInfo(format!(
                "{name}'s Wheel-Version ({printed}) is not compatible with this version of pip"
            )));
        }
        let newer = self.wheel_version.as_slice() > VERSION_COMPATIBLE.as_slice();
        Ok(newer.then(|| format!("Installing from a newer Wheel-Version ({printed})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_file_is_read() {
        let info = WheelInfo::parse(
            b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: True\nTag: py2-none-any\nTag: py3-none-any\n",
        )
        .unwrap();
        assert_eq!(info.wheel_version, [1, 0]);
        assert!(info.root_is_purelib);
        assert_eq!(info.tags, ["py2-none-any", "py3-none-any"]);
        assert_eq!(info.check_compatibility("a"), Ok(None));
    }

    #[test]
    fn versions_are_judged_as_pip_judges_them() {
        let parse = |text: &str| WheelInfo::parse(text.as_bytes());
        assert!(parse("Tag: x\n").is_err());
        assert!(parse("Wheel-Version: a\n").is_err());
        assert!(parse("Wheel-Version: 2.0\n").unwrap().check_compatibility("a").is_err());
        assert!(parse("Wheel-Version: 1.9\n").unwrap().check_compatibility("a").unwrap().is_some());
    }
}
