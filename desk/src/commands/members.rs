//! The community and who belongs to it.

use std::fmt::Write;
use std::path::PathBuf;

use floorwalk_replica::Replica;
use floorwalk_replica::records::{
    CommunityCreated, CommunityInfo, DeviceInfo, NewCommunity, NewInvitation, RelayAddress,
};
use serde_json::json;

use crate::arguments;
use crate::cli::members::{
    AcceptHeldArgs, BuildingAddArgs, CertifyArgs, CreateArgs, InviteArgs, JoinArgs, MoveArgs,
    RecoverArgs, RelayArgs, RenewArgs, RevokeArgs, WithdrawArgs,
};
use crate::commands::open;
use crate::duration::parse_duration_s;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::prompt;
use crate::qr;
use crate::table::{Table, moment};
use crate::text::{Lang, labels, words};

/// `community create`. What was typed is checked before a home is made.
pub async fn create(
    home: impl Fn() -> Result<PathBuf, Failure>,
    args: CreateArgs,
    out: &Output,
) -> Outcome {
    let regulation = arguments::regulation(&args.regulation)?;
    let regulation_settings = arguments::field_sets(&args.sets)?;
    let (relay, device_name) = relay(args.relay);
    let replica = open(&home()?)?;
    let name = args.name.clone();
    let created = replica
        .create_community(NewCommunity {
            name: args.name,
            short: args.short,
            regulation,
            regulation_settings,
            relay,
            host_token: args.host_token,
            passphrase: prompt::passphrase_set(),
            device_name,
        })
        .await?;
    out.answer(&created, || created_words(&name, &created, out.lang()))?;
    if let Some(adoption) = replica.community()?.adoption
        && !adoption.open_blanks.is_empty()
    {
        let open = adoption.open_blanks.join(", ");
        out.note(&words::OPEN_BLANKS_HINT, &[&open, &adoption.regulation]);
    }
    Ok(Exit::Done)
}

/// `community show`
pub fn show(replica: &Replica, out: &Output) -> Outcome {
    let community = replica.community()?;
    out.answer(&community, || community_words(&community, out.lang()))?;
    Ok(Exit::Done)
}

/// `community recover`
pub async fn recover(
    home: impl Fn() -> Result<PathBuf, Failure>,
    args: RecoverArgs,
    out: &Output,
) -> Outcome {
    let passphrase = prompt::passphrase(out)?;
    let (relay, device_name) = relay(args.relay);
    let replica = open(&home()?)?;
    let joined = replica.recover_community(&args.file, &passphrase, relay, &device_name).await?;
    let lang = out.lang();
    out.answer(&joined, || {
        let role = labels::role(&joined.role, lang);
        words::RECOVERED.fill(lang, &[&joined.name, &joined.device, &role])
    })?;
    Ok(Exit::Done)
}

/// `community relay`
pub async fn move_relay(replica: &Replica, args: MoveArgs, out: &Output) -> Outcome {
    let relay = RelayAddress { url: args.relay, pin: args.relay_pin };
    replica.move_to_relay(&relay, args.host_token.as_deref()).await?;
    out.answer(&json!({"relay": relay.url}), || words::MOVED.fill(out.lang(), &[&relay.url]))?;
    Ok(Exit::Done)
}

/// `community certify`
pub fn certify(replica: &Replica, args: &CertifyArgs, out: &Output) -> Outcome {
    let passphrase = prompt::passphrase(out)?;
    replica.certify(&args.device, &passphrase)?;
    out.answer(&json!({"device": args.device}), || {
        words::CERTIFIED.fill(out.lang(), &[&args.device])
    })?;
    Ok(Exit::Done)
}

/// `building add`
pub fn add_building(replica: &Replica, args: &BuildingAddArgs, out: &Output) -> Outcome {
    let added = replica.add_building(&args.name)?;
    out.answer(&added, || words::BUILDING_ADDED.fill(out.lang(), &[&added.name]))?;
    Ok(Exit::Done)
}

/// `invite`
pub async fn invite(
    home: impl Fn() -> Result<PathBuf, Failure>,
    args: InviteArgs,
    out: &Output,
) -> Outcome {
    let expires_in_s = parse_duration_s(&args.expires)?;
    let name = args.name.clone();
    let replica = open(&home()?)?;
    let invitation = replica
        .invite(NewInvitation {
            name: args.name,
            role: args.role,
            buildings: args.buildings,
            expires_in_s,
        })
        .await?;
    out.answer(&invitation, || {
        let until = moment(&invitation.expires_at);
        let said = words::INVITED.fill(out.lang(), &[&until, &name, &invitation.link]);
        let picture = if out.is_terminal() { qr::code(&invitation.link) } else { None };
        picture.map_or(said.clone(), |picture| format!("{said}\n\n{picture}"))
    })?;
    Ok(Exit::Done)
}

/// `invitation list`
pub fn list_invitations(replica: &Replica, out: &Output) -> Outcome {
    let invitations = replica.community()?.invitations;
    let lang = out.lang();
    out.answer(&json!({"invitations": invitations}), || {
        if invitations.is_empty() {
            return words::NONE_YET.of(lang).to_owned();
        }
        let heading = [words::INVITATION, words::NAME, words::ROLE, words::STATE, words::EXPIRES];
        let mut table = Table::new(&heading.map(|text| text.of(lang)));
        for invitation in &invitations {
            table.row([
                invitation.invitation.clone(),
                invitation.name.clone(),
                labels::role(&invitation.role, lang),
                labels::invitation(&invitation.state, lang),
                moment(&invitation.expires_at),
            ]);
        }
        table.lines()
    })?;
    Ok(Exit::Done)
}

