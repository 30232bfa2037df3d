//! libFuzzer's way to the target of this name.
#![no_main]

// A panic that admission catches is a refusal, not a crash.
libfuzzer_sys::fuzz_target!(init: floorwalk_fuzz::quiet_panics(), |data: &[u8]| {
    floorwalk_fuzz::membership_statements(data);
});
