//! Markers of locks: those of requirements, and `'name' in extras` and `'name' in dependency_groups`.
//!
//! `pep508_rs` knows neither of the two, and builds a decision diagram of the whole marker, which takes too long for
//! those of universal locks. So the whole is taken apart here, and each comparison alone is given to it.
//!
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>

use std::collections::BTreeSet;
use std::str::FromStr;

use pep508_rs::ExtraName;

use crate::python::environment::Environment;
use crate::python::specifiers::parse_requirement;

/// The longest marker that is read, in bytes.
const MAX_LENGTH: usize = 64 << 10;
/// The deepest nesting of parentheses: each is a call.
const MAX_DEPTH: usize = 32;
/// The most comparisons of one lock: `pep508_rs` keeps each for ever, in nodes of 1.3 kB. A universal lock of 500
/// packages has fewer than 5,000.
const MAX_COMPARISONS: usize = 20_000;

/// What markers are evaluated for.
pub(super) struct Markers<'a> {
    /// The target's environment.
    pub environment: &'a Environment,
    /// The extras that are taken.
    pub extras: BTreeSet<ExtraName>,
    /// The dependency groups that are taken; their names are normalised as those of extras.
    pub groups: BTreeSet<ExtraName>,
    /// How many comparisons have been read.
    pub comparisons: usize,
}

impl Markers<'_> {
    /// Whether a marker holds; `None` where that depends on the patch version of the target's Python, in some of its
    /// comparisons and not whatever they are.
    pub(super) fn hold(&mut self, text: &str) -> Result<Option<bool>, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("it is longer than {MAX_LENGTH} bytes"));
        }
        let tokens = tokens(text)?;
        let mut reader = Reader { markers: self, tokens: &tokens, depth: 0 };
        let holds = reader.any()?;
        match reader.tokens {
            [] => Ok(holds),
            [token, ..] => Err(format!("`{}` is out of place", token.text())),
        }
    }

    fn comparison(&mut self, [left, operator, right]: [Token<'_>; 3]) -> Result<Option<bool>, String> {
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(format!("the lock has more than {MAX_COMPARISONS} comparisons in its markers"));
        }
        let taken = match right {
            Token::Word("extras") => &self.extras,
            Token::Word("dependency_groups") => &self.groups,
            _ => {
                let text = format!("x ; {} {} {}", left.text(), operator.text(), right.text());
                let requirement = parse_requirement(&text).map_err(|error| error.to_string())?;
                return Ok(self.environment.holds(&requirement.marker, &[]));
            }
        };
        let is_taken =
            |quoted: &str| ExtraName::from_str(inside(quoted)).is_ok_and(|name| taken.contains(&name));
        match (left, operator) {
            (Token::Quoted(name), Token::Word("in")) => Ok(Some(is_taken(name))),
            (Token::Quoted(name), Token::Word(NOT_IN)) => Ok(Some(!is_taken(name))),
            _ => Err(format!("expected `'name' in {}`", right.text())),
        }
    }
}

/// `not in` as one token.
const NOT_IN: &str = "not in";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Open,
    Close,
    /// With its quotes.
    Quoted(&'a str),
    /// A name, `and`, `or`, or an operator.
    Word(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::Quoted(text) | Self::Word(text) => text,
        }
    }
}

/// A quoted text without its quotes, which are one byte each.
fn inside(quoted: &str) -> &str {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default()
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let is_operator = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~');
        let run = |is: &dyn Fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let length = match first {
            '(' | ')' => 1,
            '\'' | '"' => 2 + rest[1..].find(first).ok_or("a quote is not closed")?,
            c if is_name(c) => run(&is_name),
            c if is_operator(c) => run(&is_operator),
            c => return Err(format!("`{}` is out of place", c.escape_debug())),
        };
        let (token, after) = rest.split_at(length);
        rest = after.trim_start();
        let token = match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '\'' | '"' => Token::Quoted(token),
            _ if token == "in" && tokens.last() == Some(&Token::Word("not")) => {
                tokens.pop();
                Token::Word(NOT_IN)
            }
            _ => Token::Word(token),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

/// Reads and evaluates at once. Where an operand's answer is not known the whole is known only if the other one
/// decides it.
struct Reader<'a, 'b, 'c> {
    markers: &'a mut Markers<'b>,
    tokens: &'c [Token<'c>],
    depth: usize,
}

