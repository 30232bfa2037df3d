//! Reading and writing fixed little-endian layouts.
//!
//! The reader never allocates for a length that it has not compared with what is left; the
//! writer never fails. No varints and no optional fields: a layout is read with one table.

/// Why bytes are not what they should be. Always the sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the layout does.
    #[error("the bytes end too early")]
    TooShort,
    /// Bytes are left over after the layout.
    #[error("{0} bytes are left over")]
    TrailingBytes(usize),
    /// A count or length is over its named limit.
    #[error("{what} of {value} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// The value found.
        value: usize,
        /// The named limit.
        limit: usize,
    },
    /// A tag, version or magic that this version does not know.
    #[error("unknown {what} {value}")]
    Unknown {
        /// What was being read.
        what: &'static str,
        /// The value found.
        value: u64,
    },
    /// A set is not in ascending order, or names something twice.
    #[error("{0} are not in ascending order")]
    OutOfOrder(&'static str),
}

/// A cursor over received bytes.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes exactly `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] when fewer are left.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        if count > self.rest.len() {
            return Err(DecodeError::TooShort);
        }
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(taken)
    }

    /// Takes a fixed-size array.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] when fewer bytes are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::TooShort)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    /// Takes a 16-bit number.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Takes a 32-bit number.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Takes a 64-bit number.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Takes a signed 64-bit number.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// Takes a 32-bit count of things of at least `size_min` bytes each, no more than `limit`.
    ///
    /// # Errors
    /// [`DecodeError::OverLimit`] over the limit, [`DecodeError::TooShort`] when the bytes left
    /// could not hold that many: so a caller may allocate for the count.
    pub fn count(
        &mut self,
        what: &'static str,
        limit: usize,
        size_min: usize,
    ) -> Result<usize, DecodeError> {
        let value = self.u32()? as usize;
        if value > limit {
            return Err(DecodeError::OverLimit { what, value, limit });
        }
        if value.saturating_mul(size_min) > self.rest.len() {
            return Err(DecodeError::TooShort);
        }
        Ok(value)
    }

    /// Takes a 32-bit length and that many bytes, no more than `limit`.
    ///
    /// # Errors
    /// [`DecodeError::OverLimit`] over the limit, [`DecodeError::TooShort`] at the end.
    pub fn sized(&mut self, what: &'static str, limit: usize) -> Result<&'a [u8], DecodeError> {
        let length = self.count(what, limit, 1)?;
        self.bytes(length)
    }

    /// Confirms that everything was read.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] when something is left.
    pub fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(DecodeError::TrailingBytes(left)),
        }
    }
}

/// Builds a layout. Methods chain.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty layout with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// Appends raw bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// Appends a 16-bit number.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a 32-bit number.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a 64-bit number.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a signed 64-bit number.
    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a count as 32 bits. Counts over 4 billion are our own mistake.
    pub fn count(&mut self, count: usize) -> &mut Self {
        self.u32(u32::try_from(count).expect("counts are bounded by the limits of this crate"))
    }

    /// Appends a 32-bit length and the bytes.
    pub fn sized(&mut self, bytes: &[u8]) -> &mut Self {
        self.count(bytes.len()).bytes(bytes)
    }

    /// The finished bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_count_that_the_bytes_cannot_hold_is_refused_before_allocation() {
        let mut writer = Writer::default();
        writer.u32(1000).bytes(&[0; 79]);
        let bytes = writer.finish();
        let outcome = Reader::new(&bytes).count("things", 5000, 80);
        assert_eq!(outcome, Err(DecodeError::TooShort));
        let outcome = Reader::new(&bytes).count("things", 999, 80);
        assert!(matches!(outcome, Err(DecodeError::OverLimit { value: 1000, limit: 999, .. })));
        assert_eq!(Reader::new(&bytes).count("things", 1000, 0).unwrap(), 1000);
    }

    #[test]
    fn left_over_bytes_are_an_error() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.u8().unwrap(), 1);
        assert_eq!(reader.finish(), Err(DecodeError::TrailingBytes(1)));
    }
}
