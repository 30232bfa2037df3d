//! The sentence for each error: what happened, what is safe, what to do. English stands with the
//! codes themselves.
//!
//! The match names every code, so a new one does not compile without its Chinese sentence.

use crate::error::ErrorCode;
use crate::words::Lang;

/// What happened, what is safe, what to do.
pub fn error(code: ErrorCode, detail: Option<&str>, lang: Lang) -> String {
    lang.pick(chinese(code), code.english()).replace("{}", detail.unwrap_or("?"))
}

/// The Chinese sentence; `{}` stands for the error's value.
fn chinese(code: ErrorCode) -> &'static str {
    use ErrorCode as C;
    match code {
        C::NotInCommunity => "本设备还不属于任何小区。请用邀请链接加入，或新建一个小区。",
        C::AlreadyInCommunity => "本设备已属于一个小区，没有任何改动。",
        C::UnknownBuilding => "没有楼栋“{}”，或本设备无权查看。",
        C::BuildingExists => "已有楼栋“{}”。",
        C::UnknownComplaint => "本设备上没有投诉“{}”。",
        C::AmbiguousNumber => "编号 {} 对应不止一件投诉，请改用它的 id。",
        C::UnknownDraft => "本设备上没有草稿“{}”，也许已登记或已删除。",
        C::TooManyDrafts => "已有 {} 份草稿，都保存着，不能再多；请先登记或删除一份。",
        C::UnknownKind => "没有“{}”这种办理事项。",
        C::UnknownRole => "没有“{}”这种角色。",
        C::UnknownStage => "没有“{}”这个办理阶段。",
        C::UnknownDevice => "本小区没有设备“{}”。",
        C::UnknownRegulation => "没有制度“{}”。",
        C::BadRegulationSetting => "与制度不符：{}。",
        C::OpenBlanks => "制度留有未定的值，采用前须由小区填定：{}。没有任何改动。",
        C::BadRegulationFile => "制度文件有误：{}。",
        C::RegulationForbids => "所采用的制度不允许这样做：{}。没有任何改动。",
        C::BadTime => "“{}”不是有效的时间。请写成 2026-09-30T16:00:00+08:00 这样。",
        C::BadDay => "“{}”不是有效的日期。请写成 2026-09-30 这样。",
        C::NoPeriodicReport => "制度 {} 没有定期报告的要求，或未定多久一次。",
        C::BadField => "字段“{}”不能填写。",
        C::BadValue => "“{}”的值缺失、过长或类型不对。",
        C::BadShortName => "小区简称须为 1 到 12 个字符，不含空格和连字符。",
        C::BadRelayUrl => "“{}”不是中继地址。请写成 https://relay.example:7800 这样。",
        C::BadPin => "中继证书指纹须为 64 位十六进制数字。",
        C::BadLink => "这不是邀请链接，或链接不完整。请完整复制，包括 # 后面的部分。",
        C::RepNeedsBuilding => "楼长至少要负责一栋楼。",
        C::WeakPassphrase => "恢复口令至少要有 12 个字符。",
        C::WrongPassphrase => "口令打不开恢复文件。没有任何改动，请重试。",
        C::BadRecoveryFile => "“{}”不是恢复文件，或已损坏。",
        C::BadBundle => "“{}”不是数据包，或已损坏；读得出的部分已收下。",
        C::ForeignBundle => "这个数据包属于另一个小区，没有收下任何内容。",
        C::EvidenceEmpty => "文件“{}”是空的，没有添加任何内容。",
        C::EvidenceTooLarge => "文件过大：最多 240 MB。没有添加任何内容。",
        C::EvidenceChanged => "读取时文件发生了变化，没有添加任何内容；请重试。",
        C::EvidenceFull => "这件投诉已有 {} 份证据，不能再添加。",
        C::UnknownEvidence => "没有哈希为“{}”的证据。",
        C::AmbiguousEvidence => "以“{}”开头的证据不止一份，请多写几位。",
        C::EvidenceErased => "该内容已从投诉中删除，不能再次添加：{}。",
        C::EvidenceNotHere => "这份证据的内容尚未送达本机（{}）。请先同步。",
        C::BadRootKey => "根公钥须为 64 位十六进制数字。",
        C::NotAPicture => "这个文件不能这样处理：{}。请用 JPEG、PNG 或 WebP。",
        C::BadRectangle => "第 {} 个矩形为空，或在画面之外。",
        C::BlobDamaged => "本机上的这份证据已损坏（{}）。请修复后再同步，中继有的会重新取回。",
        C::NoRoom => "本机空间不足，放不下“{}”。文字都已保存；请腾出空间后再添加。",
        C::File => "文件 {} 无法读写。",
        C::RoleMayNot => "您的角色不能办理此事项：{}。",
        C::StageForbids => "投诉目前的阶段不能办理此事项：{}。",
        C::NotAdmin => "只有管理员设备可以这样做：建立小区的管理处设备，或经它认证的设备。",
        C::LastAdmin => "这是小区最后一台管理员设备，没有任何改动。请先认证另一台设备。",
        C::Revoked => "本设备已被停用。它登记的内容仍在本机；请导出数据包交给管理处。",
        C::GrantExpired => "本设备的授权已到期。可以继续登记，所有内容都保存着；请联系管理处续期。",
        C::NewerDocument => "这件投诉由更新版本的 Floorwalk 写成，本版本只能查看。请更新。",
        C::RelayUnreachable => "连不上中继。所有内容都已存在本机，下次同步时发出。",
        C::RelayPinMismatch => {
            "中继的证书与指纹不符，没有发送任何内容。请核对地址，或向中继管理员索取正确的指纹。"
        }
        C::RelayNotTrusted => {
            "中继的证书不受信任，没有发送任何内容。中继若用自签名证书，请提供它的指纹。"
        }
        C::NotARelay => {
            "该地址的应答不是来自 Floorwalk 中继；也许当前网络需要先登录。所有内容都保存着。"
        }
        C::RelayBroken => "与中继的连接中断。所有内容都保存着，下次同步从断处继续。",
        C::RelayVersion => "中继使用另一版本的协议。所有内容都保存着；请更新。",
        C::RelayUnknownCommunity => "中继没有托管本小区。所有内容都保存着。",
        C::HostTokenRefused => {
            "中继只凭有效的开户码接受新小区。小区已保存在本机；请向中继管理员索取开户码，再建立一次。"
        }
        C::NotAMember => "中继不认识本设备。所有内容都保存着。",
        C::InvitationUnknown => "中继不认识这个邀请。请索取新的邀请。",
        C::InvitationUsed => "这个邀请已被使用。请索取新的邀请。",
        C::InvitationExpired => "这个邀请已过期。请索取新的邀请。",
        C::InvitationWithdrawn => "这个邀请已被撤回。请索取新的邀请。",
        C::RelayUnavailable => "中继暂时不能接收。所有内容都保存着，请稍后再试。",
        C::RelayRefused => "中继拒收本设备发送的内容（{}）。所有内容都保存着。",
        C::NewerStore => {
            "本机的数据库由更新版本的 Floorwalk 建立，没有任何改动。请更新，或用新版本导出数据包。"
        }
        C::StoreDamaged => "数据库已损坏（{}），现以只读方式打开，需要修复。",
        C::StoreFailed => "磁盘没能保存（{}）。此前保存的内容是安全的；请腾出空间后重试。",
        C::KeysMissing => "本设备的密钥缺失，或与数据库不符。没有密钥就打不开数据。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::is_chinese;

    #[test]
    fn every_error_code_has_both_languages_with_the_same_value() {
        for code in ErrorCode::ALL {
            let (zh, en) = (chinese(*code), code.english());
            assert!(is_chinese(zh), "{}", code.as_str());
            assert!(!en.is_empty() && !is_chinese(en), "{}", code.as_str());
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{}", code.as_str());
        }
    }

    #[test]
    fn no_sentence_speaks_of_the_command_line() {
        for (code, lang) in ErrorCode::ALL.iter().flat_map(|code| Lang::ALL.map(|l| (code, l))) {
            let said = error(*code, None, lang);
            for word in ["--", "`", "floorwalk "] {
                assert!(!said.contains(word), "{}: {said}", code.as_str());
            }
        }
    }

    #[test]
    fn a_value_stands_in_the_sentence() {
        let said = |lang| error(ErrorCode::UnknownBuilding, Some("9号楼"), lang);
        assert_eq!(said(Lang::Zh), "没有楼栋“9号楼”，或本设备无权查看。");
        assert!(said(Lang::En).contains("\"9号楼\""));
    }
}
