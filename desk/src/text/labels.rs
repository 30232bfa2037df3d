//! What keys are called: stages, roles, kinds of events, fields, steps of delivery.
//!
//! A key that this version does not know is shown as it is: a newer version may have written it.

use std::str::FromStr;

use floorwalk_replica::{EventKind, Role, Stage};

use crate::text::{Lang, Text};

/// A stage's label.
pub fn stage(key: &str, lang: Lang) -> String {
    known::<Stage>(key, lang, Stage::zh, Stage::en)
}

/// A role's label.
pub fn role(key: &str, lang: Lang) -> String {
    let named = listed(PARTIES, key, lang);
    if named == key { known::<Role>(key, lang, Role::zh, Role::en) } else { named }
}

/// An event kind's label.
pub fn kind(key: &str, lang: Lang) -> String {
    match (EventKind::from_str(key), lang) {
        (Ok(kind), Lang::Zh) => kind.zh().to_owned(),
        (Ok(kind), Lang::En) => kind.en().to_owned(),
        (Err(_), _) => key.to_owned(),
    }
}

/// How far a complaint has come, in words.
pub fn delivery(key: &str, lang: Lang) -> String {
    listed(DELIVERY, key, lang)
}

/// What a piece of evidence is.
pub fn evidence_kind(key: &str, lang: Lang) -> String {
    listed(EVIDENCE_KINDS, key, lang)
}

/// A field's label.
pub fn field(key: &str, lang: Lang) -> String {
    listed(FIELDS, key, lang)
}

/// The label of a field's value, for fields whose values are keys.
pub fn value(field: &str, value: &str, lang: Lang) -> String {
    match field {
        "channel" => listed(CHANNELS, value, lang),
        "severity" => listed(SEVERITIES, value, lang),
        _ => value.to_owned(),
    }
}

/// The keys of all channels.
pub fn channels() -> impl Iterator<Item = &'static str> {
    CHANNELS.iter().map(|(key, _)| *key)
}

/// How somebody was told or asked.
pub fn manner(key: &str, lang: Lang) -> String {
    listed(MANNERS, key, lang)
}

/// The label of an event's particular.
pub fn particular(key: &str, lang: Lang) -> String {
    let own = listed(PARTICULARS, key, lang);
    if own == key { field(key, lang) } else { own }
}

/// What a person should know about this replica; see `Status::warnings`.
pub fn warning(key: &str, lang: Lang) -> String {
    listed(WARNINGS, key, lang)
}

/// How a duty stands.
pub fn duty(key: &str, lang: Lang) -> String {
    listed(DUTY, key, lang)
}

/// A kind of entry of a regulation.
pub fn entry(key: &str, lang: Lang) -> String {
    listed(ENTRIES, key, lang)
}

/// The state of an invitation.
pub fn invitation(key: &str, lang: Lang) -> String {
    listed(INVITATIONS, key, lang)
}

type Labels = &'static [(&'static str, Text)];

const EVIDENCE_KINDS: &[(&str, Text)] = &[
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
            "This home was copied or restored; it goes on as a new installation, nothing is lost.",
            "本目录曾被复制或恢复，现作为新安装继续使用，内容没有丢失。",
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

fn listed(labels: Labels, key: &str, lang: Lang) -> String {
    let label = labels.iter().find(|(known, _)| *known == key);
    label.map_or(key, |(_, text)| text.of(lang)).to_owned()
}

fn known<T: FromStr>(
    key: &str,
    lang: Lang,
    zh: fn(&T) -> &'static str,
    en: fn(&T) -> &'static str,
) -> String {
    match (key.parse::<T>(), lang) {
        (Ok(known), Lang::Zh) => zh(&known).to_owned(),
        (Ok(known), Lang::En) => en(&known).to_owned(),
        (Err(_), _) => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_steps_of_delivery_are_those_of_the_design() {
        let zh: Vec<_> = DELIVERY.iter().map(|(key, _)| delivery(key, Lang::Zh)).collect();
        assert_eq!(zh, ["已存本机", "已发送", "物业已收到", "已受理"]);
        assert_eq!(delivery("received", Lang::En), "received by the office");
    }

    #[test]
    fn an_unknown_key_is_shown_as_it_is() {
        assert_eq!(field("colour", Lang::Zh), "colour");
        assert_eq!(delivery("teleported", Lang::Zh), "teleported");
        assert_eq!(value("channel", "pigeon", Lang::En), "pigeon");
        assert_eq!(value("channel", "box", Lang::Zh), "意见箱");
    }
}
