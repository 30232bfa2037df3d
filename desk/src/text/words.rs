//! What the command line says: results, notes and its own errors.

use crate::text::texts;

texts! {
    // Errors of the command line itself.
    ERROR: "Error: {0}", "错误：{0}";
    USAGE: "{0}", "用法不对：{0}";
    MISSING_COMMAND: "No command was named; see --help.{0}", "没有写命令，用法见 --help。{0}";
    STRAY_WORD: "There is a word too many. Put a value with spaces in quotes. Nothing was changed.",
        "多了一个词。值里有空格时请加引号。没有任何改动。";
    MISSING_FLAG: "{0} is missing. Nothing was changed; see --help.",
        "缺少 {0}。没有任何改动；用法见 --help。";
    NEEDLESS_FLAG: "{0} can't be used together with --jsonl. Nothing was changed.",
        "{0} 不能与 --jsonl 同用。没有任何改动。";
    BAD_SET: "{0}: write KEY=VALUE, each key once. Nothing was changed.",
        "{0}：请写成 KEY=VALUE，每个键只写一次。没有任何改动。";
    BAD_DURATION:
        "\"{0}\" is not a length of time. Write it like 7d, 12h, 30m or 90s, up to ten years.",
        "“{0}”不是有效的时长。请写成 7d、12h、30m 或 90s 这样，最长十年。";
    UNKNOWN_REGULATION: "There is no regulation \"{0}\". There are: {1}.",
        "没有制度“{0}”。可选：{1}。";
    BAD_CASE: "The case can't be read: {0}.", "案例无法读取：{0}。";
    NO_HOME: "No folder for the data is known. Name one with --home or FLOORWALK_HOME.",
        "不知道数据该放在哪里。请用 --home 或 FLOORWALK_HOME 指定目录。";
    NO_PASSPHRASE:
        "The recovery passphrase is needed. Set FLOORWALK_PASSPHRASE, or run this on a terminal.",
        "需要恢复口令。请设置 FLOORWALK_PASSPHRASE，或在终端上运行。";
    FOLDER_NOT_EMPTY: "The folder {0} is not empty; nothing in it was touched. Name a new one.",
        "目录 {0} 不是空的，其中内容没有改动。请另指定一个新目录。";
    OUTPUT_FAILED:
        "The result can't be printed ({0}). What was done is done; ask again with `floorwalk \
            status`.",
        "结果无法输出（{0}）。已做的操作有效；可用 floorwalk status 再查。";
    NO_RUNTIME: "The operating system gives no threads ({0}). Nothing was changed; try again.",
        "操作系统没有分配线程（{0}）。没有任何改动，请重试。";
    DEMO_RELAY: "The demonstration's relay does not start: {0}.", "演示用的中继无法启动：{0}。";
    DEMO_PROOF: "The demonstration did not show what it must: {0}.", "演示没有得到应有的结果：{0}。";
    INTERNAL: "A fault in Floorwalk itself. What was recorded before is kept; please report this.",
        "Floorwalk 自身出错。此前登记的内容都保存着；请反馈此问题。";

    // Lines of a file.
    BAD_LINE: "Line {0}: {1}", "第 {0} 行：{1}";
    LINE_TOO_LONG: "longer than {0} MiB; it was passed over.", "超过 {0} MiB，已跳过。";
    LINE_NOT_UTF8: "not UTF-8 text; it was passed over.", "不是 UTF-8 文本，已跳过。";
    LINE_NOT_JSON: "not valid JSON at column {0}; it was passed over.",
        "第 {0} 列起不是有效的 JSON，已跳过。";
    LINE_NOT_AN_OBJECT: "not a JSON object; it was passed over.", "不是 JSON 对象，已跳过。";
    LINE_UNKNOWN_FIELD: "the name \"{0}\" has no meaning here; the line was passed over.",
        "名称“{0}”在此没有意义，此行已跳过。";
    LINE_WRONG_KIND: "the value of \"{0}\" must be {1}; the line was passed over.",
        "“{0}”的值须为{1}，此行已跳过。";
    LINE_MISSING: "\"{0}\" is missing or empty; the line was passed over.",
        "缺少“{0}”或其为空，此行已跳过。";
    KIND_TEXT: "a string", "字符串";
    KIND_FILES: "a file name or a list of file names", "文件名或文件名列表";
    KIND_OBJECT: "an object", "对象";
    KIND_OBJECTS: "an array of objects", "对象的数组";
    LINES_RECORDED: "Recorded {0} complaints, all saved on this device; {1} lines were bad.",
        "已登记 {0} 件投诉，均已存本机；{1} 行有误。";
    LINES_APPLIED: "Applied {0} events, all saved on this device; {1} lines were bad.",
        "已记入 {0} 项办理，均已存本机；{1} 行有误。";

    // Community.
    CREATED:
        "The community \"{0}\" is founded, and its relay has it.\nCommunity  {1}\nThis device {2}",
        "小区“{0}”已建立，中继已托管。\n小区    {1}\n本设备  {2}";
    RECOVERY_FILE:
        "Recovery file  {0}\nCopy it to a safe place: with its passphrase it restores the \
            community when every office device is lost.",
        "恢复文件  {0}\n请复制到安全的地方：管理处设备全部丢失时，凭它和口令可恢复小区。";
    RECOVERY_PASSPHRASE:
        "Recovery passphrase  {0}\nWrite it down now; it is shown once and kept nowhere.",
        "恢复口令  {0}\n请立即抄下；只显示这一次，任何地方都不保存。";
    COMMUNITY:
        "{0} ({1})\nCommunity   {2}\nRegulation  {3}\nRelay       {4}{5}\nThis device {6}, {7}",
        "{0}（{1}）\n小区    {2}\n制度    {3}\n中继    {4}{5}\n本设备  {6}，{7}";
    NOT_HOSTED: " (has not taken the community yet)", "（尚未托管本小区）";
    BUILDINGS: "Buildings", "楼栋";
    DEVICES: "Devices", "设备";
    NONE_YET: "none yet", "暂无";
    ALL_BUILDINGS: "all", "全部";
    NAME: "name", "名称";
    SCOPE: "scope", "范围";
    ROLE: "role", "角色";
    DEVICE: "device", "设备";
    LAST_SEEN: "last seen", "最近同步";
    ACCESS: "access", "权限";
    ACCESS_ADMIN: "administrator", "管理员";
    ACCESS_REVOKED: "revoked", "已停用";
    ACCESS_UNTIL: "until {0}", "至 {0}";
    STATE: "state", "状态";
    EXPIRES: "expires", "到期";
    INVITATION: "invitation", "邀请";
    RECOVERED: "The community \"{0}\" is restored on this device.\nThis device {1}, {2}",
        "小区“{0}”已在本设备恢复。\n本设备 {1}，{2}";
    MOVED: "This device syncs with {0} from now on, and is in step with it.",
        "本设备今后与 {0} 同步，现已一致。";
    CERTIFIED: "{0} is an administrator now; the others learn it with the next sync.",
        "{0} 现在是管理员；下次同步后其他设备就会知道。";
    BUILDING_ADDED: "Added {0}. The others see it after the next sync.",
        "已添加{0}。下次同步后其他设备即可看到。";
    INVITED: "The link works once, until {0}. Give it to {1} in person:\n{2}",
        "链接只能用一次，{0} 前有效。请当面交给{1}：\n{2}";
    WITHDRAWN: "The invitation is withdrawn; its link no longer works.", "邀请已撤回，链接失效。";
    JOINED: "Joined {0} as {1}. Buildings: {2}.", "已加入{0}，角色：{1}。楼栋：{2}。";
    REVOKED: "{0} is revoked; {1} scopes have a new key. What it had sent still counts.",
        "{0} 已停用；{1} 个范围换了新密钥。它此前发送的内容仍然有效。";
    HELD_ACCEPTED: "{0} parcels held back of {1} count now; elsewhere after the next sync.",
        "{1} 被扣留的 {0} 个包现已采用；下次同步后其他设备亦然。";
    RENEWED: "The access of {0} runs until {1}.", "{0} 的授权延长至 {1}。";
    ASK_PASSPHRASE: "Recovery passphrase (not shown): ", "恢复口令（不显示）：";

    // Complaints.
    RECORDED: "Recorded {0}: saved on this device.", "已登记 {0}：已存本机。";
    STILL_MISSING: "Still missing by the regulation: {0}.", "按制度尚缺：{0}。";
    DOSSIER_EXPORTED: "Wrote {0}: {1} files, {2} signatures.", "已写出 {0}：{1} 个文件，{2} 个签名。";
    DOSSIER_VALID: "Every check holds.", "所有检查均通过。";
    DOSSIER_INVALID: "This dossier is not as it was signed; see the lines with ✗.",
        "档案与签名时不一致，见标 ✗ 的各行。";
    WITH_PHOTOS: "With {0} photos.", "附照片 {0} 张。";
    ATTACHED: "{0} added to {1}: saved on this device.", "已为 {1} 添加 {0} 份证据：已存本机。";
    BAD_FILE: "{0}: {1}", "文件 {0}：{1}";
    EVIDENCE: "Evidence", "证据";
    EVIDENCE_SAVED: "Wrote {0} files to {1}; {2} have not arrived yet.",
        "已写出 {0} 个文件到 {1}；另有 {2} 份尚未送达。";
    REDACTED: "Covered copy {0} added to {1}: saved on this device.",
        "已为 {1} 添加遮盖副本 {0}：已存本机。";
    ERASED: "{0}: {1} erased on this device; at the relay and elsewhere with the next syncs.",
        "{0}：本机已删除 {1} 项；中继和其他设备将在下次同步时删除。";
    NOTHING_TO_ERASE: "{0}: nothing left to erase.", "{0}：没有可删除的内容。";
    WAS_ERASED: "erased", "已删除";
    ERASED_BY: "erased {0} by {1}: {2}", "{0} 由 {1} 删除：{2}";
    NOT_HERE_YET: "not on this device yet", "尚未送达本机";
    COPY_HERE: "a smaller copy is here", "本机有缩小副本";
    SIGNED_WELL: "signature holds", "签名有效";
    SIGNED_BADLY: "SIGNATURE DOES NOT HOLD", "签名无效";
    RELAY_HAD_IT: "the relay had it {0}, and signed that", "中继于 {0} 收到，并已签名";
    CAPTURED_AT: "taken {0} by the camera's clock (this device's clock: {1} later)",
        "拍摄于 {0}（相机时钟；本机时钟相差 {1}）";
    CAPTURED_PLACE: "at {0}, {1} (the camera's word)", "地点 {0}, {1}（相机记录）";
    CAMERA: "camera: {0}", "相机：{0}";
    COVERED_COPY_OF: "a covered copy of {0}", "{0} 的遮盖副本";
    SECONDS: "{0} s", "{0} 秒";
    MINUTES: "{0} min", "{0} 分钟";
    HOURS: "{0} h", "{0} 小时";
    DAYS: "{0} days", "{0} 天";
    ACTED: "{0}: {1}. Saved on this device.", "{0}：{1}。已存本机。";
    EDITED: "{0} is changed. Saved on this device.", "{0} 已修改。已存本机。";
    NO_COMPLAINTS: "No complaints.", "没有投诉。";
    COUNT: "{0} complaints", "共 {0} 件";
    NUMBER: "number", "编号";
    BUILDING: "building", "楼栋";
    ROOM: "room", "房号";
    CATEGORY: "category", "类别";
    CHANNEL: "channel", "渠道";
    SEVERITY: "severity", "等级";
    STAGE: "stage", "阶段";
    DELIVERY: "delivery", "送达";
    RECORDED_AT: "recorded", "登记时间";
    NEXT_DUE: "next due", "下一期限";
    UNSENT_MARK: "{0} (not all sent yet)", "{0}（尚未全部发送）";
    CARD_WAITING: "the details have not arrived yet", "资料尚未送达";
    EVENTS: "What happened", "办理经过";
    NOT_COUNTED: "(does not count: the author's role may not do it)", "（不计：角色无此权限）";
    ALLOWED: "What may be done next", "接下来可办";
    CONFLICTS: "Changed in two places at once; choose with `floorwalk edit`",
        "两处同时改动，请用 floorwalk edit 选定";
    READ_ONLY: "A newer version wrote this complaint; this version only shows it.",
        "这件投诉由更新的版本写成，本版本只能查看。";

    // Regulations.
    REGULATION_ID: "id", "编码";
    SOURCE: "source", "来源";
    TITLE: "title", "名称";
    TRUNCATED: "The source breaks off.", "来源文本不完整。";
    REGULATION_SOUND: "The file is sound.", "文件无误。";
    ADOPTED: "Adopted: {0} (version {1}). The others know of it after the next sync; complaints \
            received before keep theirs.",
        "已采用：{0}（版本 {1}）。下次同步后其他设备即知；此前接收的投诉仍按原制度办理。";
    OPEN_BLANKS_HINT: "The regulation leaves values out ({0}); no moment is computed from them. \
            Fill them with `floorwalk regulation adopt {1} --set KEY=VALUE`.",
        "制度有未定的时限（{0}），据此不计算任何期限。请用 floorwalk regulation adopt {1} --set KEY=VALUE 填写。";
    DUTIES: "Duties", "时限与职责";
    NO_DATE: "no date given", "未定期限";
    TIME_LEFT: "{0} left", "剩余 {0}";
    TIME_OVER: "{0} over", "超过 {0}";
    PROVISIONAL: "(provisional: that year's calendar is not published)", "（暂定：该年放假安排未公布）";
    UNCERTAIN: "(uncertain: a clock is in doubt)", "（存疑：时钟不可靠）";
    REFUSED: "Against the regulation: {0} [{1}]", "不合制度：{0} [{1}]";
    ESCALATE: "To be raised to the {0}, since {1} [{2}]", "须上报{0}（自 {1} 起）[{2}]";

    // Exchange and care.
    SYNC_PROGRESS: "parcels {0}, attachments {1}/{2}", "数据包 {0}，附件 {1}/{2}";
    SYNCED: "Synced: sent {0} parcels ({1}), received {2} parcels ({3}), {4} round trips.",
        "同步完成：发送 {0} 个包（{1}），收到 {2} 个包（{3}），往返 {4} 次。";
    SYNCED_BLOBS: "Cards and photos: sent {0}, received {1}.", "资料与照片：发送 {0}，收到 {1}。";
    QUARANTINED: "{0} parcels are kept but not applied; see `floorwalk status`.",
        "有 {0} 个包已保存但未采用，见 floorwalk status。";
    HISTORY_RESET: "The relay has a new history (it was restored); what it lacked was given back.",
        "中继换了新的历史（曾被恢复），它缺少的内容已补上。";
    CHAIN_BROKEN:
        "The relay hid, reordered or rewrote history. Everything here is kept; tell the relay's \
            admin.",
        "中继隐藏、调换或改写过历史。本机内容都保存着；请告知中继管理员。";
    WATCH_CONNECTED: "Connected to the relay. Ctrl-C ends.", "已连接中继。按 Ctrl-C 结束。";
    WATCH_DISCONNECTED: "{0} Trying again in {1} s.", "{0} {1} 秒后重试。";
    NOTHING_UNSENT: "Everything has been sent.", "全部已发送。";
    UNSENT: "Not sent yet: {0} complaints, {1} cards, {2} photos. All saved on this device.",
        "尚未发送：投诉 {0} 件、资料 {1} 份、照片 {2} 张。均已存本机。";
    LAST_SYNC: "Last sync: {0}", "上次同步：{0}";
    NEVER: "never", "从未";
    WAITING: "{0} parcels wait for a key or for earlier parcels.", "有 {0} 个包在等待密钥或前面的包。";
    QUARANTINE_ITEM: "Kept but not applied: parcel {0}, {1}: {2}", "已保存未采用：包 {0}，{1}：{2}";
    BUNDLE_EXPORTED: "Wrote {0}: {1} parcels, {2} cards and photos, all sealed.",
        "已写入 {0}：{1} 个包，{2} 份资料与照片，均已加密。";
    BUNDLE_IMPORTED: "Took in {0} new parcels, {1} new cards and photos.",
        "已收入 {0} 个新包，{1} 份新的资料与照片。";
    HEALTHY: "Checked {0} things; all is well.", "检查了 {0} 项，一切正常。";
    PROBLEMS: "Checked {0} things; {1} problems, {2} put right:", "检查了 {0} 项；{1} 处问题，已修复 {2} 处：";
    REBUILD_HINT: "Nothing was changed. Try `floorwalk doctor --rebuild`; copy the folder first.",
        "没有任何改动。请先复制目录，再运行 floorwalk doctor --rebuild。";
}
