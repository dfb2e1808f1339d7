//! The log's contract, held against both engines: the embedded one always, Kafka when `LIANBO_KAFKA` names its brokers
//! (`LIANBO_KAFKA=$(deploy/dev/kafka.sh start)`; with `LIANBO_KAFKA_DIR`, that script's folder, a broker is killed too).

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test an error is a failure, helper functions included")]

mod append;
mod commit;
mod compaction;
mod crash;
mod embedded;
mod engine;
mod group;
#[cfg(feature = "kafka")]
mod kafka;
mod process;
mod read;
mod speed;

/// Makes each of these stories a test of either engine. A macro, because a test must be a function with a name.
macro_rules! on_both_engines {
    ($($subject:ident::{$($story:ident),+ $(,)?}),+ $(,)?) => {
        mod on_embedded {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    crate::$subject::$story(crate::engine::Engine::embedded()).await;
                }
            )+)+
        }

        #[cfg(feature = "kafka")]
        mod on_kafka {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    if let Some(engine) = crate::engine::Engine::kafka() {
                        crate::$subject::$story(engine).await;
                    }
                }
            )+)+
        }
    };
}

on_both_engines! {
    append::{
        records_of_one_partition_keep_their_order,
        appenders_at_once_each_keep_their_order,
        what_is_acknowledged_by_a_topic_just_made_is_there,
        a_key_always_goes_to_the_same_partition,
        a_record_comes_back_byte_for_byte,
        a_record_of_five_megabytes_is_taken,
        a_record_that_is_too_large_is_refused_by_size,
        a_topic_that_does_not_exist_is_named,
        an_existing_topic_is_left_as_it_is,
    },
    read::{
        a_reader_starts_where_it_is_told,
        a_reader_starts_at_a_time,
        positions_go_before_the_start,
        a_reader_waits_for_what_comes,
        a_reader_of_a_prefix_finds_topics_that_appear_later,
        a_read_given_up_half_way_loses_nothing,
        bounds_and_status_tell_what_is_there,
        the_bounds_of_many_topics_are_told_at_once,
        a_hundred_thousand_records_are_read_in_order,
    },
    group::{
        a_member_is_told_its_partitions_before_any_record,
        two_members_share_the_partitions,
        a_second_member_that_joins_before_the_first_polls_gets_its_share,
        members_that_come_and_go_lose_and_double_nothing,
        a_standby_takes_over_when_the_owner_leaves,
        a_member_reads_from_where_it_seeks,
        topics_that_appear_later_are_shared_out_too,
        lag_is_what_is_not_committed,
        a_poll_given_up_half_way_loses_nothing,
        a_standby_that_joins_does_not_disturb_the_owner,
    },
    commit::{
        outputs_and_offsets_become_visible_together,
        work_that_is_not_committed_comes_again,
        a_refused_output_leaves_neither_output_nor_offset,
        outputs_without_input_are_committed_too,
        a_member_that_did_not_poll_in_time_cannot_commit,
        a_reader_sees_committed_records_only,
    },
    compaction::{
        the_newest_record_of_each_key_is_kept,
        records_are_forgotten_after_their_time,
    },
    crash::{
        what_was_acknowledged_survives_a_kill,
        a_stage_killed_again_and_again_writes_each_output_once,
        a_standby_takes_over_when_the_owner_is_killed,
        a_process_that_was_stopped_cannot_commit,
    },
    speed::{
        appends_share_their_waits,
        a_commit_takes_milliseconds,
    },
}
