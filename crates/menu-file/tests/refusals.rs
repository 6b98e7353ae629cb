//! What a wrong file is told: every wrong row, where it is and why; and no bytes make the reader panic.
#![allow(clippy::unwrap_used)]

use domain::menu::PotRole;
use menu_file::{Format, RowError, read_bytes, template_csv, template_xlsx};
use rust_xlsxwriter::Workbook;
use std::io::{Cursor, Read, Write};

const GOOD: &str = "\
#station,station,name_zh,name_en,fallback,per_ten_min
station,hot,热菜,Hot,cold,12
station,cold,凉菜,Cold,hot,
#category,category,name_zh,name_en
category,main,主菜,Mains
#dish,dish,name_zh,name_en,category,station,price,charge,option_groups,allergens,sold_from,sold_to,due_min,overdue_min,popular,code,image,daily_count,description_zh,description_en,pot
dish,tofu,豆腐,Tofu,main,hot,22.50,,spice,soy,11:00,14:00,5,9,是,101,tofu.svg,9,嫩,Soft,for_pot
dish,fish,鱼,Fish,main,hot,,weight,,,,,,,,,,,,,锅底
dish,set,套餐,Set,main,hot,40
#size,dish,size,name_zh,name_en,price
size,fish,whole,整条,Whole,48
size,,half,半条,Half,26
#option,group,group_zh,group_en,kind,min,max,option,name_zh,name_en,price,times,excludes
option,spice,辣度,Heat,做法,0,2,mild,微辣,Mild,,,hot
option,,,,,,,hot,特辣,Hot,1.5,2,
#set,dish,group,group_zh,group_en,min,max,choice,size,surcharge
set,set,main,主菜,Main,1,1,tofu,,
";

fn errors(csv: &str) -> Vec<RowError> {
    read_bytes(csv.as_bytes(), Format::Csv, 1).unwrap_err()
}

/// Places of all errors once `from` is replaced by `to` in the good file.
fn places(from: &str, to: &str) -> Vec<(String, u32, String)> {
    assert!(GOOD.contains(from), "{from}");
    let wrong = errors(&GOOD.replacen(from, to, 1));
    assert!(wrong.iter().all(|error| !error.reason.zh.is_empty() && !error.reason.en.is_empty()));
    wrong.into_iter().map(|error| (error.sheet, error.row, error.column)).collect()
}

fn at(sheet: &str, row: u32, column: &str) -> Vec<(String, u32, String)> {
    vec![(sheet.into(), row, column.into())]
}

#[test]
fn the_good_file_is_good() {
    let menu = read_bytes(GOOD.as_bytes(), Format::Csv, 3).unwrap();
    assert_eq!((menu.version, menu.dishes.len(), menu.dishes[0].variants[0].price.0), (3, 3, 2250));
    assert_eq!(menu.dishes[0].groups[0].options[0].excludes.len(), 1);
    let fallbacks: Vec<_> =
        menu.stations.iter().map(|station| (station.fallback.as_ref().unwrap().as_str(), station.per_ten_min)).collect();
    assert_eq!(fallbacks, [("cold", Some(12)), ("hot", None)]);
    assert_eq!(menu.dishes.iter().map(|dish| dish.pot).collect::<Vec<_>>(), [PotRole::ForPot, PotRole::Soup, PotRole::None]);
    let with_mark = [b"\xef\xbb\xbf".as_slice(), GOOD.as_bytes()].concat();
    assert_eq!(read_bytes(&with_mark, Format::Csv, 3).unwrap(), menu);
    let windows = GOOD.replace('\n', "\r\n");
    assert_eq!(read_bytes(windows.as_bytes(), Format::Csv, 3).unwrap(), menu);
}

