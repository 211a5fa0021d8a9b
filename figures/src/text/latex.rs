//! A table in LaTeX, with the rules of the package `booktabs` and nothing else beyond the base.

use crate::scene::table::{Note, Table, Weight};

/// The table as a floating `table`, to be read in with `\input`; the document loads `booktabs`.
pub fn latex(table: &Table) -> String {
    let width = table.heads.len() + table.columns.len();
    let places = "l".repeat(table.heads.len()) + &"r".repeat(table.columns.len());
    let mut text = format!(
        "% Needs \\usepackage{{booktabs}}; five prune rates and more need a page in landscape.\n\\begin{{table}}\n  \
         \\centering\\small\n  \\caption{{{}.}}\n  \
         \\label{{tab:{}}}\n  \\begin{{tabular}}{{{places}}}\n    \\toprule\n",
        escaped(&table.title),
        table.name
    );
    let heads = table.heads.iter().chain(table.columns.iter().map(|column| &column.name));
    line(&mut text, &heads.map(|head| escaped(head)).collect::<Vec<_>>());
    for group in &table.groups {
        text.push_str("    \\midrule\n");
        if !group.title.is_empty() {
            let title = escaped(&group.title);
            text.push_str(&format!(
                "    \\multicolumn{{{width}}}{{l}}{{\\textbf{{{title}}}}} \\\\\n"
            ));
        }
        for row in &group.rows {
            let labels = row.labels.iter().map(|label| escaped(label));
            let cells = table.columns.iter().zip(&row.cells).map(|(column, cell)| {
                let lines = table.lines(column, cell).into_iter().map(|line| {
                    let words = escaped(&line.text);
                    match line.weight {
                        Weight::Bold => format!("\\textbf{{{words}}}"),
                        Weight::Plain => words,
                        Weight::Small => format!("{{\\scriptsize {words}}}"),
                    }
                });
                match &*lines.collect::<Vec<_>>() {
                    [] => String::new(),
                    [one] => one.clone(),
                    several => format!("\\shortstack[r]{{{}}}", several.join(" \\\\ ")),
                }
            });
            line(&mut text, &labels.chain(cells).collect::<Vec<_>>());
        }
    }
    text.push_str("    \\bottomrule\n  \\end{tabular}\n");
    let notes = table.notes.iter().map(|Note { mark, text }| {
        let mark = mark.map_or(String::new(), |mark| format!("{} ", mark.0));
        format!("{mark}{text}")
    });
    for words in notes.chain(table.caption.iter().cloned()) {
        text.push_str(&format!(
            "\n  \\par\\smallskip{{\\footnotesize {}\\par}}\n",
            escaped(&words)
        ));
    }
    text.push_str("\\end{table}\n");
    text
}

fn line(text: &mut String, cells: &[String]) {
    text.push_str(&format!("    {} \\\\\n", cells.join(" & ")));
}

/// Text in which nothing is a command, in letters that every LaTeX knows.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '%' | '_' | '&' | '#' | '$' | '{' | '}' => out.extend(['\\', letter]),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            // A row that begins with a bracket would be taken for an option of the line break before it.
            '[' => out.push_str("{[}"),
            ']' => out.push_str("{]}"),
            '\u{b1}' => out.push_str("$\\pm$"),
            '\u{2212}' => out.push_str("$-$"),
            '\u{d7}' => out.push_str("$\\times$"),
            '\u{2013}' => out.push_str("--"),
            '\u{2020}' => out.push_str("\\dag{}"),
            '\u{2021}' => out.push_str("\\ddag{}"),
            '\u{a7}' => out.push_str("\\S{}"),
            '\u{b6}' => out.push_str("\\P{}"),
            '\u{201c}' => out.push_str("``"),
            '\u{201d}' => out.push_str("''"),
            '\u{2019}' => out.push('\''),
            '\u{a0}' => out.push('~'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_command() {
        assert_eq!(escaped("50 % & a_b \u{2212}1 [x]"), "50 \\% \\& a\\_b $-$1 {[}x{]}");
        assert_eq!(escaped("\\begin{x}"), "\\textbackslash{}begin\\{x\\}");
    }
}
