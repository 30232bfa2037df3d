//! The words of the demonstration.

use crate::text::texts;

texts! {
    OFFICE: "the office", "管理处";
    REP_A: "rep Zhou (building 1)", "周楼长（1号楼）";
    REP_B: "rep He (building 2)", "何楼长（2号楼）";
    INSPECTOR: "inspector Lu", "陆核查员";

    FOLDER: "Everything is kept in {0}", "全部数据放在 {0}";
    SCENE_FOUND: "1. The office founds the community", "一、管理处建立小区";
    RELAY_UP: "A relay runs at {0}; it knows ids and sealed parcels, nothing else.",
        "中继运行于 {0}；它只认得编号和加密的包，别的一概不知。";
    FOUNDED: "The office has founded \"{0}\" with {1} and {2}, by the relay's one-time token.",
        "管理处凭中继的一次性开户码建立了“{0}”，有{1}和{2}。";
    INVITED: "Two building reps and an inspector have joined, each by a link that works once.",
        "两位楼长和一位核查员各凭一次性链接加入。";
    SCENE_OFFLINE: "2. No signal: the relay is switched off", "二、没有信号：中继已关闭";
    RECORDS: "{0} records {1}, {2} {3}: {4}", "{0}登记 {1}，{2} {3}：{4}";
    TRIED: "{0} tries to sync: {1} {2} complaints: {3}.",
        "{0}尝试同步：{1}{2} 件：{3}。";
    SCENE_BACK: "3. Signal again: the same relay, the same data", "三、信号恢复：同一中继，同一份数据";
    SENT_ALL: "{0} syncs: {1} complaints, {2}.", "{0}同步：{1} 件，{2}。";
    SCENE_OFFICE: "4. The office reads and answers", "四、管理处查看并答复";
    OFFICE_SEES: "The office syncs and sees all {0} complaints.", "管理处同步，看到全部 {0} 件投诉。";
    OFFICE_DOES: "The office: {0} → {1}", "管理处：{0} → {1}";
    OFFICE_WAITS: "The office: {0} is here, not yet dealt with", "管理处：{0} 已收到，尚未办理";
    SCENE_SEEN: "5. The reps see what became of it", "五、楼长看到办理结果";
    SEES: "{0} syncs:", "{0}同步后看到：";
    NOT_OTHERS: "{0} sees {1} complaints, none of {2}; the number of one there: {3}",
        "{0}看到 {1} 件，没有{2}的；查那里的一个编号：{3}";
    SCENE_END: "6. What has been shown", "六、结果";
    RECORDED_BY: "recorded by", "登记人";
    WHO: "sync by", "谁同步";
    ROUND_TRIPS: "round trips", "往返";
    SENT: "sent", "发送";
    RECEIVED: "received", "接收";
    PARCELS: "parcels", "包";
    CARDS: "cards", "资料";
    SCAN_RELAY:
        "The relay's folder: {0} phrases (texts, names, telephones, buildings, answers, numbers) \
            looked for in {1} bytes of {2} files; found: {3}.",
        "中继目录：在 {2} 个文件共 {1} 字节中查找 {0} 个词句（内容、姓名、电话、楼栋、答复、编号），找到 {3} 个。";
    SCAN_OFFICE:
        "The same search in the office's own folder, where it has printed what it reads ({1} \
            files, {0} bytes), finds {2} of {3}: the search works.",
        "同样的查找用于管理处自己的目录（其中有它打印的清单，{1} 个文件共 {0} 字节），{3} 个找到 {2} 个：查找方法有效。";
    PROVED: "All {0} claims hold.", "{0} 项全部成立。";
}
