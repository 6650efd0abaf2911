//! Maven's order of versions.
//!
//! It is the order of Maven's resolver (`GenericVersion`), the one that decides in Maven which
//! version a range takes; `ComparableVersion`, its older sibling, differs from it only in `1.0-1`
//! against `1.0.1`. The original compares two lists of items with a case for each way in which
//! they may differ in length and kind. Here a version becomes a canonical form first, on which the
//! plain lexicographic order is that same order, so that it is total by construction.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A version, compared as Maven compares it: `1.0`, `1` and `1.0.ga` are equal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Version(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    text: String,
    /// How it begins, which comes before all else.
    beginning: Beginning,
    /// Runs of numbers and runs of words by turns. Padding is cut from the end of each run, and
    /// empty runs from the end of the list.
    runs: Vec<Vec<Item>>,
}

/// A part of a version. The order of the variants is that of Maven within a run: numbers meet only
/// numbers, words only words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Item {
    /// `min` at the very end: older than every number.
    Least,
    /// A number, its decimal digits without leading zeros: more digits are a larger number.
    Number { digits: usize, text: String },
    /// `max` at the very end: newer than every number.
    Greatest,
    /// A word with a meaning: from `alpha` (-5) over the release itself (0) to `sp` (1).
    Qualifier(i8),
    /// Any other word, in lower case: newer than the release.
    Word(String),
}

/// The first item of a version: every version that begins with a letter is older than every one that
/// begins with a digit, and `min` alone is older than both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Beginning {
    Least,
    Word,
    Number,
}

impl Beginning {
    /// What stands for an item that one of two versions lacks in the run of that index.
    fn padding(self, index: usize) -> Item {
        let is_number = (self != Self::Word) == index.is_multiple_of(2);
        if is_number { Item::zero() } else { Item::Qualifier(0) }
    }
}

impl Item {
    fn is_number(&self) -> bool {
        match self {
            Self::Least | Self::Number { .. } | Self::Greatest => true,
            Self::Qualifier(_) | Self::Word(_) => false,
        }
    }

    fn zero() -> Self {
        Self::Number { digits: 0, text: String::new() }
    }

    fn number(digits: &str) -> Self {
        let text = digits.trim_start_matches('0').to_owned();
        Self::Number { digits: text.len(), text }
    }

    fn word(text: &str, before_digit: bool, is_last: bool) -> Self {
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "min" if is_last => Self::Least,
            "max" if is_last => Self::Greatest,
            "a" if before_digit => Self::Qualifier(-5),
            "b" if before_digit => Self::Qualifier(-4),
            "m" if before_digit => Self::Qualifier(-3),
            "alpha" => Self::Qualifier(-5),
            "beta" => Self::Qualifier(-4),
            "milestone" => Self::Qualifier(-3),
            "cr" | "rc" => Self::Qualifier(-2),
            "snapshot" => Self::Qualifier(-1),
            "ga" | "final" | "release" => Self::Qualifier(0),
            "sp" => Self::Qualifier(1),
            _ => Self::Word(lower),
        }
    }
}

impl Version {
    /// Takes any text: there is no text that is no version.
    pub fn new(text: &str) -> Self {
        let items = items(text);
        let beginning = match items.first() {
            Some(Item::Least) => Beginning::Least,
            Some(Item::Qualifier(_) | Item::Word(_)) => Beginning::Word,
            Some(Item::Number { .. } | Item::Greatest) | None => Beginning::Number,
        };
        let mut runs: Vec<Vec<Item>> = Vec::new();
        let mut kind = None;
        for item in items {
            let number = item.is_number();
            match runs.last_mut() {
                Some(run) if kind == Some(number) => run.push(item),
                _ => runs.push(vec![item]),
            }
            kind = Some(number);
        }
        for (index, run) in runs.iter_mut().enumerate() {
            let padding = beginning.padding(index);
            while run.last() == Some(&padding) {
                run.pop();
            }
        }
        while runs.last().is_some_and(Vec::is_empty) {
            runs.pop();
        }
        Self(Arc::new(Parsed { text: text.to_owned(), beginning, runs }))
    }

    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl Parsed {
    fn run(&self, index: usize) -> &[Item] {
        self.runs.get(index).map_or(&[], Vec::as_slice)
    }
}

/// Cuts at `.`, `-`, `_` and between digits and letters; an empty part is 0.
fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let is_separator = |c: char| matches!(c, '.' | '-' | '_');
        let end =
            rest.find(|c: char| is_separator(c) || c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        let separated = after.starts_with(is_separator);
        rest = if separated { &after[1..] } else { after };
        items.push(match part {
            "" => Item::zero(),
            _ if is_number => Item::number(part),
            _ => Item::word(part, !separated && !after.is_empty(), rest.is_empty()),
        });
    }
    items
}

