//! Renders the metrics in Prometheus' text format, or as OpenMetrics with exemplars.
//!
//! The metrics library supports only the former (ADR 0010).

use std::{
    fmt::{Display, Write as _},
    sync::Arc,
    time::UNIX_EPOCH,
};

use prometheus::{
    TextEncoder,
    proto::{LabelPair, Metric, MetricFamily, MetricType},
};

use super::timings::{Exemplar, Exemplars};

/// The output format of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// Chooses the format that a scraper prefers, from its `Accept` header (RFC 9110, section 12.5.1). The default is
    /// the text format.
    pub fn negotiate(accept: &str) -> Self {
        let (mut open_metrics, mut text) = (0.0, 0.0_f32);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut quality, mut is_known) = (1.0_f32, true);
            for parameter in parts {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                match name.trim().to_ascii_lowercase().as_str() {
                    "q" => quality = value.trim().parse().unwrap_or(0.0),
                    "version" if essence == "application/openmetrics-text" => {
                        is_known = value.trim().trim_matches('"') == "1.0.0";
                    }
                    _ => {}
                }
            }
            match essence.as_str() {
                "application/openmetrics-text" if is_known => open_metrics = quality.max(open_metrics),
                "text/plain" | "text/*" => text = quality.max(text),
                _ => {}
            }
        }
        if open_metrics > 0.0 && open_metrics >= text { Self::OpenMetrics } else { Self::Text }
    }

    /// Returns the `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Renders the text format.
pub(super) fn text(families: &[MetricFamily]) -> String {
    let mut text = String::new();
    // Writing into memory fails only for a malformed metric, which registration rejects.
    let _ = TextEncoder::new().encode_utf8(families, &mut text);
    text
}

/// Renders OpenMetrics; `exemplars` finds those of a histogram's series.
pub(super) fn open_metrics(
    families: &[MetricFamily],
    exemplars: impl Fn(&str, &Metric) -> Option<Arc<Exemplars>>,
) -> String {
    let mut out = String::new();
    for family in families {
        let kind = family.get_field_type();
        let word = match kind {
            MetricType::COUNTER => "counter",
            MetricType::GAUGE => "gauge",
            MetricType::HISTOGRAM => "histogram",
            // The service has no metrics of other kinds.
            MetricType::SUMMARY | MetricType::UNTYPED => continue,
        };
        let full_name = family.name();
        // In OpenMetrics, the name of a counter's family lacks the suffix of its samples.
        let name = if kind == MetricType::COUNTER { full_name.trim_end_matches("_total") } else { full_name };
        let _ = writeln!(out, "# TYPE {name} {word}");
        let _ = writeln!(out, "# HELP {name} {}", Escaped(family.help()));
        for metric in family.get_metric() {
            let labels = metric.get_label();
            match kind {
                MetricType::COUNTER => sample(&mut out, name, "_total", labels, None, metric.get_counter().get_value()),
                MetricType::GAUGE => sample(&mut out, name, "", labels, None, metric.get_gauge().get_value()),
                _ => histogram(&mut out, name, metric, exemplars(full_name, metric).as_deref()),
            }
        }
    }
    out.push_str("# EOF\n");
    out
}

fn histogram(out: &mut String, name: &str, metric: &Metric, exemplars: Option<&Exemplars>) {
    let (labels, histogram) = (metric.get_label(), metric.get_histogram());
    let buckets = histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite());
    let buckets = buckets.map(|bucket| (float(bucket.upper_bound()), bucket.cumulative_count()));
    let all = buckets.chain([("+Inf".to_owned(), histogram.get_sample_count())]);
    for (index, (bound, count)) in all.enumerate() {
        sample(out, name, "_bucket", labels, Some(&bound), count);
        if let Some(exemplar) = exemplars.and_then(|exemplars| exemplars.get(index)) {
            out.pop();
            let _ = writeln!(out, " # {exemplar}");
        }
    }
    sample(out, name, "_count", labels, None, histogram.get_sample_count());
    sample(out, name, "_sum", labels, None, histogram.get_sample_sum());
}

fn sample(out: &mut String, name: &str, suffix: &str, labels: &[LabelPair], bound: Option<&str>, value: impl Display) {
    out.push_str(name);
    out.push_str(suffix);
    let pairs = labels.iter().map(|pair| (pair.name(), pair.value())).chain(bound.map(|bound| ("le", bound)));
    for (index, (name, value)) in pairs.enumerate() {
        let _ = write!(out, "{}{name}=\"{}\"", if index == 0 { '{' } else { ',' }, Escaped(value));
    }
    if !labels.is_empty() || bound.is_some() {
        out.push('}');
    }
    let _ = writeln!(out, " {value}");
}

/// Formats a bound as OpenMetrics requires: `1.0`, never `1`.
fn float(value: f64) -> String {
    let text = value.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => formatter.write_str("\\\\")?,
                '"' => formatter.write_str("\\\"")?,
                '\n' => formatter.write_str("\\n")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

impl Display for Exemplar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        write!(formatter, "{{trace_id=\"{}\"}} {} {:.3}", self.trace_id, self.value, at.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_a_scraper_what_it_likes_best() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;\
                          q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for (accept, expected) in [
            (prometheus, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", Format::OpenMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.5", Format::OpenMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.4,text/plain;q=0.5", Format::Text),
            ("application/openmetrics-text;version=2.0.0", Format::Text),
            ("application/openmetrics-text;version=0.0.1,text/plain;q=0.1", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/openmetrics-text;q=x", Format::Text),
            ("text/plain", Format::Text),
            ("*/*", Format::Text),
            ("text/html,application/xhtml+xml", Format::Text),
            ("", Format::Text),
            (";;,,=", Format::Text),
        ] {
            assert_eq!(Format::negotiate(accept), expected, "{accept}");
        }
    }

    #[test]
    fn writes_bounds_in_one_way() {
        for (value, text) in [(0.000_025, "0.000025"), (1.0, "1.0"), (2.5, "2.5"), (10.0, "10.0")] {
            assert_eq!(float(value), text);
        }
    }
}
