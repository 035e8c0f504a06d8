//! The page: plain HTML with its style inside. The picture of each row is drawn with boxes; the
//! words beside it say the same.

use std::fmt::Write as _;
use std::time::Duration;

use accel_io::stopwatch::Stage;

use super::{Span, Timings};

const STYLE: &str = include_str!("page.css");

/// Distributions that are named because of the time they took.
const MOST_LONGEST: usize = 10;

impl Timings {
    pub(super) fn page(&self) -> String {
        let mut page = String::new();
        let command = escaped(&format!("pip-accel {}", self.arguments.join(" ")));
        let _ = write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Timings of {command}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#waterfall\">To the waterfall</a>\n<header>\n\
             <h1>{}</h1>\n<p><code>{command}</code></p>\n</header>\n<main>\n",
            escaped(&self.summary())
        );
        self.stages(&mut page);
        self.longest(&mut page);
        self.tiers(&mut page);
        self.waits(&mut page);
        self.waterfall(&mut page);
        // Nothing in a text may end the element that it is in.
        let data = self.json().compact().replace("</", "<\\/").replace("<!--", "<\\u0021--");
        let _ = write!(
            page,
            "</main>\n<script type=\"application/json\" id=\"timings\">{data}</script>\n</body>\n</html>\n"
        );
        page
    }

    /// The run in one sentence.
    fn summary(&self) -> String {
        let failed = if self.code == 0 { "" } else { ", failed" };
        let requests = match self.requests {
            1 => "1 request".to_owned(),
            many => format!("{many} requests"),
        };
        format!("{}{failed}: {requests}, {}", time(self.took), size(self.bytes))
    }

    fn stages(&self, page: &mut String) {
        let rows = self.stages.iter().map(|total| {
            let bytes = if total.bytes > 0 { size(total.bytes) } else { String::new() };
            let (name, what) = (total.stage.name(), escaped(meaning(total.stage)));
            let active =
                total.active.iter().map(|(start, end)| self.bar(total.stage, *start, *end));
            let active: String = active.collect();
            [
                format!(
                    "{}{name} <small>{what}</small>\
                     <div class=\"track\" aria-hidden=\"true\">{active}</div>",
                    key(total.stage)
                ),
                total.count.to_string(),
                time(total.busy),
                bytes,
            ]
        });
        let caption = "When somebody was at each stage, from the beginning of the run on the left to \
                       its end, and for how long. Stages go on side by side, so that together they \
                       may exceed the time that passed.";
        table(page, "Stages", caption, &["Stage", "Times", "Busy for", "Bytes"], rows);
    }

    fn longest(&self, page: &mut String) {
        let work = self.work();
        if work.is_empty() {
            return;
        }
        let rows = work.iter().take(MOST_LONGEST).map(|work| {
            let (stage, longest) = work.most;
            [
                escaped(work.name),
                time(work.all),
                format!("{}{} {}", key(stage), stage.name(), time(longest)),
            ]
        });
        let caption = "The distributions on which most time was spent, all stages taken together. What \
                       was done for several at once is divided among them.";
        table(page, "Longest", caption, &["Distribution", "In all", "Most of it"], rows);
    }

    fn tiers(&self, page: &mut String) {
        let rows = self.tiers.iter().map(|(tier, hits, misses)| {
            let (name, hits, misses) =
                (tier.name().to_owned(), hits.to_string(), misses.to_string());
            [name, hits, misses]
        });
        let caption = "What was kept and could be used, and what had to be made or fetched.";
        table(page, "Kept", caption, &["Where", "Had it", "Had it not"], rows);
    }

    fn waits(&self, page: &mut String) {
        if self.waits.is_empty() {
            return;
        }
        let rows = self
            .waits
            .iter()
            .map(|wait| [escaped(&wait.what), time(wait.start), time(wait.length())]);
        let caption = "What the search for a resolution waited for longest.";
        table(page, "Waits", caption, &["For", "From", "How long"], rows);
    }

    fn waterfall(&self, page: &mut String) {
        page.push_str(
            "<section aria-labelledby=\"waterfall\">\n<h2 id=\"waterfall\" tabindex=\"-1\">Waterfall</h2>\n\
             <ul class=\"legend\" aria-label=\"Colours\">\n",
        );
        for total in self.stages.iter().filter(|total| total.stage != Stage::Wait) {
            let _ = writeln!(page, "<li>{}{}</li>", key(total.stage), total.stage.name());
        }
        page.push_str(
            "</ul>\n<p class=\"choice\"><input type=\"checkbox\" id=\"words\"> \
             <label for=\"words\">Show the times of every row, not only of the one that is pointed at \
             or reached with the Tab key</label></p>\n<table class=\"waterfall\">\n\
             <caption>When each distribution went through which stage, in the order in which they \
             began.</caption>\n<thead><tr><th scope=\"col\">Distribution</th><th scope=\"col\">\
             <span class=\"scale\">",
        );
        for quarter in 0..=4 {
            let _ = write!(page, "<span>{}</span>", time(self.took * quarter / 4));
        }
        page.push_str("</span></th></tr></thead>\n<tbody>\n");
        for row in &self.rows {
            let bars = row.spans.iter().map(|span| self.bar(span.stage, span.start, span.end));
            let (bars, words): (String, Vec<String>) =
                (bars.collect(), row.spans.iter().map(words).collect());
            let (name, words) = (escaped(&row.name), words.join("; "));
            let _ = writeln!(
                page,
                "<tr tabindex=\"0\"><th scope=\"row\">{name}</th><td><div class=\"track\" \
                 aria-hidden=\"true\">{bars}</div><span class=\"words\">{words}</span></td></tr>"
            );
        }
        page.push_str("</tbody>\n</table>\n</section>\n");
    }

    /// A piece of a track that is as long as the run.
    fn bar(&self, stage: Stage, start: Duration, end: Duration) -> String {
        let whole = self.took.as_secs_f64().max(1e-6);
        let left = (start.as_secs_f64() / whole * 100.0).min(100.0);
        let width = (end.saturating_sub(start).as_secs_f64() / whole * 100.0).min(100.0 - left);
        let name = stage.name();
        format!("<i class=\"{name}\" style=\"left:{left:.3}%;width:{width:.3}%\"></i>")
    }
}

