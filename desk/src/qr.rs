//! An invitation's link as a QR code of half blocks, for a phone's camera to read off a terminal.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The code, or none when the link is too long for one.
///
/// Light modules are drawn and dark ones left out, as terminals are mostly dark; phones read
/// either way round.
pub fn code(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let picture = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .quiet_zone(true)
        .build();
    Some(picture)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_of_usual_length_fits_a_terminal() {
        let link = format!("https://relay.example:7800/join#{}", "a".repeat(180));
        let picture = code(&link).unwrap();
        let width = picture.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(width <= 80, "{width}");
        assert!(picture.contains('█') && picture.contains('▀'));
        assert_eq!(code(&"a".repeat(4000)), None);
    }
}
