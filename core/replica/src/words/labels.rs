//! What keys are called: stages, roles, kinds of events, fields, steps of delivery.
//!
//! A key that this version does not know is shown as it is: a newer version may have written it.

use floorwalk_complaint::{EventKind, Role, Stage};
use floorwalk_regulation::catalogue;
use floorwalk_regulation::data::Cited;

use crate::words::{Lang, Text};

/// A kind of key that stands in records, and has a word in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// Stages of a complaint.
    Stage,
    /// Roles, and other parties that a regulation names.
    Role,
    /// Kinds of events.
    EventKind,
    /// How far a complaint has come.
    Delivery,
    /// What a piece of evidence is.
    EvidenceKind,
    /// Fields of a complaint.
    Field,
    /// Values of the field `channel`.
    Channel,
    /// Values of the field `severity`.
    Severity,
    /// How somebody was told or asked.
    Manner,
    /// Particulars of an event that are no fields.
    Particular,
    /// What a person should know about a replica; see [`Status::warnings`](crate::records::Status).
    Warning,
    /// How a duty stands.
    Duty,
    /// Kinds of entries of a regulation.
    RegulationEntry,
    /// States of an invitation.
    Invitation,
}

impl Vocabulary {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Stage,
        Self::Role,
        Self::EventKind,
        Self::Delivery,
        Self::EvidenceKind,
        Self::Field,
        Self::Channel,
        Self::Severity,
        Self::Manner,
        Self::Particular,
        Self::Warning,
        Self::Duty,
        Self::RegulationEntry,
        Self::Invitation,
    ];

    /// The keys that this version knows, in the order that people meet them.
    pub fn keys(self) -> Vec<&'static str> {
        let named: Vec<&'static str> = match self {
            Self::Stage => Stage::ALL.iter().map(|stage| stage.as_str()).collect(),
            Self::Role => Role::ALL.iter().map(|role| role.as_str()).collect(),
            Self::EventKind => EventKind::KNOWN.iter().map(EventKind::as_str).collect(),
            _ => Vec::new(),
        };
        let listed = self.listed().iter().map(|(key, _)| *key);
        named.into_iter().chain(listed).collect()
    }

    /// The word for a key.
    pub fn word(self, key: &str, lang: Lang) -> String {
        if let Some((_, text)) = self.listed().iter().find(|(known, _)| *known == key) {
            return text.of(lang).to_owned();
        }
        let of = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        let named = match self {
            Self::Stage => key.parse().ok().map(|stage: Stage| of(stage.zh(), stage.en())),
            Self::Role => key.parse().ok().map(|role: Role| of(role.zh(), role.en())),
            Self::EventKind => key.parse().ok().map(|kind: EventKind| of(kind.zh(), kind.en())),
            _ => None,
        };
        named.unwrap_or_else(|| key.to_owned())
    }

    /// Keys whose words stand here; those of the document's own types have theirs there.
    fn listed(self) -> Labels {
        match self {
            Self::Stage | Self::EventKind => &[],
            Self::Role => PARTIES,
            Self::Delivery => DELIVERY,
            Self::EvidenceKind => EVIDENCE_KINDS,
            Self::Field => FIELDS,
            Self::Channel => CHANNELS,
            Self::Severity => SEVERITIES,
            Self::Manner => MANNERS,
            Self::Particular => PARTICULARS,
            Self::Warning => WARNINGS,
            Self::Duty => DUTY,
            Self::RegulationEntry => ENTRIES,
            Self::Invitation => INVITATIONS,
        }
    }
}

/// The label of a field's value, for fields whose values are keys.
pub fn value(field: &str, value: &str, lang: Lang) -> String {
    match field {
        "channel" => Vocabulary::Channel.word(value, lang),
        "severity" => Vocabulary::Severity.word(value, lang),
        _ => value.to_owned(),
    }
}

/// The label of an event's particular, which may be a field.
pub fn particular(key: &str, lang: Lang) -> String {
    let own = Vocabulary::Particular.word(key, lang);
    if own == key { Vocabulary::Field.word(key, lang) } else { own }
}

/// The keys of the categories that a regulation of the catalogue has.
pub fn categories(regulation: &str) -> Vec<&'static str> {
    let known = catalogue::find(regulation).map_or(&[][..], |known| &known.category);
    known.iter().map(|entry| entry.key().get_ref().as_str()).collect()
}

/// The word for a category by a regulation of the catalogue: others have other meanings by the
/// same keys.
pub fn category(key: &str, regulation: &str, lang: Lang) -> String {
    let mut known = catalogue::find(regulation).into_iter().flat_map(|known| &known.category);
    let entry = known.find(|entry| entry.key().get_ref() == key);
    entry.map_or(key, |entry| lang.pick(&entry.zh, &entry.en)).to_owned()
}

macro_rules! shorthands {
    ($($name:ident: $vocabulary:ident;)*) => {
        $(
            #[doc = concat!("The word for a key of [`Vocabulary::", stringify!($vocabulary), "`].")]
            pub fn $name(key: &str, lang: Lang) -> String {
                Vocabulary::$vocabulary.word(key, lang)
            }
        )*
    };
}

