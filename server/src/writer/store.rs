//! Deciding about parcels, one by one, and putting those that may stand into their list.
//!
//! Runs inside the writer's transaction, where the head of every log and the members are the one
//! truth. A refused parcel does not take its neighbours with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use floorwalk_sync::{Outcome, Placement, check_placement, check_rights, check_statement};
use floorwalk_wire::message::Refusal;
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Generation, Membership, ParcelId, ScopeId, Timestamp,
    VerifiedParcel,
};
use rusqlite::Connection;

use crate::db;
use crate::error::Error;
use crate::lists::{self, CommunityRow, List, Log};
use crate::members::{self, Members};
#[cfg(feature = "simulation")]
use crate::simulation::{Sabotage, is_sabotaged};
use crate::tokens::{self, TokenHash};

/// Parcels that a session wants stored.
#[derive(Debug)]
pub(crate) struct StoreRequest {
    pub community: CommunityId,
    /// The session's device, which need not be the author.
    pub carrier: DeviceId,
    /// The right to found, where the session claimed one.
    pub token: Option<TokenHash>,
    pub scope: ScopeId,
    pub parcels: Vec<VerifiedParcel>,
}

/// What became of them.
#[derive(Debug)]
pub(crate) struct StoreAnswer {
    /// In the order of the request.
    pub outcomes: Vec<(ParcelId, Outcome)>,
    /// The members, when statements were stored.
    pub membership: Option<Arc<Membership>>,
    /// How many were stored.
    pub stored: u64,
}

/// Stores what may be stored. The members are changed last, when nothing can fail any more.
///
/// # Errors
/// SQLite's; then the caller undoes the rest.
pub(super) fn store(
    connection: &Connection,
    members: &mut Members,
    request: &StoreRequest,
    open: bool,
    now: Timestamp,
) -> Result<StoreAnswer, Error> {
    let mut storing = Storing {
        connection,
        request,
        open,
        now,
        membership: members.load(connection, &request.community)?,
        list: lists::find_list(connection, &request.community, &request.scope)?,
        logs: BTreeMap::new(),
        stored: 0,
    };
    let outcomes = storing.take_all()?;
    storing.write_heads()?;
    let Storing { membership, stored, .. } = storing;
    let changed = request.scope == ScopeId::MEMBERSHIP && stored > 0;
    if changed {
        members.keep(membership.clone());
    }
    Ok(StoreAnswer { outcomes, membership: changed.then_some(membership), stored })
}

struct Storing<'a> {
    connection: &'a Connection,
    request: &'a StoreRequest,
    open: bool,
    now: Timestamp,
    membership: Arc<Membership>,
    /// None until the first parcel is stored in a new list.
    list: Option<List>,
    /// The logs met so far, as they stand with what was stored here.
    logs: BTreeMap<(DeviceId, Generation), Log>,
    stored: u64,
}

