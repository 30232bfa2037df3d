//! The regulations that the community adopted, as its document says.
//!
//! Each adoption is an entry of its own, named by its order and its content, so that two offices
//! that adopt at once never mean two things by one name. A complaint keeps the adoption that it
//! was received under; the community's `adoption` setting names the present one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use floorwalk_complaint::{DocumentId, Roster, RosterEdit};
use floorwalk_regulation::settings::{BadSetting, Decided};
use floorwalk_regulation::{Regulation, Settings, catalogue};
use floorwalk_store::Tx;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::records::{Adopted as AdoptedRecord, NewAdoption};
use crate::roster;
use crate::state::Identity;

/// The community's setting that names the present adoption.
const CURRENT: &str = "adoption";
/// What the keys of adoptions begin with.
const PREFIX: &str = "adoption/";

/// An adoption as it stands in the community's document.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    regulation: String,
    #[serde(default)]
    settings: Settings,
    at: String,
    /// The community's own file; without it, one of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// A regulation with the community's decisions.
#[derive(Debug)]
pub(crate) struct Adopted {
    /// The regulation.
    pub(crate) regulation: Arc<Regulation>,
    /// The decisions.
    pub(crate) decided: Decided,
    settings: Settings,
}

/// The roster, and the adoptions in it.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// The roster.
    pub(crate) roster: Roster,
    /// The key of the present adoption.
    pub(crate) current: Option<String>,
    adopted: BTreeMap<String, Adopted>,
}

/// The rules last read, with the hash of the document that they were read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct RulesMemo(Arc<Mutex<Option<Remembered>>>);

type Remembered = ([u8; 16], Arc<Rules>);

impl Rules {
    /// The rules as the community's document now says; read again only when it has changed.
    pub(crate) fn of(tx: &Tx<'_>, identity: &Identity) -> Result<Arc<Self>> {
        let Some(hash) = tx.document_hash(&DocumentId::COMMUNITY)? else {
            return Ok(Arc::default());
        };
        let mut memo = identity.rules.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, rules)) = &*memo
            && *known == hash
        {
            return Ok(rules.clone());
        }
        let rules = Arc::new(Self::read(roster::read(tx)?));
        *memo = Some((hash, rules.clone()));
        Ok(rules)
    }

    fn read(roster: Roster) -> Self {
        let mut adopted = BTreeMap::new();
        for (key, text) in &roster.community {
            let Some(key) = key.strip_prefix(PREFIX) else { continue };
            let stored = serde_json::from_str(text).ok();
            // One that a newer version wrote, and that this one can't read, evaluates nothing.
            adopted.extend(stored.and_then(open).map(|adopted| (key.to_owned(), adopted)));
        }
        let current = roster.community.get(CURRENT).cloned();
        Self { roster, current, adopted }
    }

    /// Whether both know the same adoptions.
    pub(crate) fn names_the_same(&self, other: &Self) -> bool {
        self.current == other.current && self.adopted.keys().eq(other.adopted.keys())
    }

    /// The present adoption.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRegulation`] where there is none that this version can read.
    pub(crate) fn present(&self) -> Result<&Adopted> {
        let key = self.current.as_deref().unwrap_or_default();
        self.adopted(None).ok_or_else(|| Error::about(ErrorCode::UnknownRegulation, key))
    }

    /// The adoption of a key, as a complaint names it; without one, the present adoption.
    pub(crate) fn adopted(&self, key: Option<&str>) -> Option<&Adopted> {
        self.adopted.get(key.or(self.current.as_deref())?)
    }
}

fn open(stored: Stored) -> Option<Adopted> {
    let regulation = match &stored.file {
        Some(text) => floorwalk_regulation::parse(text).ok()?,
        None => catalogue::find(&stored.regulation)?.clone(),
    };
    let decided = stored.settings.decide(&regulation).ok()?;
    Some(Adopted { regulation: Arc::new(regulation), decided, settings: stored.settings })
}

