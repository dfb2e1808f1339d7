//! The real Kafka that the stories also run on.

/// Its bootstrap address, `LIANBO_KAFKA`. Absent, a test says so and passes over.
pub fn kafka() -> Option<String> {
    let address = std::env::var("LIANBO_KAFKA").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        eprintln!("skipped on Kafka: LIANBO_KAFKA is not set; `deploy/dev/kafka.sh start` prints an address");
    }
    address
}
