//! Spans of time as people write them: `90s`, `15m`, `12h`, `35d`.

use std::time::Duration;

/// Reads a whole number with its unit.
///
/// # Errors
/// In words, for the command line.
pub fn parse(text: &str) -> Result<Duration, String> {
    let unit = text.chars().last().unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err("a number with its unit: 90s, 15m, 12h, 35d".to_owned()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| format!("{text} is no number with its unit"))?;
    if number == 0 {
        return Err("must be more than nothing".to_owned());
    }
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse("35d"), Ok(Duration::from_secs(35 * 86_400)));
        for wrong in ["", "15", "m", "0s", "-1m", "1.5h", "十分"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
