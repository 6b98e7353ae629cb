//! Who may use whom. A crate or an edge that isn't in these tables needs a line with its reason, and a second reader.

use super::Findings;
use serde_json::Value;

/// Normal dependencies between our crates: (who, whom, why).
const MAY_USE: &[(&str, &str, &str)] = &[
    ("engine", "domain", "it runs decide and apply"),
    ("engine", "journal", "it appends what was decided before anyone hears of it"),
    ("link", "journal", "it carries a stream from its home to its copy, byte for byte"),
    ("link", "engine", "it is the way by which a command reaches the stream's home"),
    ("pay", "domain", "amounts, attempt ids and channel results are the house's words"),
    ("menu-file", "domain", "a file becomes a menu, checked by the menu's own rules"),
    ("workers", "domain", "outstanding work is a question to the state, and its answer a command"),
    ("workers", "engine", "they read the state and send commands like anybody else"),
    ("workers", "pay", "they ask the channels"),
    ("workers", "print", "slips go to paper"),
    ("receipt", "domain", "it is about one of the house's payments"),
    ("link", "seal", "each end knows the other by its key"),
    ("receipt", "seal", "it is a signed text"),
    ("workers", "receipt", "a receipt is a way by which a channel's word reaches the desk"),
    ("api", "receipt", "it is checked where the till hands it in"),
    ("dandan", "receipt", "a node of the cloud writes them"),
    ("report", "domain", "a row is what the domain's own sums say of its own state"),
    ("api", "domain", "requests are parsed into commands, views are sent as they are"),
    ("api", "engine", "every change goes through its one road"),
    ("api", "workers", "\"I have paid\" has the worker ask the channel now instead of later"),
    ("api", "pay", "a channel's notice is verified where it arrives"),
    ("api", "seal", "what head office wants is believed by its signature"),
    ("dandan", "seal", "a box and a cloud have keys by which they are known"),
    ("dandan", "domain", "the program puts the rooms together"),
    ("dandan", "journal", "the program chooses where the journal is kept"),
    ("dandan", "engine", "the program starts the writers"),
    ("dandan", "workers", "the program starts them beside the server"),
    ("dandan", "pay", "the program reads the channel's keys and hands over a client"),
    ("dandan", "api", "the program serves it"),
    ("dandan", "menu-file", "`dandan import` and `dandan replay` read files"),
    ("drill", "domain", "a drill plays people, who send commands and look at views"),
    ("drill", "journal", "it keeps its books in memory"),
    ("drill", "engine", "it drills the real engine"),
    ("drill", "pay", "it drills the real adapters, over a transport of its own"),
    ("drill", "workers", "it drills the real desk"),
    ("drill", "channel-sim", "it plays the channels and their payers"),
    ("sim", "domain", "it plays people and reads what happened"),
    ("sim", "journal", "its disk is a journal"),
    ("sim", "engine", "it runs the real engine"),
    ("sim", "pay", "it runs the real adapters over wires of its own"),
    ("sim", "workers", "it runs the real desks"),
    ("sim", "api", "its phones and screens speak to the real server"),
    ("sim", "print", "its printers are reached by the print desk's own road"),
    ("sim", "printer-sim", "its printers read what they are sent with the simulator's reader"),
    ("sim", "channel-sim", "it plays the channels, whose books are the truth"),
    ("sim", "drill", "dice and wires are the drill's"),
    ("sim", "link", "its boxes ship their journals over the real link"),
    ("sim", "seal", "its boxes have keys by which the link knows them"),
    ("dandan", "link", "a box has a key of its own, and calls the cloud with it"),
    ("dandan", "report", "the cloud's nodes keep its rows in their database"),
    ("dandan", "sim", "`dandan sim` runs it"),
    ("dandan", "drill", "`dandan drill` runs it"),
    ("faults", "domain", "it reads what the journal's events say"),
    ("faults", "journal", "it reads the journal of a stopped server, without the server"),
    ("faults", "engine", "it folds every stream by the rules, beside what a restart would serve"),
    ("faults", "api", "it seeds a house with table codes, PINs and a pairing code"),
    ("dandan", "channel-sim", "`dandan demo` starts the simulator beside the server"),
    ("dandan", "printer-sim", "`dandan demo` has printers, and `dandan printer-sim` runs them"),
];

/// What only tests may use besides: (who, whom, why).
const TESTS_MAY_USE: &[(&str, &str, &str)] = &[
    ("api", "journal", "requests are tried against a whole engine on the memory journal"),
    ("api", "channel-sim", "payments are tried against the simulator"),
    ("api", "menu-file", "requests are tried with the demo menu"),
    ("workers", "journal", "they are tried on a whole engine on the memory journal"),
    ("workers", "channel-sim", "they are tried against the simulator"),
    ("workers", "printer-sim", "slips are read off simulated paper"),
    ("print", "printer-sim", "layouts are looked at as the paper they become"),
    ("dandan", "pg-temp", "nodes of the cloud are tried on a real database"),
    ("journal", "pg-temp", "the PostgreSQL journal is tried on a real server of its own"),
    ("pay", "channel-sim", "the client is tried against the simulator over real HTTP"),
    ("channel-sim", "pay", "the simulator is tried with the client that has to live with it"),
];

