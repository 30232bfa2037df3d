//! What a file is, by its first bytes.
//!
//! Invariant: a name or an ending is never asked, and what isn't recognised is a plain file. What
//! a container holds isn't looked at: a voice memo in a container for video counts as video.

/// A kind of file, recognised by magic bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the formats' own")]
pub enum Media {
    Jpeg,
    Png,
    WebP,
    Heic,
    Heif,
    Avif,
    Tiff,
    Gif,
    Mp4,
    QuickTime,
    ThreeGp,
    ThreeGp2,
    WebM,
    Matroska,
    OggVideo,
    Mp3,
    Mp4Audio,
    Aac,
    Amr,
    AmrWideband,
    OggAudio,
    Wav,
    Flac,
    Pdf,
    /// Anything else.
    Unknown,
}
use Media::*;

/// What a file is to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    /// A still picture.
    Photo,
    /// Sound.
    Audio,
    /// Moving pictures, or a container for them.
    Video,
    /// Anything else.
    File,
}

impl Media {
    /// Bytes of a file's beginning that are enough to tell.
    pub const HEAD_BYTES: usize = 512;

    /// What a file is that begins with these bytes; fewer than [`Media::HEAD_BYTES`] may do.
    pub fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(Self::HEAD_BYTES)];
        let by_start = SIGNATURES.iter().find(|(magic, _)| head.starts_with(magic));
        by_start.map(|(_, media)| *media).or_else(|| of_container(head)).unwrap_or_else(|| {
            match head {
                // ISO/IEC 11172-3 2.4.1.3: layer III with a known version and both rates.
                [0xFF, b, c, ..] if is_mp3_frame(*b, *c) => Mp3,
                // ADTS, ISO/IEC 14496-3 1.A.2: twelve ones, layer 0, a known sampling rate.
                [0xFF, b, c, ..] if b & 0xF6 == 0xF0 && (c >> 2) & 0x0F < 13 => Aac,
                _ => Unknown,
            }
        })
    }

    /// What it is to a person.
    pub const fn kind(self) -> MediaKind {
        match self {
            Jpeg | Png | WebP | Heic | Heif | Avif | Tiff | Gif => MediaKind::Photo,
            Mp4 | QuickTime | ThreeGp | ThreeGp2 | WebM | Matroska | OggVideo => MediaKind::Video,
            Mp3 | Mp4Audio | Aac | Amr | AmrWideband | OggAudio | Wav | Flac => MediaKind::Audio,
            Pdf | Unknown => MediaKind::File,
        }
    }

    /// The media type (RFC 6838), without parameters.
    pub const fn media_type(self) -> &'static str {
        match self {
            Jpeg => "image/jpeg",
            Png => "image/png",
            WebP => "image/webp",
            Heic => "image/heic",
            Heif => "image/heif",
            Avif => "image/avif",
            Tiff => "image/tiff",
            Gif => "image/gif",
            Mp4 => "video/mp4",
            QuickTime => "video/quicktime",
            ThreeGp => "video/3gpp",
            ThreeGp2 => "video/3gpp2",
            WebM => "video/webm",
            Matroska => "video/matroska",
            OggVideo => "video/ogg",
            Mp3 => "audio/mpeg",
            Mp4Audio => "audio/mp4",
            Aac => "audio/aac",
            Amr => "audio/AMR",
            AmrWideband => "audio/AMR-WB",
            OggAudio => "audio/ogg",
            Wav => "audio/wav",
            Flac => "audio/flac",
            Pdf => "application/pdf",
            Unknown => "application/octet-stream",
        }
    }
}

impl MediaKind {
    /// The name in an evidence reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
        }
    }
}

const SIGNATURES: &[(&[u8], Media)] = &[
    (b"\xFF\xD8\xFF", Jpeg),
    (b"\x89PNG\r\n\x1A\n", Png),
    (b"GIF87a", Gif),
    (b"GIF89a", Gif),
    (b"II\x2A\0", Tiff),
    (b"MM\0\x2A", Tiff),
    (b"ID3", Mp3),
    (b"#!AMR\n", Amr),
    (b"#!AMR-WB\n", AmrWideband),
    (b"fLaC", Flac),
    (b"%PDF-", Pdf),
];

fn of_container(head: &[u8]) -> Option<Media> {
    match (head.get(..4)?, head.get(4..8)?) {
        (b"RIFF", _) => match head.get(8..12)? {
            b"WEBP" => Some(WebP),
            b"WAVE" => Some(Wav),
            _ => None,
        },
        (b"OggS", _) => of_ogg(head),
        (b"\x1A\x45\xDF\xA3", _) => of_ebml(head),
        (_, b"ftyp") => of_brands(head),
        _ => None,
    }
}

/// ISO/IEC 14496-12 4.3: the major brand decides, and the compatible ones where it says nothing.
fn of_brands(head: &[u8]) -> Option<Media> {
    let box_size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let end = usize::try_from(box_size).map_or(head.len(), |size| size.min(head.len()));
    let major = head.get(8..12)?;
    let compatible = || head.get(16..end).unwrap_or_default().chunks_exact(4);
    match of_brand(major) {
        // A general brand for pictures; how they are coded stands among the compatible ones.
        Some(Heif) => {
            let coding = compatible().filter_map(of_brand).find(|m| matches!(m, Heic | Avif));
            Some(coding.unwrap_or(Heif))
        }
        None => compatible().find_map(of_brand),
        known => known,
    }
}

