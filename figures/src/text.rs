//! Tables as text: Markdown, CSV and LaTeX.

pub mod comma;
pub mod latex;
pub mod markdown;
