//! Text as HTML.

/// Text in which nothing is a sign of HTML, for content and for quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_html_lose_their_meaning() {
        let text = escaped("a < b & \"c\" > d");
        assert_eq!(text, "a &lt; b &amp; &quot;c&quot; &gt; d");
        assert_eq!(paragraph("<script>"), "<p>&lt;script&gt;</p>\n");
    }
}
