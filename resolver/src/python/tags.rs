//! Which wheels fit a target, and how well.
//!
//! <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>

use std::collections::HashMap;

use super::wheel_name::WheelName;
use crate::requirements::{Architecture, GlibcVersion, PythonVersion};

/// Every tag that fits a target, in pip's order of preference.
///
/// `CPython` on glibc only: the most specific first, newest glibc first, then pure Python.
#[derive(Debug, Clone)]
pub(super) struct Tags {
    ranks: HashMap<[String; 3], usize>,
}

impl Tags {
    /// The tags of a target.
    pub(super) fn new(python: PythonVersion, architecture: Architecture, glibc: GlibcVersion) -> Self {
        let mut ranks = HashMap::new();
        for tag in in_order(python.minor, &platforms(architecture, glibc)) {
            let rank = ranks.len();
            ranks.entry(tag).or_insert(rank);
        }
        Self { ranks }
    }

    /// How well a wheel fits, 0 being best; `None` where it does not.
    pub(super) fn rank(&self, wheel: &WheelName) -> Option<usize> {
        let tags = wheel.pythons.iter().flat_map(|python| {
            wheel.abis.iter().flat_map(move |abi| {
                wheel.platforms.iter().map(move |platform| [python.clone(), abi.clone(), platform.clone()])
            })
        });
        tags.filter_map(|tag| self.ranks.get(&tag).copied()).min()
    }
}

fn in_order(minor: u8, platforms: &[String]) -> Vec<[String; 3]> {
    let interpreter = format!("cp3{minor}");
    // Until 3.7 the ABI was named after pymalloc.
    let abi = if minor < 8 { format!("{interpreter}m") } else { interpreter.clone() };
    let mut tags = Vec::new();
    let mut add = |python: &str, abi: &str, platform: &str| {
        tags.push([python.to_owned(), abi.to_owned(), platform.to_owned()]);
    };
    let mut add_native =
        |python: &str, abi: &str| platforms.iter().for_each(|platform| add(python, abi, platform));
    add_native(&interpreter, &abi);
    add_native(&interpreter, "abi3");
    add_native(&interpreter, "none");
    // The stable ABI began with 3.2.
    for older in (2..minor).rev() {
        add_native(&format!("cp3{older}"), "abi3");
    }
    let own = format!("py3{minor}");
    let pure: Vec<String> = [own, "py3".to_owned()]
        .into_iter()
        .chain((0..minor).rev().map(|older| format!("py3{older}")))
        .collect();
    for python in &pure {
        add_native(python, "none");
    }
    add(&interpreter, "none", "any");
    for python in &pure {
        add(python, "none", "any");
    }
    tags
}

/// `manylinux` platforms from the newest to the oldest, each with its alias of old, then plain `linux`.
fn platforms(architecture: Architecture, glibc: GlibcVersion) -> Vec<String> {
    // The oldest glibc that manylinux was ever defined for on that machine.
    let (machine, oldest) = match architecture {
        Architecture::Amd64 => ("x86_64", 5),
        Architecture::Arm64 => ("aarch64", 17),
    };
    let mut platforms = Vec::new();
    for minor in (oldest..=glibc.minor).rev() {
        platforms.push(format!("manylinux_2_{minor}_{machine}"));
        let alias = match minor {
            17 => Some("manylinux2014"),
            12 => Some("manylinux2010"),
            5 => Some("manylinux1"),
            _ => None,
        };
        platforms.extend(alias.map(|alias| format!("{alias}_{machine}")));
    }
    platforms.push(format!("linux_{machine}"));
    platforms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(python: &str, architecture: Architecture, glibc: &str) -> Tags {
        Tags::new(python.parse().expect(python), architecture, glibc.parse().expect(glibc))
    }

    fn wheel(tags: &str) -> WheelName {
        WheelName::parse(&format!("a-1-{tags}.whl")).expect(tags)
    }

    #[test]
    fn only_what_the_target_can_load_fits() {
        let amd = tags("3.10", Architecture::Amd64, "2.28");
        let check = |tags: &str, expected: bool| {
            assert_eq!(amd.rank(&wheel(tags)).is_some(), expected, "{tags}");
        };
        check("py2.py3-none-any", true);
        check("py2-none-any", false);
        check("py3-none-manylinux_2_17_x86_64", true);
        check("cp310-none-any", true);
        check("cp311-none-any", false);
        check("py311-none-any", false);
        check("py39-none-any", true);
        check("cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64", true);
        check("cp310-cp310-manylinux1_x86_64", true);
        check("cp310-cp310-manylinux2010_x86_64", true);
        check("cp310-cp310-manylinux2014_x86_64", true);
        check("cp310-cp310-linux_x86_64", true);
        check("cp310-cp310-manylinux_2_28_x86_64", true);
        check("cp310-cp310-manylinux_2_29_x86_64", false);
        check("cp39-abi3-manylinux_2_17_x86_64", true);
        check("cp310-abi3-manylinux_2_17_x86_64", true);
        check("cp311-abi3-manylinux_2_17_x86_64", false);
        check("cp39-cp39-manylinux_2_17_x86_64", false);
        check("cp310-cp310-manylinux_2_17_aarch64", false);
        check("cp310-cp310-musllinux_1_2_x86_64", false);
        check("cp310-cp310-win_amd64", false);
        check("cp310-cp310-macosx_11_0_x86_64", false);
        check("pp310-pypy310_pp73-manylinux_2_17_x86_64", false);
        check("cp313-cp313t-manylinux_2_17_x86_64", false);
    }

    #[test]
    fn other_targets() {
        let arm = tags("3.13", Architecture::Arm64, "2.36");
        assert!(arm.rank(&wheel("cp313-cp313-manylinux2014_aarch64")).is_some());
        assert!(arm.rank(&wheel("cp313-cp313-manylinux_2_16_aarch64")).is_none());
        assert!(arm.rank(&wheel("cp313-cp313-manylinux2010_aarch64")).is_none());
        assert!(arm.rank(&wheel("cp313-cp313t-manylinux_2_17_aarch64")).is_none());
        let old = tags("3.7", Architecture::Amd64, "2.17");
        assert!(old.rank(&wheel("cp37-cp37m-manylinux1_x86_64")).is_some());
        assert!(old.rank(&wheel("cp37-cp37-manylinux1_x86_64")).is_none());
    }

    #[test]
    fn the_most_specific_comes_first() {
        let amd = tags("3.10", Architecture::Amd64, "2.28");
        let order = [
            "cp310-cp310-manylinux_2_28_x86_64",
            "cp310-cp310-manylinux_2_17_x86_64",
            "cp310-cp310-manylinux1_x86_64",
            "cp310-cp310-linux_x86_64",
            "cp310-abi3-manylinux_2_28_x86_64",
            "cp39-abi3-manylinux_2_28_x86_64",
            "cp38-abi3-manylinux_2_28_x86_64",
            "py310-none-manylinux_2_28_x86_64",
            "py3-none-manylinux_2_17_x86_64",
            "cp310-none-any",
            "py310-none-any",
            "py3-none-any",
            "py39-none-any",
        ];
        let ranks: Vec<_> = order.iter().map(|tags| amd.rank(&wheel(tags))).collect();
        assert!(ranks.is_sorted() && ranks[0].is_some(), "{ranks:?}");
    }
}
