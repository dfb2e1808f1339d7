//! What every connector makes of a partner's faults.

use std::time::Duration;

use lianbo_connectors::http::Patience;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_tests::sick;

use crate::article::{article, withdrawal};
use crate::bench::{Bench, benches, connect_waiting};
use crate::receiver::ReceiverBench;
use crate::server::answering;

async fn failures(bench: &dyn Bench, url: &str) -> [Failure; 2] {
    let connector = bench.connector_at(url);
    let put = connector.put(&article(), None).await.unwrap_err();
    [put, connector.withdraw(&withdrawal(&article(), PubStatus::Canceled), None).await.unwrap_err()]
}

#[tokio::test]
async fn a_busy_partner_says_when_to_come_back() {
    let html = "<html><body>Too many requests</body></html>";
    for status in [429, 503] {
        let url = answering(status, &[("retry-after", "17"), ("content-type", "text/html")], html).await;
        for bench in benches().await {
            for failure in failures(bench.as_ref(), &url).await {
                let Failure::Transient { retry_after, .. } = &failure else { panic!("{}: {failure:?}", bench.name()) };
                assert_eq!(*retry_after, Some(Duration::from_secs(17)), "{}", bench.name());
                assert!(!failure.to_string().contains("<html>"), "{failure}");
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_address_waits_for_the_operator() {
    let page = "<html><body>Not found</body></html>";
    let moved = answering(301, &[("location", "https://elsewhere.example/")], "").await;
    let nothing = answering(404, &[("content-type", "text/html")], page).await;
    for bench in benches().await {
        for url in [&moved, &nothing] {
            for failure in failures(bench.as_ref(), url).await {
                assert!(matches!(failure, Failure::Denied { .. }), "{}: {failure:?}", bench.name());
            }
        }
        let [told, _] = failures(bench.as_ref(), &moved).await;
        assert!(told.to_string().contains("https://elsewhere.example/"), "{told}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_as_gone() {
    let url = answering(410, &[], "").await;
    for bench in benches().await {
        for failure in failures(bench.as_ref(), &url).await {
            assert!(matches!(failure, Failure::Gone { .. }), "{}: {failure:?}", bench.name());
        }
    }
}

#[tokio::test]
async fn a_server_that_fails_is_tried_again() {
    for (status, body) in [(500, "<html>There has been a critical error</html>"), (502, ""), (504, "gateway")] {
        let url = answering(status, &[], body).await;
        for bench in benches().await {
            for failure in failures(bench.as_ref(), &url).await {
                assert!(matches!(failure, Failure::Transient { .. }), "{} {status}: {failure:?}", bench.name());
            }
        }
    }
}

#[tokio::test]
async fn an_article_that_is_refused_is_a_dead_letter() {
    for status in [400, 413, 422] {
        let url = answering(status, &[], "no").await;
        for bench in benches().await {
            let [put, _] = failures(bench.as_ref(), &url).await;
            assert!(matches!(put, Failure::Rejected { .. }), "{} {status}: {put:?}", bench.name());
        }
    }
}

#[tokio::test]
async fn a_page_of_any_size_hides_no_status() {
    let page: &'static str = "<p>请登录</p>".repeat(10_000).leak();
    let denied = answering(401, &[("content-type", "text/html")], page).await;
    let refused = answering(422, &[("content-type", "text/html")], page).await;
    for bench in benches().await {
        for failure in failures(bench.as_ref(), &denied).await {
            assert!(matches!(failure, Failure::Denied { .. }), "{}: {failure:?}", bench.name());
        }
        let [put, _] = failures(bench.as_ref(), &refused).await;
        assert!(matches!(put, Failure::Rejected { .. }), "{}: {put:?}", bench.name());
    }
    let taken = answering(200, &[("content-type", "text/html")], page).await;
    let first = article();
    let held = ReceiverBench::start().await.connector_at(&taken).put(&first, None).await.unwrap();
    assert_eq!(held.remote.id, first.uri.short());
}

#[tokio::test]
async fn a_partner_is_waited_for_as_long_as_is_said_and_it_is_said_what_was_waited_for() {
    let shut = sick::never_accepts().await;
    let (silent, drips) = (sick::never_answers().await, sick::drips().await);
    let patience = Patience {
        connect: Duration::from_millis(100),
        first_byte: Duration::from_millis(200),
        total: Duration::from_millis(400),
    };
    for bench in benches().await {
        for (url, said) in [
            (&shut.url, "took longer than 0.1 s: no connection"),
            (&silent, "took longer than 0.2 s: no answer"),
            (&drips, "took longer than 0.4 s: the answer does not end"),
        ] {
            let connector = connect_waiting(bench.record(url), bench.secret(), patience);
            let failure = connector.put(&article(), None).await.unwrap_err();
            assert!(matches!(failure, Failure::Transient { .. }), "{}: {failure:?}", bench.name());
            assert!(failure.to_string().contains(said), "{}: {failure}", bench.name());
        }
    }
}
