//! What can be seen without running anything: crates that aren't there, words no source has, documents that name tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every source below a folder with one of these endings.
fn sources(below: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "dist" | "target" | "tests" | "test") && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 5, "{below}: {}", found.len());
    found
}

/// Lines of code, without comments and tests, that hold one of these.
fn lines_with(files: &[(PathBuf, String)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}: {}", path.strip_prefix(root()).unwrap().display(), line.trim()));
            }
        }
    }
    found
}

/// Crates of cryptography there may be, and who needs the weak ones.
#[test]
fn no_weak_crypto() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let names: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    assert!(names.len() > 200 && names.contains("ring") && names.contains("argon2"), "{}", names.len());
    for never in [
        "openssl",
        "openssl-sys",
        "native-tls",
        "boring-sys",
        "md4",
        "md2",
        "des",
        "rc2",
        "rc4",
        "blowfish",
        "cast5",
        "idea",
        "sha-1",
        "ripemd",
        "rust-crypto",
        "crypto-hash",
        "bcrypt",
        "pbkdf2-simple",
        "rand_xorshift_crypto",
        "jsonwebtoken",
        "xmltree",
        "serde_yaml",
    ] {
        assert!(!names.contains(never), "{never}");
    }
    // Asked for by a protocol, never a choice of ours: WeChat Pay's old signature, and the number of a certificate.
    let users = |name: &str| -> BTreeSet<&str> {
        let uses = |package: &&toml::Value| {
            package
                .get("dependencies")
                .and_then(toml::Value::as_array)
                .is_some_and(|list| list.iter().any(|one| one.as_str().unwrap().split(' ').next() == Some(name)))
        };
        packages.iter().filter(uses).map(|package| package["name"].as_str().unwrap()).collect()
    };
    let ours = ["api", "domain", "engine", "journal", "workers", "dandan", "print", "menu-file"];
    for weak in ["md-5", "md5", "sha1"] {
        let by = users(weak);
        assert!(ours.iter().all(|our| !by.contains(our)), "{weak} is used by {by:?}");
    }
    let rsa = users("rsa");
    assert!(rsa.iter().all(|by| matches!(*by, "channel-sim" | "pay" | "age" | "rcgen")), "{rsa:?}");
    // No two versions of what keeps secrets.
    for single in ["ring", "rustls", "argon2", "getrandom_api"] {
        let versions = packages.iter().filter(|package| package["name"].as_str() == Some(single)).count();
        assert!(versions <= 1, "{single}: {versions} versions");
    }
}

/// SQL is never put together from words, nothing is run by a shell, and random numbers come from the system.
#[test]
fn no_dangerous_words_in_the_server() {
    let files: Vec<(PathBuf, String)> = ["api", "domain", "engine", "journal", "workers", "pay", "print", "menu-file", "dandan"]
        .iter()
        .flat_map(|room| sources(&format!("crates/{room}/src"), &[".rs"]))
        .collect();
    let sql =
        lines_with(&files, &["format!(\"SELECT", "format!(\"INSERT", "format!(\"UPDATE", "format!(\"DELETE", "format!(\"DROP"]);
    // The name of one of our own tables or columns can't be a parameter.
    let sql: Vec<String> =
        sql.into_iter().filter(|line| line.replace("{table}", "").replace("{sealed}", "").contains('{')).collect();
    assert_eq!(sql, Vec::<String>::new());
    let shell = lines_with(&files, &["Command::new(\"sh", "Command::new(\"bash", "Command::new(\"/bin"]);
    assert_eq!(shell, Vec::<String>::new());
    let unsafe_code =
        lines_with(&files, &["unsafe {", "danger_accept_invalid_certs", "danger_accept_invalid_hostnames", "tls_danger"]);
    assert_eq!(unsafe_code, Vec::<String>::new());
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    assert!(manifest.contains("overflow-checks = true"), "money that doesn't fit ends the request, in the release too");
}

