use crate::{kept_key::KeptKey, setting};
use jsonwebtoken::{encode, Algorithm, EncodingKey, Header};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::time::{SystemTime, UNIX_EPOCH};

/// The claims of the sample call.
#[derive(Deserialize, Serialize)]
pub struct CallerClaims<'a> {
    sub: &'a str,
    aud: &'a str,
    ip: &'a str,
    useragent: &'a str,
    #[serde(borrow)]
    personal: &'a RawValue,
}

/// What both tokens of a pair say.
#[derive(Serialize)]
struct Claims<'a, Caller> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    jid: &'a str,
    iat: u64,
    nbf: u64,
    exp: u64,
    iss: &'a str,
    #[serde(flatten)]
    caller: Caller,
}

#[derive(Serialize)]
struct Pair<'a> {
    key_id: &'a str,
    public_key: Option<&'a str>,
    auth_token: String,
    refresh_token: String,
}

enum Key {
    Library(Header, EncodingKey),
    Kept(KeptKey),
}

/// Signs pairs of tokens with the one key there is.
pub struct Signer {
    key: Key,
    key_id: String,
    public_key: Option<String>,
    random: SystemRandom,
}

impl Signer {
    /// Reads the key that the environment names: PEM, or for HS256 the secret itself. `keeps_key`: ring signs with it
    /// instead of jsonwebtoken.
    pub fn new(keeps_key: bool) -> Signer {
        let text = std::fs::read(setting("KEY")).unwrap();
        let (algorithm, key) = match setting("ALGORITHM").as_str() {
            "HS256" => (Algorithm::HS256, EncodingKey::from_secret(&text)),
            "ES256" => (Algorithm::ES256, EncodingKey::from_ec_pem(&text).unwrap()),
            "EdDSA" => (Algorithm::EdDSA, EncodingKey::from_ed_pem(&text).unwrap()),
            _ => (Algorithm::RS256, EncodingKey::from_rsa_pem(&text).unwrap()),
        };
        let key_id = setting("KEY_ID");
        let header = Header {
            kid: Some(key_id.clone()),
            ..Header::new(algorithm)
        };
        let key = if keeps_key {
            Key::Kept(KeptKey::new(&header, &text))
        } else {
            Key::Library(header, key)
        };
        let public_key = Some(setting("PUBLIC_KEY")).filter(|text| !text.is_empty());
        Signer {
            key,
            key_id,
            public_key,
            random: SystemRandom::new(),
        }
    }

    /// The JSON of an answer with two new tokens.
    pub fn pair(&self, caller: CallerClaims) -> Vec<u8> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let jid = self.random_id();
        let auth = self.sign(None, &jid, now, now + 3600, caller);
        let refresh = self.sign(Some("refresh"), &jid, now, now + 7200, ());
        let pair = Pair {
            key_id: &self.key_id,
            public_key: self.public_key.as_deref(),
            auth_token: auth,
            refresh_token: refresh,
        };
        serde_json::to_vec(&pair).unwrap()
    }

    fn sign(
        &self,
        kind: Option<&str>,
        jid: &str,
        now: u64,
        exp: u64,
        caller: impl Serialize,
    ) -> String {
        let claims = Claims {
            kind,
            jid,
            iat: now,
            nbf: now,
            exp,
            iss: "bench",
            caller,
        };
        match &self.key {
            Key::Library(header, key) => encode(header, &claims, key).unwrap(),
            Key::Kept(key) => key.encode(&claims),
        }
    }

    /// 128 random bits in 26 characters.
    fn random_id(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes).unwrap();
        let bits = u128::from_le_bytes(bytes);
        let digit = |index| {
            b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(bits >> (5 * index)) as usize & 31] as char
        };
        (0..26).map(digit).collect()
    }
}
