//! What can happen in a world, and how a seed makes it happen.
//!
//! An op names devices and complaints by numbers that wrap around, so that any list of ops means
//! something and a failing list can be made shorter by leaving ops out. Written with `{:?}` it is
//! the literal that goes into `reproductions.rs`.

use crate::chance::Chance;

/// What a person does with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Records a complaint in one of the device's buildings.
    Record(u8),
    /// Writes a note on a complaint.
    Note(u8),
    /// Sets a field of a complaint.
    Edit(u8),
    /// Has the office say something that moves a complaint on.
    Answer(u8),
    /// Attaches a photo to a complaint: small ones and large ones.
    Attach(u8),
    /// Syncs with the relay.
    Sync,
}

/// One step of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A device does some work, and nothing is in its way.
    Do(u8, Work),
    /// A device syncs, and the line breaks at some message or request.
    Cut(u8, u8),
    /// A device works, and the power is cut at some write.
    PowerCut(u8, Work, u8),
    /// A device works, and the program is killed at some write.
    Kill(u8, Work, u8),
    /// A device works while no file can grow.
    DiskFull(u8, Work),
    /// A device works while syncing its disk fails, and is started again.
    DiskFails(u8, Work),
    /// A device's program is ended and started.
    Reopen(u8),
    /// A device makes everything anew from its parcels.
    Rebuild(u8),
    /// A copy of a device's files is put aside.
    Backup(u8),
    /// A device is put back to its copy.
    Restore(u8),
    /// A second phone is set up from a device's files, and both go on.
    Clone(u8),
    /// A device's clock is set wrong, by days.
    Clock(u8, i16),
    /// Two devices talk without a relay, up to some piece of what they say.
    Meet(u8, u8, u8),
    /// A device writes a bundle file.
    Export(u8),
    /// A device takes in the last bundle file, again perhaps.
    Import(u8),
    /// The office invites somebody, who joins.
    Invite,
    /// The office lets a device's grant run out at once.
    Lapse(u8),
    /// The office renews a device's grant.
    Renew(u8),
    /// The office revokes a device, which gives its scopes new keys.
    Revoke(u8),
    /// The office lets count what it holds back of a revoked device.
    Accept(u8),
    /// The relay loses its power at some write, while a device syncs.
    RelayPowerCut(u8, u8),
    /// The relay's disk is full while a device syncs.
    RelayFull(u8),
    /// A copy of the relay's folder is put aside.
    RelayBackup,
    /// The relay is put back to its copy.
    RelayRestore,
    /// The office moves to a new, empty relay.
    RelaySwap,
    /// A device moves to the newest relay.
    Move(u8),
}

/// The ops of a seed.
pub fn generate(seed: u64) -> Vec<Op> {
    let mut chance = Chance::new(seed ^ 0x6f70_7321);
    let count = 8 + chance.below(40);
    // Some kinds of trouble stay away from some worlds, so that others go deeper.
    let quiet = chance.number();
    (0..count).map(|_| one(&mut chance, quiet)).collect()
}

fn one(chance: &mut Chance, quiet: u64) -> Op {
    let who = chance.small(8);
    let kind = chance.below(64);
    // Twice as much work as trouble, where a kind of trouble is quiet more.
    if kind < 36 || quiet >> kind & 1 == 1 {
        return Op::Do(who, work(chance));
    }
    let at = chance.small(24);
    match kind {
        36..=38 => Op::Cut(who, at),
        39 | 40 => Op::PowerCut(who, work(chance), at),
        41 => Op::Kill(who, work(chance), at),
        42 => Op::DiskFull(who, work(chance)),
        43 => Op::DiskFails(who, work(chance)),
        44 => match chance.below(3) {
            0 => Op::Reopen(who),
            1 => Op::Lapse(who),
            _ => Op::Renew(who),
        },
        45 => Op::Rebuild(who),
        46 | 47 => Op::Backup(who),
        48 | 49 => Op::Restore(who),
        50 => Op::Clone(who),
        51 => Op::Clock(who, chance.below(800) as i16 - 400),
        52 | 53 => Op::Meet(who, chance.small(8), at),
        54 => Op::Export(who),
        55 => Op::Import(who),
        56 => Op::Invite,
        57 => Op::Revoke(who),
        58 => Op::Accept(who),
        59 => Op::RelayPowerCut(who, at),
        60 => Op::RelayFull(who),
        61 => Op::RelayBackup,
        62 => Op::RelayRestore,
        _ if chance.below(2) == 0 => Op::RelaySwap,
        _ => Op::Move(who),
    }
}

fn work(chance: &mut Chance) -> Work {
    let which = chance.small(16);
    match chance.below(20) {
        0..=3 => Work::Record(which),
        4..=6 => Work::Note(which),
        7 => Work::Edit(which),
        8 => Work::Answer(which),
        9 | 10 => Work::Attach(which),
        _ => Work::Sync,
    }
}
