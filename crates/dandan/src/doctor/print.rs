//! The doctor's list: for people, a line for each step in both languages; for programs, one JSON document.

use super::{steps, words};
use pay::diagnose::{Finding, Mark, Part};
use serde_json::{Value, json};
use std::io::Write;

/// Prints the findings.
pub fn print(findings: &[Finding], as_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        return writeln!(out, "{:#}", document(findings));
    }
    let mut part = None;
    for finding in findings {
        if part.replace(finding.part) != Some(finding.part) {
            writeln!(out, "\n{}", part_name(finding.part))?;
        }
        write(finding, &mut out)?;
    }
    writeln!(out, "\n{}", summary(findings))
}

/// An error and its causes in one line.
pub fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn write(finding: &Finding, out: &mut impl Write) -> std::io::Result<()> {
    let words = words::of(finding.what);
    let [en, zh] = steps::name(finding.step);
    let detail = if finding.detail.is_empty() { String::new() } else { format!(" [{}]", finding.detail) };
    writeln!(out, "  {} {en} {zh}: {}{detail}", sign(finding.mark()), words.en)?;
    if finding.mark() == Mark::Right {
        return Ok(());
    }
    writeln!(out, "      {}", words.zh)?;
    if !words.next_en.is_empty() {
        writeln!(out, "      → {}", words.next_en)?;
        writeln!(out, "      → {}", words.next_zh)?;
    }
    Ok(())
}

fn sign(mark: Mark) -> char {
    match mark {
        Mark::Right => '✓',
        Mark::Warning => '!',
        Mark::Wrong => '✗',
        Mark::NotChecked => '–',
    }
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Setup => "Setup 配置",
        Part::Wechat => "WeChat Pay 微信支付",
        Part::Alipay => "Alipay 支付宝",
        Part::Notices => "Payment notices 支付通知",
    }
}

fn summary(findings: &[Finding]) -> String {
    let count = |mark| findings.iter().filter(|finding| finding.mark() == mark).count();
    let [right, warned, wrong, open] = [Mark::Right, Mark::Warning, Mark::Wrong, Mark::NotChecked].map(count);
    format!(
        "✓ {right}  ! {warned}  ✗ {wrong}  – {open}    {}",
        if wrong == 0 {
            "Nothing is wrong. 没有发现错误。"
        } else {
            "Put right what is marked ✗, from the top. 请从上到下处理标 ✗ 的项。"
        }
    )
}

fn document(findings: &[Finding]) -> Value {
    let ok = findings.iter().all(|finding| finding.mark() != Mark::Wrong);
    json!({ "ok": ok, "findings": findings.iter().map(entry).collect::<Vec<_>>() })
}

fn entry(finding: &Finding) -> Value {
    let words = words::of(finding.what);
    let Finding { part, step, what, detail } = finding;
    json!({
        "part": part, "step": step, "mark": finding.mark(), "code": what, "detail": detail,
        "texts": { "zh": words.zh, "en": words.en },
        "next": { "zh": words.next_zh, "en": words.next_en },
    })
}
