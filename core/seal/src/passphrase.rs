//! Passphrases for the recovery file: one made for whoever gives none, and how any is read.
//!
//! A made one is six groups of four characters of Crockford's base 32 (digits and letters without
//! I, L, O, U), 120 bits. It is copied from paper, so case, blanks and dashes don't matter and
//! the look-alikes are taken for what they look like. Any other passphrase counts as it is typed,
//! but for blanks around it. How strong a chosen one must be is the desk's business.

use zeroize::Zeroizing;

/// Random bytes of a made passphrase.
pub const RANDOM_BYTES: usize = 15;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP_CHARS: usize = 4;
const CHARS: usize = RANDOM_BYTES * 8 / 5;

/// Makes a passphrase such as `7Q2M-0XKD-9F4T-HW6B-C3VP-8NJR` from random bytes.
pub fn make_passphrase(random: [u8; RANDOM_BYTES]) -> String {
    let random = Zeroizing::new(random);
    let mut passphrase = String::with_capacity(CHARS + CHARS / GROUP_CHARS);
    for place in 0..CHARS {
        if place > 0 && place.is_multiple_of(GROUP_CHARS) {
            passphrase.push('-');
        }
        passphrase.push(ALPHABET[five_bits(&random, place)].into());
    }
    passphrase
}

/// What a passphrase stands for, however a made one was typed.
pub(crate) fn canonical(typed: &str) -> Zeroizing<String> {
    let mut made = Zeroizing::new(String::with_capacity(CHARS));
    for char in typed.chars().filter(|char| !char.is_whitespace() && *char != '-') {
        match read_char(char) {
            Some(char) if made.len() < CHARS => made.push(char),
            _ => return Zeroizing::new(typed.trim().to_owned()),
        }
    }
    if made.len() == CHARS { made } else { Zeroizing::new(typed.trim().to_owned()) }
}

/// The `place`-th five bits, the first bit the highest of the first byte.
fn five_bits(random: &[u8; RANDOM_BYTES], place: usize) -> usize {
    (place * 5..place * 5 + 5)
        .fold(0, |value, bit| value << 1 | usize::from(random[bit / 8] >> (7 - bit % 8) & 1))
}

fn read_char(typed: char) -> Option<char> {
    let char = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().any(|known| char::from(*known) == char).then_some(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_passphrase_shows_every_random_bit() {
        assert_eq!(make_passphrase([0; 15]), "0000-0000-0000-0000-0000-0000");
        assert_eq!(make_passphrase([0xff; 15]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let plain = make_passphrase([0; 15]);
        for bit in 0..120 {
            let mut random = [0; 15];
            random[bit / 8] = 1 << (7 - bit % 8);
            let differing = make_passphrase(random)
                .bytes()
                .zip(plain.bytes())
                .position(|(one, other)| one != other);
            let char = bit / 5;
            assert_eq!(differing, Some(char + char / 4), "bit {bit}");
        }
    }

    #[test]
    fn a_made_passphrase_may_be_typed_carelessly() {
        let made = canonical("10A0-ZZZZ-1111-0000-ABCD-EFGH");
        assert_eq!(*made, "10A0ZZZZ11110000ABCDEFGH");
        assert_eq!(canonical(" ioao zzzz liLI OOoo abcd efgh\n"), made);
        assert_eq!(canonical("10a0zzzz11110000abcdefgh"), made);
    }

    #[test]
    fn a_chosen_passphrase_counts_as_it_is_typed() {
        assert_eq!(*canonical(" Rain on the Stairs \n"), "Rain on the Stairs");
        assert_eq!(*canonical("abcd-efgh"), "abcd-efgh");
        assert_eq!(*canonical("楼道里的雨声很大"), "楼道里的雨声很大");
        let longer = "10A0-ZZZZ-1111-0000-ABCD-EFGH-0";
        assert_eq!(*canonical(longer), longer);
    }
}
