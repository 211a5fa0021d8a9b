//! The tables of an artifact on the page; each head sorts the rows of every group.

use super::html::{escaped, paragraph};
use super::panels::id;
use crate::scene::table::{Group, Note, Row, Table, Weight};

/// A table of `artifact` as HTML; the last paragraph of its caption, its settings, is left out.
pub(super) fn html(artifact: &str, table: &Table) -> String {
    let head =
        |(class, head): (&str, &String)| format!("<th scope=\"col\"{class}>{}</th>", escaped(head));
    let labels = table.heads.iter().map(|head| (" class=\"label\"", head));
    let columns = table.columns.iter().map(|column| ("", &column.name));
    let heads: String = labels.chain(columns).map(head).collect();
    let (title, id) = (escaped(&table.title), id(artifact, &table.name));
    let groups: String = table.groups.iter().map(|own| group(table, own)).collect();
    let mut html = format!(
        "<h3>{title}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\">\n\
         <table class=\"sortable numbers\"><thead><tr>{heads}</tr></thead>\n{groups}</table>\n</div>\n"
    );
    for Note { mark, text } in &table.notes {
        let mark = mark.map_or(String::new(), |mark| format!("{} ", mark.0));
        html += &paragraph(&format!("{mark}{text}"));
    }
    let caption = &table.caption;
    html.extend(caption[..caption.len().saturating_sub(1)].iter().map(|words| paragraph(words)));
    format!("<div{id} class=\"tabled\">\n{html}</div>\n")
}

/// A body with the title of the group, where it has one, and a body with its rows.
fn group(table: &Table, group: &Group) -> String {
    let columns = table.heads.len() + table.columns.len();
    let title = match group.title.is_empty() {
        true => String::new(),
        false => format!(
            "<tbody class=\"group\"><tr><th colspan=\"{columns}\" scope=\"rowgroup\"><span>{}</span></th></tr></tbody>\n",
            escaped(&group.title)
        ),
    };
    let rows: String = group.rows.iter().map(|own| row(table, own)).collect();
    format!("{title}<tbody>\n{rows}</tbody>\n")
}

fn row(table: &Table, row: &Row) -> String {
    let labels =
        row.labels.iter().map(|label| format!("<th scope=\"row\">{}</th>", escaped(label)));
    let cells = table.columns.iter().zip(&row.cells).map(|(column, cell)| {
        let sort =
            cell.measured.as_ref().map(|measured| format!(" data-sort=\"{}\"", measured.mean));
        let lines = table.lines(column, cell).into_iter().map(|line| {
            let text = escaped(&line.text);
            match line.weight {
                Weight::Bold => format!("<b>{text}</b>"),
                Weight::Plain => text,
                Weight::Small => format!("<small>{text}</small>"),
            }
        });
        format!("<td{}>{}</td>", sort.unwrap_or_default(), lines.collect::<String>())
    });
    format!("<tr>{}</tr>\n", labels.chain(cells).collect::<String>())
}
