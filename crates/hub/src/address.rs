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

/// Whether a text is an address rather than a name or a path.
pub(super) fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// `org/name[/folder][@revision]` from the address of a model's page, of a folder or of a file in it; `None` for other
/// addresses, and for pages that belong to no model. `endpoint` is the hub's address, maybe a mirror's.
pub(super) fn name(address: &str, endpoint: &str) -> Option<String> {
    let address = address.trim();
    let of_endpoint = address.strip_prefix(endpoint).and_then(|page| page.strip_prefix('/'));
    let page = of_endpoint.or_else(|| page_of_the_hub(address))?;
    let page = page.split(['?', '#']).next()?.replace("%2F", "/").replace("%2f", "/");
    let mut parts = page.split('/').filter(|part| !part.is_empty());
    let (organisation, model) = (parts.next()?, parts.next()?);
    if ["datasets", "spaces", "docs", "models", "papers", "collections", "api"].contains(&organisation) {
        return None;
    }
    let kind = parts.next();
    let mut rest: Vec<&str> = parts.collect();
    let revision = match kind {
        Some("tree" | "blob" | "resolve" | "raw") => revision(&mut rest)?,
        _ => {
            rest.clear();
            None
        }
    };
    if matches!(kind, Some("blob" | "resolve" | "raw")) {
        rest.pop();
    }
    if rest.last().is_some_and(|part| PARTS.contains(part)) {
        rest.pop();
    }
    let folder: String = rest.iter().map(|part| format!("/{part}")).collect();
    let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
    Some(format!("{organisation}/{model}{folder}{revision}"))
}

/// What follows the host.
fn page_of_the_hub(address: &str) -> Option<&str> {
    if let Some(page) = address.strip_prefix("hf://") {
        return Some(page);
    }
    let rest =
        ["https://", "http://"].iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address);
    let (host, page) = rest.split_once('/')?;
    HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)).then_some(page)
}

/// Takes the revision from the front of what follows "tree": of several parts for a pull request.
fn revision(rest: &mut Vec<&str>) -> Option<Option<String>> {
    let length = if rest.first() == Some(&"refs") { 3 } else { 1 };
    let revision = rest.get(..length)?.join("/");
    rest.drain(..length);
    Some(Some(revision).filter(|revision| revision != "main"))
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
