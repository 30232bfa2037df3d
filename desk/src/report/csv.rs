//! The register as CSV (RFC 4180): UTF-8 with a mark at its beginning, so that Excel reads it as
//! such, and no cell that a spreadsheet would take for a formula.

use std::io;

use csv::{Terminator, WriterBuilder};

use crate::report::register::{Cell, Register};

/// What spreadsheets take for the beginning of a formula, also in the wide forms that some input
/// methods write.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The table's bytes.
///
/// # Errors
///
/// None is known: it is written to memory.
pub fn bytes(register: &Register) -> io::Result<Vec<u8>> {
    let mark = "\u{feff}".as_bytes().to_vec();
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(mark);
    writer.write_record(register.columns.iter().map(|column| column.label.as_str()))?;
    for row in &register.rows {
        writer.write_record(row.iter().map(text))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Moment(at) => at.format("%Y-%m-%d %H:%M").to_string(),
        Cell::Text(text) => harmless(text),
    }
}

/// A text that no spreadsheet takes for a formula: an apostrophe before it says that it is text.
fn harmless(text: &str) -> String {
    let apostrophe = if text.starts_with(FORMULA) { "'" } else { "" };
    format!("{apostrophe}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_marked_as_text_and_the_rest_is_left_alone() {
        for text in ["=1+1", "+86 139", "-5℃", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "a=1", "1号楼", "'=1", " =1", "楼道-灯"] {
            assert_eq!(harmless(text), text);
        }
    }
}