/// `invitation withdraw`
pub async fn withdraw(replica: &Replica, args: &WithdrawArgs, out: &Output) -> Outcome {
    replica.withdraw(&args.invitation).await?;
    out.answer(&json!({"invitation": args.invitation}), || {
        words::WITHDRAWN.of(out.lang()).to_owned()
    })?;
    Ok(Exit::Done)
}

/// `join`
pub async fn join(replica: &Replica, args: &JoinArgs, out: &Output) -> Outcome {
    let joined = replica.join(&args.link).await?;
    let lang = out.lang();
    out.answer(&joined, || {
        let role = labels::role(&joined.role, lang);
        words::JOINED.fill(lang, &[&joined.name, &role, &list_of(&joined.buildings, lang)])
    })?;
    Ok(Exit::Done)
}

/// `revoke`
pub async fn revoke(replica: &Replica, args: &RevokeArgs, out: &Output) -> Outcome {
    let revoked = replica.revoke(&args.device, &args.why).await?;
    out.answer(&revoked, || {
        words::REVOKED.fill(out.lang(), &[&args.device, &revoked.rotated.len()])
    })?;
    Ok(Exit::Done)
}

/// `accept-held`
pub async fn accept_held(replica: &Replica, args: &AcceptHeldArgs, out: &Output) -> Outcome {
    let accepted = replica.accept_revoked(&args.device).await?;
    out.answer(&accepted, || {
        words::HELD_ACCEPTED.fill(out.lang(), &[&accepted.parcels, &args.device])
    })?;
    Ok(Exit::Done)
}

/// `renew`
pub async fn renew(
    home: impl Fn() -> Result<PathBuf, Failure>,
    args: &RenewArgs,
    out: &Output,
) -> Outcome {
    let for_s = parse_duration_s(&args.lasts)?;
    let device = open(&home()?)?.renew(&args.device, for_s).await?;
    out.answer(&device, || {
        let until = device.expires_at.as_deref().map(moment).unwrap_or_default();
        words::RENEWED.fill(out.lang(), &[&device.name, &until])
    })?;
    Ok(Exit::Done)
}

fn relay(args: RelayArgs) -> (RelayAddress, String) {
    let device_name = args.name_device.unwrap_or_else(arguments::device_name);
    (RelayAddress { url: args.relay, pin: args.relay_pin }, device_name)
}

fn created_words(name: &str, created: &CommunityCreated, lang: Lang) -> String {
    let mut said = words::CREATED.fill(lang, &[&name, &created.community, &created.device]);
    let file = words::RECOVERY_FILE.fill(lang, &[&created.recovery_file]);
    said.extend(["\n\n", &file]);
    if let Some(passphrase) = &created.recovery_passphrase {
        let passphrase = words::RECOVERY_PASSPHRASE.fill(lang, &[passphrase]);
        said.extend(["\n\n", &passphrase]);
    }
    said
}

fn community_words(community: &CommunityInfo, lang: Lang) -> String {
    let hosted = if community.hosted { "" } else { words::NOT_HOSTED.of(lang) };
    let mut said = words::COMMUNITY.fill(
        lang,
        &[
            &community.name,
            &community.short,
            &community.community,
            &community.regulation,
            &community.relay,
            &hosted,
            &community.device,
            &labels::role(&community.role, lang),
        ],
    );
    let _ = write!(said, "\n\n{}\n", words::BUILDINGS.of(lang));
    let mut buildings = Table::new(&[words::NAME.of(lang), words::SCOPE.of(lang)]);
    for building in &community.buildings {
        buildings.row([building.name.clone(), building.scope.clone()]);
    }
    said.push_str(&buildings.lines());
    let _ = write!(said, "\n{}\n{}", words::DEVICES.of(lang), device_lines(community, lang));
    said
}

fn device_lines(community: &CommunityInfo, lang: Lang) -> String {
    let heading = [
        words::NAME,
        words::ROLE,
        words::BUILDINGS,
        words::ACCESS,
        words::LAST_SEEN,
        words::DEVICE,
    ];
    let mut table = Table::new(&heading.map(|text| text.of(lang)));
    for device in &community.devices {
        let sees_all = device.buildings.len() == community.buildings.len();
        let all = sees_all && device.buildings.len() > 1;
        table.row([
            device.name.clone(),
            labels::role(&device.role, lang),
            if all {
                words::ALL_BUILDINGS.of(lang).to_owned()
            } else {
                list_of(&device.buildings, lang)
            },
            access(device, lang),
            device.last_seen.as_deref().map_or(words::NEVER.of(lang).to_owned(), moment),
            device.device.clone(),
        ]);
    }
    table.lines()
}

fn access(device: &DeviceInfo, lang: Lang) -> String {
    match (device.revoked, device.admin, &device.expires_at) {
        (true, ..) => words::ACCESS_REVOKED.of(lang).to_owned(),
        (false, true, _) => words::ACCESS_ADMIN.of(lang).to_owned(),
        (false, false, Some(until)) => words::ACCESS_UNTIL.fill(lang, &[&moment(until)]),
        (false, false, None) => String::new(),
    }
}

fn list_of(names: &[String], lang: Lang) -> String {
    match (names.is_empty(), lang) {
        (true, _) => words::NONE_YET.of(lang).to_owned(),
        (false, Lang::Zh) => names.join("、"),
        (false, Lang::En) => names.join(", "),
    }
}
