//! Where pip's and uv's users and installation say that indexes are.

use std::path::PathBuf;

use super::ini::Ini;
use super::{Environment, SourcesError, environment};

/// What prints the URL of the index that pip is built with. It asks pip alone: `-I` keeps the working
/// directory, `PYTHON*` variables and the user's site out.
const ASK_PIP: [&str; 3] =
    ["-I", "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"];

/// A URL, and where it stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The URL as it is written.
    pub url: String,
    /// Where.
    pub place: String,
}

/// The configuration files of pip, with later ones over earlier ones.
#[derive(Default)]
pub(super) struct Pip {
    index: Option<Written>,
    extra: Option<Written>,
}

impl Pip {
    /// Reads the files in pip's order: global, user, site, and the one that `PIP_CONFIG_FILE` names. As
    /// in pip, the last replaces the user's, and `/dev/null` all of them.
    pub(super) fn discover(environment: &Environment) -> Result<Self, SourcesError> {
        let mut values = [const { None }; 4];
        for path in files(environment) {
            let Some(text) = environment::read(&path)? else { continue };
            let ini = Ini::parse(&text).map_err(|line| {
                SourcesError::malformed(&path, format!("line {} is neither a section nor a key", line.0))
            })?;
            let keys = ["index-url", "extra-index-url"];
            let sections =
                ["global", "install"].into_iter().flat_map(|section| keys.map(|key| (section, key)));
            for (value, (section, key)) in values.iter_mut().zip(sections) {
                // pip takes `index_url` for `index-url`.
                let found = ini.get(section, key).or_else(|| ini.get(section, &key.replace('-', "_")));
                if let Some(found) = found {
                    let place = format!("`{key}` in {}", path.display());
                    *value = Some(Written { url: found.trim().to_owned(), place });
                }
            }
        }
        let [index, extra, install_index, install_extra] = values;
        Ok(Self { index: install_index.or(index), extra: install_extra.or(extra) })
    }

    /// The index in place of the built-in one.
    pub(super) fn index(&self) -> Option<&Written> {
        self.index.as_ref()
    }

    /// The indexes beside it: those of `PIP_EXTRA_INDEX_URL`, or else of the files.
    pub(super) fn extra(&self, environment: &Environment) -> Vec<Written> {
        let variable = "PIP_EXTRA_INDEX_URL";
        let of_variable = environment
            .variable(variable)
            .map(|url| Written { url: url.to_owned(), place: format!("the variable {variable}") });
        let lists = of_variable.or_else(|| self.extra.clone());
        let list = lists.into_iter();
        list.flat_map(|Written { url, place }| {
            let urls: Vec<String> = url.split_whitespace().map(str::to_owned).collect();
            urls.into_iter().map(move |url| Written { url, place: place.clone() })
        })
        .collect()
    }
}

/// The variables of pip and uv that stand for `pypi`, pip's first.
pub(super) fn of_variables(environment: &Environment) -> Option<Written> {
    ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"].into_iter().find_map(|name| {
        let url = environment.variable(name)?;
        Some(Written { url: without_name(url).to_owned(), place: format!("the variable {name}") })
    })
}

/// The index of a name in `UV_INDEX`, a list of `URL` and `NAME=URL`.
pub(super) fn named_by_uv(environment: &Environment, id: &str) -> Option<Written> {
    let list = environment.variable("UV_INDEX")?.split_whitespace();
    let mut named = list.filter_map(|index| index.split_once('='));
    let (_, url) = named.find(|(name, _)| *name == id)?;
    Some(Written { url: url.to_owned(), place: "the variable UV_INDEX".to_owned() })
}

/// uv takes `NAME=URL` wherever it takes the URL of an index.
fn without_name(index: &str) -> &str {
    match index.split_once('=') {
        Some((name, url)) if !name.contains("://") => url,
        _ => index,
    }
}

/// The URL that the installed pip is built with; `None` where there is no Python in `PATH` that has pip.
pub(super) fn built_in(environment: &Environment) -> Option<Written> {
    let python = environment.program("python3").or_else(|| environment.program("python"))?;
    // A Python without pip fails as one that cannot run does: there is nothing to learn from it.
    let url = environment.ask(&python, &ASK_PIP).ok()?;
    Some(Written { url, place: format!("the pip of {}", python.display()) })
}

