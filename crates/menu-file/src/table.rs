//! The form of a menu file: its sheets, their columns, and what each column is for.

use std::collections::BTreeMap;

/// A kind of record: a sheet of the workbook, or the first cell of a CSV row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Setting,
    Station,
    Category,
    Dish,
    Size,
    Option,
    Set,
}

pub(crate) const KINDS: [Kind; 7] =
    [Kind::Setting, Kind::Station, Kind::Category, Kind::Dish, Kind::Size, Kind::Option, Kind::Set];

/// A column of a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The first word of its heading; what the program looks for.
    pub key: &'static str,
    /// The rest of its heading.
    pub title: &'static str,
    /// Whether the heading must be there.
    pub required: bool,
    /// Help in Chinese.
    pub zh: &'static str,
    /// Help in English.
    pub en: &'static str,
}

const fn must(key: &'static str, title: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column { key, title, required: true, zh, en }
}

const fn may(key: &'static str, title: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column { key, title, required: false, zh, en }
}

/// One row of a file, with where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub kind: Kind,
    /// As the spreadsheet counts, from 1.
    pub number: u32,
    /// Cells that are not blank, trimmed, by the key of their column.
    pub cells: BTreeMap<&'static str, String>,
}

impl Row {
    pub fn cell(&self, key: &str) -> &str {
        self.cells.get(key).map(String::as_str).unwrap_or_default()
    }
}

/// A sheet to be written: rows of cells in the order of the kind's columns.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub kind: Kind,
    pub rows: Vec<Vec<String>>,
}

impl Kind {
    /// First word of the sheet's name.
    pub fn sheet(self) -> &'static str {
        match self {
            Kind::Setting => "settings",
            Kind::Station => "stations",
            Kind::Category => "categories",
            Kind::Dish => "dishes",
            Kind::Size => "sizes",
            Kind::Option => "options",
            Kind::Set => "sets",
        }
    }

    /// Second word of the sheet's name.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Setting => "设置",
            Kind::Station => "档口",
            Kind::Category => "分类",
            Kind::Dish => "菜品",
            Kind::Size => "规格",
            Kind::Option => "选项",
            Kind::Set => "套餐",
        }
    }

    /// First cell of a row of this kind in a CSV file.
    pub fn record(self) -> &'static str {
        match self {
            Kind::Setting => "setting",
            Kind::Station => "station",
            Kind::Category => "category",
            Kind::Dish => "dish",
            Kind::Size => "size",
            Kind::Option => "option",
            Kind::Set => "set",
        }
    }

    pub fn of_sheet(name: &str) -> Option<Kind> {
        KINDS.into_iter().find(|kind| first_word(name).eq_ignore_ascii_case(kind.sheet()))
    }

    pub fn of_record(name: &str) -> Option<Kind> {
        KINDS.into_iter().find(|kind| first_word(name).eq_ignore_ascii_case(kind.record()))
    }

    pub fn column(self, heading: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| first_word(heading).eq_ignore_ascii_case(column.key))
    }

    /// What the sheet is for, in Chinese and English.
    pub fn help(self) -> (&'static str, &'static str) {
        match self {
            Kind::Setting => ("整份菜单的设置。", "What holds for the whole menu."),
            Kind::Station => ("厨房的档口；每道菜都要有一个档口来做。", "Where dishes are cooked; every dish needs one."),
            Kind::Category => ("菜单上的分类，按书写顺序显示。", "Headings of the menu, shown in this order."),
            Kind::Dish => ("每道菜一行，按书写顺序显示。", "One row for each dish, shown in this order."),
            Kind::Size => (
                "有多种规格（大/中/小份、半份）的菜，每种规格一行；菜品表里的价格留空。",
                "Dishes with several sizes: one row for each size; leave the price in the dishes sheet blank.",
            ),
            Kind::Option => (
                "选项组（做法、加料、忌口…），每个选项一行；组写一次，多道菜可共用。同组后续行的组信息可留空。",
                "Groups of options, one row for each option; many dishes can use the same group. Further rows of a group may leave its cells blank.",
            ),
            Kind::Set => (
                "套餐里可以选的菜，每个可选菜一行；同一组后续行的组信息可留空。",
                "What can be chosen in a set meal, one row for each choice. Further rows of a group may leave its cells blank.",
            ),
        }
    }

    pub fn columns(self) -> &'static [Column] {
        match self {
            Kind::Setting => SETTING,
            Kind::Station => STATION,
            Kind::Category => CATEGORY,
            Kind::Dish => DISH,
            Kind::Size => SIZE,
            Kind::Option => OPTION,
            Kind::Set => SET,
        }
    }
}

