//! What the benchmark records: complaints of eleven commits each, the same in every run.
//!
//! Half of each narrative is common sentences and half is words drawn by chance, so that it
//! compresses about as well as what people write, and not as a text that repeats itself.

use floorwalk_replica::records::{NewComplaint, NewEvent};

/// The one building.
pub const BUILDING: &str = "1号楼";
/// Commits after the one that records a complaint.
pub const STEPS: usize = 10;

/// One later commit.
pub enum Step {
    /// Sets a field.
    Edit(&'static str, String),
    /// Adds an event of a kind, with a note.
    Act(&'static str, Option<String>),
}

const SENTENCES: [&str; 16] = [
    "三楼走廊漏水，地面湿滑，老人差点摔倒。",
    "电梯停运两天，没有人来看。",
    "地下车库的灯坏了一半，晚上看不清。",
    "楼上装修噪音很大，中午也不停。",
    "垃圾清运不及时，楼道里有异味。",
    "门禁坏了，外人可以随便进出。",
    "消防通道被电动车占用。",
    "水压不足，早晚高峰没有热水。",
    "绿化带被踩坏，一直没有补种。",
    "停车位被外来车辆占用，保安不管。",
    "下水道堵塞，污水倒灌到厨房。",
    "单元门的闭门器松了，夜里响声很大。",
    "屋顶渗水，墙皮脱落。",
    "物业前台电话打不通。",
    "公共照明定时不对，天黑了还没开。",
    "快递柜挡住了无障碍坡道。",
];
const WORDS: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工\
    也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制\
    机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明\
    看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革\
    位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决\
    西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认\
    六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科";

/// A complaint without a card.
pub fn complaint(number: usize) -> NewComplaint {
    let mut chance = Chance(number as u64);
    let narrative = format!("{}{}。", chance.sentence(), chance.words(30));
    NewComplaint {
        building: BUILDING.into(),
        room: room(number),
        channel: Some("rep".into()),
        category: Some(["1A", "1B", "2A", "3C"][number % 4].into()),
        severity: Some("general".into()),
        demand: Some(format!("请尽快处理，{}", chance.words(8))),
        text: narrative,
        ..NewComplaint::default()
    }
}

/// The same complaint with a person behind it.
pub fn with_card(complaint: NewComplaint, number: usize) -> NewComplaint {
    NewComplaint {
        complainant: Some(format!("王芳{number}")),
        phone: Some(format!("139{:08}", number * 7919)),
        ..complaint
    }
}

/// What a rep writes into a complaint afterwards.
pub fn steps(number: usize) -> [Step; STEPS] {
    let mut chance = Chance(!(number as u64));
    let noted = |chance: &mut Chance| Some(chance.words(14));
    let text = format!("{}现场已核实：{}。", complaint(number).text, chance.words(16));
    [
        Step::Act("supplemented", noted(&mut chance)),
        Step::Edit("room", format!("{}室", room(number))),
        Step::Act("site_visited", noted(&mut chance)),
        Step::Edit("severity", "urgent".into()),
        Step::Act("statement_taken", noted(&mut chance)),
        Step::Edit("demand", format!("请当日处理，{}", chance.words(8))),
        Step::Act("noted", noted(&mut chance)),
        Step::Edit("text", text),
        Step::Act("verified", noted(&mut chance)),
        Step::Act("progress_told", noted(&mut chance)),
    ]
}

/// What the office adds to every complaint.
pub fn answer() -> NewEvent {
    NewEvent { kind: "noted".into(), note: Some("已安排人员".into()), ..NewEvent::default() }
}

/// Bytes of a photo: like no other's, and not to be compressed.
pub fn noise(number: usize, bytes: usize) -> Vec<u8> {
    let mut chance = Chance(number as u64);
    (0..bytes.div_ceil(8)).flat_map(|_| chance.next().to_le_bytes()).take(bytes).collect()
}

fn room(number: usize) -> String {
    format!("{}{:02}", 1 + number / 8 % 30, 1 + number % 8)
}

/// SplitMix64: the same numbers from a seed for ever.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn sentence(&mut self) -> &'static str {
        SENTENCES[self.below(SENTENCES.len())]
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<char> = WORDS.chars().filter(|word| !word.is_whitespace()).collect();
        (0..count).map(|_| words[self.below(words.len())]).collect()
    }
}
