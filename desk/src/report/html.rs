//! Pages to print: escaping, tables of labels and values, lines to sign on.
//!
//! A page needs nothing from elsewhere and forbids it, so that opening a form tells nobody.

use std::fmt::Write;

use crate::text::Lang;

const STYLE: &str = include_str!("form.css");
/// Nothing is loaded and nothing runs, whatever stands in a complaint.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
/// The same, but pictures that lie beside the page are shown.
const IMAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:";

/// As long as a moment to the minute.
const SHORT_CHARS_MAX: usize = 16;

/// A text as it may stand between tags and in attributes. What a page can't show is left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page in the making.
#[derive(Debug)]
pub struct Page {
    body: String,
    policy: &'static str,
}

impl Page {
    /// A page with its heading: title, community and number.
    pub fn new(community: &str, title: &str, number: &str) -> Self {
        let [community, title, number] = [community, title, number].map(escape);
        let body = format!(
            "<header>\n<p class=\"community\">{community}</p>\n<h1>{title}</h1>\n\
             <p class=\"number\">{number}</p>\n</header>\n"
        );
        Self { body, policy: POLICY }
    }

    /// The same for a page with pictures that lie beside it.
    pub fn with_images(community: &str, title: &str, number: &str) -> Self {
        Self { policy: IMAGE_POLICY, ..Self::new(community, title, number) }
    }

    /// A picture, if there is one, over the lines of its caption.
    pub fn figure(&mut self, picture: Option<&str>, caption: &[String]) {
        self.body.push_str("<figure>\n");
        if let Some(picture) = picture.map(escape) {
            let _ = writeln!(self.body, "<img src=\"{picture}\" alt=\"\">");
        }
        self.body.push_str("<figcaption>\n");
        for line in caption {
            let _ = writeln!(self.body, "<p>{}</p>", escape(line));
        }
        self.body.push_str("</figcaption>\n</figure>\n");
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    /// A table of labels and values, two pairs a row; texts take a row of their own.
    pub fn particulars(&mut self, rows: &[Row]) {
        self.body.push_str("<table class=\"particulars\">\n");
        for row in rows {
            self.body.push_str("<tr>");
            match row {
                Row::Pairs(pairs) => {
                    for (label, value) in pairs {
                        self.cells(label, "<td>", value);
                    }
                }
                Row::Wide(label, value) => self.cells(label, "<td colspan=\"3\">", value),
                Row::Text(label, value, lines) => {
                    let open = format!("<td colspan=\"3\" class=\"text lines-{lines}\">");
                    self.cells(label, &open, value);
                }
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</table>\n");
    }

    /// A table with a caption and a heading, whose rows go on overleaf under the same heading.
    pub fn table(&mut self, caption: &str, heading: &[&str], rows: &[Vec<String>]) {
        let caption = escape(caption);
        let _ = write!(self.body, "<h2>{caption}</h2>\n<table class=\"list\">\n<thead><tr>");
        for label in heading {
            let _ = write!(self.body, "<th>{}</th>", escape(label));
        }
        self.body.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for cell in row {
                // A date or a single word is not broken.
                let is_short = cell.is_ascii() && cell.len() <= SHORT_CHARS_MAX;
                let open = if is_short { "<td class=\"short\">" } else { "<td>" };
                let _ = write!(self.body, "{open}{}</td>", escape(cell));
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody>\n</table>\n");
    }

    /// A heading with a sentence under it, in place of a table that would be empty.
    pub fn remark(&mut self, caption: &str, text: &str) {
        let _ = writeln!(self.body, "<h2>{}</h2>\n<p>{}</p>", escape(caption), escape(text));
    }

    /// Lines to sign on, each with a place for the date.
    pub fn signatures(&mut self, labels: &[&str], date: &str) {
        self.body.push_str("<div class=\"signatures\">\n");
        for label in labels {
            let _ = writeln!(
                self.body,
                "<p><span>{}</span><i></i><span>{}</span><i class=\"date\"></i></p>",
                escape(label),
                escape(date),
            );
        }
        self.body.push_str("</div>\n");
    }

    /// The whole document, with a last line.
    pub fn finish(self, title: &str, foot: &[&str], lang: Lang) -> String {
        let (title, body, policy) = (escape(title), self.body, self.policy);
        let foot: String =
            foot.iter().map(|text| format!("<span>{}</span>", escape(text))).collect();
        let code = match lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\
             <footer>{foot}</footer>\n</body>\n</html>\n"
        )
    }

    fn cells(&mut self, label: &str, open: &str, value: &str) {
        let _ = write!(self.body, "<th>{}</th>{open}{}</td>", escape(label), escape(value));
    }
}

/// A row of particulars.
#[derive(Debug, Clone)]
pub enum Row {
    /// Two labels, each with a short value.
    Pairs([(String, String); 2]),
    /// A label and a value over the whole width.
    Wide(String, String),
    /// A text with its line breaks, or room to write; at least so many lines: 1 to 5.
    Text(String, String, u8),
}

/// Boxes to tick, those that hold ticked already.
pub fn boxes(choices: &[(&str, bool)]) -> String {
    let tick =
        |(label, holds): &(&str, bool)| format!("{} {label}", if *holds { '☑' } else { '☐' });
    choices.iter().map(tick).collect::<Vec<_>>().join("\u{3000}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_becomes_markup() {
        let evil = "<script>alert('x')</script> & \"y\"\u{7}\n下一行";
        let escaped = escape(evil);
        assert_eq!(
            escaped,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\n下一行"
        );
        let mut page = Page::new(evil, evil, evil);
        page.paragraph(evil);
        page.particulars(&[
            Row::Pairs([(evil.into(), evil.into()), (evil.into(), evil.into())]),
            Row::Wide(evil.into(), evil.into()),
            Row::Text(evil.into(), evil.into(), 3),
        ]);
        page.table(evil, &[evil], &[vec![evil.to_owned()]]);
        page.remark(evil, evil);
        page.figure(Some(evil), &[evil.to_owned()]);
        page.signatures(&[evil], evil);
        let whole = page.finish(evil, &[evil], Lang::Zh);
        assert!(!whole.contains("<script") && whole.contains("&lt;script&gt;"));
    }

    #[test]
    fn what_holds_is_ticked() {
        assert_eq!(boxes(&[("满意", true), ("不满意", false)]), "☑ 满意\u{3000}☐ 不满意");
    }
}
