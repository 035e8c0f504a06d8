//! No foreign text makes a reader panic, and what was printed can be read again.

use accel_types::{
    CoreMetadata, Digest, DirectUrl, EntryPoints, LineEnds, Marker, MarkerEnvironment, PackageName,
    RecordRow, Requirement, SdistName, SpecifierSet, Tag, Version, WheelFilename, WheelInfo,
    record,
};
use proptest::prelude::*;

/// Texts of the characters that the grammars are made of, with some that they are not.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "1",
        "0",
        "99999999999999999999",
        ".",
        "!",
        "+",
        "-",
        "_",
        "a",
        "rc",
        "post",
        "dev",
        "*",
        "==",
        "===",
        "~=",
        ">=",
        "<",
        ",",
        ";",
        "(",
        ")",
        "[",
        "]",
        "@",
        " ",
        "'",
        "\"",
        "\\",
        "\n",
        "\r\n",
        ":",
        "=",
        "and",
        "or",
        "in",
        "not",
        "extra",
        "os_name",
        "python_version",
        "é",
        "\u{2028}",
        "/",
        "foo",
        ".whl",
        ".tar.gz",
        "py3-none-any",
        "${A}",
        "https://",
        "file:///",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_never_panic(text in text(), other in text()) {
        let environment = MarkerEnvironment { python_version: other.clone(), ..MarkerEnvironment::default() };
        if let Ok(marker) = Marker::parse(&text) {
            let _ = marker.evaluate(&environment, &[&other]);
        }
        let name = PackageName::new(&other);
        let _ = SdistName::parse(&text, &name);
        let _ = WheelFilename::parse(&text);
        let _ = Tag::parse_set(&text);
        let _ = Digest::from_url(&text);
        let _ = text.parse::<Digest>();
        let _ = DirectUrl::from_json(&text);
        let _ = DirectUrl { url: text.clone(), ..DirectUrl::default() }.to_json();
        let _ = EntryPoints::parse(&text).map(|points| points.entries.iter().filter_map(|e| e.target().map(|_| ())).count());
        let _ = WheelInfo::parse(text.as_bytes());
        let _ = CoreMetadata::parse(text.as_bytes(), LineEnds::AsWritten);
        let _ = record::parse(&text);
    }

    #[test]
    fn bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = CoreMetadata::parse(&bytes, LineEnds::AsWritten);
        let _ = CoreMetadata::parse_lenient(&bytes, LineEnds::Translated);
        let _ = WheelInfo::parse(&bytes);
    }

    #[test]
    fn versions_survive_printing(text in text()) {
        if let Ok(version) = Version::parse(&text) {
            let again = Version::parse(&version.to_string()).unwrap();
            prop_assert_eq!(&again, &version);
            prop_assert_eq!(again.to_string(), version.to_string());
            prop_assert_eq!(Version::from_parts(version.to_parts()), version);
        }
    }

    #[test]
    fn requirements_survive_printing(text in text()) {
        if let Ok(set) = SpecifierSet::parse(&text) {
            prop_assert_eq!(&SpecifierSet::parse(&set.to_string()).unwrap(), &set);
        }
        let requirement = format!("foo{text}");
        if let Ok(requirement) = Requirement::parse(&requirement) {
            prop_assert_eq!(&Requirement::parse(&requirement.to_string()).unwrap(), &requirement);
        }
    }

    #[test]
    fn records_survive_writing(cells in prop::collection::vec("[a-z,\"' =é/]{1,12}", 3)) {
        let row = RecordRow { path: cells[0].clone(), hash: cells[1].clone(), size: cells[2].clone() };
        let text = record::write_rows([&row]);
        prop_assert_eq!(record::parse(&text).unwrap(), vec![row]);
    }
}
