//! What a regulation forbids to do, before it is done.

use chrono::{DateTime, Utc};
use floorwalk_complaint::EventKind;

use super::{Facts, Happening, Refusal, View, evaluate};
use crate::data::{Approval, Regulation};
use crate::party::Party;
use crate::settings::Decided;

/// Whether an event may be added to a complaint.
///
/// # Errors
/// The clause that stands against it.
pub fn check_act(
    regulation: &Regulation,
    decided: &Decided,
    facts: &Facts,
    events: &[Happening],
    next: &Happening,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let counted = |event: &&Happening| event.role.is_none_or(|party| party.may(&event.kind));
    let view = View {
        regulation,
        decided,
        facts,
        events: events.iter().filter(counted).collect(),
        now: now.max(next.at),
    };
    let role = next.role.unwrap_or(Party::Complainant);
    if let Some(refusal) = forbids(&view, role, &next.kind, &view.grounds()) {
        return Err(refusal);
    }
    if next.kind != EventKind::Extended {
        return Ok(());
    }
    let refused = |events: &[Happening]| {
        let answer = evaluate(regulation, decided, facts, events, view.now);
        let found = answer.refusals.into_iter();
        found.filter(|refusal| refusal.forbids == Some(EventKind::Extended)).collect::<Vec<_>>()
    };
    let mut with = events.to_vec();
    with.push(next.clone());
    let (before, mut after) = (refused(events), refused(&with));
    if after.len() > before.len() { Err(after.remove(after.len() - 1)) } else { Ok(()) }
}

/// What stands against somebody's doing something next, apart from the role in general.
pub(super) fn forbids(
    view: &View<'_>,
    party: Party,
    kind: &EventKind,
    refusals: &[Refusal],
) -> Option<Refusal> {
    if *kind == EventKind::Accepted {
        let ground = refusals.iter().find(|refusal| refusal.forbids == Some(EventKind::Accepted));
        if let Some(ground) = ground {
            return Some(ground.clone());
        }
    }
    let regulation = view.regulation;
    for approval in &regulation.approval {
        let is_for_others = approval.needs == kind.as_str()
            && !approval.by.is_empty()
            && !approval.by.iter().any(|role| role == party.as_str());
        let comes_too_early = approval.before.iter().any(|before| before == kind.as_str())
            && !is_approved(approval, &view.events);
        if is_for_others || comes_too_early {
            return Some(Refusal::of_entry(regulation, approval, kind.clone()));
        }
    }
    if *kind == EventKind::Extended && regulation.extension.is_empty() {
        return Some(Refusal {
            clause: regulation.source.clone(),
            reason: "this regulation provides for no extension".to_owned(),
            reason_zh: "本制度未规定可以延期".to_owned(),
            forbids: Some(EventKind::Extended),
        });
    }
    None
}

/// Whether the approval was given and not taken back since.
fn is_approved(approval: &Approval, events: &[&Happening]) -> bool {
    let may = |event: &&Happening| {
        let role = event.role.map(Party::as_str);
        approval.by.is_empty() || role.is_none_or(|role| approval.by.iter().any(|by| by == role))
    };
    let given =
        events.iter().rposition(|event| event.kind.as_str() == approval.needs && may(event));
    let back = events
        .iter()
        .rposition(|event| matches!(event.kind, EventKind::PlanRejected | EventKind::Planned));
    given.is_some_and(|given| back.is_none_or(|back| back < given))
}

/// Events that came before the approval that they need.
pub(super) fn before_approval(view: &View<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (index, event) in view.events.iter().enumerate() {
        for approval in &view.regulation.approval {
            let needs_it = approval.before.iter().any(|kind| kind == event.kind.as_str());
            if needs_it && !is_approved(approval, &view.events[..index]) {
                let kind = event.kind.clone();
                refusals.push(Refusal::of_entry(view.regulation, approval, kind));
            }
        }
    }
    refusals
}

/// An event that does not count because of its author's role.
pub(super) fn role_may_not(regulation: &Regulation, event: &Happening) -> Refusal {
    let (kind, role) = (&event.kind, event.role.map_or("?", Party::as_str));
    Refusal {
        clause: regulation.source.clone(),
        reason: format!("{kind} does not count: a {role} may not do it"),
        reason_zh: format!("“{}”无效：{role} 无权办理", kind.zh()),
        forbids: None,
    }
}
