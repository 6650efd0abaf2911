//! What profiles and properties of POMs may know of the machine: what the target declares.

use crate::requirements::{Architecture, Target};

use super::pom::{Activation, OperatingSystem, PropertyCondition};
use super::range::Constraint;
use super::version::Version;

/// The Java version where the target declares none: that of Spark's own images since 4.0, and the
/// newest that 3.5's come with.
const DEFAULT_JAVA: &str = "17";

/// The declared machine. Nothing of the machine that resolves comes in, no environment variable
/// and no file, so that a set resolves to the same everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runtime {
    /// As Java itself writes it: `1.8`, `11`, `17`.
    java: String,
    architecture: &'static str,
}

impl Runtime {
    pub(super) fn of(target: &Target) -> Self {
        let declared = target.java.as_deref().unwrap_or(DEFAULT_JAVA).trim();
        let is_old = matches!(declared, "5" | "6" | "7" | "8");
        Self {
            java: if is_old { format!("1.{declared}") } else { declared.to_owned() },
            architecture: match target.platform.architecture {
                Architecture::Amd64 => "amd64",
                Architecture::Arm64 => "aarch64",
            },
        }
    }

    /// The version of Java, as Java itself writes it.
    pub(super) fn java(&self) -> &str {
        &self.java
    }

    /// A system property of the declared Java.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        match name {
            "java.version" | "java.specification.version" | "java.vm.specification.version" => {
                Some(&self.java)
            }
            "os.name" => Some("Linux"),
            "os.arch" => Some(self.architecture),
            "file.separator" => Some("/"),
            "path.separator" => Some(":"),
            _ => None,
        }
    }

    /// Whether a condition is stated and all that is stated holds, as in Maven since 3.2.2
    /// (`DefaultProfileSelector`). `activeByDefault` is for the caller, who sees the other profiles.
    pub(super) fn activates(&self, activation: &Activation) -> bool {
        let Activation { by_default: _, jdk, os, property, file } = activation;
        let is_stated = jdk.is_some() || os.is_some() || property.is_some();
        is_stated
            && !file
            && jdk.as_deref().is_none_or(|jdk| self.has_jdk(jdk))
            && os.as_ref().is_none_or(|os| self.has_os(os))
            && property.as_ref().is_none_or(|property| self.has_property(property))
    }

    /// A range, or the beginning of a version, negated by `!` (`JdkVersionProfileActivator`).
    fn has_jdk(&self, jdk: &str) -> bool {
        if let Some(prefix) = jdk.strip_prefix('!') {
            return !self.java.starts_with(prefix);
        }
        match Constraint::parse(jdk) {
            Ok(Constraint::Hard(ranges)) => ranges.contains(&Version::new(&self.java)),
            Ok(Constraint::Soft(_)) => self.java.starts_with(jdk),
            Err(_) => false,
        }
    }

    fn has_os(&self, os: &OperatingSystem) -> bool {
        let OperatingSystem { name, family, architecture, version } = os;
        let all = [
            (name, ["linux", "linux"]),
            // A family that is none of Java's is compared with the system's name.
            (family, ["unix", "linux"]),
            (architecture, [self.architecture, self.architecture]),
            // The kernel's version is not declared: nothing holds of it but what is negated.
            (version, ["", ""]),
        ];
        all.into_iter().all(|(wanted, actual)| {
            wanted.as_deref().is_none_or(|wanted| {
                let (negated, wanted) = wanted.strip_prefix('!').map_or((false, wanted), |rest| (true, rest));
                negated != actual.iter().any(|actual| actual.eq_ignore_ascii_case(wanted))
            })
        })
    }

    /// `name`, `!name`, or `name` with a value that may be negated in its turn
    /// (`PropertyProfileActivator`). Properties of the POM itself do not count.
    fn has_property(&self, condition: &PropertyCondition) -> bool {
        if let Some(absent) = condition.name.strip_prefix('!') {
            return self.property(absent).is_none();
        }
        let actual = self.property(&condition.name);
        match condition.value.as_deref() {
            None => actual.is_some(),
            Some(value) => match value.strip_prefix('!') {
                Some(other) => actual != Some(other),
                None => actual == Some(value),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(java: &str) -> Runtime {
        Runtime::of(&Target { java: Some(java.to_owned()), ..Target::default() })
    }

    #[test]
    fn jdk_conditions() {
        let check = |java: &str, jdk: &str, expected: bool| {
            let activation = Activation { jdk: Some(jdk.to_owned()), ..Activation::default() };
            assert_eq!(target(java).activates(&activation), expected, "{jdk} on {java}");
        };
        check("17", "[9,)", true);
        check("17", "1.8", false);
        check("8", "1.8", true);
        check("8", "[1.8,9)", true);
        check("17", "(,1.8]", false);
        check("17", "!1.8", true);
        check("8", "!1.8", false);
        check("17", "1", true);
        check("17", "[9", false);
        assert_eq!(Runtime::of(&Target::default()).property("java.version"), Some("17"));
    }

    #[test]
    fn os_conditions() {
        let check = |name: &str, family: &str, architecture: &str, expected: bool| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let os = OperatingSystem {
                name: text(name),
                family: text(family),
                architecture: text(architecture),
                version: None,
            };
            let activation = Activation { os: Some(os), ..Activation::default() };
            assert_eq!(target("17").activates(&activation), expected, "{name} {family} {architecture}");
        };
        check("", "unix", "", true);
        check("Linux", "Unix", "amd64", true);
        check("", "linux", "", true);
        check("", "windows", "", false);
        check("", "!windows", "", true);
        check("", "mac", "", false);
        check("linux", "", "aarch64", false);
    }

    #[test]
    fn property_conditions_see_the_target_only() {
        let check = |name: &str, value: Option<&str>, expected: bool| {
            let property = PropertyCondition { name: name.to_owned(), value: value.map(str::to_owned) };
            let activation = Activation { property: Some(property), ..Activation::default() };
            assert_eq!(target("17").activates(&activation), expected, "{name} {value:?}");
        };
        check("nope", None, false);
        check("!nope", None, true);
        check("os.name", Some("Linux"), true);
        check("os.name", Some("!Linux"), false);
        check("nope", Some("!x"), true);
        check("env.PATH", None, false);
    }

    #[test]
    fn all_conditions_must_hold_and_files_never_do() {
        let jdk = Activation { jdk: Some("17".to_owned()), ..Activation::default() };
        assert!(target("17").activates(&jdk));
        assert!(!target("17").activates(&Activation { file: true, ..jdk.clone() }));
        let os = OperatingSystem { family: Some("windows".to_owned()), ..OperatingSystem::default() };
        assert!(!target("17").activates(&Activation { os: Some(os), ..jdk }));
        assert!(!target("17").activates(&Activation::default()));
    }
}
