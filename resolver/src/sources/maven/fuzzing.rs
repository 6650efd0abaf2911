//! What holds of the reader of `settings.xml`: [`crate::fuzzing`].

use std::path::Path;

use super::mirror;
use super::settings::Settings;
use crate::fetch::Credentials;
use crate::sources::fuzzing::environment;

/// No credential is sent with a variable in it that is not set, and a mirror named for a repository serves it.
pub(crate) fn maven_settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(settings) = Settings::parse(&text, &environment()) else { return };
    for server in &settings.servers {
        match server.credentials(Path::new("settings.xml")) {
            Ok(Some(Credentials::Basic { username, password })) => {
                for value in [username.as_str(), password.expose()] {
                    let reference = value.split_once("${").map(|(_, rest)| rest);
                    assert!(!reference.is_some_and(|rest| rest.contains('}')));
                }
            }
            Ok(_) => {}
            Err(error) => assert!(!error.to_string().contains("hunter2")),
        }
    }
    for id in ["central", "inhouse"] {
        let exact = settings.mirrors.iter().position(|mirror| mirror.serves == id);
        let chosen = mirror::select(settings.mirrors.iter().collect(), |mirror| mirror, id, None);
        if let Some(exact) = exact {
            assert_eq!(chosen, Some(&settings.mirrors[exact]));
        }
    }
    for (id, url) in settings.active_profiles().flat_map(|profile| &profile.repositories) {
        assert!(!id.is_empty() && !url.is_empty());
    }
}
