//! SHA-256 digests, and the weaker checksums that repositories put beside their files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::Sha1;
use sha2::digest::Output;
use sha2::{Digest as _, Sha256, Sha512};
use thiserror::Error;

/// A SHA-256 digest.
///
/// `Display`, `FromStr` and serde agree on 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected 64 lower-case hexadecimal digits, got `{0}`")]
pub struct InvalidDigest(String);

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidDigest(text.chars().take(80).collect());
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(invalid());
        }
        decode_hex(text).map(Self).ok_or_else(invalid)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Exactly `N` bytes in hexadecimal, of either case.
fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

/// A checksum as a source states it, in whichever algorithm it offers.
///
/// A checksum beside an artifact on the same server finds damage in transit; it is no proof of
/// origin. What the manifest pins is always SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1, the only one that every Maven repository has.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256(Digest),
    /// SHA-512.
    Sha512(Box<[u8; 64]>),
}

/// The algorithm of a [`Checksum`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The file name suffix of a checksum file, as Maven repositories have it.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn of_hex_length(length: usize) -> Option<Self> {
        match length {
            40 => Some(Self::Sha1),
            64 => Some(Self::Sha256),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl Checksum {
    /// Reads the text of a checksum file, in the spellings that repositories use: bare hex of
    /// either case, hex followed by a file name, or `SHA1(name)= hex`.
    ///
    /// `None` where the text holds no checksum of that algorithm (an HTML page, say).
    pub fn parse_file(algorithm: Algorithm, text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == '=')
            .filter(|word| Algorithm::of_hex_length(word.len()) == Some(algorithm))
            .find_map(|word| Self::from_hex(algorithm, word))
    }

    /// Reads exactly one checksum in hexadecimal.
    pub fn from_hex(algorithm: Algorithm, hex: &str) -> Option<Self> {
        match algorithm {
            Algorithm::Sha1 => decode_hex(hex).map(Self::Sha1),
            Algorithm::Sha256 => decode_hex(hex).map(|bytes| Self::Sha256(Digest(bytes))),
            Algorithm::Sha512 => decode_hex(hex).map(|bytes| Self::Sha512(Box::new(bytes))),
        }
    }

    /// The algorithm of this checksum.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm().suffix())?;
        let bytes: &[u8] = match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(digest) => digest.as_bytes(),
            Self::Sha512(bytes) => bytes.as_slice(),
        };
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hashes a stream: always SHA-256, and beside it the algorithm of the one checksum that the
/// source stated, if it stated one.
#[derive(Clone)]
pub struct Hasher {
    sha256: Sha256,
    stated: Option<(Checksum, StatedHasher)>,
    size: u64,
}

#[derive(Clone)]
enum StatedHasher {
    /// The main hash answers for it.
    Sha256,
    Sha1(Sha1),
    Sha512(Box<Sha512>),
}

/// What a [`Hasher`] has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Digest,
    /// The stated checksum and the actual one, where they differ.
    pub disagreement: Option<Disagreement>,
}

/// A checksum that the bytes do not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, got {actual}")]
pub struct Disagreement {
    /// What the source states.
    pub expected: Checksum,
    /// What its bytes have.
    pub actual: Checksum,
}

impl Hasher {
    /// A hasher that also compares with `stated`.
    pub fn new(stated: Option<Checksum>) -> Self {
        let stated = stated.map(|checksum| {
            let hasher = match checksum.algorithm() {
                Algorithm::Sha1 => StatedHasher::Sha1(Sha1::new()),
                Algorithm::Sha256 => StatedHasher::Sha256,
                Algorithm::Sha512 => StatedHasher::Sha512(Box::new(Sha512::new())),
            };
            (checksum, hasher)
        });
        Self { sha256: Sha256::new(), stated, size: 0 }
    }

    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.sha256.update(bytes);
        match &mut self.stated {
            None | Some((_, StatedHasher::Sha256)) => {}
            Some((_, StatedHasher::Sha1(hasher))) => hasher.update(bytes),
            Some((_, StatedHasher::Sha512(hasher))) => hasher.update(bytes),
        }
    }

    /// How many bytes have been taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digests of everything taken.
    pub fn finish(self) -> Hashed {
        let sha256 = Digest(self.sha256.finalize().into());
        let disagreement = self.stated.and_then(|(expected, hasher)| {
            let actual = match hasher {
                StatedHasher::Sha256 => Checksum::Sha256(sha256),
                StatedHasher::Sha1(hasher) => Checksum::Sha1(hasher.finalize().into()),
                StatedHasher::Sha512(hasher) => {
                    let output: Output<Sha512> = hasher.finalize();
                    Checksum::Sha512(Box::new(output.into()))
                }
            };
            (expected != actual).then_some(Disagreement { expected, actual })
        });
        Hashed { size: self.size, sha256, disagreement }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn text_round_trips_and_nothing_else_parses() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(Digest::of(b"")));
        let bad = ["", "e3b0", &EMPTY.to_uppercase(), &format!("{EMPTY}0"), &EMPTY.replace('e', "g")];
        for text in bad {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn checksum_files_come_in_several_spellings() {
        let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let check = |text: &str, expected: bool| {
            assert_eq!(Checksum::parse_file(Algorithm::Sha1, text).is_some(), expected, "{text}");
        };
        check(sha1, true);
        check(&format!("{}\n", sha1.to_uppercase()), true);
        check(&format!("{sha1}  hadoop-aws-3.2.0.jar\n"), true);
        check(&format!("SHA1(hadoop-aws.jar)= {sha1}"), true);
        check("<html>not found</html>", false);
        check(EMPTY, false);
        check("", false);
    }

    #[test]
    fn a_stated_checksum_is_compared() {
        let right = Checksum::from_hex(Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        for (stated, agrees) in [(right, true), (Some(Checksum::Sha1([0; 20])), false), (None, true)] {
            let mut hasher = Hasher::new(stated);
            hasher.update(b"ab");
            hasher.update(b"c");
            let hashed = hasher.finish();
            assert_eq!((hashed.size, hashed.sha256), (3, Digest::of(b"abc")));
            assert_eq!(hashed.disagreement.is_none(), agrees);
        }
    }
}
