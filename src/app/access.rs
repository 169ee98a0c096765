//! Who may come in: merchants and their keys. A key is shown once and kept as its SHA-256.

use rand::Rng;
use sha2::{Digest, Sha256};

use crate::domain::event::EventKind;
use crate::domain::ids::{KeyId, MerchantId};
use crate::store::keys::{self, KeyRow};
use crate::store::{Page, merchants};

use super::definitions::note;
use super::{App, AppError};

/// The merchant that a fresh book has.
pub const DEFAULT_MERCHANT: &str = "default";

/// How every key begins, so that one is recognised where it should not be.
pub const KEY_PREFIX: &str = "cg_";

/// The shortest admin key of an operator's choice that cannot be guessed.
pub const ADMIN_KEY_CHARS_MIN: usize = 32;

const SECRET_LENGTH: usize = 40;

/// The SHA-256 of a key: keys are long and random, so a plain digest is enough.
#[must_use]
pub fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

impl App {
    /// The key with this digest, unless it was revoked.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn authenticate(&self, digest: [u8; 32]) -> Result<Option<KeyRow>, AppError> {
        self.look(|mut tx| async move {
            let key = keys::find_key_by_hash(&mut tx, &digest).await?;
            Ok(key.filter(|key| key.revoked_at.is_none()))
        })
        .await
    }

    /// Makes the merchant `default` where the book has none, with this admin key if given.
    /// Answers whether it did.
    ///
    /// # Errors
    /// Invalid where the key is shorter than [`ADMIN_KEY_CHARS_MIN`].
    pub async fn bootstrap(&self, admin_key: Option<&str>) -> Result<bool, AppError> {
        if admin_key.is_some_and(|key| key.len() < ADMIN_KEY_CHARS_MIN) {
            let detail = format!("an admin key needs {ADMIN_KEY_CHARS_MIN} characters at least");
            return Err(AppError::invalid("/admin_key", detail));
        }
        let admin_key = admin_key.map(str::to_owned);
        let admin_key = &admin_key;
        self.write(|mut tx| async move {
            if !merchants::list_merchants(&mut tx, &Page::first(1)).await?.is_empty() {
                return tx.commit(false).await;
            }
            let merchant = MerchantId::parse(DEFAULT_MERCHANT)?;
            // Another process may start on this book at the same time.
            if !merchants::insert_merchant(&mut tx, &merchant, "Default", self.now()).await? {
                return tx.commit(false).await;
            }
            if let Some(key) = admin_key {
                let row = self.key_row(&merchant, "admin", Some("first".to_owned()), key);
                keys::insert_key(&mut tx, &row, &digest(key)).await?;
            }
            tx.commit(true).await
        })
        .await
    }

    pub(super) fn key_row(
        &self,
        merchant: &MerchantId,
        role: &str,
        label: Option<String>,
        key: &str,
    ) -> KeyRow {
        KeyRow {
            id: KeyId::fresh(&mut self.ids()),
            merchant: merchant.clone(),
            role: role.to_owned(),
            label,
            last: key.chars().skip(key.chars().count().saturating_sub(4)).collect(),
            created_at: self.now(),
            revoked_at: None,
        }
    }

    fn secret(&self) -> String {
        const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut random =
            self.inner.random.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let letters = (0..SECRET_LENGTH).map(|_| {
            let place = usize::try_from(random.next_u64() & 31).unwrap_or(0);
            char::from(LETTERS[place])
        });
        KEY_PREFIX.chars().chain(letters).collect()
    }

    /// Makes a key. The text is nowhere kept.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn create_key(
        &self,
        merchant: &MerchantId,
        role: &str,
        label: Option<String>,
    ) -> Result<(KeyRow, String), AppError> {
        let key = self.secret();
        let row = self.key_row(merchant, role, label, &key);
        let kept = &row;
        let hash = digest(&key);
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, &kept.merchant).await?;
            note(&mut tx, &mut context, EventKind::KeyCreated, kept.id.as_str()).await?;
            let done = keys::insert_key(&mut tx, kept, &hash).await?;
            tx.answer(done).await
        })
        .await?;
        Ok((row, key))
    }

    /// The keys of a merchant that open something, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn keys(&self, merchant: &MerchantId, page: Page) -> Result<Vec<KeyRow>, AppError> {
        self.read(|mut tx| async move {
            let (mut open, wanted) = (Vec::new(), usize::try_from(page.limit).unwrap_or(0));
            let mut page = page;
            while open.len() < wanted {
                let found = keys::list_keys(&mut tx, merchant, &page).await?;
                let Some(last) = found.last() else { break };
                page = Page { after: Some(last.id.to_string()), ..page };
                open.extend(found.into_iter().filter(|key| key.revoked_at.is_none()));
            }
            open.truncate(wanted);
            Ok(open)
        })
        .await
    }

    /// Revokes a key, at once: every request asks the book whether its key is in force.
    ///
    /// # Errors
    /// Not found where there is none, or it was revoked before. Refused for the last admin key,
    /// without which a merchant could never make another.
    pub async fn revoke_key(&self, merchant: &MerchantId, id: &KeyId) -> Result<(), AppError> {
        let revoked = self
            .write(|mut tx| async move {
                if keys::lock_admin_keys(&mut tx, merchant).await? == [id.clone()] {
                    let detail = "this is the last admin key: make another one first";
                    return Err(AppError::refused("conflict", detail));
                }
                let mut context = self.context(&mut tx, merchant).await?;
                let revoked = keys::revoke_key(&mut tx, merchant, id, context.now).await?;
                if revoked {
                    note(&mut tx, &mut context, EventKind::KeyRevoked, id.as_str()).await?;
                }
                tx.commit(revoked).await
            })
            .await?;
        if revoked { Ok(()) } else { Err(AppError::NotFound("key")) }
    }

    /// The merchants that a merchant may know of, by id: `default` knows all, others themselves.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn merchants(
        &self,
        caller: &MerchantId,
        page: Page,
    ) -> Result<Vec<merchants::MerchantRecord>, AppError> {
        self.read(|mut tx| async move {
            if caller.as_str() == DEFAULT_MERCHANT {
                return Ok(merchants::list_merchants(&mut tx, &page).await?);
            }
            let own = merchants::find_merchant(&mut tx, caller).await?;
            let is_next = page.after.as_deref().is_none_or(|after| caller.as_str() > after);
            Ok(own.into_iter().filter(|_| is_next).collect())
        })
        .await
    }

    /// Makes another merchant, with its first admin key.
    ///
    /// # Errors
    /// Refused unless `caller` is the merchant `default`, or where the id is taken.
    pub async fn create_merchant(
        &self,
        caller: &MerchantId,
        id: &MerchantId,
        name: &str,
    ) -> Result<(KeyRow, String), AppError> {
        if caller.as_str() != DEFAULT_MERCHANT {
            let detail = "only an admin key of merchant 'default' makes merchants";
            return Err(AppError::refused("forbidden", detail));
        }
        let (id, name, now) = (id.clone(), name.to_owned(), self.now());
        let key = self.secret();
        let row = self.key_row(&id, "admin", Some("first".to_owned()), &key);
        let kept = &row;
        let hash = digest(&key);
        let (id, name) = (&id, &name);
        self.write(|mut tx| async move {
            if !merchants::insert_merchant(&mut tx, id, name, now).await? {
                let detail = format!("there is a merchant '{id}' already");
                return Err(AppError::refused("conflict", detail));
            }
            let done = keys::insert_key(&mut tx, kept, &hash).await?;
            tx.answer(done).await
        })
        .await?;
        Ok((row, key))
    }
}
