//! The demonstration's complaints: invented people in an invented community, each with words that
//! occur nowhere else, so that they can be looked for.

use floorwalk_replica::records::{NewComplaint, NewEvent};
use serde_json::json;

/// The community.
pub const COMMUNITY: &str = "汉江新城（样例小区）";
/// Its short name.
pub const SHORT: &str = "HJXC";
/// Its regulation.
pub const REGULATION: &str = "hanjiang-oc";
/// Its buildings.
pub const BUILDINGS: [&str; 2] = ["银杏苑1号楼", "银杏苑2号楼"];

/// Who records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorder {
    /// The rep of the first building.
    RepA,
    /// The rep of the second building.
    RepB,
    /// The inspector, who sees both.
    Inspector,
}

impl Recorder {
    /// All of them, in the order of the story.
    pub const ALL: [Self; 3] = [Self::RepA, Self::RepB, Self::Inspector];
}

/// What the office does about a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Accepts, deals with it, and tells the person.
    Told {
        /// The note with which it is accepted.
        note: &'static str,
        /// What came of it.
        outcome: &'static str,
    },
    /// Accepts it.
    Accepted {
        /// A note.
        note: &'static str,
    },
    /// Declines it.
    Declined {
        /// Why.
        reason: &'static str,
    },
    /// Has it, and has not got to it.
    Waiting,
}

/// A complaint of the story.
#[derive(Debug)]
pub struct Sample {
    /// Who records it.
    pub by: Recorder,
    /// Which of the buildings.
    pub building: &'static str,
    room: &'static str,
    complainant: &'static str,
    phone: &'static str,
    category: &'static str,
    severity: &'static str,
    text: &'static str,
    demand: &'static str,
    /// What the office does about it.
    pub answer: Answer,
}

/// All complaints, in the order in which they are recorded.
pub const SAMPLES: [Sample; 7] = [
    Sample {
        by: Recorder::RepA,
        building: BUILDINGS[0],
        room: "0302",
        complainant: "方怀瑾",
        phone: "13900010302",
        category: "1C",
        severity: "urgent",
        text: "地下一层水表间渗水像下小雨，墙根已长出一圈白霉，配电箱离水不到半米。",
        demand: "先断电排险再查漏点",
        answer: Answer::Told {
            note: "已派水电班老邱带检漏仪到场",
            outcome: "更换锈穿的三通接头并加装挡水板",
        },
    },
    Sample {
        by: Recorder::RepA,
        building: BUILDINGS[0],
        room: "1105",
        complainant: "贺秋棠",
        phone: "13900011105",
        category: "1C",
        severity: "general",
        text: "十一楼声控灯拍三下手才亮一眨眼，老人夜里下楼全靠摸扶手。",
        demand: "换成常亮夜灯",
        answer: Answer::Accepted { note: "夜灯已列入本周四采购单" },
    },
    Sample {
        by: Recorder::RepA,
        building: BUILDINGS[0],
        room: "0708",
        complainant: "闻人翊",
        phone: "13900010708",
        category: "4B",
        severity: "general",
        text: "隔街菜场凌晨三点剁骨头的声音传到卧室，像有人在床头敲门。",
        demand: "请菜场推迟开工",
        answer: Answer::Declined {
            reason: "菜场在小区红线之外，已代为转告街道城管"
        },
    },
    Sample {
        by: Recorder::RepB,
        building: BUILDINGS[1],
        room: "2201",
        complainant: "施予安",
        phone: "13900022201",
        category: "1C",
        severity: "urgent",
        text: "二号电梯到十九层会往下顿一截，孩子吓得改走消防楼梯上学。",
        demand: "停梯检修并贴出检验报告",
        answer: Answer::Told {
            note: "已停梯并挂牌，维保单位下午到",
            outcome: "更换制动器摩擦片，检验报告贴于轿厢",
        },
    },
    Sample {
        by: Recorder::RepB,
        building: BUILDINGS[1],
        room: "0103",
        complainant: "龚一苇",
        phone: "13900020103",
        category: "1E",
        severity: "general",
        text: "一楼天井积了三袋无主装修垃圾，雨后流出灰浆把晾衣绳染成斑马纹。",
        demand: "清走并查明是谁家的",
        answer: Answer::Waiting,
    },
    Sample {
        by: Recorder::Inspector,
        building: BUILDINGS[0],
        room: "B1-017",
        complainant: "乐正清欢",
        phone: "13900017017",
        category: "1D",
        severity: "general",
        text: "十七号车位被锁上的共享单车围成半圆，车主每天要搬七次才能倒车。",
        demand: "划出单车停放线",
        answer: Answer::Accepted { note: "划线位置已与车主当面看过" },
    },
    Sample {
        by: Recorder::Inspector,
        building: BUILDINGS[1],
        room: "1602",
        complainant: "祝南乔",
        phone: "13900021602",
        category: "2A",
        severity: "urgent",
        text: "外墙保温层鼓起像一面帆，风大时能听见碎块落在雨棚上的脆响。",
        demand: "立即拉警戒线",
        answer: Answer::Told {
            note: "警戒线已拉，保安三班看守",
            outcome: "剔除空鼓十二平方米并重新挂网抹灰",
        },
    },
];

