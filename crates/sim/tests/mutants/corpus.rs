//! Worlds in which a law was once broken: they stay whole.

use sim::laws::Court;
use sim::plan::Plan;
use sim::run::Keys;
use sim::seams::Seams;
use std::path::Path;

#[test]
#[ignore = "`cargo xtask test --only sim` runs it optimised"]
fn worlds_that_once_failed_stay_whole() {
    let keys = Keys::make().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut worlds = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let seen = sim::run::whole(&plan, &keys.0, &Seams::default(), Court::new()).unwrap();
        assert!(seen.broken.is_empty(), "{}: {:?}", path.display(), seen.broken);
        worlds += 1;
    }
    assert!(worlds >= 5, "the corpus has {worlds} worlds only");
}
