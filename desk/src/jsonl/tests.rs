//! Claims about reading lines.

#![allow(clippy::unwrap_used)]

use super::*;

fn numbered(text: &[u8]) -> Vec<(u64, bool)> {
    let mut lines = Lines::new(text);
    let mut found = Vec::new();
    while let Some((number, line)) = lines.next_line().unwrap() {
        found.push((number, line.is_ok()));
    }
    assert_eq!(lines.bytes_read(), text.len() as u64);
    found
}

#[test]
fn blank_lines_and_a_byte_order_mark_are_passed_over() {
    assert_eq!(numbered(b"\xef\xbb\xbf{}\r\n\n  \n{}"), [(1, true), (4, true)]);
    assert_eq!(numbered(b""), []);
}

#[test]
fn a_line_that_is_too_long_costs_only_itself() {
    let mut text = vec![b'a'; (LINE_BYTES_MAX * 3) as usize];
    text.extend(b"\n{}\n");
    assert_eq!(numbered(&text), [(1, false), (2, true)]);
    let mut fits = vec![b'a'; LINE_BYTES_MAX as usize];
    fits.push(b'\n');
    assert_eq!(numbered(&fits), [(1, true)]);
}

#[test]
fn a_complaint_takes_all_names_of_the_flags() {
    let line = r#"{"building":"1","room":"2","complainant":"c","phone":"p","channel":"rep",
        "category":"1B","severity":"urgent","respondent":"r","demand":"d","reported_before":"b",
        "at":"2026-01-01T00:00:00Z","text":"t","photo":["a.jpg","b.jpg"],
        "events":[{"kind":"verified","at":null,"set":{"x":1},"note":"n"}]}"#;
    let (new, photos) = complaint(line.as_bytes(), None).unwrap();
    assert_eq!(photos, [PathBuf::from("a.jpg"), PathBuf::from("b.jpg")]);
    assert_eq!((new.building.as_str(), new.reported_before.as_deref()), ("1", Some("b")));
    assert_eq!(new.events[0].kind, "verified");
    assert_eq!(new.events[0].set["x"], 1);
}

#[test]
fn the_flags_building_is_for_lines_that_name_none() {
    let (named, _) = complaint(br#"{"building":"1","text":"t"}"#, Some("9")).unwrap();
    let (unnamed, photos) = complaint(br#"{"text":"t","photo":"a.jpg"}"#, Some("9")).unwrap();
    assert_eq!(photos, [PathBuf::from("a.jpg")]);
    assert_eq!((named.building.as_str(), unnamed.building.as_str()), ("1", "9"));
    assert_eq!(complaint(br#"{"text":"t"}"#, None).unwrap_err(), Problem::Missing("building"));
}

#[test]
fn what_is_wrong_is_named_without_the_lines_words() {
    let problem = |line: &str| complaint(line.as_bytes(), Some("1")).unwrap_err();
    let cases = [
        (r#"{"text":"secret words""#, "bad_json"),
        (r#"["secret words"]"#, "bad_json"),
        (r#"{"text":["secret words"]}"#, "bad_value"),
        (r#"{"text":"t","room":1203}"#, "bad_value"),
        (r#"{"text":"t","photo":["a.jpg",7]}"#, "bad_value"),
        (r#"{"text":"t","photo":""}"#, "bad_value"),
        (r#"{"text":"t","events":{"kind":"secret words"}}"#, "bad_value"),
        (r#"{"text":"t","events":[{"note":"secret words"}]}"#, "missing_field"),
        (r#"{"text":"t","picture":"secret words"}"#, "unknown_field"),
        (r#"{"text":"  "}"#, "missing_field"),
    ];
    for (line, code) in cases {
        let problem = problem(line);
        assert_eq!(problem.code(), code, "{line}");
        for lang in [Lang::En, Lang::Zh] {
            assert!(!problem.message(lang).contains("secret"), "{line}");
        }
    }
    assert_eq!(complaint(b"{\"text\":\"\xff\"}", Some("1")).unwrap_err(), Problem::NotUtf8);
}

#[test]
fn an_act_needs_a_number_and_a_kind() {
    let (number, event) = act(br#"{"number":"HJ-1","kind":"accepted","note":"n"}"#).unwrap();
    assert_eq!((number.as_str(), event.kind.as_str()), ("HJ-1", "accepted"));
    assert_eq!(act(br#"{"kind":"accepted"}"#).unwrap_err(), Problem::Missing("number"));
    assert_eq!(act(br#"{"number":"HJ-1"}"#).unwrap_err(), Problem::Missing("kind"));
    assert_eq!(act(br#"{"number":"HJ-1","kind":"a","x":1}"#).unwrap_err().code(), "unknown_field");
}
