//! A report as JSON, for programs.

use serde_json::{Map, Value, json};

use super::{
    Report,
    alignment::{ALL_CHECKS, MEAN_OF_KINDS, Row},
};
use crate::study::Kind;

impl Report {
    /// `arms` by name, with the counts of each kind over all prompts, and `tables` of each selection of prompts.
    pub fn json(&self) -> Value {
        let arms =
            self.arms.iter().zip(&self.alignments[0].rows).zip(&self.leaks).map(|((arm, row), leaks)| {
                let mut entry = checks(row);
                let rest = [
                    ("about", json!(arm.line.about)),
                    ("guidance_scale", json!(arm.line.guidance_scale)),
                    ("axes", json!(arm.line.axes)),
                    ("scores", json!(arm.scores.pictures)),
                    ("sets", json!(arm.scores.set)),
                    ("seconds_a_picture", json!(arm.scores.seconds)),
                    ("leak", json!({ "auc": leaks.auc, "pictures": leaks.points.len() })),
                ];
                entry.extend(rest.map(|(name, value)| (name.to_owned(), value)));
                (arm.name.clone(), Value::Object(entry))
            });
        let tables = self.alignments.iter().map(|alignment| {
            let arms = alignment.rows.iter().map(|row| (row.arm.clone(), Value::Object(checks(row))));
            json!({
                "of": alignment.of,
                "half": alignment.selection.half,
                "level": alignment.selection.level,
                "prompts": alignment.prompts,
                "arms": arms.collect::<Map<_, _>>(),
            })
        });
        json!({
            "of": self.alignments[0].of,
            "judge": self.judge,
            "compared_with": self.arms.first().map(|arm| &arm.name),
            "arms": arms.collect::<Map<_, _>>(),
            "tables": tables.collect::<Vec<_>>(),
            "agreement": self.reviewers,
            "runs": self.runs,
        })
    }
}

/// A row; kinds that nothing is asked of are left out.
fn checks(row: &Row) -> Map<String, Value> {
    let kinds = Kind::ALL.iter().zip(&row.cells).filter(|(_, cell)| !cell.counts.is_empty());
    let kinds: Map<_, _> = kinds.map(|(kind, cell)| (kind.word().to_owned(), json!(cell))).collect();
    let mean = row.cells[MEAN_OF_KINDS];
    let entries = [
        ("kinds", Value::Object(kinds)),
        ("all", json!(row.cells[ALL_CHECKS])),
        (
            "mean_of_kinds",
            json!({ "share": mean.share, "interval": mean.interval, "difference": mean.difference }),
        ),
        ("pictures", json!(row.pictures)),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