shorthands! {
    stage: Stage;
    role: Role;
    kind: EventKind;
    delivery: Delivery;
    evidence_kind: EvidenceKind;
    field: Field;
    manner: Manner;
    warning: Warning;
    duty: Duty;
    entry: RegulationEntry;
    invitation: Invitation;
}

type Labels = &'static [(&'static str, Text)];

const EVIDENCE_KINDS: Labels = &[
    ("photo", text("photo", "照片")),
    ("audio", text("recording", "录音")),
    ("video", text("film", "录像")),
    ("file", text("file", "文件")),
];

const DELIVERY: Labels = &[
    ("saved", text("saved on this device", "已存本机")),
    ("sent", text("sent", "已发送")),
    ("received", text("received by the office", "物业已收到")),
    ("accepted", text("accepted", "已受理")),
];

const FIELDS: Labels = &[
    ("building", text("building", "楼栋")),
    ("room", text("room", "房号")),
    ("complainant", text("complainant", "投诉人")),
    ("phone", text("phone", "电话")),
    ("channel", text("channel", "渠道")),
    ("category", text("category", "类别")),
    ("severity", text("severity", "等级")),
    ("respondent", text("respondent", "被投诉方")),
    ("demand", text("demand", "诉求")),
    ("reported_before", text("reported before", "此前处理情况")),
    ("text", text("text", "投诉内容")),
    ("place", text("place", "地点")),
    ("occurred_at", text("occurred at", "发生时间")),
    ("resident_limit", text("limit set by the resident", "业主要求时限")),
    ("signature", text("signature", "签名")),
    ("evidence", text("evidence", "证据")),
    ("number", text("number", "编号")),
    ("recorded_at", text("recorded at", "登记时间")),
];

const CHANNELS: Labels = &[
    ("written", text("written", "书面")),
    ("phone", text("phone", "电话")),
    ("web", text("web", "网站")),
    ("on_site", text("on site", "现场")),
    ("rep", text("building rep", "楼长")),
    ("box", text("suggestion box", "意见箱")),
    ("email", text("email", "电子邮件")),
    ("online", text("online", "网络")),
    ("mailbox", text("mailbox", "信箱")),
    ("visit", text("visit", "来访")),
    ("hotline", text("hotline", "热线")),
    ("oral", text("oral", "口头")),
    ("committee", text("owners' committee", "业委会")),
    ("wechat", text("WeChat", "微信")),
    ("letter", text("letter", "来信")),
    ("fax", text("fax", "传真")),
    ("window", text("service window", "窗口")),
];

const SEVERITIES: Labels = &[
    ("urgent", text("urgent", "紧急")),
    ("important", text("important", "重要")),
    ("general", text("general", "一般")),
    ("major", text("major", "重大")),
    ("minor", text("minor", "轻微")),
    ("complex", text("complex", "复杂")),
    ("substantive", text("substantive", "实质性")),
    ("non_substantive", text("non-substantive", "非实质性")),
];

const MANNERS: Labels = &[
    ("phone", text("telephone", "电话")),
    ("sms", text("text message", "短信")),
    ("message", text("message", "短信")),
    ("wechat", text("WeChat", "微信")),
    ("email", text("email", "电子邮件")),
    ("visit", text("visit", "上门")),
    ("on_site", text("visit", "上门")),
    ("written", text("in writing", "书面")),
    ("oral", text("orally", "口头")),
];

const PARTICULARS: Labels = &[
    ("to", text("to", "转往")),
    ("by", text("by", "决定人")),
    ("person", text("person", "责任人")),
    ("method", text("method", "方案")),
    ("until", text("until", "期限")),
    ("reason", text("reason", "理由")),
    ("clause", text("clause", "条款")),
    ("rule", text("rule", "规则")),
    ("outcome", text("outcome", "结果")),
    ("manner", text("manner", "方式")),
    ("satisfied", text("satisfied", "满意")),
    ("score", text("score", "评分")),
    ("receipt", text("receipt", "回执")),
];

