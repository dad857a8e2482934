//! The report as one page of HTML, which needs nothing beside it and prints well.

use image::RgbImage;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Report,
    examples::{Example, Examples, Shown},
    figures::Figure,
    picture::data_url,
    table::{Entry, Table, Verdict},
};

const STYLE: &str = include_str!("style.css");

/// The page. `pictures` gives the picture of a run by its file; one that is gone is shown as missing.
pub(super) fn page(
    report: &Report,
    tables: &[Table],
    figures: &[Figure],
    pictures: impl Fn(&str, &str) -> Option<RgbImage>,
) -> String {
    let title = report.title();
    let has_examples = !(report.examples.best.is_empty() && report.examples.worst.is_empty());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Study: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Study: " (title) }
                p.quiet { (report.subtitle()) }
                nav {
                    a href="#tables" { "Tables" }
                    @if !figures.is_empty() { a href="#figures" { "Figures" } }
                    @if has_examples { a href="#pictures" { "Pictures side by side" } }
                }
                h2.first #tables { "Tables" }
                @for table in tables { (shown_table(table)) }
                @if !figures.is_empty() {
                    h2 #figures { "Figures" }
                    @for figure in figures { (shown_figure(figure)) }
                }
                @if has_examples {
                    h2 #pictures { "Pictures side by side" }
                    p {
                        "The prompts and seeds on which an arm's share of met checks differs most from that of "
                        (report.examples.arms[0]) ". They are chosen to differ, so they say nothing about how often; "
                        "the tables do. Below each picture: checks met, of those that are answered."
                        @if report.arms.len() > report.examples.arms.len() {
                            " Of " (report.arms.len()) " arms the first " (report.examples.arms.len()) " are shown."
                        }
                    }
                    (shown_examples("More checks met", &report.examples, &report.examples.best, &pictures))
                    (shown_examples("Fewer checks met", &report.examples, &report.examples.worst, &pictures))
                }
            }
        }
    };
    page.into_string()
}

fn shown_table(table: &Table) -> Markup {
    html! {
        h3 { (table.title) }
        div.wide {
            table.text[!table.is_of_numbers()] {
                thead { tr { @for name in &table.header { th scope="col" { (name) } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (column, entry) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" { (entry.text) } } @else { (shown_entry(entry)) }
                            }
                        }
                    }
                }
            }
        }
        p.quiet { (table.caption) }
    }
}

fn shown_entry(entry: &Entry) -> Markup {
    let is = |verdict| entry.verdict == Some(verdict);
    html! {
        td {
            span.good[is(Verdict::Better)].bad[is(Verdict::Worse)] { (entry.text) }
            @for note in &entry.notes { small { (note) } }
        }
    }
}

fn shown_figure(figure: &Figure) -> Markup {
    html! {
        h3 { (figure.title) }
        figure role="img" aria-label=(figure.title) {
            (PreEscaped(&figure.svg))
            figcaption { (figure.caption) }
        }
    }
}

fn shown_examples(
    title: &str,
    examples: &Examples,
    shown: &[Example],
    pictures: &impl Fn(&str, &str) -> Option<RgbImage>,
) -> Markup {
    html! {
        @if !shown.is_empty() {
            h3 { (title) " than under " (examples.arms[0]) ", the largest difference first" }
            div.wide {
                table.examples {
                    thead { tr { th {} @for arm in &examples.arms { th scope="col" { (arm) } } } }
                    tbody {
                        @for example in shown {
                            tr {
                                th scope="row" {
                                    (example.prompt)
                                    p.quiet { "prompt " (example.number) ", seed " (example.seed) }
                                }
                                @for picture in &example.pictures {
                                    td { (shown_picture(picture.as_ref(), &example.prompt, pictures)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn shown_picture(
    shown: Option<&Shown>,
    prompt: &str,
    pictures: &impl Fn(&str, &str) -> Option<RgbImage>,
) -> Markup {
    let url =
        shown.and_then(|shown| pictures(&shown.run, &shown.file)).and_then(|picture| data_url(&picture).ok());
    html! {
        @match url {
            Some(url) => img src=(url) alt=(prompt) loading="lazy";,
            None => div.absent { "no picture" },
        }
        @if let Some(shown) = shown { small.quiet { (shown.met) " of " (shown.asked) } }
    }
}