const NAME_ZH: Column = must("name_zh", "中文名", "中文名，最多 60 字", "Chinese name, at most 60 characters");
const NAME_EN: Column = must("name_en", "英文名", "英文名，最多 60 字", "English name, at most 60 characters");
const GROUP_ZH: Column = may("group_zh", "组中文名", "组的中文名；写在组的第一行", "Chinese name of the group; on its first row");
const GROUP_EN: Column = may("group_en", "组英文名", "组的英文名；写在组的第一行", "English name of the group; on its first row");
const MIN: Column = may("min", "最少", "最少选几个；空为 0；1 即必选", "At least so many; blank is 0; 1 makes it required");
const MAX: Column = may("max", "最多", "最多选几个；空为 1", "At most so many; blank is 1");

const SETTING: &[Column] = &[
    must("setting", "项目", "目前只有 currency（货币）", "Only `currency` so far"),
    must("value", "值", "CNY 或 USD", "CNY or USD"),
];

const STATION: &[Column] = &[
    must("station", "档口代码", "小写字母、数字、- 和 _", "Code: a-z, 0-9, - and _"),
    NAME_ZH,
    NAME_EN,
    may(
        "fallback",
        "替补档口",
        "另一档口的代码；本档口关闭时由它代做，没人看见的单也显示在它的屏上",
        "Code of another station: cooks in its place while it is closed, and shows what nobody has seen there",
    ),
    may(
        "per_ten_min",
        "每十分钟份数",
        "十分钟大约能出几份，1 到 10000；用来估计要等多久，留空则不估",
        "Portions it cooks in ten minutes, 1 to 10000; tells how far behind it is; blank: not counted",
    ),
];

const CATEGORY: &[Column] =
    &[must("category", "分类代码", "小写字母、数字、- 和 _", "Code: a-z, 0-9, - and _"), NAME_ZH, NAME_EN];

const DISH: &[Column] = &[
    must(
        "dish",
        "菜品代码",
        "小写字母、数字、- 和 _；换新版菜单时保持不变",
        "Code: a-z, 0-9, - and _; keep it when the menu changes",
    ),
    may("code", "点菜编号", "服务员输入的短编号，如 108；不可重复", "Short number staff type, e.g. 108; used once"),
    NAME_ZH,
    NAME_EN,
    must("category", "分类", "分类表里的代码", "A code of the categories sheet"),
    must("station", "档口", "档口表里的代码", "A code of the stations sheet"),
    may(
        "price",
        "价格",
        "元，最多两位小数，如 38 或 38.50；有多种规格时留空",
        "In yuan with at most two decimals, 38 or 38.50; blank where the sizes sheet has it",
    ),
    may(
        "charge",
        "计价",
        "item 按份（空即按份）、weight 按 500 克、cover 按人",
        "item: by portion (also if blank), weight: by 500 g, cover: per head",
    ),
    may(
        "option_groups",
        "选项组",
        "选项表里的组代码，用空格隔开，按显示顺序",
        "Groups of the options sheet in the order shown, separated by spaces",
    ),
    may(
        "description_zh",
        "中文介绍",
        "一句话，最多 200 字；中英文要么都写要么都不写",
        "One sentence, at most 200 characters; both languages or none",
    ),
    may("description_en", "英文介绍", "同上", "The same in English"),
    may("image", "图片", "图片文件名", "Name of the picture file"),
    may(
        "allergens",
        "过敏原",
        "花生 坚果 麸质 蛋 奶 大豆 鱼 甲壳类 芝麻 芹菜 芥末 酒精，用空格隔开",
        "peanut nuts gluten egg milk soy fish shellfish sesame celery mustard alcohol, separated by spaces",
    ),
    may("sold_from", "开售", "如 11:00；全天供应则留空", "As 11:00; blank: all day"),
    may("sold_to", "停售", "如 14:00；全天供应则留空", "As 14:00; blank: all day"),
    may("daily_count", "每日限量", "每天可售份数；不限则留空", "Portions a day; blank: not counted"),
    may("due_min", "将超时", "起菜后多少分钟提示；空为 15", "Minutes after firing until due soon; blank: 15"),
    may("overdue_min", "已超时", "起菜后多少分钟算超时；空为 25", "Minutes after firing until overdue; blank: 25"),
    may("pinyin", "拼音首字母", "搜索用，如 gbjd", "For search, e.g. gbjd"),
    may("popular", "招牌", "yes 或 是；空为否", "yes or 是; blank: no"),
    may(
        "pot",
        "火锅",
        "soup 锅底（先起）、for_pot 涮菜（要有锅底，随锅底之后起）；空为与火锅无关",
        "soup: soup base, fired first; for_pot: needs a soup base and is fired after it; blank: neither",
    ),
];

