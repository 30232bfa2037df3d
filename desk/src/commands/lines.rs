//! `record --jsonl` and `act --jsonl`: chunks of lines, each chunk one transaction.
//!
//! A bad line is reported with its number and costs only itself. What is wrong with the replica
//! rather than with a line ends the run, after telling how much was kept.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{Acted, NewComplaint, NewEvent, Recorded};
use floorwalk_replica::{Error, ErrorClass, ErrorCode, Replica};
use serde_json::json;

use crate::cli::complaints::RecordArgs;
use crate::commands::evidence::attach_all;
use crate::failure::{Exit, Failure, Outcome};
use crate::jsonl::{self, Lines, Problem};
use crate::output::Output;
use crate::progress::Progress;
use crate::text::words;

/// The most lines of one transaction.
const CHUNK_LINES_MAX: usize = 200;
/// The most bytes of one transaction's lines, so that memory stays bounded.
const CHUNK_BYTES_MAX: u64 = 4 << 20;

/// Records complaints from a file; flags are for lines that do not say.
pub fn record(replica: &Replica, file: &Path, args: &RecordArgs, out: &Output) -> Outcome {
    let mut numbers = Vec::new();
    let parse = |line: &[u8]| jsonl::complaint(line, args.building.as_deref());
    let photos_left = Cell::new(0_usize);
    let keep = |chunk: &[(NewComplaint, Vec<PathBuf>)]| {
        let new: Vec<NewComplaint> = chunk.iter().map(|(new, _)| new.clone()).collect();
        let results = replica.record_many(&new)?;
        // The words are kept by now, whatever becomes of the photos.
        for (recorded, (_, photos)) in results.iter().zip(chunk) {
            if let (Ok(recorded), false) = (recorded, photos.is_empty()) {
                let taken = attach_all(replica, &recorded.number, photos, &args.photos, out);
                photos_left.set(photos_left.get() + photos.len() - taken.evidence.len());
            }
        }
        Ok(results)
    };
    let (failed, ended) =
        run(file, out, parse, keep, |recorded: Recorded| numbers.push(recorded.number));
    let (recorded, photos_left) = (numbers.len(), photos_left.get());
    let mut value = json!({"recorded": recorded, "numbers": numbers, "failed": failed});
    if photos_left > 0 {
        value["photos_failed"] = json!(photos_left);
    }
    out.answer(&value, || words::LINES_RECORDED.fill(out.lang(), &[&recorded, &failed]))?;
    ended.map(|()| exit(failed + photos_left as u64))
}

/// Applies events from a file.
pub fn act(replica: &Replica, file: &Path, out: &Output) -> Outcome {
    let mut applied: u64 = 0;
    let keep = |chunk: &[(String, NewEvent)]| replica.act_many(chunk);
    let (failed, ended) = run(file, out, jsonl::act, keep, |_: Acted| applied += 1);
    out.answer(&json!({"applied": applied, "failed": failed}), || {
        words::LINES_APPLIED.fill(out.lang(), &[&applied, &failed])
    })?;
    ended.map(|()| exit(failed))
}

fn exit(failed: u64) -> Exit {
    if failed == 0 { Exit::Done } else { Exit::Input }
}

/// Runs a file through in chunks. Returns how many lines were bad, and how it ended.
fn run<T, R>(
    file: &Path,
    out: &Output,
    parse: impl Fn(&[u8]) -> Result<T, Problem>,
    keep: impl Fn(&[T]) -> Result<Vec<Result<R, Error>>, Error>,
    mut kept: impl FnMut(R),
) -> (u64, Result<(), Failure>) {
    let unreadable = || Failure::from(Error::about(ErrorCode::File, file.display()));
    let (reader, total) = match open(file) {
        Ok(opened) => opened,
        Err(_) => return (0, Err(unreadable())),
    };
    let mut lines = Lines::new(reader);
    let progress = Progress::of_bytes(out, total);
    let (mut failed, mut done) = (0, 0);
    loop {
        let (chunk, read) = next_chunk(&mut lines, &parse);
        let results = match keep_good(chunk, &keep) {
            Ok(results) => results,
            Err(error) => return (failed, Err(error.into())),
        };
        for (line, result) in results {
            match result {
                Ok(value) => {
                    kept(value);
                    done += 1;
                }
                Err(Problem::Replica(error)) if !is_about_a_line(&error) => {
                    return (failed, Err(error.into()));
                }
                Err(problem) => {
                    failed += 1;
                    progress.aside(|| out.bad_line(line, &problem));
                }
            }
        }
        progress.read(lines.bytes_read(), done);
        match read {
            Ok(true) => {}
            Ok(false) => return (failed, Ok(())),
            Err(_) => return (failed, Err(unreadable())),
        }
    }
}

type Numbered<T> = Vec<(u64, Result<T, Problem>)>;

/// Reads a chunk of lines, and says whether there may be more.
fn next_chunk<T>(
    lines: &mut Lines<Box<dyn BufRead>>,
    parse: impl Fn(&[u8]) -> Result<T, Problem>,
) -> (Numbered<T>, std::io::Result<bool>) {
    let mut chunk = Vec::new();
    let enough_bytes = lines.bytes_read() + CHUNK_BYTES_MAX;
    while chunk.len() < CHUNK_LINES_MAX && lines.bytes_read() < enough_bytes {
        match lines.next_line() {
            Ok(Some((number, line))) => chunk.push((number, line.and_then(|line| parse(&line)))),
            Ok(None) => return (chunk, Ok(false)),
            Err(error) => return (chunk, Err(error)),
        }
    }
    (chunk, Ok(true))
}

/// Keeps the good lines of a chunk in one transaction; every line has its result, in order.
fn keep_good<T, R>(
    chunk: Numbered<T>,
    keep: impl Fn(&[T]) -> Result<Vec<Result<R, Error>>, Error>,
) -> Result<Numbered<R>, Error> {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (line, parsed) in chunk {
        match parsed {
            Ok(value) => {
                good.push(value);
                bad.push((line, None));
            }
            Err(problem) => bad.push((line, Some(problem))),
        }
    }
    let mut results = if good.is_empty() { Vec::new() } else { keep(&good)? }.into_iter();
    let outcome = |problem: Option<Problem>| match problem {
        Some(problem) => Err(problem),
        None => {
            let result = results.next().expect("the replica answers for each of them");
            result.map_err(Problem::Replica)
        }
    };
    let mut outcome = outcome;
    Ok(bad.into_iter().map(|(line, problem)| (line, outcome(problem))).collect())
}

/// Whether the next line may fare better.
fn is_about_a_line(error: &Error) -> bool {
    let hopeless = matches!(
        error.code,
        ErrorCode::NotInCommunity | ErrorCode::NotAMember | ErrorCode::Revoked | ErrorCode::File
    );
    !hopeless && matches!(error.code.class(), ErrorClass::Input | ErrorClass::Forbidden)
}

fn open(file: &Path) -> std::io::Result<(Box<dyn BufRead>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(BufReader::new(std::io::stdin())), None));
    }
    let opened = File::open(file)?;
    let size = opened.metadata().ok().filter(std::fs::Metadata::is_file).map(|about| about.len());
    Ok((Box::new(BufReader::new(opened)), size))
}
