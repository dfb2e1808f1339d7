//! Secrets: passwords and signing keys, found by name. They stand in the settings of a machine or in its data
//! directory, never in a topic, a log line or a page.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lianbo_schemas::SecretName;

/// A secret. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as a secret; white space around it is not part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Why a secret cannot be had or kept. The secret itself is never in the message.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Nobody has stored it on this machine.
    #[error(
        "the secret `{0}` is not known on this machine; send it again with `lianbo partner add … --secret-stdin` or `lianbo outlet add … --secret-stdin`, or set LIANBO__SECRETS__<NAME>"
    )]
    Missing(SecretName),
    /// The file is there but cannot be used.
    #[error("the secret `{name}` cannot be read from or written to the data directory: {cause}")]
    Unreadable {
        /// Which secret.
        name: SecretName,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// Nothing but white space, or longer than any key is.
    #[error("a secret has 1 to {LONGEST} bytes")]
    Size,
}

/// A PEM private key of 4,096 bits has 3.3 kB; nothing used as a secret here is longer.
pub const LONGEST: usize = 16 * 1024;

/// Where this machine's secrets are. Clones share them.
#[derive(Clone)]
pub struct Secrets {
    settings: Arc<BTreeMap<String, Secret>>,
    folder: Arc<Path>,
}

impl Secrets {
    /// Secrets out of the settings (`LIANBO__SECRETS__<NAME>`), which win, and out of files in `folder`, one a secret.
    pub fn new(settings: BTreeMap<String, String>, folder: PathBuf) -> Self {
        let settings = settings.into_iter().map(|(name, text)| (folded(&name), Secret::new(&text))).collect();
        Self { settings: Arc::new(settings), folder: folder.into() }
    }

    /// The secret of this name. Files are read anew each time, so that a changed one holds at once. It is one file of a
    /// few bytes, read when a connector is made, so it does not wait in a pool.
    pub fn resolve(&self, name: &SecretName) -> Result<Secret, SecretError> {
        if let Some(secret) = self.settings.get(&folded(name.as_str())) {
            return Ok(secret.clone());
        }
        match std::fs::read_to_string(self.folder.join(name.as_str())) {
            Ok(text) if text.trim().is_empty() => Err(SecretError::Missing(name.clone())),
            Ok(text) => Ok(Secret::new(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(SecretError::Missing(name.clone())),
            Err(cause) => Err(SecretError::Unreadable { name: name.clone(), cause }),
        }
    }

    /// Keeps a secret in the data directory of this machine, readable by its owner only.
    pub async fn store(&self, name: &SecretName, secret: Secret) -> Result<(), SecretError> {
        if secret.expose().is_empty() || secret.expose().len() > LONGEST {
            return Err(SecretError::Size);
        }
        let (folder, file) = (Arc::clone(&self.folder), name.as_str().to_owned());
        let written = tokio::task::spawn_blocking(move || write(&folder, &file, &secret)).await;
        let written = written.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        written.map_err(|cause| SecretError::Unreadable { name: name.clone(), cause })
    }
}

/// Environment variables know no `-` and settings no upper case: `CMS-Key` and `cms_key` are one name.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Writes beside the target and renames, so that a crash leaves the former or the new secret, never half of one.
fn write(folder: &Path, file: &str, secret: &Secret) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // A `.` cannot be in the name of a secret, so this cannot be another one's file.
    let temporary = folder.join(format!(".{file}.new"));
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let mut target = open.open(&temporary)?;
    target.write_all(secret.expose().as_bytes())?;
    target.sync_all()?;
    std::fs::rename(&temporary, folder.join(file))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lianbo_schemas::SecretName;

    use super::{Secret, SecretError, Secrets};

    fn name(text: &str) -> SecretName {
        SecretName::new(text).unwrap()
    }

    #[tokio::test]
    async fn a_stored_secret_is_found_again_and_only_its_owner_can_read_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::new(BTreeMap::new(), folder.path().join("secrets"));
        assert!(matches!(secrets.resolve(&name("cms-key")), Err(SecretError::Missing(_))));
        secrets.store(&name("cms-key"), Secret::new("first\n")).await.unwrap();
        secrets.store(&name("cms-key"), Secret::new(" second\n")).await.unwrap();
        assert_eq!(secrets.resolve(&name("cms-key")).unwrap().expose(), "second");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let metadata = std::fs::metadata(folder.path().join("secrets/cms-key")).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_name_from_the_environment_matches_with_dashes_or_underscores() {
        let settings = BTreeMap::from([("cms_key".to_owned(), "s3cret ".to_owned())]);
        let secrets = Secrets::new(settings, std::env::temp_dir().join("lianbo-no-such-folder"));
        assert_eq!(secrets.resolve(&name("cms-key")).unwrap().expose(), "s3cret");
    }

    #[test]
    fn a_secret_does_not_print() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
