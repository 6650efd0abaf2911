//! What a POM or a user may write where a version stands: a plain version, or a range.

use std::fmt;

use super::version::Version;

/// A demand on the version of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// A plain version: a wish, which a newer one overrules.
    Soft(Version),
    /// A union of intervals: a condition, which nothing overrules.
    Hard(Ranges),
}

/// A union of intervals, as in `[1.0,2.0),[3.0,)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    text: String,
    intervals: Vec<Interval>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Interval {
    lower: Option<Bound>,
    upper: Option<Bound>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    version: Version,
    inclusive: bool,
}

/// Why a text is no range; it completes a sentence that begins with the text.
pub(super) type RangeFault = &'static str;

impl Constraint {
    /// Reads what stands in a `version` element, as Maven's resolver reads it
    /// (`GenericVersionScheme`): a text that begins with `[` or `(` is a range.
    pub fn parse(text: &str) -> Result<Self, RangeFault> {
        let mut rest = text.trim();
        let mut intervals = Vec::new();
        while rest.starts_with(['[', '(']) {
            let end = rest.find([']', ')']).ok_or("has a range without an end")?;
            intervals.push(Interval::parse(&rest[..=end])?);
            rest = rest[end + 1..].trim();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim();
        }
        match (intervals.is_empty(), rest.is_empty()) {
            (true, _) => Ok(Self::Soft(Version::new(text.trim()))),
            (false, true) => Ok(Self::Hard(Ranges { text: text.trim().to_owned(), intervals })),
            (false, false) => Err("mixes a range with a plain version"),
        }
    }
}

impl Ranges {
    /// Whether `version` lies in one of the intervals. `[1,2)` holds `2.0-rc1`, which is older than
    /// 2, as it does in Maven.
    pub fn contains(&self, version: &Version) -> bool {
        self.intervals.iter().any(|interval| interval.contains(version))
    }

    /// The one version that the range leaves, where it is written so: `[1.0]` needs no list.
    pub fn exact(&self) -> Option<&Version> {
        let [Interval { lower: Some(lower), upper: Some(upper) }] = self.intervals.as_slice() else {
            return None;
        };
        let one = lower.inclusive && upper.inclusive && lower.version == upper.version;
        one.then_some(&lower.version)
    }
}

impl Interval {
    fn parse(text: &str) -> Result<Self, RangeFault> {
        let (low_inclusive, high_inclusive) = (text.starts_with('['), text.ends_with(']'));
        let inner = text[1..text.len() - 1].trim();
        let bound = |text: &str, inclusive| {
            let text = text.trim();
            (!text.is_empty()).then(|| Bound { version: Version::new(text), inclusive })
        };
        let Some((low, high)) = inner.split_once(',') else {
            if inner.is_empty() || !low_inclusive || !high_inclusive {
                return Err("has a single version without `[` and `]` around it");
            }
            // `[1.*]` is from the least to the greatest version that begins with `1.`.
            return Ok(match inner.strip_suffix(".*") {
                Some(prefix) => Self {
                    lower: bound(&format!("{prefix}.min"), true),
                    upper: bound(&format!("{prefix}.max"), true),
                },
                None => Self { lower: bound(inner, true), upper: bound(inner, true) },
            });
        };
        if high.contains(',') {
            return Err("has a range with more than two bounds");
        }
        let interval = Self { lower: bound(low, low_inclusive), upper: bound(high, high_inclusive) };
        match &interval {
            Self { lower: Some(lower), upper: Some(upper) } if lower.version > upper.version => {
                Err("has a range whose lower bound is above its upper one")
            }
            _ => Ok(interval),
        }
    }

    fn contains(&self, version: &Version) -> bool {
        let above = self.lower.as_ref().is_none_or(|lower| {
            if lower.inclusive { *version >= lower.version } else { *version > lower.version }
        });
        let below = self.upper.as_ref().is_none_or(|upper| {
            if upper.inclusive { *version <= upper.version } else { *version < upper.version }
        });
        above && below
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Soft(version) => version.fmt(f),
            Self::Hard(ranges) => ranges.fmt(f),
        }
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges(text: &str) -> Ranges {
        match Constraint::parse(text) {
            Ok(Constraint::Hard(ranges)) => ranges,
            other => panic!("{text} is no range but {other:?}"),
        }
    }

