//! Photos and other evidence files as bytes, without I/O: what they tell, and what is made of them.
//!
//! A tour, in the order of a photo's life:
//!
//! - [`Media::of`] says what a file is, by its first bytes and never by its name ([`media`]).
//! - [`Exif::read`] gives when, where and with what a photo was taken, and how it is to be turned
//!   ([`exif`], [`orientation`]). It takes any bytes: what can't be read isn't there.
//! - [`Preview::make`] gives the thumbnail and the ThumbHash that travel ahead; [`smaller_copy`]
//!   the copy that is transmitted when the original is too large ([`preview`]).
//! - [`redact()`] paints over what others must not see ([`mod@redact`]).
//!
//! Invariants: the original is never changed; no bytes make it panic; sizes are checked by the
//! header before memory is taken ([`limits`]); what is written holds pixels only. One photo takes
//! its decoded pixels and little more, so that phones can do it.
//!
//! Left out: decoding HEIC, AVIF, TIFF and GIF; video and sound; colour profiles, which are
//! dropped, not applied; hashing, signing and sealing.

pub mod error;
pub mod exif;
pub mod limits;
pub mod media;
pub mod orientation;
mod picture;
pub mod preview;
pub mod redact;

pub use error::PhotoError;
pub use exif::{CaptureTime, Exif, ExifState, Place};
pub use media::{Media, MediaKind};
pub use orientation::Orientation;
pub use preview::{Preview, smaller_copy};
pub use redact::{Rect, redact};
