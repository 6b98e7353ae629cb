//! The hops as a picture: a line for each, over the percentiles, both scales logarithmic.

use super::super::report::{count, millis};
use super::figures::{Hop, short};
use std::fmt::Write as _;

const WIDTH: f64 = 980.0;
const HEIGHT: f64 = 560.0;
/// The field of the lines: left, top, right, bottom.
const FIELD: (f64, f64, f64, f64) = (70.0, 70.0, 610.0, 500.0);
/// What is marked on the axis of percentiles.
const PERCENTILES: [(f64, &str); 5] = [(0.5, "50"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"), (0.9999, "99.99")];
/// The shortest and the longest time on the axis, in powers of ten of a millisecond.
const POWERS: (i32, i32) = (-1, 4);
/// Names beside the lines need so much room.
const LINE: f64 = 19.0;
/// Colours that can be told apart by those who see few, on white and on black.
const COLOURS: [&str; 10] =
    ["#0072b2", "#009e73", "#d55e00", "#cc79a7", "#8c6bb1", "#b58900", "#56b4e9", "#7f7f7f", "#7f7f7f", "#7f7f7f"];

const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI','Noto Sans SC',sans-serif;fill:#1f2328}\
.quiet{fill:#59636e}.grid{stroke:#d1d9e0}.back{fill:#fff}.title{font-size:16px;font-weight:600}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.grid{stroke:#3d444d}.back{fill:#0d1117}}";

/// Draws them.
pub(super) fn draw(title: &str, hops: &[Hop]) -> String {
    let (left, top, right, bottom) = FIELD;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>{STYLE}</style>\n<rect class=\"back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"title\" x=\"{left}\" y=\"34\">{title}</text>\n\
         <text class=\"quiet\" x=\"{left}\" y=\"56\">ms</text>\n\
         <text class=\"quiet\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">percentile 百分位</text>\n",
        f64::midpoint(left, right),
        bottom + 44.0
    );
    for power in POWERS.0..=POWERS.1 {
        let (y, label) = (height(10_f64.powi(power)), label(power));
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>");
        let _ = writeln!(
            svg,
            "<text class=\"quiet\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            left - 8.0,
            y + 4.0
        );
    }
    for (quantile, name) in PERCENTILES {
        let x = place(quantile);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {top}V{bottom}\"/>");
        let _ =
            writeln!(svg, "<text class=\"quiet\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{name}</text>", bottom + 20.0);
    }
    for (hop, (colour, y)) in hops.iter().zip(COLOURS.iter().zip(name_heights(hops))) {
        svg += &line(hop, colour, y);
    }
    svg + "</svg>\n"
}

/// One hop: its line, and its name beside the line's end.
fn line(hop: &Hop, colour: &str, name_y: f64) -> String {
    let points: Vec<String> =
        PERCENTILES.iter().map(|(q, _)| format!("{:.1},{:.1}", place(*q), height(millis(&hop.times, *q)))).collect();
    let dashes = if hop.is_floor { " stroke-dasharray=\"5 5\"" } else { "" };
    let (end_x, end_y) = (FIELD.2, height(millis(&hop.times, 0.9999)));
    let mut svg =
        format!("<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"{dashes} points=\"{}\"/>\n", points.join(" "));
    for point in &points {
        let (x, y) = point.split_once(',').unwrap_or_default();
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3.2\" fill=\"{colour}\"/>");
    }
    let _ = writeln!(svg, "<path d=\"M{end_x} {end_y:.1}L{:.0} {name_y:.1}\" stroke=\"{colour}\" fill=\"none\"/>", end_x + 22.0);
    let (p50, p99) = (short(millis(&hop.times, 0.5)), short(millis(&hop.times, 0.99)));
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{:.1}\">{}<tspan class=\"quiet\"> · {p50} / {p99}</tspan></text>",
        end_x + 27.0,
        name_y + 4.5,
        escaped(hop.name)
    );
    svg
}

/// Where each name stands: near its line's end, and no two on one another.
fn name_heights(hops: &[Hop]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..hops.len()).collect();
    let end = |hop: usize| height(millis(&hops[hop].times, 0.9999));
    order.sort_by(|a, b| end(*a).total_cmp(&end(*b)));
    let mut heights = vec![0.0; hops.len()];
    let lowest = FIELD.3 - LINE * count(hops.len().saturating_sub(1) as u64);
    let mut free = FIELD.1;
    for (before, hop) in order.into_iter().enumerate() {
        heights[hop] = end(hop).max(free).min(lowest + LINE * count(before as u64));
        free = heights[hop] + LINE;
    }
    heights
}

/// Across: each further nine of a percentile is as far as the one before.
fn place(quantile: f64) -> f64 {
    let (left, _, right, _) = FIELD;
    let nines = |quantile: f64| -(1.0 - quantile).log10();
    let (from, to) = (nines(PERCENTILES[0].0), nines(PERCENTILES[PERCENTILES.len() - 1].0));
    left + (right - left) * (nines(quantile) - from) / (to - from)
}

/// Down: each power of ten is as far as the one before.
fn height(ms: f64) -> f64 {
    let (_, top, _, bottom) = FIELD;
    let (from, to) = (f64::from(POWERS.0), f64::from(POWERS.1));
    let power = ms.max(f64::MIN_POSITIVE).log10().clamp(from, to);
    bottom - (bottom - top) * (power - from) / (to - from)
}

fn label(power: i32) -> String {
    match power {
        -1 => "0.1".to_owned(),
        power => super::figures::thousands(10_u64.pow(power.unsigned_abs())),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn names_keep_their_distance_and_stay_inside() {
        let hops: Vec<Hop> = (0..8).map(|n| Hop::of("a > b", [Some(Duration::from_millis(90_000 + n))])).collect();
        let mut heights = name_heights(&hops);
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{heights:?}");
        assert!(heights[0] >= FIELD.1 && heights[7] <= FIELD.3 + 1e-9, "{heights:?}");
        let svg = draw("t", &hops);
        assert_eq!(svg.matches("<polyline").count(), 8);
        assert!(svg.contains("a &gt; b") && !svg.contains("NaN"));
    }

    #[test]
    fn both_scales_are_logarithmic() {
        assert!((height(1.0) - height(10.0) - (height(10.0) - height(100.0))).abs() < 1e-9);
        assert!((place(0.99) - place(0.9) - (place(0.999) - place(0.99))).abs() < 1e-9);
    }
}