#[test]
fn each_mistake_is_found_where_it_is() {
    let cases = [
        ("main,hot,22.50", "main,grill,22.50", at("dishes", 7, "station")),
        ("main,hot,22.50", "starters,hot,22.50", at("dishes", 7, "category")),
        ("22.50", "22.505", at("dishes", 7, "price")),
        ("22.50", "-1", at("dishes", 7, "price")),
        ("22.50", "", at("dishes", 7, "price")),
        ("hot,,weight", "hot,30,weight", at("dishes", 8, "price")),
        ("weight", "kilo", at("dishes", 8, "charge")),
        ("豆腐,Tofu", "豆腐,", at("dishes", 7, "name_en")),
        ("豆腐,Tofu", "豆\u{202e}腐,Tofu", at("dishes", 7, "name_zh")),
        (",spice,soy", ",spicy,soy", at("dishes", 7, "option_groups")),
        (",spice,soy", ",spice spice,soy", at("dishes", 7, "option_groups")),
        (",soy,", ",dust,", at("dishes", 7, "allergens")),
        ("11:00,14:00", "11:00,", at("dishes", 7, "sold_to")),
        ("11:00,14:00", "11:00,25:00", at("dishes", 7, "sold_to")),
        ("11:00,14:00", "11:00,11:00", at("dishes", 7, "sold_from")),
        (",5,9,", ",9,5,", at("dishes", 7, "overdue_min")),
        (",是,", ",maybe,", at("dishes", 7, "popular")),
        ("tofu.svg", "../tofu.svg", at("dishes", 7, "image")),
        (",9,嫩,", ",-9,嫩,", at("dishes", 7, "daily_count")),
        (",嫩,Soft", ",嫩,", at("dishes", 7, "description_en")),
        ("dish,fish", "dish,tofu", [at("dishes", 8, "dish"), at("sizes", 11, "dish"), at("sizes", 12, "dish")].concat()),
        ("dish,fish", "dish,Fish", [at("dishes", 8, "dish"), at("sizes", 11, "dish"), at("sizes", 12, "dish")].concat()),
        (",half,", ",whole,", at("sizes", 12, "size")),
        ("半条,Half", ",", at("sizes", 12, "name_zh")),
        ("Half,26", "Half,26.", at("sizes", 12, "price")),
        ("0,2,mild", "3,2,mild", [at("options", 14, "max"), at("sets", 17, "choice")].concat()),
        ("辣度", "", at("options", 14, "group_zh")),
        ("特辣", "", at("options", 15, "name_zh")),
        ("做法", "烤", at("options", 14, "kind")),
        (",,,hot\n", ",,,cold\n", at("options", 14, "excludes")),
        (",,,hot\n", ",,,mild\n", at("options", 14, "excludes")),
        ("option,,,,,,,hot", "option,,,,,,,mild", [at("options", 14, "excludes"), at("options", 15, "option")].concat()),
        ("option,,,,,,,hot", "option,,,,,,3,hot", at("options", 15, "max")),
        ("1.5,2,", "1.5,0,", at("options", 15, "times")),
        ("1,1,tofu", "1,1,stone", at("sets", 17, "choice")),
        ("1,1,tofu", "1,1,fish", at("sets", 17, "size")),
        ("1,1,tofu,,", "1,1,fish,half,", at("sets", 17, "choice")),
        ("1,1,tofu,,", "1,1,tofu,large,", at("sets", 17, "size")),
        ("1,1,tofu", "1,1,set", at("sets", 17, "choice")),
        ("1,1,tofu", "2,1,tofu", at("sets", 17, "max")),
        ("1,1,tofu", "0,1,tofu", at("sets", 17, "min")),
        (
            "station,hot",
            "kitchen,hot",
            [
                at("", 2, ""),
                at("stations", 3, "fallback"),
                at("dishes", 7, "station"),
                at("dishes", 8, "station"),
                at("dishes", 9, "station"),
            ]
            .concat(),
        ),
        ("Hot,cold,12", "Hot,hot,12", at("stations", 2, "fallback")),
        ("Hot,cold,12", "Hot,grill,12", at("stations", 2, "fallback")),
        ("Hot,cold,12", "Hot,Cold,12", at("stations", 2, "fallback")),
        ("Hot,cold,12", "Hot,cold,0", at("stations", 2, "per_ten_min")),
        ("Hot,cold,12", "Hot,cold,10001", at("stations", 2, "per_ten_min")),
        ("station,cold", "station,hot", [at("stations", 2, "fallback"), at("stations", 3, "station")].concat()),
        (",锅底", "", at("dishes", 7, "pot")),
        (",锅底", ",soupe", at("dishes", 8, "pot")),
        ("for_pot", "涮", at("dishes", 7, "pot")),
        ("allergens", "alergens", at("dishes", 6, "")),
        ("#size,", "#sizes,", [at("sizes", 11, ""), at("sizes", 12, ""), at("dishes", 8, "price")].concat()),
    ];
    for (from, to, expected) in cases {
        let mut found = places(from, to);
        let mut expected = expected;
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{from} -> {to}");
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let wrong = GOOD.replace("22.50", "x").replace("48", "4.888").replace("1.5", "1,5").replace("tofu,,", "stone,,");
    let wrong = errors(&wrong);
    assert!(wrong.len() >= 4, "{wrong:?}");
    assert!(wrong.windows(2).all(|pair| pair[0].sheet != pair[1].sheet || pair[0].row <= pair[1].row));
    assert_eq!(
        wrong[0].to_string(),
        "dishes row 7, price \"x\": 价格须为数字，最多两位小数，如 38 或 38.50 / a price is digits with at most two decimals, such as 38 or 38.50"
    );
}

#[test]
fn an_empty_file_has_no_dishes() {
    assert_eq!(errors("").len(), 1);
    assert_eq!(errors("# only a remark\n").len(), 1);
    assert!(!errors("a,b\nc,d\n").is_empty());
}

#[test]
fn a_file_in_another_encoding_is_named() {
    let gbk = b"#dish,dish\ndish,\xb6\xb9\xb8\xaf\n";
    let wrong = read_bytes(gbk, Format::Csv, 1).unwrap_err();
    assert!(wrong[0].reason.en.contains("line 2") && wrong[0].reason.en.contains("UTF-8"));
}

#[test]
fn too_many_rows_and_too_many_bytes_are_refused() {
    let many = format!("#station,station,name_zh,name_en\n{}", "station,a,一,A\n".repeat(6000));
    assert!(errors(&many).iter().any(|error| error.reason.en.contains("5000 rows")));
    assert!(read_bytes(&vec![b'#'; 9 * 1024 * 1024], Format::Csv, 1).unwrap_err()[0].reason.en.contains("8 MB"));
}

#[test]
fn the_template_is_a_menu_that_can_be_imported() {
    let from_csv = read_bytes(&template_csv().unwrap(), Format::Csv, 1).unwrap();
    let from_xlsx = read_bytes(&template_xlsx().unwrap(), Format::Xlsx, 1).unwrap();
    assert_eq!(from_csv, from_xlsx);
    assert_eq!(from_csv.dishes.len(), 4);
    let path = tempfile::tempdir().unwrap();
    let file = path.path().join("menu.XLSX");
    menu_file::write(&from_csv, &file).unwrap();
    assert_eq!(menu_file::read(&file, 1).unwrap(), from_csv);
    assert!(menu_file::read(&path.path().join("none.csv"), 1).is_err());
    assert!(menu_file::read(&path.path().join("menu.ods"), 1).is_err());
}

/// A workbook whose one dish has its cells set by `fill`.
fn workbook(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let stations = book.add_worksheet().set_name("stations").unwrap();
    for (at, text) in (0u16..).zip(["station", "name_zh", "name_en"]) {
        stations.write(0, at, text).unwrap();
    }
    for (at, text) in (0u16..).zip(["hot", "热菜", "Hot"]) {
        stations.write(1, at, text).unwrap();
    }
    let categories = book.add_worksheet().set_name("Categories 分类").unwrap();
    for (at, text) in (0u16..).zip(["category", "name_zh", "name_en"]) {
        categories.write(0, at, text).unwrap();
    }
    for (at, text) in (0u16..).zip(["main", "主菜", "Mains"]) {
        categories.write(1, at, text).unwrap();
    }
    let dishes = book.add_worksheet().set_name("dishes").unwrap();
    for (at, text) in
        (0u16..).zip(["dish", "name_zh", "name_en", "category", "station", "price", "sold_from", "sold_to", "code", "popular"])
    {
        dishes.write(0, at, text).unwrap();
    }
    for (at, text) in (0u16..).zip(["tofu", "豆腐", "Tofu", "main", "hot", "22"]) {
        dishes.write(1, at, text).unwrap();
    }
    fill(dishes);
    book.add_worksheet().set_name("Sheet1").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn typed_numbers_are_read_exactly() {
    for (typed, fen) in [
        (38.0, 3800),
        (38.5, 3850),
        (0.1, 10),
        (0.29, 29),
        (1.15, 115),
        (19.99, 1999),
        (4.35, 435),
        (999_999.99, 99_999_999),
        (10_000_000.0, 1_000_000_000),
    ] {
        let bytes = workbook(|sheet| {
            sheet.write_number(1, 5, typed).unwrap();
        });
        let menu = read_bytes(&bytes, Format::Xlsx, 1).unwrap();
        assert_eq!(menu.dishes[0].variants[0].price.0, fen, "{typed}");
    }
    for typed in [38.005, 0.1 + 0.2, 1e-7, 1e300, -1.0, 10_000_000.01] {
        let bytes = workbook(|sheet| {
            sheet.write_number(1, 5, typed).unwrap();
        });
        let wrong = read_bytes(&bytes, Format::Xlsx, 1).unwrap_err();
        assert_eq!((wrong.len(), wrong[0].row, wrong[0].column.as_str()), (1, 2, "price"), "{typed}");
    }
}

#[test]
fn cells_that_are_not_text_are_understood() {
    use rust_xlsxwriter::{Format as Style, Formula};
    let bytes = workbook(|sheet| {
        let time = Style::new().set_num_format("hh:mm");
        sheet.write_number_with_format(1, 6, 11.0 / 24.0, &time).unwrap();
        sheet.write_number_with_format(1, 7, 13.5 / 24.0, &time).unwrap();
        sheet.write_number(1, 8, 108).unwrap();
        sheet.write_boolean(1, 9, true).unwrap();
        sheet.write_formula(1, 5, Formula::new("=10*2.5").set_result("25")).unwrap();
    });
    let menu = read_bytes(&bytes, Format::Xlsx, 1).unwrap();
    let dish = &menu.dishes[0];
    let hours = dish.hours.unwrap();
    assert_eq!((hours.from_min.0, hours.to_min.0, dish.code.as_str(), dish.popular), (660, 810, "108", true));
    assert_eq!(dish.variants[0].price.0, 2500);
    let wrong = read_bytes(
        &workbook(|sheet| {
            sheet.write_number_with_format(1, 5, 45_000, &Style::new().set_num_format("yyyy-mm-dd")).unwrap();
        }),
        Format::Xlsx,
        1,
    );
    assert_eq!(wrong.unwrap_err()[0].column, "price");
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let bytes = workbook(|sheet| {
        sheet.write(1_048_575, 16_383, "x").unwrap();
        sheet.write(3, 40, "stray").unwrap();
    });
    let wrong = read_bytes(&bytes, Format::Xlsx, 1).unwrap_err();
    assert_eq!((wrong.len(), wrong[0].row, wrong[0].value.as_str()), (1, 4, "stray"));
}

#[test]
fn unknown_and_repeated_sheets_are_named() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("dishs").unwrap().write(0, 0, "dish").unwrap();
    book.add_worksheet().set_name("dishes 1").unwrap();
    book.add_worksheet().set_name("dishes 2").unwrap();
    let wrong = read_bytes(&book.save_to_buffer().unwrap(), Format::Xlsx, 1).unwrap_err();
    let sheets: Vec<&str> = wrong.iter().map(|error| error.sheet.as_str()).collect();
    assert_eq!(sheets, ["dishs", "dishes 2"]);
}

/// The parts of a zip, and a zip of parts.
fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut part = zip.by_index(i).unwrap();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (part.name().to_owned(), content)
        })
        .collect()
}

