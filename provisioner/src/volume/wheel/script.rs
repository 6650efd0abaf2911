//! The first line of a script, made to work wherever the script lies.

use std::io::{self, Write};

use super::entry_points::INTERPRETER;

/// What build tools write as the first line of a script, for the installer to replace.
const PLACEHOLDER: &[u8] = b"#!python";

/// Passes bytes on, and puts [`INTERPRETER`] in place of a first line that begins with [`PLACEHOLDER`].
pub(super) struct Script<W> {
    inner: W,
    state: State,
}

enum State {
    /// So many bytes of the placeholder have come, fewer than all, and nothing else.
    Matching(usize),
    /// The placeholder has come: the rest of its line is dropped.
    Dropping,
    /// The rest is passed on.
    Passing,
}

impl<W: Write> Script<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, state: State::Matching(0) }
    }

    /// Passes on what is still held back, once all bytes have come.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match self.state {
            State::Matching(held) => self.inner.write_all(&PLACEHOLDER[..held]),
            State::Dropping | State::Passing => Ok(()),
        }
    }
}

impl<W: Write> Write for Script<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            match self.state {
                State::Matching(held) if byte == PLACEHOLDER[held] => {
                    rest = &rest[1..];
                    self.state = State::Matching(held + 1);
                    if held + 1 == PLACEHOLDER.len() {
                        self.inner.write_all(INTERPRETER.as_bytes())?;
                        self.state = State::Dropping;
                    }
                }
                State::Matching(held) => {
                    self.inner.write_all(&PLACEHOLDER[..held])?;
                    self.state = State::Passing;
                }
                State::Dropping => {
                    rest = &rest[1..];
                    if byte == b'\n' {
                        self.state = State::Passing;
                    }
                }
                State::Passing => {
                    self.inner.write_all(rest)?;
                    rest = &[];
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_placeholder_is_replaced_however_the_bytes_come() {
        let check = |text: &str, expected: &str| {
            for size in 1..=text.len().max(1) {
                let mut out = Vec::new();
                let mut script = Script::new(&mut out);
                text.as_bytes().chunks(size).for_each(|chunk| script.write_all(chunk).unwrap());
                script.finish().unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), expected, "{text:?} by {size}");
            }
        };
        check("#!python\nx\n", "#!/usr/bin/env python3\nx\n");
        check("#!pythonw -E\r\nx\n#!python\n", "#!/usr/bin/env python3\nx\n#!python\n");
        check("#!/bin/sh\n#!python\n", "#!/bin/sh\n#!python\n");
        check("#!python", "#!/usr/bin/env python3\n");
        check("#!pytho", "#!pytho");
        check("#!pyt\n", "#!pyt\n");
        check("\x7fELF", "\x7fELF");
        check("", "");
    }
}
