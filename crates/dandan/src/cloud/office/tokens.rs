//! Who may act for which unit: tokens that are shown once and kept as hashes.

use super::refusal::{No, Outcome};
use super::tree::Kind;
use super::{Change, Deed, Office, name_of};
use axum::http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use serde_json::json;

/// So that a token is recognised for what it is wherever it turns up.
const PREFIX: &str = "dho";
const FIND: &str = "SELECT unit, name FROM office_token WHERE brand = $1 AND token_hash = $2 AND until_ms >= $3";
const PUT: &str = "INSERT INTO office_token VALUES ($1, $2, $3, $4, $5)";
const END: &str = "DELETE FROM office_token WHERE brand = $1 AND unit = $2 AND name = $3 RETURNING token_hash";
const FORGET_WISHES: &str = "UPDATE office_directive SET hash = '' WHERE brand = $1";
const BRAND: &str = "INSERT INTO office_brand VALUES ($1, 0, 0, 0)";
const UNIT: &str = "INSERT INTO office_unit VALUES ($1, $1, 'brand', '', $2, NULL)";

/// Where somebody sits who acts: for this unit and those below it.
#[derive(Clone, Debug)]
pub struct Seat {
    pub brand: String,
    pub unit: String,
    pub name: String,
}

impl Seat {
    /// # Errors
    /// `not_allowed` for who doesn't sit at the brand itself.
    pub fn at_brand(&self) -> Outcome<()> {
        (self.unit == self.brand).then_some(()).ok_or_else(|| No::new("not_allowed", "menus are made at the brand"))
    }
}

impl Office {
    /// Makes a brand; its id.
    pub async fn make_brand(&self, name: &str, now_ms: i64) -> Outcome<String> {
        let (brand, name) = (random()?, name_of(name)?);
        self.book.rows(BRAND, &[&brand]).await?;
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &brand).await?;
        change.rows(UNIT, &[&brand, &name]).await?;
        let deed = Deed { unit: &brand, kind: "brand", what: json!({ "kind": Kind::Brand, "name": name }) };
        change.done("", now_ms, deed).await?;
        Ok(brand)
    }

    /// Makes a token for a unit. It is in the answer and nowhere else.
    pub async fn make_token(&self, unit: &str, name: &str, days: u32, now_ms: i64) -> Outcome<String> {
        let (brand, name) = (self.brand_of(unit).await?, name_of(name)?);
        let token = format!("{PREFIX}_{brand}_{}{}", random()?, random()?);
        let until_ms = now_ms + i64::from(days) * 24 * 60 * 60 * 1000;
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &brand).await?;
        change.rows(PUT, &[&brand, &hash(&token), &unit, &name, &until_ms]).await?;
        let deed = Deed { unit, kind: "token", what: json!({ "for": name, "until_ms": until_ms }) };
        change.done("", now_ms, deed).await?;
        Ok(token)
    }

    /// Ends all tokens somebody has for a unit; how many there were.
    pub async fn end_tokens(&self, unit: &str, name: &str, now_ms: i64) -> Outcome<usize> {
        let (brand, name) = (self.brand_of(unit).await?, name_of(name)?);
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &brand).await?;
        let ended = change.rows(END, &[&brand, &unit, &name]).await?.len();
        change.done("", now_ms, Deed { unit, kind: "tokens_ended", what: json!({ "for": name, "tokens": ended }) }).await?;
        Ok(ended)
    }

    /// Lets every store of a brand be brought its directive again, under a new number.
    pub async fn send_again(&self, brand: &str, now_ms: i64) -> Outcome<()> {
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, brand).await?;
        change.rows(FORGET_WISHES, &[&brand]).await?;
        change.done("", now_ms, Deed { unit: brand, kind: "sent_again", what: json!({}) }).await
    }

    async fn brand_of(&self, unit: &str) -> Outcome<String> {
        let rows = self.book.rows("SELECT brand FROM office_unit WHERE unit = $1", &[&unit]).await?;
        match rows.as_slice() {
            [one] => Ok(one.get(0)),
            [] => Err(No::new("unit_unknown", format!("there is no unit {unit}"))),
            [_, ..] => Err(No::new("bad_unit", format!("several brands have a unit {unit}; give it another id"))),
        }
    }

    /// Who sends this request.
    ///
    /// # Errors
    /// `not_signed_in`.
    pub async fn seat(&self, headers: &HeaderMap, now_ms: i64) -> Outcome<Seat> {
        let no = || No::new("not_signed_in", "send Authorization: Bearer <token> with a token that is still good");
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = said.and_then(|said| said.strip_prefix("Bearer ")).ok_or_else(no)?;
        let brand = token.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('_')?.split('_').next()).ok_or_else(no)?;
        let rows = self.book.rows(FIND, &[&brand, &hash(token), &now_ms]).await?;
        let row = rows.first().ok_or_else(no)?;
        Ok(Seat { brand: brand.to_owned(), unit: row.get(0), name: row.get(1) })
    }
}

/// 16 random bytes, in hexadecimal.
pub fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

fn hash(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}
