//! A page being filled from the top: rows that fit, whatever the text.

use crate::clean::clean;
use crate::page::{Align, CodeData, Element, Row, Run, Style, Width};
use crate::words::Lang;
use crate::wrap::{columns, wrap};

pub(super) struct Sheet {
    width: Width,
    elements: Vec<Element>,
}

impl Sheet {
    pub(super) fn new(width: Width) -> Sheet {
        Sheet { width, elements: Vec::new() }
    }

    pub(super) fn into_elements(self) -> Vec<Element> {
        self.elements
    }

    pub(super) fn columns(&self) -> usize {
        self.width.columns()
    }

    pub(super) fn push(&mut self, element: Element) {
        self.elements.push(element);
    }

    pub(super) fn rule(&mut self) {
        self.push(Element::Rule { thick: false });
    }

    pub(super) fn thick_rule(&mut self) {
        self.push(Element::Rule { thick: true });
    }

    /// Text on as many rows as it takes; none for nothing.
    pub(super) fn text(&mut self, text: &str, align: Align, style: Style) {
        if text.trim().is_empty() {
            return;
        }
        for line in wrap(&clean(text), self.columns() / usize::from(style.wide)) {
            self.row(align, vec![Run::new(&line, style)]);
        }
    }

    /// Text in the middle, as large as fits one row but not beyond `most` times; a text too long even for twice the size takes
    /// several rows of that. A space on either side stays: it frames inverted text.
    pub(super) fn big(&mut self, text: &str, most: u8, style: Style) {
        let text = clean(text);
        if text.trim().is_empty() {
            return;
        }
        let fitting = (2..=most).rev().find(|size| columns(&text) * usize::from(*size) <= self.columns());
        let style = |size| Style { wide: size, tall: size, ..style };
        match fitting {
            Some(size) => self.row(Align::Centre, vec![Run::new(&text, style(size))]),
            None => self.text(&text, Align::Centre, style(2)),
        }
    }

    /// Whether text takes no more than a row.
    pub(super) fn fits(&self, text: &str, style: Style) -> bool {
        columns(&clean(text)) * usize::from(style.wide) <= self.columns()
    }

    /// A lead, then text beside it; rows after the first start where the text does. Everything stands `indent` columns in.
    pub(super) fn hanging(&mut self, indent: usize, lead: &str, text: &str, style: Style) {
        let lead = clean(lead);
        let wide = usize::from(style.wide);
        let room = (self.columns() - indent) / wide;
        if columns(&lead) * 2 > room {
            // No room beside such a lead.
            self.indented(indent, &lead, style);
            self.indented(indent, text, style);
            return;
        }
        let text = clean(text);
        for (at, line) in wrap(&text, room - columns(&lead)).iter().enumerate() {
            let mut runs = Vec::new();
            if at == 0 {
                runs.push(Run::new(&" ".repeat(indent), Style::PLAIN));
                runs.push(Run::new(&format!("{lead}{line}"), style));
            } else {
                runs.push(Run::new(&" ".repeat(indent + columns(&lead) * wide), Style::PLAIN));
                runs.push(Run::new(line, style));
            }
            self.row(Align::Left, runs);
        }
    }

    /// Text that stands `indent` columns in.
    pub(super) fn indented(&mut self, indent: usize, text: &str, style: Style) {
        if text.trim().is_empty() {
            return;
        }
        for line in wrap(&clean(text), (self.columns() - indent) / usize::from(style.wide)) {
            self.row(Align::Left, vec![Run::new(&" ".repeat(indent), Style::PLAIN), Run::new(&line, style)]);
        }
    }

    /// Text at the left and text at the right edge of the same row, or of rows of their own where both don't fit. The left text takes
    /// more rows rather than touch the right one.
    pub(super) fn pair(&mut self, left: &str, right: &str, style: Style) {
        let (left, right) = (clean(left), clean(right));
        if left.is_empty() && right.is_empty() {
            return;
        }
        let all = self.columns() / usize::from(style.wide);
        let for_right = columns(&right) + 1;
        if right.is_empty() || for_right * 3 > all * 2 && columns(&left) + for_right > all {
            self.text(&left, Align::Left, style);
            if !right.is_empty() {
                self.text(&right, Align::Right, style);
            }
            return;
        }
        for (at, line) in wrap(&left, all - for_right).iter().enumerate() {
            let text = match at {
                0 => format!("{line}{}{right}", " ".repeat(all - columns(line) - columns(&right))),
                _ => line.clone(),
            };
            self.row(Align::Left, vec![Run::new(&text, style)]);
        }
    }

    /// Something to scan with words above and, if asked, its text below; says so if it can't be drawn.
    pub(super) fn code(&mut self, label: &str, data: &str, text_below: bool, lang: Lang) {
        if !label.is_empty() {
            self.text(label, Align::Centre, Style::PLAIN.bold());
        }
        match CodeData::new(data) {
            Some(code) => self.push(Element::Qr { data: code, dots: 240 }),
            None => self.text(lang.no_code(), Align::Centre, Style::PLAIN),
        }
        if text_below {
            self.text(data, Align::Centre, Style::PLAIN);
        }
    }

    pub(super) fn row(&mut self, align: Align, runs: Vec<Run>) {
        let runs = runs.into_iter().filter(|run| !run.text.is_empty()).collect();
        self.push(Element::Row(Row { align, runs }));
    }
}
