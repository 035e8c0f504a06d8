//! The files in which AWS's own tools keep credentials, for those who have no variables set.

use std::path::PathBuf;

use crate::config::ini;
use crate::surroundings::Surroundings;

/// What a profile may say, and the variable that says the same.
const KEYS: [(&str, &str); 5] = [
    ("aws-access-key-id", "AWS_ACCESS_KEY_ID"),
    ("aws-secret-access-key", "AWS_SECRET_ACCESS_KEY"),
    ("aws-session-token", "AWS_SESSION_TOKEN"),
    ("region", "AWS_REGION"),
    ("endpoint-url", "AWS_ENDPOINT_URL"),
];

/// Variables that stand for the profile `$AWS_PROFILE`, or `default`, of `~/.aws/credentials` and
/// `~/.aws/config`, without those that are set.
///
/// A set of credentials is taken whole or not at all, and the first file is asked first, as
/// [AWS's tools do](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html). Files that are
/// missing or can't be understood say nothing.
pub(super) fn variables(surroundings: &Surroundings) -> Vec<(String, String)> {
    let profile = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
    let profile = profile.iter().find_map(|name| surroundings.filled(name));
    let profile = profile.unwrap_or_else(|| "default".to_owned());
    let named = format!("profile {profile}");
    let files = [
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ("AWS_CONFIG_FILE", "~/.aws/config"),
    ];
    let mut has_credentials = surroundings.filled("AWS_ACCESS_KEY_ID").is_some();
    let mut found: Vec<(String, String)> = Vec::new();
    for (variable, usual) in files {
        let path = surroundings.filled(variable).unwrap_or_else(|| usual.to_owned());
        let path = PathBuf::from(surroundings.expand_user(&path));
        let Ok(text) = accel_io::fs::read_to_string(&path) else { continue };
        let sections = ini::parse(&text, &path.to_string_lossy()).unwrap_or_default();
        let section =
            sections.items().into_iter().find(|(name, _)| *name == profile || *name == named);
        let keys = section.map(|(_, keys)| keys).unwrap_or_default();
        let credentials = keys.iter().any(|(key, _)| key == KEYS[0].0);
        for (key, value) in keys {
            let Some((_, variable)) = KEYS.iter().find(|(known, _)| *known == key) else {
                continue;
            };
            let is_credential = key.starts_with("aws-");
            let is_known = found.iter().any(|(name, _)| name == variable);
            if (is_credential && has_credentials)
                || is_known
                || surroundings.filled(variable).is_some()
            {
                continue;
            }
            found.push(((*variable).to_owned(), value));
        }
        has_credentials |= credentials;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(environment: &[(&str, &str)], credentials: &str, config: &str) -> Vec<String> {
        let home = tempfile::tempdir().unwrap();
        accel_io::fs::create_dir_all(home.path().join(".aws")).unwrap();
        accel_io::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        accel_io::fs::write(home.path().join(".aws/config"), config).unwrap();
        let home_text = home.path().display().to_string();
        let home = ("HOME", home_text.as_str());
        let environment = environment.iter().chain([&home]);
        let environment = environment.map(|(name, value)| ((*name).into(), (*value).into()));
        let surroundings =
            Surroundings { environment: environment.collect(), ..Surroundings::default() };
        let variables = variables(&surroundings).into_iter();
        variables.map(|(name, value)| format!("{name}={value}")).collect()
    }

    const CREDENTIALS: &str = "[default]\naws_access_key_id = D\naws_secret_access_key = d\n\
                               [ci]\naws_access_key_id=C\naws_secret_access_key=c\n\
                               aws_session_token=t\n";
    const CONFIG: &str = "[default]\nregion = eu-central-1\n[profile ci]\nregion=us-west-2\n\
                          s3 =\n  max_queue_size = 10\nendpoint_url=http://minio\n\
                          aws_access_key_id=X\naws_secret_access_key=x\n";

    #[test]
    fn a_profile_says_what_no_variable_says() {
        assert_eq!(
            found(&[], CREDENTIALS, CONFIG),
            ["AWS_ACCESS_KEY_ID=D", "AWS_SECRET_ACCESS_KEY=d", "AWS_REGION=eu-central-1"]
        );
        assert_eq!(
            found(&[("AWS_PROFILE", "ci")], CREDENTIALS, CONFIG),
            [
                "AWS_ACCESS_KEY_ID=C",
                "AWS_SECRET_ACCESS_KEY=c",
                "AWS_SESSION_TOKEN=t",
                "AWS_REGION=us-west-2",
                "AWS_ENDPOINT_URL=http://minio"
            ]
        );
        // Nothing of one set of credentials is mixed with another one.
        let given = [("AWS_ACCESS_KEY_ID", "V"), ("AWS_REGION", "r")];
        assert_eq!(found(&given, CREDENTIALS, CONFIG), Vec::<String>::new());
        assert_eq!(found(&[("AWS_PROFILE", "nobody")], CREDENTIALS, CONFIG), Vec::<String>::new());
        assert_eq!(found(&[], "no section", ""), Vec::<String>::new());
    }
}
