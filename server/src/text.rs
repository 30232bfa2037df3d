//! What the relay's commands say to people, in Chinese and English.

use clap::ValueEnum;
use serde_json::Value;

/// A language that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Zh,
    En,
}

impl Language {
    /// By the locale, in the order that POSIX gives its variables.
    pub(crate) fn of_environment() -> Self {
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set);
        if locale.is_some_and(|locale| locale.starts_with("zh")) { Self::Zh } else { Self::En }
    }

    fn choose(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// What a started relay says.
pub(crate) fn listening(value: &Value, language: Language) -> String {
    let shown = |name: &str| value[name].as_str().unwrap_or("-").to_owned();
    let (at, pin) = (shown("listening"), shown("pin"));
    match language {
        Language::Zh => format!("中继已启动：{at}\n证书指纹：{pin}\n"),
        Language::En => format!("The relay is running at {at}\nCertificate pin: {pin}\n"),
    }
}

/// An answer, one line per thing.
pub(crate) fn answer(value: &Value, language: Language) -> String {
    if let Some(token) = value["token"].as_str() {
        let until = value["expires_at"].as_str().unwrap_or("-");
        return match language {
            Language::Zh => format!("建区令牌（仅可用一次，{until} 前有效）：\n{token}\n"),
            Language::En => format!("Host token (works once, until {until}):\n{token}\n"),
        };
    }
    if let Some(room) = value["quota"].as_object() {
        let [used, reserved] = ["used", "reserved"].map(|key| room[key].to_string());
        let quota = room["bytes"].as_u64().map(|bytes| bytes.to_string());
        let quota = quota.unwrap_or_else(|| language.choose("不限", "none").to_owned());
        return match language {
            Language::Zh => format!("附件空间：{quota}；已用 {used}，预留 {reserved}（字节）\n"),
            Language::En => format!("Quota for blobs: {quota}; {used} used, {reserved} reserved\n"),
        };
    }
    let (rows, columns, none) = if let Some(rows) = value["communities"].as_array() {
        (
            rows.as_slice(),
            COMMUNITY_COLUMNS,
            language.choose("尚无小区。\n", "No communities yet.\n"),
        )
    } else {
        let rows = value["devices"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        (rows, DEVICE_COLUMNS, language.choose("尚无设备。\n", "No devices yet.\n"))
    };
    if rows.is_empty() { none.to_owned() } else { table(rows, columns, language) }
}

/// What went wrong, what is safe, and what to do.
pub(crate) fn error(code: &str, message: &str, language: Language) -> String {
    let (zh, en) = match code {
        "no_data" => (
            "此目录中没有中继数据。请检查 --data。",
            "There is no relay's data in that folder. Check --data.",
        ),
        "in_use" => (
            "另一个中继正在使用此目录，它不受影响。请先停止它，或换一个 --data。",
            "Another relay is using that folder, and goes on. Stop it, or use another --data.",
        ),
        "unknown_community" => (
            "此处没有该小区。用 communities 命令查看。",
            "That community is not hosted here. See the command communities.",
        ),
        "newer_data" => (
            "数据由更新的版本写成，未作任何改动。请安装新版本。",
            "The data was written by a newer version and was not touched. Install that version.",
        ),
        "bad_certificate" => (
            "证书或密钥不可用，数据未受影响。请检查 --tls。",
            "The certificate or its key can't be used; the data is not affected. Check --tls.",
        ),
        "damaged" => (
            "数据已损坏，未作任何改动。请从备份恢复。",
            "The data is damaged and was not touched. Restore it from a backup.",
        ),
        _ => (
            "现在无法完成；已存的数据都在。请稍后重试。",
            "This can't be done now; everything stored is safe. Try again later.",
        ),
    };
    format!("{}\n({message})\n", language.choose(zh, en))
}

/// A column: its JSON name, and its heading in Chinese and English.
type Column = (&'static str, &'static str, &'static str);

const COMMUNITY_COLUMNS: &[Column] = &[
    ("community", "小区", "community"),
    ("created_at", "创建时间", "created"),
    ("devices", "设备", "devices"),
    ("parcels", "包裹", "parcels"),
    ("bytes", "字节", "bytes"),
    ("blobs", "附件", "blobs"),
    ("blob_bytes", "附件字节", "blob bytes"),
];

const DEVICE_COLUMNS: &[Column] = &[
    ("device", "设备", "device"),
    ("role", "角色", "role"),
    ("admin", "管理", "admin"),
    ("expires_at", "到期", "expires"),
    ("revoked", "已撤销", "revoked"),
    ("last_seen", "最近在线", "last seen"),
];

/// Rows under headings, kept apart by tabs: ids are too long for columns of equal width.
fn table(rows: &[Value], columns: &[Column], language: Language) -> String {
    let headings = columns.iter().map(|(_, zh, en)| language.choose(zh, en).to_owned());
    let mut lines = vec![headings.collect::<Vec<_>>().join("\t")];
    for row in rows {
        let cell = |(name, _, _): &Column| match &row[*name] {
            Value::String(text) => text.clone(),
            Value::Bool(true) => language.choose("是", "yes").to_owned(),
            Value::Bool(false) | Value::Null => "-".to_owned(),
            other => other.to_string(),
        };
        lines.push(columns.iter().map(cell).collect::<Vec<_>>().join("\t"));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_said_in_both_languages() {
        let value = json!({"communities": [{"community": "ab", "devices": 3}]});
        assert!(answer(&value, Language::En).starts_with("community\tcreated"));
        assert!(answer(&value, Language::Zh).starts_with("小区\t创建时间"));
        assert!(answer(&value, Language::Zh).contains("ab\t-\t3"));
        let value = json!({"quota": {"bytes": null, "used": 5, "reserved": 7}});
        assert_eq!(answer(&value, Language::En), "Quota for blobs: none; 5 used, 7 reserved\n");
        assert!(answer(&value, Language::Zh).contains("不限"));
        assert!(error("damaged", "why", Language::Zh).contains("备份"));
    }
}
