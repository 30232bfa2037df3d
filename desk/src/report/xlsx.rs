//! The register as a workbook: frozen heading, filter, widths, wrapped text, dates that are dates.

use chrono::Datelike;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::report::register::{Cell, Register};

/// The longest text of a cell, in UTF-16 units: a limit of the file format.
const CELL_UNITS_MAX: usize = 32_767;
/// The first year that the format's dates know.
const FIRST_YEAR: i32 = 1900;
/// A4, by the format's own numbering.
const A4: u8 = 9;
/// The shade of the heading.
const SHADE: u32 = 0x00E8_EEF4;

/// The workbook's bytes.
///
/// # Errors
///
/// More rows than a sheet takes: 1,048,576.
pub fn bytes(register: &Register) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    lay_out(sheet, register)?;
    let text = Format::new().set_align(FormatAlign::Top).set_text_wrap();
    let moment = Format::new().set_align(FormatAlign::Top).set_num_format("yyyy-mm-dd hh:mm");
    for (row, cells) in (1..).zip(&register.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Moment(at) if at.year() >= FIRST_YEAR => {
                    sheet.write_datetime_with_format(row, column, at, &moment)?
                }
                Cell::Moment(at) => {
                    let at = at.format("%Y-%m-%d %H:%M").to_string();
                    sheet.write_string_with_format(row, column, at, &text)?
                }
                // Always as a string, so that nothing becomes a formula or a link.
                Cell::Text(value) => {
                    let value = fitting(value, register.cut_short);
                    sheet.write_string_with_format(row, column, value, &text)?
                }
            };
        }
    }
    workbook.save_to_buffer()
}

fn lay_out(sheet: &mut Worksheet, register: &Register) -> Result<(), XlsxError> {
    let heading = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(SHADE))
        .set_border_bottom(FormatBorder::Thin);
    sheet.set_name(&register.title)?;
    for (at, column) in (0..).zip(&register.columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.write_string_with_format(0, at, &column.label, &heading)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    let last_row =
        u32::try_from(register.rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    if let Some(last) = u16::try_from(register.columns.len()).ok().and_then(|n| n.checked_sub(1)) {
        sheet.autofilter(0, 0, last_row, last)?;
    }
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// A text that fits into a cell; one that was cut says so.
fn fitting(text: &str, cut_short: &str) -> String {
    let units = |text: &str| text.encode_utf16().count();
    // Each byte is at least a third of a unit, so short texts need not be counted.
    if text.len() <= CELL_UNITS_MAX || units(text) <= CELL_UNITS_MAX {
        return text.to_owned();
    }
    let room = CELL_UNITS_MAX - units(cut_short);
    let mut used = 0;
    let fits = |c: &char| {
        used += c.len_utf16();
        used <= room
    };
    text.chars().take_while(fits).collect::<String>() + cut_short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_for_a_cell_says_that_it_was_cut() {
        let whole = "漏".repeat(CELL_UNITS_MAX);
        assert_eq!(fitting(&whole, "…"), whole);
        let cut = fitting(&"😀".repeat(20_000), "…全文见 CSV");
        assert!(cut.ends_with("😀…全文见 CSV"));
        assert!(cut.encode_utf16().count() <= CELL_UNITS_MAX);
    }
}