/// Pages put text into text nodes; no page makes markup or programs of what it is given.
#[test]
fn no_markup_from_text() {
    let files: Vec<(PathBuf, String)> =
        ["apps/staff/src", "apps/office/src", "apps/mini/src"].map(|app| sources(app, &[".ts", ".tsx"])).concat();
    let words = [
        "innerHTML",
        "outerHTML",
        "dangerouslySetInnerHTML",
        "insertAdjacentHTML",
        "document.write",
        "v-html",
        "eval(",
        "new Function(",
        "javascript:",
        "srcdoc",
        "createContextualFragment",
        "RichText",
    ];
    let found: Vec<String> = lines_with(&files, &words).into_iter().filter(|line| !line.contains("device/worker.ts")).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// Names of the tests in Rust and JavaScript sources.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![root().join("crates"), root().join("tests"), root().join("fuzz"), root().join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "target" | "corpus") {
                    folders.push(path);
                }
                continue;
            }
            let below = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            if name.ends_with(".rs") || name.ends_with(".mjs") || name.ends_with(".js") || name.ends_with(".py") {
                names.insert(below.clone());
                let text = fs::read_to_string(&path).unwrap();
                let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
                names.extend(functions.map(|function| format!("{below}::{function}")));
            }
        }
    }
    names
}

/// Every id of the standard that this house answers for, and a test behind each that says so.
#[test]
fn security_doc_names_tests_that_exist() {
    let document = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let known = tests();
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ASVS")).collect();
    assert!(rows.len() > 40, "{}", rows.len());
    let mut named = 0;
    for row in &rows {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let spans: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        let is_file = |span: &&&str| span.contains(".rs") || span.contains(".mjs") || span.contains(".py");
        for span in spans.iter().filter(is_file) {
            assert!(known.contains(*span), "docs/security.md names {span}, which there isn't");
            named += 1;
        }
        assert!(
            last.contains("not covered")
                || last.contains("not here")
                || spans.iter().any(|span| is_file(&span))
                || last.contains("cargo "),
            "{row}"
        );
    }
    assert!(named > 60, "{named}");
    let ids = [
        "1.2.1", "1.2.3", "3.2.2", "1.2.4", "1.2.5", "1.3.3", "1.3.6", "1.4.2", "1.5.1", "1.5.2", "2.2.1", "2.2.2", "2.2.3",
        "2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.4.1", "3.3.1", "3.3.4", "3.4.1", "3.4.6", "3.5.1", "3.5.3", "4.1.1", "4.1.3",
        "4.2.1", "4.4.1", "4.4.4", "5.2.1", "5.2.3", "5.3.2", "6.1.1", "6.3.1", "6.2", "6.3.2", "6.3.3", "6.4.1", "6.5.1",
        "6.5.5", "7.2.1", "7.2.4", "7.3.1", "7.3.2", "7.4.1", "7.4.2", "7.4.5", "8.1.1", "8.2.1", "8.2.3", "8.3.1", "8.4.1",
        "9.1.1", "9.2.4", "11.2.1", "11.4.4", "11.5.1", "11.1.1", "11.1.2", "12.1.1", "12.1.2", "12.1.3", "12.3", "12.2.1",
        "12.2.2", "13.2.3", "13.2.4", "13.2.5", "13.3.1", "13.4.1", "13.4.5", "14.2.1", "14.2.4", "14.3", "15.1.2", "15.2.1",
        "15.2.3", "15.3.1", "15.3.3", "15.3.5", "15.3.7", "15.3.2", "16.1.1", "16.3.4", "16.4.1", "16.4.3", "16.5.1", "16.5.3",
    ];
    for id in ids {
        assert!(rows.iter().any(|row| row.split(" | ").next().unwrap().contains(id)), "{id} is missing in docs/security.md");
    }
}

/// The list of keys says of each setting that is secret where it lives.
#[test]
fn keys_doc_matches_config() {
    let document = fs::read_to_string(root().join("docs/keys.md")).unwrap();
    let mut settings: Vec<String> = vec!["signing".into(), "pepper".into()];
    for (_, text) in sources("crates/pay/src", &[".rs"]) {
        for line in text.lines().map(str::trim).filter(|line| line.starts_with("pub ")) {
            let Some((name, kind)) = line.trim_start_matches("pub ").split_once(": ") else { continue };
            let is_secret =
                kind.contains("Secret") || (name.contains("key") || name.contains("cert")) && kind.contains("PathBuf");
            if is_secret && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()) {
                settings.push(name.to_owned());
            }
        }
    }
    assert!(settings.len() > 6, "{settings:?}");
    for setting in &settings {
        assert!(document.contains(&format!("`{setting}`")), "{setting} is missing in docs/keys.md");
    }
}
