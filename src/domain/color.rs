//! Colours of a merchant's brand, and how well white words can be read on them (WCAG 2.2, success
//! criterion 1.4.3). Where they stand on a page is for its style sheet.

use std::fmt;

/// What the linear light of a full channel comes to, in the units that [`linear`] counts in.
const FULL: u64 = 15_848_931;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// Reads `#0b57d0`, in small or capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self { red: channel(0)?, green: channel(2)?, blue: channel(4)? })
    }

    /// Its contrast to white in hundredths, rounded down: 100 to 2100.
    #[must_use]
    pub fn contrast_to_white(self) -> u64 {
        let light = 2126 * linear(self.red) + 7152 * linear(self.green) + 722 * linear(self.blue);
        // (1 + 0.05) / (light + 0.05), where the whole light is 10,000 times `FULL`.
        let whole = 10_000 * FULL;
        let flare = whole / 20;
        100 * (whole + flare) / (light + flare)
    }

    /// The same hue, darkened until white can be read on it as `contrast` asks, in hundredths.
    #[must_use]
    pub fn darkened_to(self, contrast: u64) -> Self {
        let mut color = self;
        for percent in (0..100).rev() {
            if color.contrast_to_white() >= contrast {
                break;
            }
            let scale =
                |channel: u8| u8::try_from(u16::from(channel) * percent / 100).unwrap_or_default();
            color = Self { red: scale(self.red), green: scale(self.green), blue: scale(self.blue) };
        }
        color
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue } = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The linear light of a channel, of [`FULL`]: ((c + 0.055) ÷ 1.055) to the power of 2.4, which is
/// the fifth root of its twelfth power, in whole numbers.
fn linear(channel: u8) -> u64 {
    let channel = u64::from(channel);
    if channel <= 10 {
        // c ÷ 12.92
        return FULL * 100 * channel / (255 * 1292);
    }
    // In thousandths; 255 × 1.055 = 269.025, and 0.055 × 255 = 14.025.
    let base = u128::from((channel * 1000 + 14_025) * 1000 / 269_025);
    let power = base.pow(12);
    let (mut low, mut high) = (0_u64, FULL + 1);
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if u128::from(middle).pow(5) <= power { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_those_of_the_guidelines() {
        for (text, contrast) in [
            ("#ffffff", 100..=100),
            ("#000000", 2100..=2100),
            ("#0b57d0", 635..=645),
            ("#767676", 450..=456),
            ("#777777", 445..=449),
            ("#FF0000", 397..=401),
            ("#ffcc00", 148..=154),
        ] {
            let found = Color::parse(text).unwrap().contrast_to_white();
            assert!(contrast.contains(&found), "{text}: {found}");
        }
    }

    #[test]
    fn a_colour_is_darkened_no_more_than_it_must_be() {
        for text in ["#ffcc00", "#ffffff", "#ff0000", "#00ff00"] {
            let color = Color::parse(text).unwrap().darkened_to(450);
            assert!((450..480).contains(&color.contrast_to_white()), "{text}: {color}");
        }
        let dark = Color::parse("#0b57d0").unwrap();
        assert_eq!(dark.darkened_to(450), dark);
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        for bad in ["", "#fff", "0b57d0", "#0b57dg", "#+1+1+1", "#ääb", "blue", "#0b57d0ff"] {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
        assert_eq!(Color::parse("#0B57d0").unwrap().to_string(), "#0b57d0");
    }
}