fn rezip(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut parts = unzip(&template_xlsx().unwrap());
    parts.push(("xl/zeros.bin".into(), vec![0; 40 * 1024 * 1024]));
    let bytes = rezip(&parts);
    assert!(bytes.len() < 1024 * 1024);
    let wrong = read_bytes(&bytes, Format::Xlsx, 1).unwrap_err();
    assert!(wrong[0].reason.en.contains("unpacks"), "{wrong:?}");
    // The same with a directory and header that call those 40 MB one byte.
    let mut liar = bytes;
    let size = (40u32 * 1024 * 1024).to_le_bytes();
    let places: Vec<usize> = liar.windows(4).enumerate().filter(|(_, window)| *window == size).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        liar[at..at + 4].copy_from_slice(&1u32.to_le_bytes());
    }
    assert!(read_bytes(&liar, Format::Xlsx, 1).is_err());
}

/// A small generator, so that a failing case has a number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }

    fn mangle(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.roll(6) {
            if bytes.is_empty() {
                return;
            }
            let at = self.roll(bytes.len());
            match self.roll(6) {
                0 => bytes[at] = self.roll(256) as u8,
                1 => bytes[at] ^= 1 << self.roll(8),
                2 => bytes.truncate(at),
                3 => {
                    let end = (at + self.roll(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    let end = (at + self.roll(60)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = self.roll(bytes.len());
                    bytes.splice(to..to, copy);
                }
                _ => {
                    const NASTY: [&str; 12] = [
                        "99999999999999999999",
                        "\"",
                        ",",
                        "\n",
                        "-1",
                        "XFD1048576",
                        "\0",
                        "😀",
                        "&#x110000;",
                        "<c r=\"\"/>",
                        "#dish,",
                        "1e308",
                    ];
                    bytes.splice(at..at, NASTY[self.roll(NASTY.len())].bytes());
                }
            }
        }
    }
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let (csv, xlsx) = (template_csv().unwrap(), template_xlsx().unwrap());
    let parts = unzip(&xlsx);
    for seed in 0..1500u64 {
        let mut dice = Dice(seed);
        let mut bytes = csv.clone();
        dice.mangle(&mut bytes);
        let _ = read_bytes(&bytes, Format::Csv, 1);
        let _ = menu_file::chipotle::Replay::parse(&bytes);
        if seed % 5 == 0 {
            let mut bytes = xlsx.clone();
            dice.mangle(&mut bytes);
            let _ = read_bytes(&bytes, Format::Xlsx, 1);
            // A sound zip of unsound XML gets further.
            let mut parts = parts.clone();
            let at = dice.roll(parts.len());
            dice.mangle(&mut parts[at].1);
            let _ = read_bytes(&rezip(&parts), Format::Xlsx, 1);
        }
    }
}
