//! A table in Markdown, as GitHub shows it.

use crate::scene::table::{Note, Table, Weight};

/// The table in Markdown: a heading, the table, notes and caption. The labels of a group fill a row of their own.
pub fn markdown(table: &Table) -> String {
    let mut text = format!("### {}\n\n", escaped(&table.title));
    let heads = table.heads.iter().chain(table.columns.iter().map(|column| &column.name));
    let heads: Vec<String> = heads.map(|head| escaped(head)).collect();
    line(&mut text, &heads);
    let left = table.heads.iter().map(|_| ":--");
    let rules: Vec<&str> = left.chain(table.columns.iter().map(|_| "--:")).collect();
    line(&mut text, &rules);
    for group in &table.groups {
        let mut title = vec![String::new(); heads.len()];
        if !group.title.is_empty() {
            title[0] = format!("**{}**", escaped(&group.title));
            line(&mut text, &title);
        }
        for row in &group.rows {
            let labels = row.labels.iter().map(|label| escaped(label));
            let cells = table.columns.iter().zip(&row.cells).map(|(column, cell)| {
                let lines = table.lines(column, cell).into_iter().map(|line| match line.weight {
                    Weight::Bold => format!("**{}**", escaped(&line.text)),
                    _ => escaped(&line.text),
                });
                lines.collect::<Vec<_>>().join("<br>")
            });
            line(&mut text, &labels.chain(cells).collect::<Vec<_>>());
        }
    }
    for Note { mark, text: note } in &table.notes {
        let mark = mark.map_or(String::new(), |mark| format!("{} ", mark.0));
        paragraph(&mut text, &format!("{mark}{}", escaped(note)));
    }
    for words in &table.caption {
        paragraph(&mut text, &escaped(words));
    }
    text
}

fn line(text: &mut String, cells: &[impl AsRef<str>]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn paragraph(text: &mut String, words: &str) {
    text.push_str(&format!("\n{words}\n"));
}

/// Text in which nothing is a sign of Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if "\\`*_{}[]<>|#".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_markdown_lose_their_meaning() {
        assert_eq!(escaped("a|b_c [x] 5 %"), "a\\|b\\_c \\[x\\] 5 %");
    }
}
