use jsonwebtoken::{Algorithm, Header};
use ring::{hmac, rand::SystemRandom, signature};
use serde::Serialize;

/// Signs tokens with ring and a key that it keeps, where jsonwebtoken reads the key again for every token.
pub struct KeptKey {
    /// The JOSE header in base64url.
    header: String,
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Hmac(hmac::Key),
    Ecdsa(signature::EcdsaKeyPair),
    Ed25519(signature::Ed25519KeyPair),
    Rsa(signature::RsaKeyPair),
}

impl KeptKey {
    /// Takes the key as PEM (PKCS#8), or for HS256 the secret itself.
    pub fn new(header: &Header, text: &[u8]) -> KeptKey {
        let pem = std::str::from_utf8(text).unwrap();
        let body: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = || base64::decode(&body).unwrap();
        let pair = match header.alg {
            Algorithm::HS256 => Pair::Hmac(hmac::Key::new(hmac::HMAC_SHA256, text)),
            Algorithm::ES256 => {
                let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                Pair::Ecdsa(signature::EcdsaKeyPair::from_pkcs8(kind, &der()).unwrap())
            }
            Algorithm::EdDSA => Pair::Ed25519(
                signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der()).unwrap(),
            ),
            _ => Pair::Rsa(signature::RsaKeyPair::from_pkcs8(&der()).unwrap()),
        };
        let header =
            base64::encode_config(serde_json::to_vec(header).unwrap(), base64::URL_SAFE_NO_PAD);
        KeptKey {
            header,
            pair,
            random: SystemRandom::new(),
        }
    }

    /// A signed token.
    pub fn encode(&self, claims: &impl Serialize) -> String {
        let mut token = self.header.clone();
        token.push('.');
        base64::encode_config_buf(
            serde_json::to_vec(claims).unwrap(),
            base64::URL_SAFE_NO_PAD,
            &mut token,
        );
        let signature = self.sign(token.as_bytes());
        token.push('.');
        base64::encode_config_buf(signature, base64::URL_SAFE_NO_PAD, &mut token);
        token
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Pair::Ecdsa(pair) => pair.sign(&self.random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &self.random,
                    message,
                    &mut signature,
                )
                .unwrap();
                signature
            }
        }
    }
}
