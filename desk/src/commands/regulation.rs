//! Regulations: listing, showing, checking, adopting, and trying them on a case.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::NewAdoption;
use floorwalk_replica::regulation::data::Choice;
use floorwalk_replica::regulation::{self, Answer, Case, Duty, Regulation, catalogue};
use floorwalk_replica::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::arguments;
use crate::cli::regulation::{AdoptArgs, RegulationCommand};
use crate::commands::open;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::report::facts;
use crate::table::{Table, moment};
use crate::text::{Lang, labels, words};

/// The longest regulation file or case, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// `regulation …`
pub fn run(
    command: RegulationCommand,
    home: impl Fn() -> Result<PathBuf, Failure>,
    out: &Output,
) -> Outcome {
    match command {
        RegulationCommand::List => list(out),
        RegulationCommand::Show(args) => show(&args.id, out),
        RegulationCommand::Adopt(args) => adopt(args, home, out),
        RegulationCommand::Check(args) => check(&args.file, out),
        RegulationCommand::Evaluate(args) => evaluate(&args.case, out),
    }
}

fn list(out: &Output) -> Outcome {
    let row = |known: &Regulation| {
        json!({
            "id": known.id,
            "source": known.source,
            "title": known.title,
            "title_en": known.title_en,
        })
    };
    let all: Vec<Value> = catalogue::all().iter().map(row).collect();
    let lang = out.lang();
    out.answer(&json!({"regulations": all}), || {
        let heading = [words::REGULATION_ID, words::SOURCE, words::TITLE];
        let mut table = Table::new(&heading.map(|text| text.of(lang)));
        for known in catalogue::all() {
            let title = lang.pick(&known.title, &known.title_en);
            table.row([known.id.as_str(), &known.source, title].map(str::to_owned));
        }
        table.lines()
    })?;
    Ok(Exit::Done)
}

fn show(id: &str, out: &Output) -> Outcome {
    let known = catalogue::find(id).ok_or_else(|| Failure::UnknownRegulation(id.to_owned()))?;
    out.answer(known, || regulation_words(known, out.lang()))?;
    Ok(Exit::Done)
}

fn adopt(args: AdoptArgs, home: impl Fn() -> Result<PathBuf, Failure>, out: &Output) -> Outcome {
    let new = NewAdoption {
        regulation: args.id.as_deref().map(arguments::regulation).transpose()?.unwrap_or_default(),
        file: args.file.as_deref().map(read).transpose()?,
        settings: arguments::field_sets(&args.sets)?,
    };
    let adopted = open(&home()?)?.adopt_regulation(&new)?;
    let lang = out.lang();
    out.answer(&adopted, || {
        let title = lang.pick(&adopted.title, &adopted.title_en);
        words::ADOPTED.fill(lang, &[&title, &adopted.version])
    })?;
    Ok(Exit::Done)
}

fn check(file: &Path, out: &Output) -> Outcome {
    let problems = regulation::parse(&read(file)?).err().unwrap_or_default();
    let row = |problem: &regulation::Problem| {
        let regulation::Problem { line, clause, message } = problem;
        json!({"line": line, "clause": clause, "message": message})
    };
    let rows: Vec<Value> = problems.iter().map(row).collect();
    out.answer(&json!({"problems": rows}), || {
        if problems.is_empty() {
            return words::REGULATION_SOUND.of(out.lang()).to_owned();
        }
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    })?;
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Input })
}

fn evaluate(file: &Path, out: &Output) -> Outcome {
    let case = Case::parse(&read(file)?).map_err(|error| Failure::BadCase(error.to_string()))?;
    let answer = case.evaluate();
    out.answer(&answer, || answer_words(&answer, out.lang()))?;
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<String, Failure> {
    let unreadable = || Failure::from(Error::about(ErrorCode::File, file.display()));
    let mut text = String::new();
    let mut reader: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).map_err(|_| unreadable())?),
    };
    reader.by_ref().take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|_| unreadable())?;
    // The beginning of a file that is too long must not be taken for all of it.
    if text.len() as u64 > FILE_BYTES_MAX { Err(unreadable()) } else { Ok(text) }
}

fn regulation_words(known: &Regulation, lang: Lang) -> String {
    let title = lang.pick(&known.title, &known.title_en);
    let summary = lang.pick(&known.summary, &known.summary_en);
    let mut said = format!("{} {}  {title}\n{summary}\n", known.source, known.id);
    if known.truncated {
        let _ = writeln!(said, "{}", words::TRUNCATED.of(lang));
    }
    let mut last = "";
    for (table, entry) in known.entries() {
        if table != last {
            let _ = write!(said, "\n{}\n", labels::entry(table, lang));
            last = table;
        }
        let label = lang.pick(entry.zh(), entry.en());
        let rule = entry.rule().map(|rule| format!("{rule} ")).unwrap_or_default();
        let terms = terms(known, table, entry.key().get_ref());
        let _ = writeln!(said, "  {rule}{label}  [{}]{terms}", known.cite(entry));
    }
    said
}

