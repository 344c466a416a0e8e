//! The page of a problem: its meaning and what to do, for a person on a phone. It has no script and loads nothing.

use std::fmt::Write as _;

use crate::{
    guidance::{Advisor, Circumstances, Language, Subject},
    model::ProblemCode,
    present::status_of,
};

/// The style sheet. Logical properties and system colours support both writing directions, and light and dark mode.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--line:color-mix(in srgb,CanvasText 15%,Canvas)}\
*{box-sizing:border-box}\
body{margin:0;font:1.0625rem/1.6 system-ui,sans-serif;color:CanvasText;background:Canvas;overflow-wrap:anywhere}\
main{max-width:40rem;margin-inline:auto;padding:clamp(1.25rem,5vw,3.5rem) clamp(1rem,5vw,2rem)}\
h1{margin:.25rem 0 .75rem;font-size:clamp(1.5rem,6vw,2.125rem);line-height:1.25;text-wrap:balance}\
p{margin:0}\
code{font:.9em ui-monospace,monospace}\
.code{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem;opacity:.8}\
.lead{font-size:1.125rem}\
section{margin-block-start:1.75rem;padding:1rem 1.125rem;border:1px solid var(--line);border-radius:.75rem}\
h2{margin:0 0 .25rem;font-size:1rem}\
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(15rem,100%),1fr));gap:1rem 1.5rem;margin:1.75rem 0 0}\
dt{font-weight:600}dd{margin:0}\
nav{margin-block-start:2.5rem;padding-block-start:1rem;border-block-start:1px solid var(--line);font-size:.9375rem}\
ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.25rem 0 0;padding:0;list-style:none}\
a{display:inline-block;padding-block:.375rem;color:LinkText}";

/// Renders the page of a problem. It contains nothing that a caller sent.
pub(super) fn render(advisor: &Advisor, language: Language, code: ProblemCode) -> String {
    let subject = Subject::Problem { code, retry_after: None, errors: &[] };
    let advice = advisor.advise(language, &subject, &Circumstances::default());
    let text = |key: &str| escape(&advisor.text(language, key));
    let owner = serde_json::to_value(advice.owner).ok().and_then(|value| value.as_str().map(str::to_owned));
    let owner = text(&format!("owner-{}", owner.unwrap_or_default()));
    let retryable = text(if advice.retryable { "page-yes" } else { "page-no" });
    let title = escape(&advisor.problem_title(language, code));
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\
         <p class=\"code\" dir=\"ltr\"><code>{}</code><span>HTTP {}</span></p><h1>{title}</h1><p class=\"lead\">{}</p>",
        language.tag(),
        language.direction(),
        code.as_str(),
        status_of(code),
        escape(&advisor.problem_detail(language, code)),
    );
    let _ = write!(
        html,
        "<section><h2>{}</h2><p>{}</p></section><dl><div><dt>{}</dt><dd>{owner}</dd></div>\
         <div><dt>{}</dt><dd>{retryable}</dd></div></dl>",
        text("page-action"),
        escape(&advice.action),
        text("page-owner"),
        text("page-retryable"),
    );
    // The page of the problem is this one.
    if advice.docs_url.starts_with("https://") {
        let url = escape(&advice.docs_url);
        let _ = write!(html, "<p><a href=\"{url}\" rel=\"noreferrer\">{}</a></p>", text("page-more"));
    }
    let _ = write!(html, "<nav><p>{}</p><ul>", text("page-languages"));
    for other in Language::all().filter(|other| *other != language) {
        let (tag, direction, name) = (other.tag(), other.direction(), other.name());
        let _ = write!(
            html,
            "<li><a href=\"?lang={tag}\" hreflang=\"{tag}\" lang=\"{tag}\" dir=\"{direction}\">{name}</a></li>"
        );
    }
    html += "</ul></nav></main></body></html>\n";
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
