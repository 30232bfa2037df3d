//! The contract of the command line, held against the real program and a real relay.
//!
//! One module per claim. What replica and relay do is tested with them; here it is what a person
//! or a program gets: keys, words, exit codes.
#![allow(clippy::unwrap_used)]

mod a_bad_line_costs_only_itself;
mod a_community_outlives_its_office;
mod a_community_works_by_its_regulation;
mod a_relay_that_refuses_costs_nothing;
mod damage_is_told;
mod every_command_keeps_its_contract;
mod papers_bear_one_number;
mod people_read_chinese_or_english;
mod photos_stand_as_evidence;
mod reports_count_and_export;
mod support;
mod the_demonstration_proves_itself;
mod two_processes_share_a_home;
mod watching_ends_when_asked;
mod what_is_not_allowed_ends_with_3;
mod wrong_use_ends_with_2;
