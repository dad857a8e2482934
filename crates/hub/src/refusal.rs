//! Error messages for the hub's error responses.

use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode};

use super::{Access, Repository, retries::Failure};
use tauscope_core::error::Error;

/// Turns an error response into a failure whose message says what to do.
pub(super) fn refusal(
    status: StatusCode,
    headers: &HeaderMap,
    repository: &Repository,
    access: &Access,
) -> Failure {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let code = header("x-error-code");
    let name = repository.name();
    let fault = |problem: String, remedy: String| Failure::Permanent(Error::input(problem, remedy));
    match status.as_u16() {
        _ if code == "GatedRepo" => fault(
            format!("{name} can be downloaded only by people who have accepted its licence."),
            format!("Accept it at {}/{name}, then set HF_TOKEN to your access token.", access.endpoint),
        ),
        _ if code == "RevisionNotFound" => fault(
            format!("{name} has no revision {}.", repository.revision()),
            format!("Its revisions are listed at {}/{name}/tree/main.", access.endpoint),
        ),
        401 | 403 if access.token.is_none() => fault(
            format!("There is no folder {repository}, and the hub has no public repository {name}."),
            format!(
                "Check the name. If it is right it needs a token: set HF_TOKEN, or accept the licence at {}/{name}.",
                access.endpoint
            ),
        ),
        401 | 403 => fault(
            format!("The hub refuses {name} to the owner of this token ({status})."),
            format!("Check HF_TOKEN, or accept the licence at {}/{name}.", access.endpoint),
        ),
        404 | 410 => fault(
            format!("There is neither a folder {repository} nor a repository {name}."),
            format!("Check the name; {} lists all repositories.", access.endpoint),
        ),
        408 | 429 | 500..=599 => Failure::Temporary {
            reason: format!("the hub is busy ({status})"),
            wait: header("retry-after").parse().ok().map(Duration::from_secs),
        },
        _ => fault(
            format!("The hub answered {status} to a request for {name}."),
            "Check HF_ENDPOINT and the proxy, then try again.".to_owned(),
        ),
    }
}
