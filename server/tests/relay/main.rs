//! What the relay promises, told over real sockets, one story a file. The other end is a small
//! device of the tests ([`device`]), so that it can also do what a proper one never would.
#![allow(clippy::unwrap_used)]

mod device;
mod line;
mod process;
mod town;

mod a_full_disk_refuses_and_loses_nothing;
mod a_restored_relay_takes_a_new_history;
mod a_revoked_device_is_closed;
mod acknowledged_parcels_survive_sigkill;
mod admins_see_counts_and_ids;
mod bad_input_is_refused_and_neighbours_go_on;
mod blobs_go_to_members_of_their_scope;
mod clients_of_others_upload_too;
mod concurrent_writers_get_one_gapless_order;
mod founding_needs_a_right;
mod invitations_admit_one;
mod live_sessions_hear_of_what_others_put;
mod nothing_new_is_one_small_round_trip;
mod slow_and_greedy_peers_are_closed;
mod stopping_says_goodbye;
mod uploads_go_on_where_they_broke_off;
