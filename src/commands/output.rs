//! Printing that never panics: `print!` and `eprint!` do when nobody reads any more.

use std::io::{self, Write};

use super::{Exit, Failed};

/// Prints a command's result. A reader that has left (`| head`) took what it wanted, so that is no error.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    match write_out(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failed::new(Exit::Failure, format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard output where it matters that the text arrived.
pub(super) fn write_out(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Prints a message for a person to standard error. Where that is closed there is nobody to tell.
pub(super) fn message(text: &str) {
    let _ = write_message(text);
}

/// Prints to standard error where it matters that the text arrived.
pub(super) fn write_message(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(format!("{text}\n").as_bytes())
}
