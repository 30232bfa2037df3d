//! Reading the few primitives of Automerge's storage format: bytes and LEB128 numbers.
//!
//! Nothing is allocated and nothing is read beyond the end. Numbers must be in their shortest
//! form, because a reader that tolerated others could not rebuild the bytes from the meaning.

/// A position in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if index == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * index);
            if byte & 0x80 == 0 {
                if index > 0 && *byte == 0 {
                    return None;
                }
                self.bytes = &self.bytes[index + 1..];
                return Some(value);
            }
        }
        None
    }

    /// A length that must still fit into what is left.
    pub(crate) fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        (length <= self.bytes.len()).then_some(length)
    }

    /// A signed LEB128 number. Overlong forms are left to Automerge to refuse.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            let shift = 7 * index;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift + 7 < 64 {
                    value |= -1 << (shift + 7);
                }
                self.bytes = &self.bytes[index + 1..];
                return Some(value);
            }
        }
        None
    }
}

/// Appends an unsigned LEB128 number in its shortest form.
pub(crate) fn write_unsigned(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_read_back_and_long_forms_do_not() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write_unsigned(value, &mut bytes);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.unsigned(), Some(value));
            assert!(reader.rest().is_empty());
        }
        assert_eq!(Reader::new(&[0x80, 0x00]).unsigned(), None);
        assert_eq!(Reader::new(&[0xff; 10]).unsigned(), None);
        assert_eq!(Reader::new(&[0x80]).unsigned(), None);
        assert_eq!(Reader::new(&[0x7f]).signed(), Some(-1));
        assert_eq!(Reader::new(&[0x80, 0x7f]).signed(), Some(-128));
        assert_eq!(Reader::new(&[0x3f]).signed(), Some(63));
    }
}