impl Sample {
    /// The complaint as it is recorded.
    pub fn complaint(&self) -> NewComplaint {
        let some = |text: &str| Some(text.to_owned());
        let channel = match self.by {
            Recorder::Inspector => "on_site",
            Recorder::RepA | Recorder::RepB => "rep",
        };
        NewComplaint {
            building: self.building.to_owned(),
            room: self.room.to_owned(),
            complainant: some(self.complainant),
            phone: some(self.phone),
            channel: some(channel),
            category: some(self.category),
            severity: some(self.severity),
            demand: some(self.demand),
            reported_before: some("已向物业前台反映，未解决"),
            text: self.text.to_owned(),
            ..NewComplaint::default()
        }
    }

    /// Words of it that must be found nowhere at the relay.
    pub fn phrases(&self) -> Vec<&'static str> {
        let mut phrases = vec![self.complainant, self.phone, self.text, self.demand];
        match self.answer {
            Answer::Told { note, outcome } => phrases.extend([note, outcome]),
            Answer::Accepted { note } => phrases.push(note),
            Answer::Declined { reason } => phrases.push(reason),
            Answer::Waiting => {}
        }
        phrases
    }
}

impl Answer {
    /// What the office does, in order.
    pub fn events(&self) -> Vec<NewEvent> {
        match *self {
            Self::Told { note, outcome } => vec![
                event("accepted", json!({}), Some(note)),
                event("resolved", json!({"outcome": outcome}), None),
                event("result_told", json!({"manner": "phone"}), None),
            ],
            Self::Accepted { note } => vec![event("accepted", json!({}), Some(note))],
            Self::Declined { reason } => vec![event("declined", json!({"reason": reason}), None)],
            Self::Waiting => Vec::new(),
        }
    }

    /// The delivery and the stage that its recorder sees in the end.
    pub fn expected(&self) -> (&'static str, &'static str) {
        match self {
            Self::Told { .. } => ("accepted", "answered"),
            Self::Accepted { .. } => ("accepted", "accepted"),
            Self::Declined { .. } => ("received", "declined"),
            Self::Waiting => ("received", "received"),
        }
    }
}

fn event(kind: &str, set: serde_json::Value, note: Option<&str>) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        at: None,
        set: set.as_object().cloned().unwrap_or_default(),
        note: note.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_phrase_occurs_twice_or_needs_escaping() {
        let phrases: Vec<_> = SAMPLES.iter().flat_map(Sample::phrases).collect();
        assert_eq!(phrases.iter().collect::<BTreeSet<_>>().len(), phrases.len());
        for phrase in phrases {
            assert!(phrase.len() >= 9 && !phrase.contains(['"', '\\', '\n']), "{phrase}");
        }
    }

    #[test]
    fn everyone_records_two_or_three_and_every_answer_occurs() {
        for by in Recorder::ALL {
            let count = SAMPLES.iter().filter(|sample| sample.by == by).count();
            assert!((2..=3).contains(&count));
        }
        let expected: BTreeSet<_> = SAMPLES.iter().map(|s| s.answer.expected()).collect();
        assert_eq!(expected.len(), 4);
    }
}