    fn version() -> impl Strategy<Value = String> {
        let end = prop_oneof![4 => Just(""), 1 => Just("-alpha"), 1 => Just("-rc1"), 1 => Just(".0"), 1 => Just("-sp")];
        (0..4u8, 0..3u8, end).prop_map(|(major, minor, end)| format!("{major}.{minor}{end}"))
    }

    proptest! {
        #[test]
        fn an_interval_is_what_both_its_bounds_leave(a in version(), b in version(), v in version()) {
            let (low, high) = if Version::new(&a) <= Version::new(&b) { (a, b) } else { (b, a) };
            let v = Version::new(&v);
            let holds = |text: String| ranges(&text).contains(&v);
            for (open, close) in [("[", "]"), ("[", ")"), ("(", "]"), ("(", ")")] {
                let both = holds(format!("{open}{low},)")) && holds(format!("(,{high}{close}"));
                prop_assert_eq!(holds(format!("{open}{low},{high}{close}")), both);
            }
            // Below, at and above a version are three parts of all there is.
            let parts = [holds(format!("(,{low})")), holds(format!("[{low}]")), holds(format!("({low},)"))];
            prop_assert_eq!(parts.into_iter().filter(|holds| *holds).count(), 1);
            prop_assert_eq!(holds(format!("(,{low}],({low},)")), true);
            prop_assert_eq!(holds(format!("(,{low}),({high},)")), holds(format!("(,{low})")) || holds(format!("({high},)")));
            let text = format!("[{low}, {high} ]");
            let read = ranges(&text);
            prop_assert_eq!(&ranges(&read.to_string()), &read);
        }
    }

    #[test]
    fn ranges_hold_what_maven_says() {
        let check = |range: &str, inside: &str, outside: &str| {
            let Ok(Constraint::Hard(ranges)) = Constraint::parse(range) else { panic!("{range} is a range") };
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions.split_whitespace() {
                    assert_eq!(ranges.contains(&Version::new(version)), expected, "{version} in {range}");
                }
            }
        };
        check("[1.0]", "1 1.0.0", "1.0.1 0.9");
        check("[1.0,1.0]", "1.0", "1.1");
        check("[1.0, 2.0 )", "1.0 1.5 2.0-rc1 2.0-SNAPSHOT", "2.0 0.9");
        check("[1.0,2.0)", "1.0 1.5", "2.0");
        check("[1,2)", "1 1.5 2.0-alpha 2.0-rc1", "2");
        check("[1,1.5]", "1 1.2 1.5", "1.5.1 2");
        check("[1]", "1 1.0 1-ga", "1.1 1-alpha");
        check("(1.0,)", "1.1 99", "1.0");
        check("(,1.1),(1.1,)", "1.0 1.2", "1.1");
        check("(,1.0],[1.2,)", "0.1 1.0 1.2 9", "1.1");
        check("[1.0,2.0),[1.5,3.0)", "1.0 2.9", "3.0");
        check("[1.0,1.0)", "", "1.0");
        check("[,]", "0 99", "");
        check("[5.1.1,5.1.99)", "5.1.50", "5.1.99");
        check("[1.*]", "1.0 1.9.9 1-alpha", "2 0.9");
    }

    #[test]
    fn a_plain_text_is_a_wish() {
        for text in ["1.0", "LATEST", "2.2.+", "2.3+", "latest.release", " 1.0 "] {
            assert_eq!(Constraint::parse(text), Ok(Constraint::Soft(Version::new(text.trim()))));
        }
    }

    #[test]
    fn broken_ranges_are_refused() {
        for text in ["(1.0)", "[1.0", "[2.0,1.0]", "[1,2),3.0", "[1,2,3]", "(,1.0"] {
            assert!(Constraint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_an_exact_range_needs_no_list() {
        let check = |text: &str, expected: Option<&str>| {
            let Ok(Constraint::Hard(ranges)) = Constraint::parse(text) else { panic!("{text} is a range") };
            assert_eq!(ranges.exact().map(Version::as_str), expected);
        };
        check("[1.53.0]", Some("1.53.0"));
        check("[1,1]", Some("1"));
        check("[1,2]", None);
        check("[1,1)", None);
        check("[1],[2]", None);
    }
}
