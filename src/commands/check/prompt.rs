//! Asks for a passcode on the terminal. The echo is off before the question is shown, so an answer that comes at once (a
//! paste, `expect`) is not shown either, and the terminal is as it was before Ctrl-C ends the process.

use std::{
    fs::File,
    io::{self, Read, Write},
};

use rustix::{
    process::{Signal, getpid, kill_process},
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr},
};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The longest passcode has 256 characters; what is typed beyond this is dropped.
const MAX_BYTES: usize = 4096;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_U: u8 = 0x15;
const CTRL_W: u8 = 0x17;
const BACKSPACE: u8 = 0x08;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// A terminal without echo, line editing and signals from keys, until it is dropped.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Now, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

pub(super) fn passcode() -> io::Result<SecretString> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let quiet = Quiet::new(&terminal)?;
    (&terminal).write_all(b"Passcode: ")?;
    // Byte by byte: a reader's buffer would keep what was typed.
    let typed = read_line(std::iter::from_fn(|| {
        let mut key = [0];
        Some((&terminal).read_exact(&mut key).map(|()| key[0]))
    }));
    drop(quiet);
    (&terminal).write_all(b"\n")?;
    if typed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        kill_process(getpid(), Signal::INT)?;
    }
    let typed = typed?;
    let text = str::from_utf8(&typed).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(SecretString::from(text))
}

fn read_line(mut keys: impl Iterator<Item = io::Result<u8>>) -> io::Result<Zeroizing<Vec<u8>>> {
    // Of full length at once: a vector that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    while let Some(key) = keys.next().transpose()? {
        match key {
            b'\r' | b'\n' => return Ok(line),
            CTRL_C => return Err(io::ErrorKind::Interrupted.into()),
            CTRL_D if line.is_empty() => break,
            CTRL_U | CTRL_W => line.clear(),
            BACKSPACE | DELETE => while line.pop().is_some_and(is_continuation) {},
            ESCAPE => skip_escape_sequence(&mut keys)?,
            b'\t' | b' '.. if line.len() < MAX_BYTES => line.push(key),
            _ => {}
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Whether a byte belongs to a character that began before it.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// An arrow key and its like send ESC [ … LETTER.
fn skip_escape_sequence(keys: &mut impl Iterator<Item = io::Result<u8>>) -> io::Result<()> {
    if let Some(b'[' | b'O') = keys.next().transpose()? {
        while keys.next().transpose()?.is_some_and(|key| !matches!(key, b'@'..=b'~')) {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(keys: &[u8]) -> Result<String, io::ErrorKind> {
        let read = read_line(keys.iter().copied().map(Ok)).map_err(|error| error.kind())?;
        Ok(String::from_utf8(read.to_vec()).unwrap())
    }

    #[test]
    fn keys_do_what_they_do_on_a_terminal() {
        let read = |keys: &[u8]| line(keys).unwrap();
        assert_eq!(read(b"ABC-123\r"), "ABC-123");
        assert_eq!(read(b" \tA b \nnext"), " \tA b ");
        assert_eq!(read(b"\r"), "");
        assert_eq!(read("Ax\u{7f}Bé\u{8}C\r".as_bytes()), "ABC");
        assert_eq!(read(b"\x7fwrong\x15A\x04\x1aB\r"), "AB");
        assert_eq!(read(b"A\x1b[D\x1b[1;5C\x1bOHB\r"), "AB");
        assert_eq!(read(&[b"A".repeat(2 * MAX_BYTES), b"\r".to_vec()].concat()).len(), MAX_BYTES);
    }

    #[test]
    fn no_line_is_an_error() {
        assert_eq!(line(b"AB\x03"), Err(io::ErrorKind::Interrupted));
        assert_eq!(line(b"\x04"), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(line(b"AB"), Err(io::ErrorKind::UnexpectedEof));
    }
}