const SIZE: &[Column] = &[
    must("dish", "菜品", "菜品代码；与上一行相同可留空", "The dish's code; blank: as in the row above"),
    must("size", "规格代码", "如 large、half", "Code such as large or half"),
    may("name_zh", "中文名", "如 大份；多种规格时必填", "Chinese name; needed where there are several"),
    may("name_en", "英文名", "如 Large；多种规格时必填", "English name; needed where there are several"),
    must("price", "价格", "元，最多两位小数", "In yuan with at most two decimals"),
];

const OPTION: &[Column] = &[
    must(
        "group",
        "组代码",
        "与上一行相同可留空；同名组在某道菜上不同时，写成 菜品代码.组代码",
        "Blank: as in the row above; a dish's own version of a group is written dish.group",
    ),
    GROUP_ZH,
    GROUP_EN,
    may(
        "kind",
        "类别",
        "method 做法、extra 加料、avoid 忌口、soup 锅底、other 其他（空即其他）",
        "method, extra, avoid, soup or other (also if blank)",
    ),
    MIN,
    MAX,
    must("option", "选项代码", "同一道菜上不可重复", "Code, used once on a dish"),
    NAME_ZH,
    NAME_EN,
    may("price", "加价", "每份加多少元；空为 0", "What it adds to each portion; blank: 0"),
    may("times", "可选次数", "同一份最多加几次；空为 1", "How often for one portion; blank: 1"),
    may(
        "excludes",
        "互斥",
        "不能同时选的选项代码，用空格隔开；菜上没有的会略过",
        "Options that can't go with it; those a dish doesn't have are left out",
    ),
];

const SET: &[Column] = &[
    must("dish", "套餐", "套餐的菜品代码；与上一行相同可留空", "The set meal's code; blank: as in the row above"),
    must("group", "组代码", "与上一行相同可留空", "Blank: as in the row above"),
    GROUP_ZH,
    GROUP_EN,
    MIN,
    MAX,
    must("choice", "可选菜", "菜品代码", "Code of the dish that can be chosen"),
    may("size", "规格", "该菜的规格代码；只有一种规格可留空", "Which size of it; blank where there is only one"),
    may("surcharge", "加价", "选它加多少元；空为 0", "What choosing it adds; blank: 0"),
];

/// The first word of a heading such as `price 价格`.
pub(crate) fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Where a sheet stands among the others; the file as a whole comes first.
pub(crate) fn rank(sheet: &str) -> usize {
    KINDS.iter().position(|kind| kind.sheet() == sheet).map_or(0, |at| at + 1)
}
