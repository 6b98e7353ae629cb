//! Lock files name the public registries or nobody, and no settings file points anywhere else.

use super::{Findings, TextFile};
use serde_json::Value;

const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM: &str = "https://registry.npmjs.org/";

pub fn check(files: &[TextFile], found: &mut Findings) {
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        match name {
            "Cargo.lock" => check_cargo(file, found),
            "package-lock.json" => check_npm(file, found),
            ".npmrc" | "pip.conf" | "requirements.txt" | "config.toml" | "package.json" => check_settings(file, found),
            _ => {}
        }
    }
}

fn check_cargo(file: &TextFile, found: &mut Findings) {
    for line in file.text.lines().filter(|l| l.starts_with("source = ")) {
        if line != format!("source = \"{CRATES}\"") {
            found.broken(format!("{}: {line}: only crates.io may be a source", file.path));
        }
    }
}

fn check_npm(file: &TextFile, found: &mut Findings) {
    let lock: Value = serde_json::from_str(&file.text).unwrap_or_default();
    let Some(packages) = lock["packages"].as_object() else {
        return found.broken(format!("{} can't be read as an npm lock", file.path));
    };
    for (place, package) in packages.iter().filter(|(place, _)| !place.is_empty()) {
        let from = package["resolved"].as_str().unwrap_or(NPM);
        if !from.starts_with(NPM) {
            found.broken(format!("{}: {place} comes from {from}", file.path));
        }
        let is_inside_another = package["inBundle"].as_bool() == Some(true) || package["link"].as_bool() == Some(true);
        if package["integrity"].as_str().is_none() && !is_inside_another {
            found.broken(format!("{}: {place} has no integrity hash", file.path));
        }
    }
}

/// Any setting that sends a package client to another host.
fn check_settings(file: &TextFile, found: &mut Findings) {
    const WORDS: &[&str] =
        &["registry=", "registry =", "index-url", "extra-index", "find-links", "replace-with", "_authToken", "git+", "http://"];
    for (number, line) in file.text.lines().enumerate() {
        if let Some(word) = WORDS.iter().find(|word| line.contains(**word)) {
            found.broken(format!("{}:{}: `{word}`: packages come from the public registries", file.path, number + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> usize {
        let mut found = Findings::default();
        check(&[TextFile { path: path.to_owned(), text: text.to_owned() }], &mut found);
        found.broken.len()
    }

    #[test]
    fn only_public_sources_are_locked() {
        assert_eq!(broken("Cargo.lock", &format!("source = \"{CRATES}\"\n")), 0);
        assert_eq!(broken("Cargo.lock", "source = \"git+https://example.org/x\"\n"), 1);
        let lock = |package: &str| format!("{{\"packages\":{{\"\":{{}},\"node_modules/a\":{package}}}}}");
        assert_eq!(broken("a/package-lock.json", &lock(r#"{"integrity":"sha512-x"}"#)), 0);
        assert_eq!(broken("a/package-lock.json", &lock(r#"{"integrity":"x","resolved":"https://registry.npmjs.org/a"}"#)), 0);
        assert_eq!(broken("a/package-lock.json", &lock(r#"{"integrity":"x","resolved":"https://mirror.example/a"}"#)), 1);
        assert_eq!(broken("a/package-lock.json", &lock("{}")), 1);
        assert_eq!(broken("a/package-lock.json", "{"), 1);
    }

    #[test]
    fn settings_point_nowhere_else() {
        assert_eq!(broken("apps/a/.npmrc", "omit-lockfile-registry-resolved=true\n"), 0);
        assert_eq!(broken("apps/a/.npmrc", "registry=https://mirror.example/\n"), 1);
    }
}