/// A duty's period, a blank's unit, a choice's answers: what the label does not say.
fn terms(known: &Regulation, table: &str, key: &str) -> String {
    match table {
        "duty" => {
            let duty = known.duty.iter().find(|duty| duty.key.get_ref() == key);
            let within = duty.and_then(|duty| duty.within.as_ref());
            within.map(|within| format!("  {within}")).unwrap_or_default()
        }
        "choice" => {
            let choice = known.choice.iter().find(|choice| choice.key.get_ref() == key);
            let words = |choice: &Choice| {
                let options: Vec<&str> = choice.options.iter().map(|o| o.key.as_str()).collect();
                format!("  {key} = {} ({})", choice.default, options.join(" | "))
            };
            choice.map(words).unwrap_or_default()
        }
        "blank" => format!("  {key} = ?"),
        _ => String::new(),
    }
}

fn answer_words(answer: &Answer, lang: Lang) -> String {
    let mut said = format!("{}\n", labels::stage(answer.stage.as_str(), lang));
    if !answer.missing.is_empty() {
        let named: Vec<String> =
            answer.missing.iter().map(|key| labels::field(key, lang)).collect();
        let _ = writeln!(said, "{}", words::STILL_MISSING.fill(lang, &[&named.join(", ")]));
    }
    said.push_str(&refusal_words(&answer.refusals, lang));
    said.push_str(&duty_words(&answer.duties, None, lang));
    said.push_str(&escalation_words(&answer.escalations, lang));
    said
}

/// Duties, a line each, with clause and, where `now` is given, the time left.
pub fn duty_words(duties: &[Duty], now_ms: Option<i64>, lang: Lang) -> String {
    let mut said = String::new();
    if !duties.is_empty() {
        let _ = writeln!(said, "\n{}", words::DUTIES.of(lang));
    }
    for duty in duties {
        let label = facts::duty_label(duty, lang);
        let status = labels::duty(duty.status.as_str(), lang);
        let due = match &duty.due_at {
            Some(due) => moment(&due.to_rfc3339()),
            None => words::NO_DATE.of(lang).to_owned(),
        };
        let rule = duty.rule.as_deref().unwrap_or("-");
        let by = labels::role(&duty.by, lang);
        let _ = write!(said, "  {status}  {due}  {rule} {label}  ({by}) [{}]", duty.clause);
        if let (Some(now), Some(due), None) = (now_ms, duty.due_at, duty.met_at) {
            let left = (due.timestamp_millis() - now) / 60_000;
            let span = span_words(left.abs(), lang);
            let text = if left >= 0 { words::TIME_LEFT } else { words::TIME_OVER };
            let _ = write!(said, "  {}", text.fill(lang, &[&span]));
        }
        for doubt in facts::doubts(duty, lang) {
            let _ = write!(said, "  {doubt}");
        }
        said.push('\n');
    }
    said
}

/// What stands in the way, a line each.
pub fn refusal_words(refusals: &[regulation::Refusal], lang: Lang) -> String {
    let mut said = String::new();
    for refusal in refusals {
        let reason = lang.pick(&refusal.reason_zh, &refusal.reason);
        let _ = writeln!(said, "{}", words::REFUSED.fill(lang, &[&reason, &refusal.clause]));
    }
    said
}

/// What is to be raised to a higher level, a line each.
pub fn escalation_words(escalations: &[regulation::Escalation], lang: Lang) -> String {
    let mut said = String::new();
    for escalation in escalations {
        let to = labels::role(&escalation.to, lang);
        let at = moment(&escalation.at.to_rfc3339());
        let line = words::ESCALATE.fill(lang, &[&to, &at, &escalation.clause]);
        let _ = writeln!(said, "{line}");
    }
    said
}

fn span_words(minutes: i64, lang: Lang) -> String {
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, lang) {
        (0, 0, Lang::Zh) => format!("{rest} 分"),
        (0, 0, Lang::En) => format!("{rest} min"),
        (0, _, Lang::Zh) => format!("{hours} 小时 {rest} 分"),
        (0, _, Lang::En) => format!("{hours} h {rest} min"),
        (_, _, Lang::Zh) => format!("{days} 天 {hours} 小时"),
        (_, _, Lang::En) => format!("{days} d {hours} h"),
    }
}
