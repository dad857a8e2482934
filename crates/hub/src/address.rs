//! A model's page on the hub, as its address is copied from a browser, read as the name of a repository.

/// The hosts that the hub answers on.
const HOSTS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];

/// The folders of a model's parts, to whose pages and files a person may have gone.
const PARTS: [&str; 9] = [
    "unet",
    "vae",
    "vae_decoder",
    "vae_encoder",
    "text_encoder",
    "text_encoder_2",
    "tokenizer",
    "tokenizer_2",
    "scheduler",
];

/// What stands where a model's page has its organisation.
const NO_ORGANISATIONS: [&str; 14] = [
    "datasets",
    "spaces",
    "docs",
    "models",
    "papers",
    "collections",
    "api",
    "blog",
    "settings",
    "organizations",
    "learn",
    "posts",
    "tasks",
    "join",
];

/// Whether a text is an address rather than a name or a path.
pub fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// `org/name[/folder][@revision]` from the address of a model's page, of a folder or of a file in it; `None` for other
/// addresses, and for pages that belong to no model. `endpoint` is the hub's address, maybe a mirror's.
pub(super) fn name(address: &str, endpoint: &str) -> Option<String> {
    let address = address.trim();
    let of_endpoint = address.strip_prefix(endpoint).and_then(|page| page.strip_prefix('/'));
    let page = of_endpoint.or_else(|| page_of_the_hub(address))?;
    let page = page.split(['?', '#']).next()?;
    let parts = page.split('/').filter(|part| !part.is_empty());
    // A slash within a part, as in the names of some branches, is written so.
    let parts: Vec<_> = parts.map(|part| part.replace("%2F", "/").replace("%2f", "/")).collect();
    let [organisation, model, rest @ ..] = parts.as_slice() else { return None };
    if NO_ORGANISATIONS.contains(&organisation.as_str()) {
        return None;
    }
    let (kind, rest) = rest.split_first().map_or((None, rest), |(kind, rest)| (Some(kind.as_str()), rest));
    let (revision, mut folder) = match kind {
        Some("tree" | "blob" | "resolve" | "raw") => revision(rest)?,
        Some("commit") => (Some(rest.first()?.clone()), &[][..]),
        _ => (None, &[][..]),
    };
    if matches!(kind, Some("blob" | "resolve" | "raw")) {
        folder = folder.split_last().map_or(folder, |(_, folder)| folder);
    }
    if let Some((last, above)) = folder.split_last()
        && PARTS.contains(&last.as_str())
    {
        folder = above;
    }
    let folder: String = folder.iter().map(|part| format!("/{part}")).collect();
    let revision = revision.filter(|revision| revision != "main");
    let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
    Some(format!("{organisation}/{model}{folder}{revision}"))
}

/// What follows the host.
fn page_of_the_hub(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    if scheme.eq_ignore_ascii_case("hf") {
        return Some(rest);
    }
    let is_web = ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let (host, page) = rest.split_once('/').filter(|_| is_web)?;
    let host = host.strip_suffix(":443").unwrap_or(host);
    HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)).then_some(page)
}

/// The revision in front of what follows "tree", and the rest. Pull requests have a slash in theirs.
fn revision(parts: &[String]) -> Option<(Option<String>, &[String])> {
    let length = if parts.first().is_some_and(|first| first == "refs") { 3 } else { 1 };
    let (revision, rest) = parts.split_at_checked(length)?;
    Some((Some(revision.join("/")), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_address_names_its_model() {
        fn check(address: &str, expected: Option<&str>) {
            assert_eq!(name(address, "https://huggingface.co").as_deref(), expected, "{address}");
        }
        check("https://huggingface.co/org/sdxl-onnx", Some("org/sdxl-onnx"));
        check("  https://huggingface.co/org/sdxl-onnx/\n", Some("org/sdxl-onnx"));
        check("http://HuggingFace.co/org/name?library=onnx#files", Some("org/name"));
        check("huggingface.co/org/name", Some("org/name"));
        check("hf.co/org/name", Some("org/name"));
        check("hf://org/name", Some("org/name"));
        check("https://huggingface.co/org/name/tree/main", Some("org/name"));
        check("https://huggingface.co/org/name/tree/main/onnx/fp16", Some("org/name/onnx/fp16"));
        check("https://huggingface.co/org/name/tree/v1.0/onnx", Some("org/name/onnx@v1.0"));
        check("https://huggingface.co/org/name/tree/refs%2Fpr%2F1", Some("org/name@refs/pr/1"));
        check("https://huggingface.co/org/name/tree/main/unet", Some("org/name"));
        check("https://huggingface.co/org/name/blob/main/model_index.json", Some("org/name"));
        check("https://huggingface.co/org/name/blob/main/fp16/unet/model.onnx", Some("org/name/fp16"));
        check("https://huggingface.co/org/name/resolve/main/unet/model.onnx?download=true", Some("org/name"));
        check("https://huggingface.co/org/name/discussions/3", Some("org/name"));
        check("https://huggingface.co/org/name/tree/release%2Fv1/onnx", Some("org/name/onnx@release/v1"));
        check("https://huggingface.co/org/name/commit/0123abcd", Some("org/name@0123abcd"));
        check("HTTPS://huggingface.co:443/org/name", Some("org/name"));
        check("https://huggingface.co/settings/tokens", None);
        check("https://huggingface.co/blog/sdxl", None);
        check("ftp://huggingface.co/org/name", None);
        check("https://huggingface.co/datasets/org/name", None);
        check("https://huggingface.co/spaces/org/name", None);
        check("https://huggingface.co/org", None);
        check("https://huggingface.co/", None);
        check("https://example.com/org/name", None);
        check("https://huggingface.co.example.com/org/name", None);
        check("org/name", None);
        check("", None);
    }

    #[test]
    fn a_mirrors_address_is_understood_too() {
        let mirror = "http://127.0.0.1:8080/hub";
        assert_eq!(name("http://127.0.0.1:8080/hub/org/name/tree/main", mirror).as_deref(), Some("org/name"));
        assert_eq!(name("http://127.0.0.1:8080/org/name", mirror), None);
        assert_eq!(name("https://huggingface.co/org/name", mirror).as_deref(), Some("org/name"));
    }
}