fn files(environment: &Environment) -> Vec<PathBuf> {
    const NAME: &str = "pip/pip.conf";
    let named = environment.variable("PIP_CONFIG_FILE").map(|path| environment.expand(path));
    if named.as_deref().is_some_and(|path| path == "/dev/null") {
        return Vec::new();
    }
    let global = match environment.variable("XDG_CONFIG_DIRS") {
        Some(directories) => std::env::split_paths(directories).collect(),
        None => vec![environment.in_root("etc/xdg")],
    };
    let mut files: Vec<PathBuf> = global.into_iter().map(|directory| directory.join(NAME)).collect();
    files.push(environment.in_root("etc/pip.conf"));
    if !named.as_deref().is_some_and(std::path::Path::exists) {
        files.extend(environment.in_home(".pip/pip.conf"));
        let user = environment.variable("XDG_CONFIG_HOME").map(PathBuf::from);
        files.extend(user.or_else(|| environment.in_home(".config")).map(|directory| directory.join(NAME)));
    }
    // `sys.prefix`: the virtual environment's, or that of the Python in `PATH`.
    let of_python = || environment.program("python3")?.parent()?.parent().map(PathBuf::from);
    let prefix = environment.variable("VIRTUAL_ENV").map(PathBuf::from).or_else(of_python);
    files.extend(prefix.map(|prefix| prefix.join("pip.conf")));
    files.extend(named);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, text: &str) {
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    #[test]
    fn later_files_override_earlier_ones() {
        let root = tempfile::tempdir().expect("a directory");
        let home = root.path().join("home");
        let mut environment =
            Environment { home: Some(home.clone()), root: root.path().to_owned(), ..Environment::default() };
        let index = |environment: &Environment| {
            Pip::discover(environment).expect("no failure").index().map(|index| index.url.clone())
        };
        assert_eq!(index(&environment), None);
        let named = root.path().join("named.conf");
        let steps = [
            (root.path().join("etc/xdg/pip/pip.conf"), "global", "https://xdg"),
            (root.path().join("etc/pip.conf"), "global", "https://etc"),
            (home.join(".pip/pip.conf"), "global", "https://legacy"),
            (home.join(".config/pip/pip.conf"), "global", "https://user"),
            (root.path().join("venv/pip.conf"), "global", "https://site"),
        ];
        environment
            .variables
            .insert("VIRTUAL_ENV".to_owned(), root.path().join("venv").display().to_string());
        for (path, section, url) in steps {
            write(path, &format!("[{section}]\nindex_url = {url}\n"));
            assert_eq!(index(&environment).as_deref(), Some(url));
        }
        write(root.path().join("etc/pip.conf"), "[install]\nindex-url = https://install\n");
        assert_eq!(index(&environment).as_deref(), Some("https://install"));
        write(named.clone(), "[install]\nindex-url = https://named\n");
        environment.variables.insert("PIP_CONFIG_FILE".to_owned(), named.display().to_string());
        assert_eq!(index(&environment).as_deref(), Some("https://named"));
        environment.variables.insert("PIP_CONFIG_FILE".to_owned(), "/dev/null".to_owned());
        assert_eq!(index(&environment), None);
    }

    #[test]
    fn extra_indexes_are_lists() {
        let root = tempfile::tempdir().expect("a directory");
        write(
            root.path().join("etc/pip.conf"),
            "[global]\nextra-index-url =\n    https://a/simple\n    https://b/simple\n",
        );
        let mut environment = Environment { root: root.path().to_owned(), ..Environment::default() };
        let pip = Pip::discover(&environment).expect("no failure");
        let urls = |environment: &Environment| -> Vec<String> {
            pip.extra(environment).into_iter().map(|extra| extra.url).collect()
        };
        assert_eq!(urls(&environment), ["https://a/simple", "https://b/simple"]);
        environment.variables.insert("PIP_EXTRA_INDEX_URL".to_owned(), "https://c https://d".to_owned());
        assert_eq!(urls(&environment), ["https://c", "https://d"]);
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let root = tempfile::tempdir().expect("a directory");
        write(root.path().join("etc/pip.conf"), "[global]\npassword hunter2\n");
        let environment = Environment { root: root.path().to_owned(), ..Environment::default() };
        let error = Pip::discover(&environment).err().expect("an error").to_string();
        assert!(error.contains("pip.conf: line 2") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn variables_may_name_an_index() {
        let check = |name: &str, value: &str, expected: &str| {
            let variables = [(name.to_owned(), value.to_owned())].into();
            let environment = Environment { variables, ..Environment::default() };
            assert_eq!(of_variables(&environment).expect(name).url, expected);
        };
        check("PIP_INDEX_URL", "https://a/?x=y", "https://a/?x=y");
        check("UV_DEFAULT_INDEX", "own=https://a/", "https://a/");
        check("UV_INDEX_URL", "https://a/", "https://a/");
    }
}
