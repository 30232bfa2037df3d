//! Changes of a member who lies, by the million: real ones mutated, with their checksums put
//! right, each through the reader that a replica uses.
//!
//! Every change is written by the actor whose log it would come in, and most keep their place in
//! that log, so that they reach the rules and Automerge and do not end at the first check. What
//! must hold is in `check` beside the tests of `core/complaint`. Counts and times are told, not
//! judged here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use floorwalk_complaint::{EventKind, RawChange};

use crate::hostile_changes::{Print, Taken, Target, check, mutate, targets};
use crate::world::{OFFICE, Random, actor, chunk, content, event, field, quiet_panics};

/// What became of so many changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Changes by what became of them.
    pub outcomes: BTreeMap<String, u64>,
    /// The change that took longest to read and decide on.
    pub slowest: Option<(Duration, u64)>,
}

/// The documents and changes that are tried.
pub struct Hostile {
    targets: Vec<(Target, Print)>,
}

impl Hostile {
    /// Sets the documents up; panics out of admission are not printed from then on.
    pub fn new() -> Self {
        quiet_panics();
        let mut targets = targets();
        targets.push(long_story());
        let printed = targets.into_iter().map(|target| {
            let print = Print::of(&target.before);
            (target, print)
        });
        Self { targets: printed.collect() }
    }

    /// Tries the change of one seed and adds what became of it.
    ///
    /// # Panics
    /// When a promise does not hold; the seed is in the tally's last line of the caller.
    pub fn try_seed(&self, seed: u64, tally: &mut Tally) {
        let mut random = Random(seed);
        let (target, print) = &self.targets[random.below(self.targets.len())];
        let bytes = mutated(content(&target.bytes), &mut random);
        let started = now();
        let parsed = RawChange::parse(bytes, actor(target.by));
        let parsed = parsed.map(|change| {
            let admission = target.before.admit(vec![change.clone()]);
            (change, admission)
        });
        let took = started.elapsed();
        if tally.slowest.is_none_or(|(slowest, _)| took > slowest) {
            tally.slowest = Some((took, seed));
        }
        let outcome = match parsed {
            Err(refusal) => format!("refused when read: {refusal}"),
            Ok((change, admission)) => match check(&target.before, print, &[change], admission) {
                Ok(Taken::Admitted(_)) => "admitted".to_owned(),
                Ok(Taken::Known) => "known".to_owned(),
                Ok(Taken::Waiting) => "waiting for what it builds on".to_owned(),
                Err(refusal) => format!("refused: {refusal}"),
            },
        };
        *tally.outcomes.entry(outcome).or_default() += 1;
    }
}

impl Default for Hostile {
    fn default() -> Self {
        Self::new()
    }
}

/// A complaint with thirty events and a long narrative, of which a reader has more to lose.
fn long_story() -> Target {
    let (mut document, _) = crate::world::recorded();
    let by = actor(OFFICE);
    let text = "楼道灯坏了三天，晚上看不见台阶。".repeat(30);
    document.edit(&by, &field("text", &text), 1).expect("room for it");
    for minute in 0..30 {
        document.act(&by, &event(EventKind::ProgressTold), minute).expect("room for it");
    }
    let before = document.clone();
    let text = text.replacen("三天", "五天", 3);
    let bytes = document.edit(&by, &field("text", &text), 40).expect("room for it");
    let elsewhere = before.clone();
    Target { by: OFFICE, bytes: bytes.expect("another text"), before, elsewhere }
}

/// A chunk with the right checksum. Of four changes three keep dependencies, actor and number;
/// one in eight has a large number somewhere, which run lengths are made of.
fn mutated(content: &[u8], random: &mut Random) -> Vec<u8> {
    let kept = if random.below(4) == 0 { 0 } else { place_bytes(content) };
    let tail = &content[kept..];
    let mut tail = if random.below(2) == 0 { in_place(tail, random) } else { mutate(tail, random) };
    if random.below(8) == 0 && !tail.is_empty() {
        let at = random.below(tail.len());
        let mut number = random.next() >> random.below(64);
        let mut bytes = Vec::new();
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            bytes.push(if number == 0 { low } else { low | 0x80 });
            if number == 0 {
                break;
            }
        }
        let end = (at + random.below(2) * bytes.len()).min(tail.len());
        tail.splice(at..end, bytes);
    }
    chunk(&[&content[..kept], &tail].concat())
}

/// One to three bytes made others: every length stays true, so more is read of what follows.
fn in_place(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        bytes[at] = match random.below(3) {
            0 => bytes[at] ^ 1 << random.below(8),
            1 => bytes[at].wrapping_add(1 + random.below(3) as u8),
            _ => random.next() as u8,
        };
    }
    bytes
}

/// The bytes of a content that say where it stands: dependencies, actor, number.
fn place_bytes(content: &[u8]) -> usize {
    // Our changes have fewer than 128 dependencies and a number of one byte.
    1 + 32 * usize::from(content[0]) + 17 + 1
}

#[allow(clippy::disallowed_methods, reason = "how long a change took is told")]
fn now() -> Instant {
    Instant::now()
}