/// What founding writes into the roster: the chosen regulation, whose blanks may still be open.
///
/// # Errors
/// [`ErrorCode::UnknownRegulation`], [`ErrorCode::BadRegulationSetting`].
pub(crate) fn first_adoption(new: &NewAdoption) -> Result<RosterEdit> {
    let (stored, _) = prepare(new)?;
    edit(&stored, 1)
}

/// Adopts a regulation in place of the present one. Complaints received before keep theirs.
///
/// # Errors
/// [`ErrorCode::NotAdmin`], those of [`first_adoption`], [`ErrorCode::OpenBlanks`].
pub(crate) fn adopt(tx: &Tx<'_>, identity: &Identity, new: &NewAdoption) -> Result<AdoptedRecord> {
    if !identity.is_admin() {
        return Err(ErrorCode::NotAdmin.into());
    }
    let (stored, opened) = prepare(new)?;
    if !opened.decided.open.is_empty() {
        let named = |key: &String| {
            let blank = opened.regulation.blank.iter().find(|blank| blank.key.get_ref() == key)?;
            let clause = opened.regulation.cite(blank);
            Some(format!("{key} ({clause}: {} / {})", blank.zh, blank.en))
        };
        let open: Vec<String> = opened.decided.open.iter().filter_map(named).collect();
        return Err(Error::about(ErrorCode::OpenBlanks, open.join("; ")));
    }
    let rules = Rules::of(tx, identity)?;
    let orders = rules
        .roster
        .community
        .keys()
        .filter_map(|key| key.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
    let edit = edit(&stored, orders.max().unwrap_or(0) + 1)?;
    roster::write(tx, identity, &edit)?;
    present_record(&*Rules::of(tx, identity)?)
}

/// The present adoption, as clients see it.
///
/// # Errors
/// Those of [`Rules::present`].
pub(crate) fn present_record(rules: &Rules) -> Result<AdoptedRecord> {
    let adopted = rules.present()?;
    Ok(AdoptedRecord {
        version: rules.current.clone().unwrap_or_default(),
        regulation: adopted.regulation.id.clone(),
        title: adopted.regulation.title.clone(),
        title_en: adopted.regulation.title_en.clone(),
        settings: serde_json::to_value(&adopted.settings).unwrap_or_default(),
        open_blanks: adopted.decided.open.clone(),
    })
}

fn prepare(new: &NewAdoption) -> Result<(Stored, Adopted)> {
    let regulation = match &new.file {
        Some(text) => floorwalk_regulation::parse(text).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Error::about(ErrorCode::BadRegulationFile, first)
        })?,
        None => catalogue::find(&new.regulation)
            .ok_or_else(|| Error::about(ErrorCode::UnknownRegulation, &new.regulation))?
            .clone(),
    };
    let bad = |bad: BadSetting| {
        Error::about(ErrorCode::BadRegulationSetting, format!("{}: {}", bad.place, bad.message))
    };
    let mut settings = Settings::default();
    for (key, value) in &new.settings {
        settings.put(&regulation, key, value).map_err(bad)?;
    }
    let decided = settings.decide(&regulation).map_err(bad)?;
    let stored = Stored {
        regulation: regulation.id.clone(),
        settings: settings.clone(),
        at: clock::to_text(clock::now(), decided.zone),
        file: new.file.clone(),
    };
    Ok((stored, Adopted { regulation: Arc::new(regulation), decided, settings }))
}

fn edit(stored: &Stored, order: u32) -> Result<RosterEdit> {
    let text = serde_json::to_string(stored).map_err(|_| ErrorCode::BadRegulationFile)?;
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let key = format!("{order:04}-{}", &hash[..8]);
    let entries = [
        ("regulation".to_owned(), Some(stored.regulation.clone())),
        (CURRENT.to_owned(), Some(key.clone())),
        (format!("{PREFIX}{key}"), Some(text)),
    ];
    Ok(RosterEdit { community: entries.into(), ..RosterEdit::default() })
}