impl Storing<'_> {
    /// Parcels come in the order of their logs, but the logs of statements lean on each other in
    /// any order: those refused are looked at again as long as that helps.
    fn take_all(&mut self) -> Result<Vec<(ParcelId, Outcome)>, Error> {
        let mut outcomes = Vec::with_capacity(self.request.parcels.len());
        for parcel in &self.request.parcels {
            outcomes.push((parcel.id(), self.take(parcel)?));
        }
        let mut before = 0;
        while self.request.scope == ScopeId::MEMBERSHIP && before < self.stored {
            before = self.stored;
            for (parcel, (_, outcome)) in self.request.parcels.iter().zip(&mut outcomes) {
                if matches!(outcome, Outcome::Refused(..)) {
                    *outcome = self.take(parcel)?;
                }
            }
        }
        Ok(outcomes)
    }

    fn take(&mut self, parcel: &VerifiedParcel) -> Result<Outcome, Error> {
        #[cfg(feature = "simulation")]
        if is_sabotaged(Sabotage::DropParcels) && parcel.id().0[0].is_multiple_of(8) {
            return Ok(Outcome::Stored);
        }
        let log = self.log(parcel)?;
        let placement = check_placement(log.head.as_ref(), parcel);
        // What stands already may be put again by anybody at any time: its answer was lost.
        if placement == Placement::Taken && self.stands(&log, parcel)? {
            return Ok(Outcome::Duplicate);
        }
        if let Err(refusal) = self.check(parcel) {
            return Ok(Outcome::Refused(refusal, None));
        }
        match placement {
            Placement::Next => self.append(log, parcel),
            Placement::Gap => Ok(Outcome::Refused(Refusal::Gap, log.head)),
            Placement::Taken | Placement::Fork => Ok(Outcome::Refused(Refusal::Fork, log.head)),
        }
    }

    fn check(&self, parcel: &VerifiedParcel) -> Result<(), Refusal> {
        let rule = match self.request.scope {
            ScopeId::MEMBERSHIP => check_statement,
            _ => check_rights,
        };
        rule(&self.membership, parcel, &self.request.carrier, self.now)
    }

    fn append(&mut self, log: Log, parcel: &VerifiedParcel) -> Result<Outcome, Error> {
        let mut list = match self.list {
            Some(list) => list,
            None => match self.create_list(parcel)? {
                Ok(list) => list,
                Err(refusal) => return Ok(Outcome::Refused(refusal, None)),
            },
        };
        let head = parcel.head();
        // The head is written back once, at the end; a new log needs its row now.
        let row = match log.row {
            Some(row) => row,
            None => lists::set_log_head(self.connection, list.row, None, &head)?,
        };
        lists::append(self.connection, &mut list, row, parcel, self.now)?;
        self.list = Some(list);
        self.logs.insert((head.device, head.generation), Log { row: Some(row), head: Some(head) });
        self.stored += 1;
        if self.request.scope == ScopeId::MEMBERSHIP {
            let membership = Arc::make_mut(&mut self.membership);
            members::extend(membership, std::slice::from_ref(parcel))?;
        }
        Ok(Outcome::Stored)
    }

    fn create_list(&self, parcel: &VerifiedParcel) -> Result<Result<List, Refusal>, Error> {
        let StoreRequest { community, scope, .. } = self.request;
        let row = match lists::find_community(self.connection, community)? {
            Some(row) => row,
            None => match self.found(parcel)? {
                Some(row) => row,
                None => return Ok(Err(Refusal::NotAllowed)),
            },
        };
        let history = db::history(self.connection)?.ok_or(Error::Unavailable)?;
        let start = Chain::start(&history, community, scope);
        let list = lists::create_list(self.connection, row, scope, start)?;
        Ok(list.ok_or(Refusal::Quota))
    }

    /// Begins to host the community if this is its founding and the session has the right to it.
    fn found(&self, parcel: &VerifiedParcel) -> Result<Option<CommunityRow>, Error> {
        let community = &self.request.community;
        let mut membership = Membership::new(*community);
        if membership.extend([parcel]).is_err() || !membership.is_founded() {
            return Ok(None);
        }
        let spent = match self.request.token {
            Some(token) => tokens::spend(self.connection, token, community, self.now)?,
            None => false,
        };
        if !spent && !self.open {
            return Ok(None);
        }
        lists::create_community(self.connection, community, self.now).map(Some)
    }

    fn log(&mut self, parcel: &VerifiedParcel) -> Result<Log, Error> {
        let key = (parcel.header().device, parcel.header().generation);
        if let Some(log) = self.logs.get(&key) {
            return Ok(*log);
        }
        let Some(list) = self.list else {
            return Ok(Log { row: None, head: None });
        };
        let log = lists::find_log(self.connection, list.row, key.0, key.1)?;
        self.logs.insert(key, log);
        Ok(log)
    }

    /// Whether the parcel at this number of the log is this one.
    fn stands(&self, log: &Log, parcel: &VerifiedParcel) -> Result<bool, Error> {
        let (Some(row), Some(head)) = (log.row, log.head) else {
            return Ok(false);
        };
        if head.seq == parcel.header().seq {
            return Ok(head.parcel == parcel.id());
        }
        let stored = lists::parcel_at(self.connection, row, parcel.header().seq)?;
        Ok(stored == Some(parcel.id()))
    }

    fn write_heads(&self) -> Result<(), Error> {
        let (Some(list), true) = (&self.list, self.stored > 0) else {
            return Ok(());
        };
        lists::update_list(self.connection, list)?;
        for log in self.logs.values() {
            if let (Some(row), Some(head)) = (log.row, &log.head) {
                lists::set_log_head(self.connection, list.row, Some(row), head)?;
            }
        }
        Ok(())
    }
}
