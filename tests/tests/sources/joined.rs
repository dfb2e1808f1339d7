//! A hub with one outlet that is joined as an operator joins it, and one receiving site.

use std::io::Write;
use std::process::{Command, Stdio};

use lianbo_tests::{Alliance, Engine, Site, headline, until};
use serde_json::{Value, json};

/// The alliance.
pub(crate) struct Joined {
    pub(crate) alliance: Alliance,
    pub(crate) site: Site,
}

impl Joined {
    /// An alliance in which an outlet is joined with `arguments`, its secret on standard input.
    pub(crate) async fn with(engine: &Engine, arguments: &[&str], secret: &str) -> (Self, String) {
        let alliance = Alliance::start(engine).await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let said = join(&alliance, arguments, secret).expect("the outlet is joined");
        let grant = json!({"id": "member-all", "outlet": "member", "channels": "all", "partners": "all"});
        alliance.put("grants", "member-all", grant).await;
        (Self { alliance, site }, said)
    }

    /// Waits until the site shows a headline.
    pub(crate) async fn shows(&self, title: &str) -> Value {
        until(title, async || self.site.posts().into_iter().find(|post| headline(post) == title)).await
    }

    /// Waits until the site does not show a headline any more.
    pub(crate) async fn hides(&self, title: &str) {
        let what = format!("the end of {title}");
        until(&what, async || self.site.posts().iter().all(|post| headline(post) != title).then_some(())).await;
    }

    /// Makes the outlet's own site a partner, and has another outlet's article go there. Gives back the article, and an
    /// address that an editor may choose for it.
    pub(crate) async fn others_article_goes_to(&self, connector: Value) -> (String, String) {
        self.alliance.outlet("other", "遂州新报").await;
        let partner = json!({"id": "own-site", "name": "本社网站", "channels": ["city"], "outlet": "member", "connector": connector});
        self.alliance.put("partners", "own-site", partner).await;
        let id = format!("urn:x:{}", rand::random::<u32>());
        let words = text().replace("</p><p>", "\n").replace("<p>", "").replace("</p>", "");
        let article = Alliance::ninjs(&id, &title("他"), &words, json!({}));
        let posted = self.alliance.post("other", "application/json", article).await;
        (posted.article().to_owned(), format!("bian-ji-{}", rand::random::<u32>()))
    }

    /// Nothing the outlet has sent counts as a reprint of the article, or as another one of the same title.
    pub(crate) async fn stands_alone(&self, article: &str) {
        let articles = self.alliance.articles().await;
        let found = articles.iter().find(|known| known["uri"] == article).expect("the article");
        assert_eq!(found["sightings"], 1, "{found}");
        let titled = articles.iter().filter(|known| known["headline"] == found["headline"]).count();
        assert_eq!(titled, 1, "{articles:?}");
    }

    pub(crate) async fn stop(self) {
        self.alliance.stop().await;
    }
}

/// `lianbo outlet add member …`: what it says, or its error.
pub(crate) fn join(alliance: &Alliance, arguments: &[&str], secret: &str) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianbo-under-test"));
    command.current_dir(alliance.data()).env("LIANBO_HUB", alliance.hub.url());
    command.env("LIANBO__SERVER__ADMIN_KEY", alliance.hub.key().expect("an admin key").expose());
    command.args(["outlet", "add", "member", "--name", "云溪新报"]).args(arguments);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the command starts");
    child.stdin.take().expect("a pipe").write_all(secret.as_bytes()).expect("the secret is read");
    let output = child.wait_with_output().expect("the command ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// A text of its own, so that no other test's article is near.
pub(crate) fn text() -> String {
    let number: u32 = rand::random();
    format!(
        "<p>云溪县第{number}号渡口昨日复航，渡船由本县船厂自造，每班可载客四十人。</p>\
         <p>船老大说，头一天来回跑了{}趟，两岸的孩子又能坐船上学了。</p>",
        number % 97
    )
}

/// A title of its own.
pub(crate) fn title(word: &str) -> String {
    format!("渡口复航{word}{}", rand::random::<u32>())
}