fn of_brand(brand: &[u8]) -> Option<Media> {
    Some(match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Heic,
        b"mif1" | b"mif2" | b"msf1" => Heif,
        b"avif" | b"avis" => Avif,
        b"qt  " => QuickTime,
        b"M4A " | b"M4B " | b"M4P " => Mp4Audio,
        [b'3', b'g', b'2', _] => ThreeGp2,
        [b'3', b'g', _, _] => ThreeGp,
        b"avc1" | b"dash" | b"MSNV" | b"f4v " | b"M4V " | b"mmp4" => Mp4,
        [b'i', b's', b'o', _] | [b'm', b'p', b'4', _] => Mp4,
        _ => return None,
    })
}

/// RFC 3533 and RFC 7845: the first packet, behind the page header, names the codec.
fn of_ogg(head: &[u8]) -> Option<Media> {
    let segments = usize::from(*head.get(26)?);
    let packet = head.get(27 + segments..)?;
    let begins = |names: &[&[u8]]| names.iter().any(|name| packet.starts_with(name));
    if begins(&[b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7FFLAC"]) {
        return Some(OggAudio);
    }
    begins(&[b"\x80theora"]).then_some(OggVideo)
}

/// RFC 8794 11.2.4: the element `DocType` (0x4282) of the EBML header.
fn of_ebml(head: &[u8]) -> Option<Media> {
    let at = head.windows(2).position(|id| id == [0x42, 0x82])?;
    let name = head.get(at + 3..)?;
    if name.starts_with(b"webm") {
        return Some(WebM);
    }
    name.starts_with(b"matroska").then_some(Matroska)
}

fn is_mp3_frame(second: u8, third: u8) -> bool {
    let version_is_known = second & 0x18 != 0x08;
    let layer_three = second & 0xE6 == 0xE2;
    let bit_rate = third >> 4;
    let sampling_rate = (third >> 2) & 3;
    version_is_known && layer_three && (1..15).contains(&bit_rate) && sampling_rate != 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let opus = [b"OggS\0\x02".as_slice(), &[0; 20], &[1, 19], b"OpusHead"].concat();
        let theora = [b"OggS\0\x02".as_slice(), &[0; 20], &[1, 42], b"\x80theora"].concat();
        let examples: &[(&[u8], Media)] = &[
            (b"\xFF\xD8\xFF\xE0", Jpeg),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", Png),
            (b"RIFF\x24\0\0\0WEBPVP8 ", WebP),
            (b"RIFF\x24\0\0\0WAVEfmt ", Wav),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Avif),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", Heif),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", Avif),
            (b"II\x2A\0\x08\0\0\0", Tiff),
            (b"MM\0\x2A\0\0\0\x08", Tiff),
            (b"GIF89a", Gif),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", Mp4),
            (b"\0\0\0\x14ftypisom\0\0\x02\0isom", Mp4),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", QuickTime),
            (b"\0\0\0\x14ftyp3gp4\0\0\0\x003gp4", ThreeGp),
            (b"\0\0\0\x14ftyp3g2a\0\0\0\x003g2a", ThreeGp2),
            (b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", Mp4Audio),
            (b"\0\0\0\x18ftypXXXX\0\0\0\0XXXXmp41", Mp4),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04", WebM),
            (b"\x1A\x45\xDF\xA3\xA3\x42\x82\x88matroska", Matroska),
            (&opus, OggAudio),
            (&theora, OggVideo),
            (b"ID3\x04\0", Mp3),
            (b"\xFF\xFB\x90\x64", Mp3),
            (b"\xFF\xF1\x50\x80", Aac),
            (b"#!AMR\n\x3C", Amr),
            (b"#!AMR-WB\n", AmrWideband),
            (b"fLaC\0\0\0\x22", Flac),
            (b"%PDF-1.7", Pdf),
        ];
        for (head, media) in examples {
            assert_eq!(Media::of(head), *media, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn what_only_resembles_a_format_is_a_plain_file() {
        let others: &[&[u8]] = &[
            b"",
            b"\xFF\xD8",
            b"\xFF\xFF\xFF\xFF",
            b"\xFF\xFB\xF0\x00",
            b"RIFF\x24\0\0\0AVI LIST",
            b"\0\0\0\x14ftypXXXX\0\0\0\0XXXXmp41",
            b"OggS\0\x02",
            b"PK\x03\x04",
            "投诉".as_bytes(),
        ];
        for head in others {
            assert_eq!(Media::of(head), Unknown, "{}", head.escape_ascii());
        }
        assert_eq!(Unknown.kind(), MediaKind::File);
        assert_eq!(Unknown.media_type(), "application/octet-stream");
    }

    #[test]
    fn every_prefix_is_safe() {
        let long = [b"\x1A\x45\xDF\xA3\x42\x82".as_slice(), &[b'x'; 600]].concat();
        for end in 0..long.len() {
            assert_eq!(Media::of(&long[..end]), Unknown);
        }
    }
}