/// The colour of a stage.
fn key(stage: Stage) -> String {
    format!("<i class=\"key {}\" aria-hidden=\"true\"></i>", stage.name())
}

/// `download 0.02–0.31 s, 1.2 MB`.
fn words(span: &Span) -> String {
    let name = span.stage.name();
    let (start, end) = (span.start.as_secs_f64(), span.end.as_secs_f64());
    let bytes = if span.bytes > 0 { format!(", {}", size(span.bytes)) } else { String::new() };
    format!("{name} {start:.2}–{end:.2} s{bytes}")
}

fn table<const N: usize>(
    page: &mut String,
    title: &str,
    caption: &str,
    heads: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let id = title.to_lowercase();
    let _ = write!(
        page,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<table>\n\
         <caption>{caption}</caption>\n<thead><tr>"
    );
    for head in heads {
        let _ = write!(page, "<th scope=\"col\">{head}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let _ = match at {
                0 => write!(page, "<tr><th scope=\"row\">{cell}</th>"),
                _ => write!(page, "<td>{cell}</td>"),
            };
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn meaning(stage: Stage) -> &'static str {
    match stage {
        Stage::Page => "project pages come from an index",
        Stage::Metadata => "metadata comes without its file",
        Stage::Download => "files come",
        Stage::Build => "build backends work",
        Stage::Unpack => "wheels are unpacked into the store",
        Stage::Compile => "modules are compiled",
        Stage::Link => "files are put into the environment",
        Stage::Resolve => "versions are chosen, with all that this waits for",
        Stage::Wait => "the choice waits for a page or for metadata",
    }
}

fn time(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::example;

    #[test]
    fn texts_stay_texts() {
        let page = example().page();
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("the whole &lt;set&gt; &amp; more"));
        assert!(page.contains("download 0.02–0.07 s, 1.2 MB"), "{page}");
        assert!(!page.contains("http"), "the page asks for something");
    }

    #[test]
    fn every_element_is_closed_and_every_table_told() {
        let page = example().page();
        let mut open: Vec<String> = Vec::new();
        // What JSON says is no element.
        let (elements, data) = page.split_once("id=\"timings\">").expect("the data");
        let (_, end) = data.split_once("</script>").expect("their end");
        for piece in format!("{elements}</script>{end}").split('<').skip(1) {
            let tag = piece.split(['>', ' ', '\n']).next().unwrap_or_default();
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "near <{piece}"),
                None if ["!DOCTYPE", "meta", "input"].contains(&tag) => {}
                None => open.push(tag.to_owned()),
            }
        }
        assert_eq!(open, Vec::<String>::new());
        let count = |what: &str| page.matches(what).count();
        assert_eq!(count("<table"), count("<caption>"));
        assert_eq!(count("<section"), count("aria-labelledby="));
        assert_eq!(count("<h1>"), 1);
        assert!(count("<th scope=") > 10 && count("<th>") == 0);
        // What is drawn is said, too.
        assert_eq!(
            count("<div class=\"track\""),
            count("<div class=\"track\" aria-hidden=\"true\">")
        );
        assert_eq!(count("<tr tabindex=\"0\">"), count("<span class=\"words\">"));
        for label in page.split("aria-labelledby=\"").skip(1) {
            let id = label.split('"').next().unwrap_or_default();
            assert_eq!(count(&format!("id=\"{id}\"")), 1, "{id}");
        }
    }
}
