//! Columns that line up, also where a character is two cells wide.

use console::measure_text_width;

/// Rows of cells under a heading.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table that has only its heading.
    pub fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    /// Adds a row. Line breaks and control characters in a cell become spaces.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    /// The rows as lines, each column as wide as its widest cell.
    pub fn lines(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let gap = width - measure_text_width(cell) + 2;
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', gap));
            }
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines
    }
}

/// A text without line breaks and control characters, which could disturb a terminal.
pub fn one_line(text: &str) -> String {
    let cleaned = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    cleaned.collect::<String>().trim().to_owned()
}

/// A moment as people read it: `2026-09-30 16:00`.
pub fn moment(rfc3339: &str) -> String {
    match rfc3339.get(..16) {
        Some(minute) if minute.is_ascii() => minute.replacen('T', " ", 1),
        _ => rfc3339.to_owned(),
    }
}

/// A number of bytes as people read it: `512 B`, `1.5 KB`, `2.0 MB`.
pub fn bytes(count: u64) -> String {
    let thousandths = |unit: u64| format!("{}.{}", count / unit, count % unit * 10 / unit);
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} KB", thousandths(1_000)),
        _ => format!("{} MB", thousandths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_narrow_cells_line_up() {
        let mut table = Table::new(&["编号", "stage"]);
        table.row(["HJ-1".to_owned(), "已受理".to_owned()]);
        table.row(["一号".to_owned(), "a\nb\u{1b}[2J".to_owned()]);
        assert_eq!(table.lines(), "编号  stage\nHJ-1  已受理\n一号  a b [2J\n");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_550), "1.5 KB");
        assert_eq!(bytes(2_000_000), "2.0 MB");
        assert_eq!(moment("2026-09-30T16:00:00+08:00"), "2026-09-30 16:00");
        assert_eq!(moment("soon"), "soon");
    }
}