/// Compares two runs in which every missing item is `padding`.
fn compare_padded(a: &[Item], b: &[Item], padding: &Item) -> Ordering {
    (0..a.len().max(b.len()))
        .map(|index| a.get(index).unwrap_or(padding).cmp(b.get(index).unwrap_or(padding)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, other) = (&self.0, &other.0);
        if own.text == other.text {
            return Ordering::Equal;
        }
        own.beginning.cmp(&other.beginning).then_with(|| {
            (0..own.runs.len().max(other.runs.len()))
                .map(|index| compare_padded(own.run(index), other.run(index), &own.beginning.padding(index)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.beginning.hash(state);
        self.0.runs.hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_ordered_as_maven_orders_them() {
        let rows = "
            1 = 1.0.0               1 = 1.0                  1.0 = 1.0.Final         1.0 = 1.0-ga
            1.0 = 1.0-release       2.0.1.RELEASE = 2.0.1    1.0-alpha < 1.0         1.0-alpha-1 < 1.0-beta-1
            1.0-beta-1 < 1.0-milestone-1                     1.0-rc-1 < 1.0-SNAPSHOT 1.0-SNAPSHOT < 1.0
            1.0 < 1.0-sp            1.0-sp < 1.0-whatever    1.0-sp-1 < 1.0-1        1.0-1 = 1.0.1
            1.0-1 > 1.0-alpha-1     1.0 < 1.0.1              1.0a1 = 1.0-alpha-1     1.0b2 = 1.0-beta-2
            1.0-cr1 = 1.0-rc1       1.0-a > 1.0-alpha        1.0-x1 = 1.0-x-1        1.0-RC10 > 1.0-RC9
            27.0-jre > 27.0-android 27.0-jre > 27.0          31.1-jre < 31.1.1-jre
            hadoop3-2.2.22 > hadoop3-2.2.9                   hadoop3-2.2.22 > hadoop2-2.2.22
            12.8.1.jre11 > 12.8.1.jre8                       12.8.1.jre8-preview > 12.8.1.jre8
            12.8.1.jre11 > 12.8.1   20231013 < 20250107      9999.0-empty-to-avoid-conflict-with-guava > 1.0
            v2-rev20250112-2.0.0 > v2-rev20240229-2.0.0      3.3.1_0.18.7 > 3.3.1_0.9.0
            2.0.7-spark-3.5 < 2.0.10-spark-3.4               2.0.7-spark-3.5 > 2.0.7-spark-3.4
            0.8.4-spark3.5-s_2.12 > 0.8.4-spark3.4-s_2.12    4.1.114.Final < 4.1.132.Final
            23.5.0.24.07 = 23.5.0.24.7                       2.0-preview2 > 2.0.0
            1.0.0-beta+exp.sha > 1.0.0-beta                  1.0-20250101.120000-1 > 1.0-SNAPSHOT
            1..1 = 1.0.1            1.0.x < 1.0.1            1-0.alpha < 1           1.0.0+1 > 1.0.0
            3.0.0-M1 > 3.0.0-alpha1 1.0-pfd > 1.0            2.17.0.redhat-1 > 2.17.0
            5.0.3_for_spark_3 > 5.0.3                        1.max > 1.99            1.min < 1.0
            min < a         max > a                 a < 0.a                 1.-1 < 1-1               99999999999999999999 > 9999999999999999999
        ";
        let words: Vec<&str> = rows.split_whitespace().collect();
        for row in words.chunks_exact(3) {
            let (a, b) = (Version::new(row[0]), Version::new(row[2]));
            let expected = match row[1] {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                _ => Ordering::Greater,
            };
            assert_eq!(a.cmp(&b), expected, "{row:?}");
            assert_eq!(b.cmp(&a), expected.reverse(), "{row:?}");
        }
        assert_eq!(words.len() % 3, 0);
    }

    fn any_version() -> impl Strategy<Value = Version> {
        let part = prop_oneof![
            Just("0"),
            Just("1"),
            Just("10"),
            Just("01"),
            Just("a"),
            Just("alpha"),
            Just("ga"),
            Just("sp"),
            Just("rc"),
            Just("min"),
            Just("max"),
            Just("x"),
            Just(""),
            Just("snapshot"),
        ];
        let separator = prop_oneof![Just("."), Just("-"), Just("_"), Just("")];
        proptest::collection::vec((part, separator), 0..6).prop_map(|parts| {
            let parts: Vec<&str> = parts.into_iter().flat_map(|(part, cut)| [part, cut]).collect();
            Version::new(&parts.concat())
        })
    }

    /// Parts, each with what stands before it, and the same spelt another way.
    fn spelt_twice() -> impl Strategy<Value = (String, String)> {
        let same = prop_oneof![
            Just(["0", "000"]),
            Just(["1", "01"]),
            Just(["10", "0010"]),
            Just(["alpha", "ALPHA"]),
            Just(["Beta", "beta"]),
            Just(["cr", "rc"]),
            Just(["ga", "final"]),
            Just(["RELEASE", "Final"]),
            Just(["SNAPSHOT", "snapshot"]),
            Just(["x1", "X-1"]),
            Just(["b2", "beta-2"]),
            Just(["3a1", "3-alpha.1"]),
        ];
        let cut = prop_oneof![Just("."), Just("-"), Just("_")];
        let end =
            prop_oneof![Just(""), Just(".0"), Just("-0"), Just(".ga"), Just("-Final"), Just("_RELEASE.0.0")];
        (proptest::collection::vec((cut.clone(), cut, same), 1..6), end).prop_map(|(parts, end)| {
            let (mut one, mut other) = ("1".to_owned(), "1".to_owned());
            for (cut, other_cut, [text, other_text]) in parts {
                one.extend([cut, text]);
                other.extend([other_cut, other_text]);
            }
            (one, other + end)
        })
    }

    proptest! {
        #[test]
        fn the_spelling_makes_no_difference((one, other) in spelt_twice(), third in any_version()) {
            let (one, other) = (Version::new(&one), Version::new(&other));
            prop_assert_eq!(one.cmp(&other), Ordering::Equal, "{} {}", one, other);
            prop_assert_eq!(one.cmp(&third), other.cmp(&third), "{} {} {}", one, other, third);
        }

        #[test]
        fn the_order_is_total(a in any_version(), b in any_version(), c in any_version()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&a), Ordering::Equal);
            if a <= b && b <= c {
                prop_assert!(a <= c, "{} <= {} <= {}", a, b, c);
            }
            if a == b {
                prop_assert_eq!(a.cmp(&c), b.cmp(&c));
                prop_assert_eq!((a.0.beginning, &a.0.runs), (b.0.beginning, &b.0.runs));
            }
        }
    }
}
