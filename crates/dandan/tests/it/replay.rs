//! The real orders, all of them.

use std::path::PathBuf;
use std::process::Command;

#[test]
fn every_real_order_is_accepted_once_and_to_the_cent() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/orders/chipotle.tsv");
    let ran = Command::new(env!("CARGO_BIN_EXE_dandan")).arg("replay").arg(file).output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}{complained}");
    assert!(said.contains("1834 orders of 4622 lines, $34500.16 in all"), "{said}");
    assert!(said.contains("4622 lines on kitchen tickets"), "{said}");
    assert!(said.contains("183 orders sent twice counted once; 73 ids with another content refused"), "{said}");
}

#[test]
fn a_file_that_is_not_exact_is_refused_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.tsv");
    let head = "order_id\tquantity\titem_name\tchoice_description\titem_total_price";
    std::fs::write(&file, format!("{head}\n1\t3\tBowl\tNULL\t$10.00 \n")).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_dandan")).arg("replay").arg(&file).output().unwrap();
    assert!(!ran.status.success());
    assert!(String::from_utf8_lossy(&ran.stderr).contains("can't be divided"), "{:?}", ran.stderr);
}
