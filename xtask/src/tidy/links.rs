//! Documents lead somewhere: every relative link of a Markdown file names a file or a folder.

use super::{Findings, TextFile};
use std::path::Path;

pub fn check(root: &Path, files: &[TextFile], found: &mut Findings) {
    for file in files.iter().filter(|f| f.path.ends_with(".md")) {
        let folder = root.join(&file.path).parent().unwrap_or(root).to_path_buf();
        for target in targets(&file.text) {
            if !folder.join(&target).exists() {
                found.broken(format!("{}: the link to {target} leads nowhere", file.path));
            }
        }
    }
}

/// The files that `](…)` names, without addresses elsewhere and without places inside a page.
fn targets(text: &str) -> Vec<String> {
    let inside_code = |line: &&str| !line.starts_with("    ") && !line.starts_with("```");
    let links =
        text.lines().filter(inside_code).flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
    let local = links.filter(|link| !link.contains("://") && !link.starts_with(['#', '/']) && !link.starts_with("mailto:"));
    local.filter_map(|link| link.split(['#', ' ']).next()).filter(|link| !link.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_files_of_ours_are_followed() {
        let text = "[a](b.md) ![](c/d.png) [e](https://e.example/x) [f](#g) [h](i.md#j)\n    [k](code.md)\n";
        assert_eq!(targets(text), ["b.md", "c/d.png", "i.md"]);
    }
}
