//! What the hub means when it does not give what was asked for.

use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode};

use super::{Access, Repository, patience::Trouble};
use tauscope_core::error::Error;

/// Turns an answer that is no success into what can be done about it.
pub(super) fn refusal(
    status: StatusCode,
    headers: &HeaderMap,
    repository: &Repository,
    access: &Access,
) -> Trouble {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let code = header("x-error-code");
    let name = repository.name();
    let fault = |problem: String, remedy: String| Trouble::Final(Error::input(problem, remedy));
    match status.as_u16() {
        _ if code == "GatedRepo" => fault(
            format!("{name} is given only to people who have accepted its licence."),
            format!(
                "Accept it at {}/{name}, then set HF_TOKEN to an access token of yours.",
                access.endpoint
            ),
        ),
        _ if code == "RevisionNotFound" => fault(
            format!("{name} has no revision {}.", repository.revision()),
            format!("Look at {}/{name}/tree/main for those it has.", access.endpoint),
        ),
        401 | 403 if access.token.is_none() => fault(
            format!(
                "There is no folder {repository}, and the hub does not show a repository {name} to everybody."
            ),
            format!(
                "Check the name. If it is right it needs a token: set HF_TOKEN, or accept the licence at {}/{name}.",
                access.endpoint
            ),
        ),
        401 | 403 => fault(
            format!("The hub does not give {name} to the owner of this token ({status})."),
            format!("Check HF_TOKEN, or accept the licence at {}/{name}.", access.endpoint),
        ),
        404 | 410 => fault(
            format!("There is neither a folder {repository} nor a repository {name}."),
            format!("Check the name; {} has all repositories.", access.endpoint),
        ),
        408 | 429 | 500..=599 => Trouble::Passing {
            reason: format!("the hub is busy ({status})"),
            wait: header("retry-after").parse().ok().map(Duration::from_secs),
        },
        _ => fault(
            format!("The hub answered {status} when it was asked for {name}."),
            "Check HF_ENDPOINT and the proxy, then try again.".to_owned(),
        ),
    }
}
