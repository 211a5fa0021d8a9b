//! The table of verdicts.

use super::Report;
use super::html::escaped;
use crate::figure::Claimed;
use crate::read::judge::Verdict;

/// The heads of its columns.
const HEADS: [&str; 8] = [
    "Claim",
    "Verdict",
    "Effect",
    "95 % interval",
    "As claimed",
    "Seeds or draws",
    "The paper says",
    "Judged by",
];

/// How many claims have come to what, and the table of all.
pub(super) fn verdicts(report: &Report) -> String {
    let claims = || report.drawn.iter().flat_map(|drawn| &drawn.figure.claims);
    let counted =
        |wanted: Verdict| claims().filter(|claimed| claimed.claim.judged.verdict == wanted).count();
    let all = [
        Verdict::Holds,
        Verdict::Fails,
        Verdict::Undecided,
        Verdict::TooFew,
        Verdict::Unlearned,
        Verdict::Nothing,
    ];
    let badge = |verdict: Verdict| match counted(verdict) {
        0 => String::new(),
        n => format!("<li>{n} <span class=\"{}\">{verdict}</span></li>\n", class(verdict)),
    };
    let badges: String = all.into_iter().map(badge).collect();
    let heads: String = HEADS.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let rows: String = claims().map(row).collect();
    format!(
        "<ul class=\"badges\">\n{badges}</ul>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Verdicts\">\n\
         <table class=\"sortable verdicts\"><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n</div>\n"
    )
}

/// The class of a verdict on the page.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "verdict holds",
        Verdict::Fails => "verdict fails",
        Verdict::Undecided | Verdict::TooFew | Verdict::Unlearned | Verdict::Nothing => {
            "verdict open"
        }
    }
}

fn row(Claimed { panel, claim }: &Claimed) -> String {
    let panel = escaped(panel);
    let judged = &claim.judged;
    let number =
        |value: Option<f64>| value.map_or(String::new(), |v| format!(" data-sort=\"{v}\""));
    let effect = claim.effect().unwrap_or_default();
    let interval = claim.interval().map_or(String::new(), |(low, high)| format!("{low} to {high}"));
    let (won, seeds) = match judged.pairs {
        0 => (String::new(), String::new()),
        pairs => (format!("{} of {pairs}", judged.won), judged.seeds.to_string()),
    };
    let share = (judged.pairs > 0).then(|| judged.won as f64 / judged.pairs as f64);
    let left_out = match judged.unlearned {
        0 => String::new(),
        n => format!("<small>{n} near chance left out</small>"),
    };
    let source =
        if claim.source.is_empty() { "<small>ours</small>" } else { &escaped(claim.source) };
    format!(
        "<tr><th scope=\"row\">{}</th><td><span class=\"{}\">{}</span></td><td{}>{}</td><td{}>{interval}</td>\
         <td{}>{won} {left_out}</td><td{}>{seeds}</td><td>{source}</td><td><a href=\"#{panel}\">{panel}</a></td></tr>\n",
        escaped(claim.statement),
        class(judged.verdict),
        judged.verdict,
        number(judged.effect),
        escaped(&effect),
        number(judged.interval.map(|interval| interval.low)),
        number(share),
        number((judged.pairs > 0).then_some(judged.seeds as f64)),
    )
}
