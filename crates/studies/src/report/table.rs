//! A table of text, as Markdown and as LaTeX; the page shows the same one as HTML.

use std::fmt::Write as _;

use super::numbers::NONE;

/// A table of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) title: String,
    /// What a number in it is.
    pub(super) caption: String,
    /// The first column's name and the others'.
    pub(super) header: Vec<String>,
    /// A cell a column.
    pub(super) rows: Vec<Vec<Entry>>,
}

/// What an interval that leaves out zero says, if the test agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Better,
    Worse,
}

/// A cell: a number, and what qualifies it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    pub(super) text: String,
    /// Intervals, counts, tests; in smaller letters below it.
    pub(super) notes: Vec<String>,
    /// Whether it is better or worse than what it is compared with.
    pub(super) verdict: Option<Verdict>,
}

impl Entry {
    pub(super) fn new(text: impl Into<String>, notes: impl IntoIterator<Item = String>) -> Self {
        Self { text: text.into(), notes: notes.into_iter().collect(), verdict: None }
    }

    /// Where there is nothing to tell.
    pub(super) fn none() -> Self {
        NONE.into()
    }
}

impl<T: Into<String>> From<T> for Entry {
    fn from(text: T) -> Self {
        Self::new(text, [])
    }
}

impl Table {
    /// Whether the columns after the first are numbers.
    pub(super) fn is_of_numbers(&self) -> bool {
        let entries = || self.rows.iter().flat_map(|row| row.iter().skip(1));
        entries().all(|entry| !entry.text.starts_with(char::is_alphabetic))
    }

    pub(super) fn markdown(&self) -> String {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let mut lines = format!("### {}\n\n", self.title);
        let columns = self.header.iter().map(|name| cell(name)).collect::<Vec<_>>().join(" | ");
        let _ =
            writeln!(lines, "| {columns} |\n|---{}|", "|---:".repeat(self.header.len().saturating_sub(1)));
        for row in &self.rows {
            let entries = row.iter().map(|entry| match entry.notes.join("; ") {
                notes if notes.is_empty() => cell(&entry.text),
                notes => format!("{} ({})", cell(&entry.text), cell(&notes)),
            });
            let _ = writeln!(lines, "| {} |", entries.collect::<Vec<_>>().join(" | "));
        }
        let _ = writeln!(lines, "\n{}", self.caption);
        lines
    }

    /// A `table` environment in the style of the package booktabs.
    pub(super) fn latex(&self) -> String {
        let columns = "r".repeat(self.header.len().saturating_sub(1));
        let header: Vec<String> = self.header.iter().map(|name| escaped(name)).collect();
        let mut lines = format!(
            "\\begin{{table}}\n  \\centering\n  \\caption{{{}. {}}}\n  \\begin{{tabular}}{{l{columns}}}\n    \\toprule\n    {} \\\\\n    \\midrule\n",
            escaped(&self.title),
            escaped(&self.caption),
            header.join(" & "),
        );
        for row in &self.rows {
            let texts: Vec<String> = row.iter().map(|entry| escaped(&entry.text)).collect();
            let _ = writeln!(lines, "    {} \\\\", texts.join(" & "));
            for line in 0..row.iter().map(|entry| entry.notes.len()).max().unwrap_or(0) {
                let small = |note: &String| format!("{{\\scriptsize {}}}", escaped(note));
                let notes = row.iter().map(|entry| entry.notes.get(line).map(small).unwrap_or_default());
                let _ = writeln!(lines, "    {} \\\\", notes.collect::<Vec<_>>().join(" & "));
            }
        }
        lines.push_str("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n");
        lines
    }
}

/// As LaTeX reads it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '−' => out.push_str("$-$"),
            '×' => out.push_str("$\\times$"),
            '–' => out.push_str("--"),
            '✓' => out.push_str("$\\checkmark$"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "Checks met".into(),
            caption: "In %.".into(),
            header: vec!["arm".into(), "colour".into()],
            rows: vec![
                vec!["a|b_c".into(), Entry::new("−1.5", ["p < 0.1".to_owned()])],
                vec!["x".into(), Entry::none()],
            ],
        }
    }

    #[test]
    fn markdown_keeps_its_columns() {
        let expected = "### Checks met\n\n| arm | colour |\n|---|---:|\n| a\\|b_c | −1.5 (p < 0.1) |\n| x | – |\n\nIn %.\n";
        assert_eq!(table().markdown(), expected);
    }

    #[test]
    fn latex_has_notes_on_lines_of_their_own() {
        let expected = [
            "\\begin{table}",
            "  \\centering",
            "  \\caption{Checks met. In \\%.}",
            "  \\begin{tabular}{lr}",
            "    \\toprule",
            "    arm & colour \\\\",
            "    \\midrule",
            "    a|b\\_c & $-$1.5 \\\\",
            "     & {\\scriptsize p $<$ 0.1} \\\\",
            "    x & -- \\\\",
            "    \\bottomrule",
            "  \\end{tabular}",
            "\\end{table}",
        ];
        assert_eq!(table().latex().lines().collect::<Vec<_>>(), expected);
    }
}
