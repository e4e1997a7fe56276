//! The access key and the secret of one sandbox: made when it starts, written to one file that only its user reads.

use crate::doors::files;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{io, path::Path};

/// What access keys are written in.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A pair of keys. It does not print its secret.
#[derive(Clone)]
pub struct Keys {
    pub access_key: String,
    pub(super) secret: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Keys from the system's random numbers.
    ///
    /// # Errors
    /// When the system has none.
    pub fn generate() -> io::Result<Self> {
        let mut random = [0; 43];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let (name, secret) = random.split_at(13);
        let name = name
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        Ok(Self {
            access_key: format!("SEKISHO{}", name.collect::<String>()),
            secret: BASE64_STANDARD.encode(secret),
        })
    }

    /// Writes them as the AWS tools read them from `AWS_SHARED_CREDENTIALS_FILE`.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            self.access_key, self.secret
        );
        files::write(path, text.as_bytes())
    }

    /// The secret, for those who hand it to a process of this user.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn keys_have_aws_form_are_never_the_same_and_do_not_print_their_secret() {
        let (one, other) = (Keys::generate().unwrap(), Keys::generate().unwrap());
        assert_eq!((one.access_key.len(), one.secret.len()), (20, 40));
        assert!(one.access_key.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(one.access_key, other.access_key);
        assert_ne!(one.secret, other.secret);
        assert!(!format!("{one:?}").contains(&one.secret));
    }
}
