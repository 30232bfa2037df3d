//! The words of reports, of the register, of printed forms and of the calendar.

use crate::text::texts;

texts! {
    // Wrong use.
    BAD_RANGE: "The first day, {0}, is after the last, {1}. Nothing was written.",
        "起始日 {0} 晚于截止日 {1}。没有写入任何内容。";
    UNKNOWN_ENDING: "The name of the file must end in {0}. Nothing was written.",
        "文件名须以 {0} 结尾。没有写入任何内容。";
    UNKNOWN_PARTY: "There is no role \"{0}\". There are: {1}.", "没有角色“{0}”。可选：{1}。";

    // What was written.
    REGISTER_WRITTEN: "Wrote {0} complaints to {1}. The file names persons; keep it safe.",
        "已将 {0} 件投诉写入 {1}。文件含个人信息，请妥善保管。";
    PERIODIC_WRITTEN: "Wrote the report on {0} complaints to {1}.", "已将 {0} 件投诉的报告写入 {1}。";
    FORM_WRITTEN: "Wrote the form about {0} to {1}. Open it in a browser and print it on A4.",
        "已将 {0} 的表单写入 {1}。请用浏览器打开，以 A4 打印。";
    DUE_WRITTEN: "Wrote {0} open duties to {1}.", "已将 {0} 项待办期限写入 {1}。";

    // Statistics.
    RECEIVED_BETWEEN: "Complaints received from {0} to {1}", "{0} 至 {1} 接收的投诉";
    BY_REGULATION: "Regulation: {0} ({1})", "制度：{0}（{1}）";
    TOTAL: "Total", "合计";
    ACCEPTANCE_TIMELINESS: "acknowledged in time", "受理及时率";
    SATISFACTION: "satisfied", "满意率";
    ON_TIME: "duties on time", "按时办理率";
    OPEN_IN_NO_RATE: "What is open and still in time is in no rate.",
        "尚未办理且未到期的，不计入任何比率。";
    WHERE_THEY_STAND: "Where they stand", "办理阶段";
    TARGETS: "Targets of the regulation", "制度考核指标";
    NO_TARGETS: "The regulation sets no targets.", "制度未定考核指标。";
    MEASURE: "measure", "指标";
    AT_LEAST: "at least", "不低于";
    REACHED: "reached", "实际";
    OUTCOME: "outcome", "结果";
    MET: "met", "达标";
    NOT_MET: "NOT MET", "未达标";
    NOTHING_COUNTED: "nothing to count", "无可统计";
    CLAUSE: "clause", "条款";
    DUTY: "duty", "事项";
    OVERDUE_OPEN: "overdue, open", "超期未办";
    PENDING: "pending", "办理中";
    COMPLAINTS: "complaints", "件数";
    BY_BUILDING: "By building", "按楼栋";
    BY_CATEGORY: "By category", "按类别";
    BY_CHANNEL: "By channel", "按渠道";
    BY_SEVERITY: "By severity", "按等级";
    NONE_GIVEN: "none given", "未填";
    OTHERS: "others", "其他";

    // The periodic report.
    PERIODIC: "Periodic report on complaints", "投诉处理定期报告";
    OF_COMMUNITY: "Community: {0}", "小区：{0}";
    MADE_AT: "Made: {0}", "制表：{0}";
    REQUIRED_BY: "Required by: {0} [{1}]", "依据：{0} [{1}]";
    PUBLIC_EDITION: "For publication. It names nobody.", "公示版，不含个人信息。";
    INTERNAL_EDITION: "Internal. It names persons and is not for publication; see --public.",
        "内部版，含个人信息，不得公示（公示版请用 --public）。";
    LISTED: "The complaints", "投诉明细";
    CAUSES: "Causes:", "原因分析：";
    MEASURES: "Measures:", "改进措施：";

    // The register.
    SHEET: "Register", "投诉登记表";
    RECEIVED_AT: "received", "接收时间";
    RESULT: "result", "处理结果";
    ACCEPTED_AT: "accepted", "受理时间";
    ANSWERED_AT: "answered", "答复时间";
    FOLLOWED_UP_AT: "followed up", "回访时间";
    SATISFIED: "satisfied", "是否满意";
    OVERDUE_DUTIES: "overdue duties", "超期事项";
    YES: "yes", "是";
    NO: "no", "否";
    DUE_OPEN: "due {0}, open", "{0} 到期，未办";
    DUE_LATE: "due {0}, done {1}", "{0} 到期，{1} 办理";
    CUT_SHORT: "… (cut short here; the CSV has all of it)", "……（此处截断，全文见 CSV）";

    // Titles of forms.
    FORM_REGISTER: "Complaint Register Form", "投诉登记表";
    FORM_NOTICE: "Complaint Handling Notice", "投诉处理通知单";
    FORM_ACCEPTANCE: "Acceptance Receipt", "投诉受理回执";
    FORM_HANDLING: "Handling Receipt", "投诉处理回执";
    FORM_FOLLOW_UP: "Follow-up Form", "投诉回访表";

    // Parts of forms.
    FORM_NUMBER: "No. {0}", "编号：{0}";
    SAME_NUMBER: "Register form, notice, receipts and follow-up form all bear the number {0}.",
        "登记表、通知单、回执、回访表同用此编号：{0}";
    PRINTED_AT: "Printed {0}", "打印时间：{0}";
    NUMBER: "Number", "编号";
    STAGE: "Stage", "办理阶段";
    RECEIVED_BY: "Received by", "接收人";
    DUTIES: "Duties and dates", "时限与职责";
    BY: "by", "责任方";
    UNTIL: "until", "期限";
    STATUS: "status", "状态";
    NO_DUTIES: "None open.", "无待办事项。";
    COURSE: "Course", "办理经过";
    WHEN: "when", "时间";
    WHAT: "what", "事项";
    WHO: "who", "经办";
    REMARK: "remark", "说明";
    RESULT_LINE: "Result", "处理结果";
    EVIDENCE: "Evidence", "证据";
    DOSSIER: "Dossier of a complaint", "投诉档案";
    DOSSIER_STAGE: "stage at export", "导出时阶段";
    DOSSIER_EVENTS: "What happened", "办理经过";
    DOSSIER_NOT_COUNTED: "(does not count)", "（不计）";
    DOSSIER_NO_EVIDENCE: "There is none.", "无。";
    DOSSIER_EVIDENCE: "Each piece is as it was taken in; its hash was signed by the device then.",
        "各份证据均为采集时的原件，其哈希当时已由设备签名。";
    DOSSIER_REDACTED: "Covered copies only; originals were left out and their hashes stay.",
        "仅含遮盖副本；原件未附，哈希保留。";
    DOSSIER_TAKEN_IN: "taken in {0} by {1}, by the device's clock.", "{0} 由 {1} 采集（设备时钟）。";
    DOSSIER_CAPTURED: "taken {0} by the camera's clock.", "拍摄于 {0}（相机时钟）。";
    DOSSIER_PLACE: "at {0}, {1}, the camera's word.", "地点 {0}, {1}（相机记录）。";
    DOSSIER_COVERED: "covered copy of {0}.", "{0} 的遮盖副本。";
    DOSSIER_ERASED: "erased {0} by {1}: {2}.", "{0} 由 {1} 删除：{2}。";
    DOSSIER_LEFT_OUT: "not in this dossier.", "本档案未附。";
    DOSSIER_FILE: "file {0}.", "文件 {0}。";
    DOSSIER_COPY: "smaller copy {0}.", "缩小副本 {0}。";
    DOSSIER_CHECK: "Checking this dossier", "核验本档案";
    DOSSIER_HOW_TO_CHECK: "floorwalk dossier verify says check by check what holds; manifest.json \
        has all hashes and signatures for other tools.",
        "用 floorwalk dossier verify 可逐项核验；manifest.json 列有全部哈希与签名，可用其他工具核验。";
    DOSSIER_EXPORTED: "exported {0} by {1}; root key {2}", "{0} 由 {1} 导出；根公钥 {2}";
    EVIDENCE_COUNT: "{0} items", "{0} 份";
    SIGN_COMPLAINANT: "Complainant's signature", "投诉人签名";
    SIGN_RECEIVER: "Receiver's signature", "登记人签名";
    SIGN_HANDLER: "Handler's signature", "处理人签名";
    SIGN_VISITOR: "Signature of who followed up", "回访人签名";
    SIGN_ISSUER: "Issued by (seal)", "签发单位（盖章）";
    SIGN_SIGNEE: "Received for the responsible unit", "责任单位签收";
    SIGN_APPROVER: "Head's decision and signature", "主管意见及签名";
    SIGN_DATE: "Date", "日期";
    TO_UNIT: "To", "责任单位";
    NOTICE_TEXT: "Please handle the complaint below within the dates stated and report the result \
            to the sender under the same number.",
        "请按下列期限处理以下投诉，并以同一编号将结果反馈签发单位。";
    COMPLAINANT_AND_ROOM: "Complainant, room", "投诉人、房号";
    COMPLAINANT_WITHHELD: "See the register form of this number.", "见同编号登记表。";
    REMEDIAL: "Remedial measure", "补救措施";
    CORRECTIVE: "Corrective measure", "纠正措施";
    DONE_BY: "To be completed by", "完成日期";
    DEAR: "To: {0}", "{0}，您好：";
    RESIDENT: "the complainant", "投诉人";
    ACCEPTANCE_TEXT: "Your complaint was received on {0} and registered under the number {1}.",
        "您的投诉已于 {0} 收到，登记编号 {1}。";
    HANDLING_TEXT: "The complaint received on {0} under the number {1} was dealt with as follows.",
        "您于 {0} 提出、编号 {1} 的投诉，处理情况如下。";
    DECISION: "Decision", "受理结论";
    TAKEN_ON: "accepted", "予以受理";
    NOT_TAKEN_ON: "not accepted", "不予受理";
    MORE_WANTED: "to be supplemented", "需补充材料";
    DECIDED_AT: "Decided", "决定时间";
    REASON: "Reason and clause", "理由及条款";
    NEXT_STEPS: "What follows", "后续事项及期限";
    HANDLED_AT: "Dealt with", "办结时间";
    TOLD_AT: "Told", "答复时间";
    TOLD_HOW: "Told how", "答复方式";
    PLAN: "Plan", "处理方案";
    JUDGEMENT: "Is the result satisfactory?", "对处理结果";
    CONTENT: "satisfied", "满意";
    DISCONTENT: "not satisfied", "不满意";
    OPINION: "Opinion", "意见";
    VISITED_AT: "Followed up", "回访时间";
    VISITED_HOW: "Manner", "回访方式";
    BY_PHONE: "telephone", "电话";
    BY_MESSAGE: "message", "短信或微信";
    BY_VISIT: "visit", "上门";
    SCORE: "Score", "评分";
    AGAIN: "If not satisfied: what is done again, and until when", "不满意的，再处理措施及期限";

    // The calendar.
    CALENDAR_NAME: "{0}: due dates of complaints", "{0} 投诉办理期限";
    CALENDAR_OVERDUE: "[OVERDUE] {0}", "【超期】{0}";
    CALENDAR_CLAUSE: "Clause: {0}", "条款：{0}";
    CALENDAR_BUILDING: "Building: {0}", "楼栋：{0}";
    CALENDAR_BY: "By: {0}", "责任方：{0}";
}
