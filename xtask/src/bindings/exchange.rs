//! One complaint told alike: what Kotlin records is read in Swift and on the command line, and what
//! Swift records in Kotlin, field by field.
//!
//! Each side has a program that records or reads the complaint and prints it as lines, which are
//! compared byte by byte, and with what the command line shows.
//! Both packages must have been built and tested before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Built, kotlin, swift};
use crate::bench::process::{Process, path, text};
use crate::run::say;

/// A building that both reps are of.
const BUILDING: &str = "1号楼";
/// The photo of the complaint: what begins like a JPEG is one, and kept as it is.
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 and no picture";

/// Records on each side and reads on the other; false when they tell it differently.
///
/// # Errors
/// When a program can't be started, or fails.
pub fn run(built: &Built) -> Result<bool> {
    let folder = built.root.join("target/bindings/exchange");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("removing what an earlier run left")?;
    }
    fs::create_dir_all(&folder)?;
    let town = Town::found(built, &folder)?;
    let sides: [(&str, &Program); 2] = [
        ("kotlin", &|built| kotlin::java(built, "Exchange")),
        ("swift", &|built| swift::program(built, "floorwalk-swift")),
    ];
    let mut passed = true;
    for ((writer, write), (reader, read)) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        say(format!("exchange: {writer} records, {reader} reads"));
        let photo = path(&town.photo)?.to_owned();
        let written = town.tell(writer, write(built)?, "record", &photo)?;
        let number = written.lines().find_map(|line| line.strip_prefix("number="));
        let number = number.context("the lines name no number")?;
        let seen = town.tell(reader, read(built)?, "read", number)?;
        passed &= compare((writer, &written), (reader, &seen));
        passed &= town.is_known_to_office(number, &written)?;
    }
    Ok(passed)
}

type Program = dyn Fn(&Built) -> Result<Command>;

/// A relay and an office, both by the real programs.
struct Town<'a> {
    built: &'a Built,
    folder: PathBuf,
    photo: PathBuf,
    _relay: Process,
}

impl<'a> Town<'a> {
    fn found(built: &'a Built, folder: &Path) -> Result<Self> {
        let data = folder.join("relay");
        fs::create_dir_all(&data)?;
        let serve = ["serve", "--open", "--json", "--listen", "127.0.0.1:0", "--tls", "off"];
        let serve = [&serve[..], &["--data", path(&data)?]].concat();
        let mut relay = Process::start(&built.relay, &serve)?;
        let listening = relay.answer().context("the relay does not start")?;
        let url = text(&listening, "listening")?.to_owned();
        let photo = folder.join("photo.jpg");
        fs::write(&photo, PHOTO)?;
        let town = Self { built, folder: folder.to_owned(), photo, _relay: relay };
        let found = ["community", "create", "--name", "测试小区", "--short", "CS"];
        let rules = ["--regulation", "hanjiang-oc", "--relay", &url];
        town.office(&[&found[..], &rules[..]].concat())?;
        town.office(&["building", "add", BUILDING])?;
        Ok(town)
    }

    /// Lets a program of one side do something in a home of its own, which joins first.
    fn tell(&self, side: &str, mut program: Command, what: &str, last: &str) -> Result<String> {
        let invited = ["invite", "--name", "楼长", "--role", "building_rep"];
        let invited = self.office(&[&invited[..], &["--building", BUILDING]].concat())?;
        let home = self.folder.join(format!("{side}-{what}"));
        program.arg(what).arg(home).args([text(&invited, "link")?, last]);
        let output = program.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.with_context(|| format!("starting {side}'s program"))?;
        ensure!(output.status.success(), "{side}'s program failed");
        String::from_utf8(output.stdout).context("the lines are not UTF-8")
    }

    /// Whether the command line shows what the lines say.
    fn is_known_to_office(&self, number: &str, lines: &str) -> Result<bool> {
        self.office(&["sync"])?;
        let shown = self.office(&["show", number])?;
        let mut same = true;
        for (key, value) in lines.lines().filter_map(|line| line.split_once('=')) {
            let value = value.replace("\\n", "\n").replace("\\\\", "\\");
            let known = field(&shown, key);
            if known.as_deref() != Some(&value) {
                say(format!("exchange: {key} is {value:?}, and {known:?} on the command line"));
                same = false;
            }
        }
        Ok(same)
    }

    fn office(&self, arguments: &[&str]) -> Result<Value> {
        let home = self.folder.join("office");
        let output = Command::new(&self.built.floorwalk)
            .args(["--home", path(&home)?, "--json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("starting the command line")?;
        ensure!(output.status.success(), "floorwalk {} failed", arguments.join(" "));
        serde_json::from_slice(&output.stdout).context("the command line prints no JSON")
    }
}

/// A value of `show --json`, by the key that it has in the lines.
fn field(shown: &Value, key: &str) -> Option<String> {
    let parts: Vec<&str> = key.split('.').collect();
    let found = match parts[..] {
        ["photo", index, what] => &shown["evidence"][index.parse::<usize>().ok()? - 1][what],
        ["event", index, what] => &shown["events"][index.parse::<usize>().ok()? - 1][what],
        ["complainant" | "phone"] => &shown["card"][key],
        _ if shown[key].is_string() => &shown[key],
        _ => &shown["fields"][key],
    };
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Compares what two sides tell of one complaint, and shows where they differ.
fn compare((writer, written): (&str, &str), (reader, seen): (&str, &str)) -> bool {
    let count = written.lines().count();
    if written == seen {
        say(format!("exchange: {count} lines alike"));
        return true;
    }
    for (side, lines, others) in [(writer, written, seen), (reader, seen, written)] {
        let others: Vec<&str> = others.lines().collect();
        for line in lines.lines().filter(|line| !others.contains(line)) {
            say(format!("exchange: only {side} says {line}"));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_alike_only_when_every_byte_is() {
        let written = "number=1\nroom=1203\n";
        assert!(compare(("kotlin", written), ("swift", written)));
        assert!(!compare(("kotlin", written), ("swift", "number=1\nroom=1204\n")));
    }

    #[test]
    fn a_value_is_found_wherever_the_command_line_has_it() {
        let shown = serde_json::json!({
            "number": "CS-1", "fields": { "room": "1203" }, "card": { "phone": "139" },
            "evidence": [{ "bytes": 7 }], "events": [{ "kind": "received" }],
        });
        let expected = [
            ("number", "CS-1"),
            ("room", "1203"),
            ("phone", "139"),
            ("photo.1.bytes", "7"),
            ("event.1.kind", "received"),
        ];
        for (key, value) in expected {
            assert_eq!(field(&shown, key).as_deref(), Some(value));
        }
        assert_eq!(field(&shown, "photo.2.bytes"), None);
    }
}