impl Reader<'_, '_, '_> {
    /// `all or all or …`
    fn any(&mut self) -> Result<Option<bool>, String> {
        let mut holds = self.all()?;
        while self.takes("or") {
            holds = match (holds, self.all()?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), other) => other,
                (None, _) => None,
            };
        }
        Ok(holds)
    }

    /// `one and one and …`
    fn all(&mut self) -> Result<Option<bool>, String> {
        let mut holds = self.one()?;
        while self.takes("and") {
            holds = match (holds, self.one()?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), other) => other,
                (None, _) => None,
            };
        }
        Ok(holds)
    }

    /// A comparison, or a marker in parentheses.
    fn one(&mut self) -> Result<Option<bool>, String> {
        if let [Token::Open, rest @ ..] = self.tokens {
            self.tokens = rest;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(format!("it has more than {MAX_DEPTH} parentheses in each other"));
            }
            let holds = self.any()?;
            self.depth -= 1;
            let [Token::Close, rest @ ..] = self.tokens else {
                return Err("a parenthesis is not closed".to_owned());
            };
            self.tokens = rest;
            return Ok(holds);
        }
        let [left, operator, right, rest @ ..] = self.tokens else {
            return Err("it ends too early".to_owned());
        };
        self.tokens = rest;
        self.markers.comparison([*left, *operator, *right])
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.tokens {
            [Token::Word(next), rest @ ..] if *next == word => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::Architecture;

    fn hold(python: &str, text: &str) -> Result<Option<bool>, String> {
        let environment = Environment::new(python.parse().expect(python), Architecture::Amd64);
        let names = |names: &[&str]| names.iter().filter_map(|name| ExtraName::from_str(name).ok()).collect();
        let (extras, groups) = (names(&["plot", "big-data"]), names(&["main"]));
        Markers { environment: &environment, extras, groups, comparisons: 0 }.hold(text)
    }

    #[test]
    fn markers_hold_for_the_target_and_what_is_taken() {
        let check =
            |text: &str, expected: Option<bool>| assert_eq!(hold("3.10", text), Ok(expected), "{text}");
        check("sys_platform == 'linux'", Some(true));
        check("'plot' in extras", Some(true));
        check("\"Big_Data\" in extras", Some(true));
        check("'other' in extras or 'main' in dependency_groups", Some(true));
        check("'plot' not in extras", Some(false));
        check("'plot' in dependency_groups", Some(false));
        check("('dev' in dependency_groups or 'x' in extras) and python_version >= '3'", Some(false));
        check("python_full_version >= '3.10' and python_full_version < '3.11'", Some(true));
        check("python_full_version == '3.10.*' and platform_machine not in 'i686 armv7l'", Some(true));
        // `and` binds tighter.
        check("os_name == 'posix' or os_name == 'nt' and os_name == 'nt'", Some(true));
        check("(os_name == 'posix' or os_name == 'nt') and os_name == 'nt'", Some(false));
    }

    #[test]
    fn what_depends_on_the_patch_version_is_not_guessed() {
        let late = "python_full_version >= '3.10.5'";
        let check = |python: &str, text: &str, expected: Option<bool>| {
            assert_eq!(hold(python, text), Ok(expected), "{text}");
        };
        check("3.10", late, None);
        check("3.10.4", late, Some(false));
        check("3.10", &format!("{late} and os_name == 'nt'"), Some(false));
        check("3.10", &format!("os_name == 'nt' or {late}"), None);
        check("3.10", &format!("{late} or os_name == 'posix'"), Some(true));
        check("3.10", &format!("os_name == 'posix' and ({late})"), None);
    }

    #[test]
    fn what_is_no_marker_says_why() {
        let check = |text: &str, expected: &str| {
            let error = hold("3.10", text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("", "ends too early");
        check("os_name ==", "ends too early");
        check("os_name == 'posix' os_name", "`os_name` is out of place");
        check("(os_name == 'posix'", "not closed");
        check("os_name == 'posix", "a quote is not closed");
        check("plot in extras", "expected `'name' in extras`");
        check("'plot' == extras", "expected `'name' in extras`");
        check("'ä' ; 'b' == 'c'", "`;` is out of place");
        check("os_name == 'ä'", "outside ASCII");
        check(&format!("{}os_name == 'x'{}", "(".repeat(33), ")".repeat(33)), "more than 32 parentheses");
        check(&format!("os_name == 'x'{}", " or os_name == 'x'".repeat(4_000)), "longer than");
    }
}
