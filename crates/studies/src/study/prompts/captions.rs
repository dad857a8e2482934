//! COCO captions: the JSON of `captions_val2014.json`, of which each image gives one prompt.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::list::{PromptList, Reading, plain};
use tauscope_core::error::{Error, Result};

/// What is read of the file; everything else in it is left alone.
#[derive(Deserialize)]
struct File {
    annotations: Vec<Value>,
}

#[derive(Deserialize)]
struct Annotation {
    id: u64,
    image_id: u64,
    caption: String,
}

/// Reads COCO captions: of each image the caption with the lowest id, in the order of the images' ids.
///
/// # Errors
/// [`Error::Input`] if it is no such file, or if there is no caption in it.
pub(super) fn captions(name: &str, bytes: &[u8]) -> Result<PromptList> {
    let File { annotations } = serde_json::from_slice(bytes).map_err(|error| {
        Error::input(
            format!("{name} cannot be read as COCO captions: {error}."),
            "Give a file such as captions_val2014.json, with \"annotations\" that have \"id\", \"image_id\" and \"caption\".",
        )
    })?;
    let mut reading = Reading::new(name);
    let mut of_image = BTreeMap::<u64, (u64, String)>::new();
    for (index, annotation) in annotations.into_iter().enumerate() {
        match serde_json::from_value(annotation) {
            Ok(Annotation { id, image_id, caption }) => {
                let first = of_image.entry(image_id).or_insert_with(|| (id, caption.clone()));
                if id < first.0 {
                    *first = (id, caption);
                }
            }
            Err(error) => reading.leave_out(format!("annotation {}", index + 1), error),
        }
    }
    for (number, (image, (_, caption))) in of_image.into_iter().enumerate() {
        reading.take(format!("the caption of image {image}"), plain(number, &caption));
    }
    reading.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"{"info": {}, "images": [], "annotations": [
        {"image_id": 9, "id": 5, "caption": "A cat on\n a mat. "},
        {"image_id": 3, "id": 8, "caption": "Two dogs"},
        {"image_id": 9, "id": 4, "caption": "A tabby cat"},
        {"image_id": 3, "id": 9, "caption": "Dogs"}]}"#;

    #[test]
    fn each_image_gives_a_prompt() {
        let list = captions("coco.json", SOUND.as_bytes()).unwrap();
        let read: Vec<_> = list.prompts.iter().map(|p| (p.number, p.prompt.as_str())).collect();
        assert_eq!(read, [(0, "Two dogs"), (1, "A tabby cat")]);
        assert!(list.notices.is_empty());
    }

    #[test]
    fn what_is_no_caption_is_named() {
        let json = r#"{"annotations": [{"image_id": 1, "id": 1, "caption": 5}, {"image_id": 2, "id": 2, "caption": "A"}]}"#;
        let list = captions("coco.json", json.as_bytes()).unwrap();
        assert_eq!((list.prompts.len(), list.notices.len()), (1, 1));
        assert!(list.notices[0].contains("annotation 1 is left out"), "{:?}", list.notices);

        fn check(json: &str, expected: &str) {
            let message = captions("coco.json", json.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check("{}", "missing field `annotations`");
        check(r#"{"annotations": []}"#, "no prompt in coco.json");
        check("{", "cannot be read as COCO captions");
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for bytes in crate::study::trouble::damaged(SOUND.as_bytes(), 500) {
            if let Ok(list) = captions("damaged", &bytes) {
                assert!(list.prompts.len() <= 4);
            }
        }
    }
}
