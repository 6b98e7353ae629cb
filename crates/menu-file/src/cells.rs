//! Reads the cells of one row into values, noting what is wrong with each.

use crate::table::Row;
use crate::{RowError, cell, csv_form::shorten};
use domain::{DishId, GroupId, Money, Text};
use std::str::FromStr;

/// A cell lists at most so many codes.
pub(crate) const LONGEST_LIST: usize = 40;

/// A row being read, and where its mistakes go.
pub(crate) struct Cells<'a, 'e> {
    pub row: &'a Row,
    pub errors: &'e mut Vec<RowError>,
}

impl<'a> Cells<'a, '_> {
    /// Notes a mistake, unless one has been noted for the same cell.
    pub fn wrong(&mut self, column: &str, reason: Text) {
        let sheet = self.row.kind.sheet();
        let known = |e: &RowError| e.sheet == sheet && e.row == self.row.number && e.column == column;
        if self.errors.iter().rev().take(200).any(known) {
            return;
        }
        self.errors.push(RowError {
            sheet: sheet.to_owned(),
            row: self.row.number,
            column: column.to_owned(),
            value: shorten(self.row.cell(column)),
            reason,
        });
    }

    pub fn already(&mut self, column: &str, first: u32) {
        self.wrong(column, Text::new(format!("与第 {first} 行重复"), format!("row {first} has this already")));
    }

    pub fn try_read<T>(&mut self, column: &str, parse: impl Fn(&str) -> Result<T, Text>) -> Option<T> {
        parse(self.row.cell(column)).map_err(|reason| self.wrong(column, reason)).ok()
    }

    pub fn read<T: Default>(&mut self, column: &str, parse: impl Fn(&str) -> Result<T, Text>) -> T {
        self.try_read(column, parse).unwrap_or_default()
    }

    pub fn words(&mut self, column: &str, longest: usize) -> String {
        self.read(column, |text| cell::words(text, longest))
    }

    pub fn needed(&mut self, column: &str) -> String {
        if self.row.cell(column).is_empty() {
            self.wrong(column, Text::new("不能为空", "this can't be blank"));
        }
        self.words(column, cell::LONGEST_NAME)
    }

    pub fn name(&mut self) -> Text {
        Text::new(self.needed("name_zh"), self.needed("name_en"))
    }

    pub fn money(&mut self, column: &str) -> Money {
        if self.row.cell(column).is_empty() {
            self.wrong(column, Text::new("不能为空", "this can't be blank"));
        }
        self.money_or_nothing(column)
    }

    pub fn money_or_nothing(&mut self, column: &str) -> Money {
        if self.row.cell(column).is_empty() { Money::ZERO } else { self.read(column, cell::money) }
    }

    pub fn number(&mut self, column: &str, blank: u32, least: u32, most: u32) -> u32 {
        let text = self.row.cell(column);
        if text.is_empty() {
            return blank;
        }
        self.try_read(column, |text| cell::count(text, least, most)).unwrap_or(blank)
    }

    pub fn small(&mut self, column: &str, blank: u16, least: u16) -> u16 {
        u16::try_from(self.number(column, u32::from(blank), u32::from(least), 99)).unwrap_or(blank)
    }

    pub fn code<T: FromStr>(&mut self, column: &str) -> Option<T> {
        let text = self.row.cell(column);
        if text.is_empty() {
            self.wrong(column, Text::new("不能为空", "this can't be blank"));
            return None;
        }
        self.try_read(column, bad_code)
    }

    pub fn codes<T: FromStr + PartialEq>(&mut self, column: &str) -> Vec<T> {
        let mut codes = Vec::new();
        for word in self.list(column) {
            match bad_code(word) {
                Ok(code) if codes.contains(&code) => {
                    self.wrong(column, Text::new(format!("“{word}”写了两次"), format!("\"{word}\" stands here twice")));
                }
                Ok(code) => codes.push(code),
                Err(reason) => self.wrong(column, reason),
            }
        }
        codes
    }

    /// The words of a cell, as many as may stand there.
    pub fn list(&mut self, column: &str) -> Vec<&'a str> {
        let mut words: Vec<&str> = cell::list(self.row.cell(column)).take(LONGEST_LIST + 1).collect();
        if words.len() > LONGEST_LIST {
            words.truncate(LONGEST_LIST);
            self.wrong(column, at_most(LONGEST_LIST));
        }
        words
    }

    pub fn code_or_above<T: FromStr>(&mut self, column: &str, above: Option<T>) -> Option<T> {
        if self.row.cell(column).is_empty() && above.is_some() { above } else { self.code(column) }
    }

    /// The name of an option group, `group` or `dish.group`, and the code it has on a dish.
    pub fn group_or_above(&mut self, above: Option<(String, GroupId)>) -> Option<(String, GroupId)> {
        let key = self.row.cell("group");
        if key.is_empty() && above.is_some() {
            return above;
        }
        if key.is_empty() {
            return self.code::<GroupId>("group").map(|id| (String::new(), id));
        }
        let group = key.split_once('.').map_or(key, |(_, group)| group);
        let dish_fits = key.split_once('.').is_none_or(|(dish, _)| DishId::from_str(dish).is_ok());
        let id = self.try_read("group", |_| if dish_fits { bad_code(group) } else { bad_code("") })?;
        Some((key.to_owned(), id))
    }
}

fn bad_code<T: FromStr>(text: &str) -> Result<T, Text> {
    text.parse().map_err(|_| Text::new("代码须为 1 到 40 个小写字母、数字、- 或 _", "a code is 1 to 40 of a-z, 0-9, - and _"))
}

/// There are more things in a cell or a group than fit.
pub(crate) fn at_most(most: usize) -> Text {
    Text::new(format!("最多 {most} 个"), format!("at most {most} fit here"))
}
