//! The names of attention layers.

use std::fmt;

use super::proto::NodeProto;

/// A layer's path in diffusers: "down_blocks.1.attentions.0.transformer_blocks.0.attn2".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerName(String);

impl LayerName {
    /// The path as diffusers writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The block of the UNet that it is in: "down_blocks.1".
    pub(super) fn block(&self) -> &str {
        self.0.split_once(".attentions").map_or(&self.0, |(block, _)| block)
    }

    /// The layer that a node belongs to, from its name, its outputs' names or the scopes that exporters note.
    pub(super) fn of_node(node: &NodeProto) -> Option<Self> {
        let scopes = node.metadata_props.iter().filter(|entry| entry.key().ends_with("name_scopes"));
        let mut texts = [node.name()]
            .into_iter()
            .chain(node.output.iter().map(String::as_str))
            .chain(scopes.map(|s| s.value()));
        texts.find_map(Self::find)
    }

    /// The first path in a text, whatever separates its parts.
    fn find(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        (0..parts.len()).find_map(|start| Self::read(&parts[start..]))
    }

    fn read(parts: &[&str]) -> Option<Self> {
        let (block, rest) = match parts {
            [block @ ("down_blocks" | "up_blocks"), number, rest @ ..] if is_number(number) => {
                (format!("{block}.{number}"), rest)
            }
            [block @ "mid_block", rest @ ..] => ((*block).to_owned(), rest),
            _ => return None,
        };
        match rest {
            ["attentions", a, "transformer_blocks", b, attention @ ("attn1" | "attn2"), ..]
                if is_number(a) && is_number(b) =>
            {
                Some(Self(format!("{block}.attentions.{a}.transformer_blocks.{b}.{attention}")))
            }
            _ => None,
        }
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::LayerName;

    #[test]
    fn paths_are_found_in_every_spelling() {
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(LayerName::find(text).as_ref().map(LayerName::as_str), expected, "{text}");
        }
        let down = Some("down_blocks.1.attentions.0.transformer_blocks.2.attn2");
        check("/down_blocks.1/attentions.0/transformer_blocks.2/attn2/Softmax", down);
        check("/unet/down_blocks.1/attentions.0/transformer_blocks.2/attn2/Softmax_output_0", down);
        check(
            "['', 'down_blocks.1', 'down_blocks.1.attentions.0', 'down_blocks.1.attentions.0.transformer_blocks.2.attn2']",
            down,
        );
        check(
            "mid_block.attentions.0.transformer_blocks.10.attn1.processor",
            Some("mid_block.attentions.0.transformer_blocks.10.attn1"),
        );
        check("/decoder/mid_block/attentions.0/Softmax", None);
        check("/text_model/encoder/layers.0/self_attn/Softmax", None);
        check("/down_blocks.x/attentions.0/transformer_blocks.0/attn1/Softmax", None);
        check("/down_blocks.1/attentions.0/transformer_blocks.0/attn3/Softmax", None);
        check("", None);
    }
}
