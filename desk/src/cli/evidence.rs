//! Commands about evidence: attaching, saving, covering, erasing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use floorwalk_replica::records::{AttachOptions, Erasing, Rectangle};

/// How photos are taken in.
#[derive(Debug, Args)]
pub struct PhotoArgs {
    /// Let a smaller copy travel, with a longest edge of so many pixels; the original stays here,
    /// and its hash is what is signed
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(64..=20_000))]
    pub smaller: Option<u32>,
}

impl PhotoArgs {
    /// As the replica takes them.
    pub fn options(&self) -> AttachOptions {
        AttachOptions { copy_edge: self.smaller }
    }
}

/// `floorwalk attach`
#[derive(Debug, Args)]
#[command(after_help = "\
Photos, recordings, films and papers up to 240 MB. Each is sealed and its hash signed at once.
The same file again changes nothing.

Examples:
  floorwalk attach HJ-260930-7K2QX01 IMG_0412.jpg IMG_0413.jpg
  floorwalk attach HJ-260930-7K2QX01 IMG_0412.jpg --smaller 1600")]
pub struct AttachArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How photos are taken in.
    #[command(flatten)]
    pub photos: PhotoArgs,
}

/// `floorwalk evidence`
#[derive(Debug, Args)]
#[command(after_help = "\
Files are named by their SHA-256. What has not arrived yet is left out.

Example:
  floorwalk evidence HJ-260930-7K2QX01 --out photos")]
pub struct EvidenceArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// The folder to write to, made if needed
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `floorwalk redact`
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is a piece of evidence of its own and names its original, which stays as it is.
Pixels are counted from the upper left corner of the picture as it is shown.

Example:
  floorwalk redact 3f1a --rect 120,80,64,64 --rect 400,90,60,60")]
pub struct RedactArgs {
    /// The photo's hash, or the beginning of it
    pub hash: String,
    /// A rectangle to cover; may be repeated
    #[arg(long = "rect", value_name = "X,Y,W,H", required = true, value_parser = rectangle)]
    pub rectangles: Vec<Rectangle>,
}

/// `floorwalk erase`
#[derive(Debug, Args)]
#[command(after_help = "\
For good: here at once, at the relay and on every other device with its next sync. That it was
done, when, by whom and why stays, and so do hashes and signatures.

Examples:
  floorwalk erase HJ-260930-7K2QX01 --what card --why '本人要求删除'
  floorwalk erase HJ-260930-7K2QX01 --what photos --why 'shows a child'")]
pub struct EraseArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// The person's details, or all photos and other evidence
    #[arg(long, value_enum)]
    pub what: What,
    /// Why
    #[arg(long, allow_hyphen_values = true)]
    pub why: String,
}

/// What is erased.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum What {
    /// The person's details
    Card,
    /// All photos and other evidence
    Photos,
}

impl From<What> for Erasing {
    fn from(what: What) -> Self {
        match what {
            What::Card => Self::Card,
            What::Photos => Self::Photos,
        }
    }
}

fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Result<Vec<u32>, _> =
        text.split(',').map(|number| number.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height]) => Ok(Rectangle { x, y, width, height }),
        _ => Err("four whole numbers: X,Y,WIDTH,HEIGHT, such as 120,80,64,64".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_four_whole_numbers() {
        let expected = Rectangle { x: 120, y: 80, width: 64, height: 32 };
        assert_eq!(rectangle("120,80, 64,32"), Ok(expected));
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,-3,4", "1,2,3.5,4", "a,b,c,d"] {
            assert!(rectangle(text).is_err(), "{text}");
        }
    }
}