const WARNINGS: Labels = &[
    (
        "clock_differs",
        text(
            "This device's clock differs from the relay's; set it right.",
            "本设备的时钟与中继不一致，请校准。",
        ),
    ),
    (
        "new_generation",
        text(
            "The data here was copied or restored; it goes on as a new installation, nothing is \
            lost.",
            "本机数据曾被复制或恢复，现作为新安装继续使用，内容没有丢失。",
        ),
    ),
    (
        "chain_broken",
        text(
            "The relay has hidden, reordered or rewritten history; tell its admin.",
            "中继隐藏、调换或改写过历史，请告知中继管理员。",
        ),
    ),
    (
        "grant_expired",
        text(
            "This device's access has run out; recording goes on, ask the office to renew it.",
            "本设备的授权已到期；可以继续登记，请联系管理处续期。",
        ),
    ),
    (
        "relay_restored",
        text(
            "The relay was restored from an older copy and was given back what it lacked.",
            "中继曾由旧副本恢复，所缺内容已补上。",
        ),
    ),
    (
        "cards_stuck",
        text(
            "Some people's details could not be brought to the relay or taken from it; tried again \
            with each sync.",
            "有些个人资料未能上传或取得，每次同步都会重试。",
        ),
    ),
    (
        "photos_stuck",
        text(
            "Some photos could not be brought to the relay or taken from it; tried again with each \
            sync. Perhaps the community's room at the relay is used up.",
            "有些照片未能上传或取得，每次同步都会重试；也可能是小区在中继的空间已用完。",
        ),
    ),
    (
        "too_many_wait",
        text(
            "Too many parcels wait for earlier ones; they are fetched again with the next sync.",
            "等待前序的数据包过多，下次同步会再取。",
        ),
    ),
    (
        "relay_refused",
        text(
            "The relay did not take some parcels of this device; they are kept here.",
            "中继未接收本设备的部分数据包；它们仍保存在本机。",
        ),
    ),
    (
        "revoked",
        text(
            "This device was revoked; export a bundle and give it to the office.",
            "本设备已被停用；请导出数据包交给管理处。",
        ),
    ),
];

const PARTIES: Labels = &[
    ("general_manager", text("general manager", "总经理")),
    ("service_manager", text("service manager", "客服经理")),
    ("department", text("department in charge", "责任部门")),
    ("complainant", text("person who complains", "投诉人")),
    ("receiver", text("whoever received it", "接收人")),
];

const DUTY: Labels = &[
    ("pending", text("pending", "办理中")),
    ("met", text("met", "已完成")),
    ("overdue", text("OVERDUE", "超期")),
    ("extended", text("extended", "已延期")),
];

const ENTRIES: Labels = &[
    ("scope", text("Scope", "适用范围")),
    ("channel", text("Channels", "渠道")),
    ("field", text("What a complaint must tell", "应填内容")),
    ("acceptance", text("Acceptance", "受理条件")),
    ("ground", text("Grounds for not accepting", "不予受理")),
    ("category", text("Categories", "分类")),
    ("severity", text("Severities", "分级")),
    ("role", text("Roles", "职责分工")),
    ("routing", text("Routing", "流转")),
    ("duty", text("Duties", "时限与职责")),
    ("escalation", text("Escalation", "升级上报")),
    ("method", text("Handling", "处理方式")),
    ("approval", text("Approval", "审批")),
    ("form", text("Forms and notices", "表单与告知")),
    ("follow_up", text("Follow-up", "回访")),
    ("extension", text("Extension", "延期")),
    ("kpi", text("Targets", "考核指标")),
    ("report", text("Reports", "统计报告")),
    ("confidentiality", text("Confidentiality", "保密")),
    ("appeal", text("Where to go next", "救济途径")),
    ("choice", text("Choices", "可选解释")),
    ("blank", text("Values to fill in", "待填时限")),
];

const INVITATIONS: Labels = &[
    ("open", text("open", "可用")),
    ("used", text("used", "已使用")),
    ("withdrawn", text("withdrawn", "已撤回")),
    ("expired", text("expired", "已过期")),
];

const fn text(en: &'static str, zh: &'static str) -> Text {
    Text { en, zh }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::is_chinese;

    #[test]
    fn every_key_has_a_word_in_both_languages() {
        for vocabulary in Vocabulary::ALL {
            let keys = vocabulary.keys();
            assert!(!keys.is_empty(), "{vocabulary:?}");
            for key in keys {
                let (zh, en) = (vocabulary.word(key, Lang::Zh), vocabulary.word(key, Lang::En));
                assert!(is_chinese(&zh), "{vocabulary:?} {key} in Chinese");
                assert!(!en.is_empty() && !is_chinese(&en), "{vocabulary:?} {key} in English");
            }
        }
    }

    #[test]
    fn the_four_steps_of_delivery_are_those_of_the_design() {
        let keys = Vocabulary::Delivery.keys();
        let zh: Vec<_> = keys.iter().map(|key| delivery(key, Lang::Zh)).collect();
        assert_eq!(zh, ["已存本机", "已发送", "物业已收到", "已受理"]);
        assert_eq!(delivery("received", Lang::En), "received by the office");
    }

    #[test]
    fn an_unknown_key_is_shown_as_it_is() {
        assert_eq!(field("colour", Lang::Zh), "colour");
        assert_eq!(delivery("teleported", Lang::Zh), "teleported");
        assert_eq!(kind("teleported", Lang::Zh), "teleported");
        assert_eq!(value("channel", "pigeon", Lang::En), "pigeon");
        assert_eq!(value("channel", "box", Lang::Zh), "意见箱");
        assert_eq!(category("Z9", "hanjiang-oc", Lang::Zh), "Z9");
    }

    #[test]
    fn a_category_has_the_word_of_its_regulation() {
        let mut known = catalogue::all().iter().filter(|known| !known.category.is_empty());
        let regulation = &known.next().expect("some regulation has categories").id;
        for key in categories(regulation) {
            assert!(is_chinese(&category(key, regulation, Lang::Zh)), "{key}");
        }
    }
}
