//! The installed Maven: where it is, and the URL of `central` that it is built with.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Environment, Found, SaidBy, SourcesError};
use crate::xml;

/// The jars of Maven that hold a super POM: the model builder of Maven 3, which Maven 4 still brings, and
/// the implementation of Maven 4.
const JARS: [&str; 2] = ["maven-model-builder-", "maven-impl-"];

/// The super POMs, by the model version that they are for.
const SUPER_POMS: [&str; 2] =
    ["org/apache/maven/model/pom-4.0.0.xml", "org/apache/maven/model/pom-4.1.0.xml"];

/// The largest super POM that is read, in bytes; Maven 3's has 5 kB.
const MAX_POM: u64 = 1 << 20;

/// The home of the installed Maven: what `MAVEN_HOME` or `M2_HOME` says, and no other then; else where the
/// `mvn` in `PATH` leads, or where Debian puts it.
pub(super) fn find(environment: &Environment) -> Option<PathBuf> {
    let is_home = |home: &PathBuf| home.join("lib").is_dir();
    if let Some(named) = environment.first_variable(&["MAVEN_HOME", "M2_HOME"]) {
        return Some(PathBuf::from(named)).filter(is_home);
    }
    let of_program = environment.program("mvn").and_then(|mvn| mvn.canonicalize().ok());
    let of_program = of_program.and_then(|mvn| Some(mvn.parent()?.parent()?.to_owned()));
    // Homebrew's `bin/mvn` is a script beside the home, which is `libexec`.
    let of_program = of_program.into_iter().flat_map(|home| [home.join("libexec"), home]);
    let debian = environment.in_root("usr/share/maven");
    of_program.chain([debian]).find(is_home)
}

/// The URL of `central` in the super POM of the Maven at `home`; `None` where it has none that is found.
pub(super) fn central(home: &Path) -> Result<Option<Found>, SourcesError> {
    for jar in jars(&home.join("lib"))? {
        if let Some(pom) = super_pom(&jar)? {
            let pom = xml::parse(pom.as_bytes(), "project")
                .map_err(|fault| SourcesError::malformed(&jar, format!("it {fault}")))?;
            let mut repositories = pom.list("repositories", "repository");
            let central = repositories.find(|repository| repository.text_of("id") == Some("central"));
            if let Some(url) = central.and_then(|central| central.text_of("url")) {
                let place = format!("the super POM of {}", jar.display());
                let (url, server) = (url.to_owned(), "central".to_owned());
                return Ok(Some(Found { url, server, said_by: SaidBy::User, place }));
            }
        }
    }
    Ok(None)
}

/// The jars that may hold a super POM, in the order of [`JARS`]. Debian links them as
/// `maven-model-builder-3.x.jar`, so that nothing is concluded from the version.
fn jars(directory: &Path) -> Result<Vec<PathBuf>, SourcesError> {
    let unreadable = |source: std::io::Error| SourcesError::Unreadable { path: directory.to_owned(), source };
    let mut jars = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let rank = JARS.iter().position(|prefix| name.starts_with(prefix));
        if let Some(rank) = rank.filter(|_| path.extension().is_some_and(|extension| extension == "jar")) {
            jars.push((rank, path));
        }
    }
    jars.sort();
    Ok(jars.into_iter().map(|(_, jar)| jar).collect())
}

fn super_pom(jar: &Path) -> Result<Option<String>, SourcesError> {
    let file = File::open(jar).map_err(|source| SourcesError::Unreadable { path: jar.to_owned(), source })?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| SourcesError::malformed(jar, error))?;
    for name in SUPER_POMS {
        let entry = match archive.by_name(name) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => continue,
            Err(error) => return Err(SourcesError::malformed(jar, error)),
        };
        let mut pom = String::new();
        let read = entry.take(MAX_POM).read_to_string(&mut pom);
        read.map_err(|error| SourcesError::malformed(jar, error))?;
        return Ok(Some(pom));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn install(home: &Path, jar: &str, entry: &str, url: &str) {
        std::fs::create_dir_all(home.join("lib")).expect("a directory");
        let file = File::create(home.join("lib").join(jar)).expect("a jar");
        let mut archive = zip::ZipWriter::new(file);
        archive.start_file(entry, SimpleFileOptions::default()).expect("an entry");
        let pom = format!(
            "<project><repositories><repository><id>central</id><url>{url}</url></repository></repositories>\
             </project>"
        );
        archive.write_all(pom.as_bytes()).expect("a super POM");
        archive.finish().expect("an archive");
    }

    #[test]
    fn central_is_read_of_every_layout() {
        let check = |jar: &str, entry: &str| {
            let home = tempfile::tempdir().expect("a directory");
            install(home.path(), "maven-core-3.9.9.jar", entry, "https://wrong.example.org");
            install(home.path(), jar, entry, "https://example.org/m2");
            let found = central(home.path()).expect(jar).map(|found| found.url);
            assert_eq!(found.as_deref(), Some("https://example.org/m2"), "{jar}");
        };
        check("maven-model-builder-3.9.9.jar", SUPER_POMS[0]);
        check("maven-model-builder-3.x.jar", SUPER_POMS[0]);
        check("maven-impl-4.0.0.jar", SUPER_POMS[1]);
        let empty = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(empty.path().join("lib")).expect("a directory");
        assert!(central(empty.path()).expect("no failure").is_none());
    }

    #[test]
    fn a_broken_jar_is_named() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(home.path().join("lib")).expect("a directory");
        std::fs::write(home.path().join("lib/maven-model-builder-3.jar"), "<html>").expect("a file");
        let error = central(home.path()).err().expect("an error").to_string();
        assert!(error.contains("maven-model-builder-3.jar"), "{error}");
    }

    #[test]
    fn the_installation_is_found_through_links() {
        let root = tempfile::tempdir().expect("a directory");
        let home = root.path().join("opt/maven-3.9.9");
        for directory in [home.join("lib"), home.join("bin"), root.path().join("bin")] {
            std::fs::create_dir_all(directory).expect("a directory");
        }
        std::fs::write(home.join("bin/mvn"), "").expect("a program");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(home.join("bin/mvn"), executable).expect("a mode");
        std::os::unix::fs::symlink(home.join("bin/mvn"), root.path().join("bin/mvn")).expect("a link");
        let mut environment = Environment { root: root.path().to_owned(), ..Environment::default() };
        assert_eq!(find(&environment), None);
        environment.variables.insert("PATH".to_owned(), root.path().join("bin").display().to_string());
        assert_eq!(find(&environment), home.canonicalize().ok());
        let other = root.path().join("other");
        std::fs::create_dir_all(other.join("lib")).expect("a directory");
        environment.variables.insert("MAVEN_HOME".to_owned(), other.display().to_string());
        assert_eq!(find(&environment), Some(other));
    }
}
