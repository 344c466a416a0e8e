//! Formats log events as lines of JSON. The formatter of `tracing-subscriber` takes a tenth of the instructions of a miss,
//! because it passes each field through several serializers and formatters.

use std::{
    fmt::{self, Write as _},
    time::SystemTime,
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Formats an event as one line: timestamp, level, and the event's fields, the message first.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (time, level) = (humantime::format_rfc3339_micros(SystemTime::now()), event.metadata().level());
        write!(writer, r#"{{"timestamp":"{time}","level":"{level}""#)?;
        let mut members = Members { writer: &mut writer, result: Ok(()) };
        event.record(&mut members);
        members.result?;
        writer.write_str("}\n")
    }
}

/// Writes fields as members of an object.
struct Members<'a, 'b> {
    writer: &'a mut Writer<'b>,
    result: fmt::Result,
}

impl Members<'_, '_> {
    fn add(&mut self, field: &Field, write_value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        // The names are identifiers of this crate, and need no escapes.
        let written = self.writer.write_str(",\"").and_then(|()| self.writer.write_str(field.name()));
        let written = written.and_then(|()| self.writer.write_str("\":")).and_then(|()| write_value(self.writer));
        self.result = self.result.and(written);
    }

    fn add_text(&mut self, field: &Field, write_text: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result) {
        self.add(field, |writer| {
            writer.write_char('"')?;
            write_text(&mut Escaped(writer))?;
            writer.write_char('"')
        });
    }
}

impl Visit for Members<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, |text| text.write_str(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add_text(field, |text| write!(text, "{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| writer.write_str(itoa::Buffer::new().format(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |writer| writer.write_str(itoa::Buffer::new().format(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |writer| writer.write_str(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers.
        self.add(
            field,
            |writer| if value.is_finite() { write!(writer, "{value:?}") } else { writer.write_str("null") },
        );
    }
}

/// Escapes what is written for a JSON string.
struct Escaped<'a, 'b>(&'a mut Writer<'b>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\')) {
            self.0.write_str(&rest[..at])?;
            match rest.as_bytes()[at] {
                byte @ (b'"' | b'\\') => write!(self.0, "\\{}", char::from(byte))?,
                b'\n' => self.0.write_str("\\n")?,
                byte => write!(self.0, "\\u{byte:04x}")?,
            }
            rest = &rest[at + 1..];
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing_subscriber::{fmt::layer, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(log: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let layer = layer().event_format(JsonLines).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let written = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    #[test]
    fn writes_every_type_and_escapes_text() {
        let text = "a \"b\" \\ c\r\n\t\u{0}\u{1b}[31m é \u{2028}";
        let lines = lines_of(|| {
            tracing::info!(text, shown = %text, debug = ?[text], none = ?None::<u8>, "message {text}");
            tracing::warn!(small = -3, large = u64::MAX, part = 0.1, whole = 2.0, huge = f64::INFINITY, yes = true);
        });
        let [first, second] = &lines[..] else { panic!("{lines:?}") };
        let debug = format!("{:?}", [text]);
        let expected = json!({"level": "INFO", "message": format!("message {text}"), "text": text, "shown": text,
            "debug": debug, "none": "None", "timestamp": first["timestamp"]});
        assert_eq!(*first, expected);
        let expected = json!({"level": "WARN", "small": -3, "large": u64::MAX, "part": 0.1, "whole": 2.0, "huge": null,
            "yes": true, "timestamp": second["timestamp"]});
        assert_eq!(*second, expected);
        let time = first["timestamp"].as_str().unwrap();
        assert!(humantime::parse_rfc3339(time).is_ok() && time.len() == "2026-11-24T02:00:00.000000Z".len(), "{time}");
    }
}
