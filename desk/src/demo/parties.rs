//! The people of the demonstration, each with a replica in a folder of its own.

use std::path::Path;

use floorwalk_replica::records::{NewCommunity, NewInvitation};
use floorwalk_replica::{Error, Replica};

use crate::commands::open;
use crate::demo::relay::SwitchedRelay;
use crate::demo::sample::{BUILDINGS, COMMUNITY, REGULATION, Recorder, SHORT};
use crate::failure::Failure;
use crate::text::{Lang, Text, story};

/// How long the demonstration's invitations work.
const INVITATION_S: u64 = 3600;

/// One device.
pub struct Party {
    /// What the story calls its owner.
    pub name: Text,
    /// Its replica.
    pub replica: Replica,
}

/// All devices.
pub struct Parties {
    /// The office.
    pub office: Party,
    recorders: Vec<(Recorder, Party)>,
}

impl Parties {
    /// Founds the community, and lets everybody join by invitation.
    ///
    /// # Errors
    ///
    /// The replicas' and the relay's.
    pub async fn gather(dir: &Path, relay: &SwitchedRelay) -> Result<(Self, String), Failure> {
        let office = Party { name: story::OFFICE, replica: open(&dir.join("office"))? };
        let created = office
            .replica
            .create_community(NewCommunity {
                name: COMMUNITY.to_owned(),
                short: SHORT.to_owned(),
                regulation: REGULATION.to_owned(),
                regulation_settings: Default::default(),
                relay: relay.address().clone(),
                host_token: Some(relay.host_token()?),
                passphrase: None,
                device_name: office.name.zh.to_owned(),
            })
            .await?;
        for building in BUILDINGS {
            office.replica.add_building(building)?;
        }
        let mut recorders = Vec::new();
        for by in Recorder::ALL {
            let party = Party { name: by.name(), replica: open(&dir.join(by.folder()))? };
            let link = invite(&office.replica, by).await?;
            party.replica.join(&link).await?;
            recorders.push((by, party));
        }
        Ok((Self { office, recorders }, created.community))
    }

    /// Those who record, in the order of the story.
    pub fn recorders(&self) -> impl Iterator<Item = (Recorder, &Party)> {
        self.recorders.iter().map(|(by, party)| (*by, party))
    }

    /// One of those who record.
    pub fn recorder(&self, by: Recorder) -> &Party {
        let found = self.recorders().find(|(known, _)| *known == by);
        found.expect("everybody has joined").1
    }
}

impl Recorder {
    /// What the story calls them.
    pub fn name(self) -> Text {
        match self {
            Self::RepA => story::REP_A,
            Self::RepB => story::REP_B,
            Self::Inspector => story::INSPECTOR,
        }
    }

    /// What the roster calls them, and the story in their language.
    pub fn name_in(self, lang: Lang) -> &'static str {
        self.name().of(lang)
    }

    fn folder(self) -> &'static str {
        match self {
            Self::RepA => "rep-a",
            Self::RepB => "rep-b",
            Self::Inspector => "inspector",
        }
    }
}

async fn invite(office: &Replica, by: Recorder) -> Result<String, Error> {
    let (role, buildings) = match by {
        Recorder::RepA => ("building_rep", &BUILDINGS[..1]),
        Recorder::RepB => ("building_rep", &BUILDINGS[1..]),
        Recorder::Inspector => ("inspector", &BUILDINGS[..]),
    };
    let invitation = office
        .invite(NewInvitation {
            name: by.name().zh.to_owned(),
            role: role.to_owned(),
            buildings: buildings.iter().map(|name| (*name).to_owned()).collect(),
            expires_in_s: INVITATION_S,
        })
        .await?;
    Ok(invitation.link)
}