/// Crates of ours with no crate of ours below them, and why that matters.
const GROUND: &[(&str, &str)] = &[
    ("domain", "pure rules know nobody"),
    ("journal", "it keeps bytes and doesn't know what they mean"),
    ("channel-sim", "a judge that shares code with the judged proves nothing"),
    ("print", "it knows paper, not restaurants"),
    ("printer-sim", "a judge that shares code with the judged proves nothing"),
    ("pg-temp", "it starts a server for tests and knows nothing of what they keep there"),
    ("xtask", "chores must build when the house doesn't"),
];

/// Other people's crates that have one home: (crate, homes, why).
const AT_HOME: &[(&str, &[&str], &str)] = &[
    (
        "rusqlite",
        &["journal", "dandan"],
        "the database is behind the journal's port; the program asks its version and measures it",
    ),
    (
        "tokio-postgres",
        &["journal", "dandan"],
        "the cloud's database is behind the journal's port; the program keeps its nodes' book there",
    ),
    ("tokio-postgres-rustls", &["journal"], "the journal and the nodes' book have one way to the database"),
    ("deadpool-postgres", &["dandan"], "the nodes' book"),
    ("async-nats", &["dandan"], "hints between nodes, at the edge"),
    ("age", &["dandan"], "backups are sealed and opened in one place"),
    ("rsa", &["channel-sim"], "it makes demo keys only; its private-key operations are not constant in time"),
    (
        "axum",
        &["api", "channel-sim", "printer-sim", "dandan", "drill", "sim"],
        "HTTP is spoken at the edge, or in a drill or a simulated world inside the process",
    ),
    (
        "reqwest",
        &["pay", "channel-sim", "dandan", "faults"],
        "only channels are called; the program's benches and replay are clients too, and so are the people of the fault scenarios",
    ),
    ("calamine", &["menu-file"], "workbooks are read in one place"),
    ("rust_xlsxwriter", &["menu-file"], "workbooks are written in one place"),
    ("utoipa-axum", &["api"], "routes are described where they are served"),
    ("qrcode", &["api", "channel-sim", "dandan", "print", "printer-sim"], "codes are drawn at the edge, or on paper"),
];

/// Checks `cargo metadata --no-deps` against the tables.
pub fn check(metadata: &Value, found: &mut Findings) {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in packages {
        let who = package["name"].as_str().unwrap_or_default();
        if !is_known(who) {
            found.broken(format!("crate {who} isn't in xtask/src/tidy/edges.rs: who may use it, and whom may it use?"));
        }
        for dependency in package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let whom = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            if ours.contains(&whom) {
                check_edge(who, whom, for_tests, found);
            } else if !for_tests {
                check_home(who, whom, found);
            }
        }
    }
}

fn is_known(who: &str) -> bool {
    MAY_USE.iter().any(|(a, b, _)| *a == who || *b == who) || GROUND.iter().any(|(name, _)| *name == who)
}

fn check_edge(who: &str, whom: &str, for_tests: bool, found: &mut Findings) {
    let listed = |table: &[(&str, &str, &str)]| table.iter().any(|(a, b, _)| *a == who && *b == whom);
    if listed(MAY_USE) || for_tests && listed(TESTS_MAY_USE) {
        return;
    }
    let why = GROUND.iter().find(|(name, _)| *name == who).map_or("no line in xtask/src/tidy/edges.rs allows it", |(_, why)| why);
    found.broken(format!("{who} may not use {whom}{}: {why}", if for_tests { " in tests" } else { "" }));
}

fn check_home(who: &str, whom: &str, found: &mut Findings) {
    if let Some((_, homes, why)) = AT_HOME.iter().find(|(name, homes, _)| *name == whom && !homes.contains(&who)) {
        found.broken(format!("{who} may not use {whom}: it lives in {} ({why})", homes.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn broken(packages: Value) -> Vec<String> {
        let mut found = Findings::default();
        check(&json!({ "packages": packages }), &mut found);
        found.broken
    }

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let list: Vec<Value> = dependencies.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
        json!({ "name": name, "dependencies": list })
    }

    #[test]
    fn a_listed_edge_is_fine_and_its_reverse_is_not() {
        assert!(broken(json!([package("engine", &[("domain", None)]), package("domain", &[])])).is_empty());
        let found = broken(json!([package("engine", &[]), package("domain", &[("engine", None)])]));
        assert_eq!(found, ["domain may not use engine: pure rules know nobody"]);
    }

    #[test]
    fn tests_have_a_longer_table_of_their_own() {
        assert!(broken(json!([package("api", &[("journal", Some("dev"))]), package("journal", &[])])).is_empty());
        assert_eq!(broken(json!([package("api", &[("journal", None)]), package("journal", &[])])).len(), 1);
    }

    #[test]
    fn the_database_stays_at_home() {
        assert!(broken(json!([package("journal", &[("rusqlite", None)])])).is_empty());
        let found = broken(json!([package("engine", &[("rusqlite", None)])]));
        assert!(found[0].starts_with("engine may not use rusqlite: it lives in journal"), "{found:?}");
    }

    #[test]
    fn a_new_crate_is_asked_where_it_belongs() {
        assert!(broken(json!([package("attic", &[])]))[0].starts_with("crate attic isn't in"));
    }
}
