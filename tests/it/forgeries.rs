//! Forged tokens, kind by kind. Most are signed with the server's own key, so that nothing but the check in question
//! refuses them.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tests::World;

use crate::forge::{HEADER, Key, changed, claims_of, encode, hmac_token, malleated, with_trailing_bits};

/// A forgery with what it is.
pub type Forgery = (String, String);

/// What a forger starts from: the key, and the claims of genuine tokens.
pub struct Loot {
    pub key: Key,
    pub foreign: Key,
    pub token: String,
    pub ada: Map<String, Value>,
    pub bob: Map<String, Value>,
    pub bank: Map<String, Value>,
    pub shop: Map<String, Value>,
    pub now: i64,
}

impl Loot {
    /// A world robbed.
    pub async fn of(world: &World) -> Self {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        // The parts differ between the alphabets of base64 only if `-` or `_` stands in them.
        let mut token = ada.token().await;
        while !token.rsplit('.').next().is_some_and(|signature| signature.contains(['-', '_'])) {
            token = tests::Customer::sign_in(world, &ada.email, tests::customer::PASSWORD).await.token().await;
        }
        Self {
            key: Key::of(world),
            foreign: Key::foreign(),
            ada: claims_of(&token),
            token,
            bob: claims_of(&bob.token().await),
            bank: claims_of(&bank.token().await),
            shop: claims_of(&shop.token().await),
            now: world.clock.now().as_seconds(),
        }
    }

    fn claims(&self) -> String {
        Value::Object(self.ada.clone()).to_string()
    }

    fn signed(&self, name: impl Into<String>, claims: &str) -> Forgery {
        (name.into(), self.key.token(HEADER, claims))
    }

    fn with_header(&self, key: &Key, header: &str) -> Forgery {
        let whose = if std::ptr::eq(key, &self.key) { "own" } else { "foreign" };
        (format!("header {header}, {whose} key"), key.token(header, self.claims()))
    }

    /// Other algorithms than the one.
    pub fn algorithms(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        let claims = self.claims();
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let signed = format!("{}.{}", encode(format!(r#"{{"typ":"at+jwt","alg":"{alg}"}}"#)), encode(&claims));
            all.push((format!("alg {alg:?} without a signature"), format!("{signed}.")));
            all.push((format!("alg {alg:?} in two parts"), signed.clone()));
            all.push((format!("alg {alg:?} with a signature"), format!("{signed}.{}", encode(self.key.sign(&signed)))));
        }
        let public = self.key.public();
        let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0], public].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
        for (name, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let header = format!(r#"{{"typ":"at+jwt","alg":"{name}"}}"#);
            for secret in [public, &spki, pem.as_bytes(), encode(public).as_bytes(), b"", b"secret"] {
                let token = hmac_token(algorithm, secret, &header, &claims);
                all.push((format!("{name} with a secret of {} bytes", secret.len()), token));
            }
            all.push(("EdDSA with a tag".to_owned(), hmac_token(algorithm, public, HEADER, &claims)));
        }
        for alg in ["Ed25519", "eddsa", "EDDSA", "ES256", "RS256", "PS256", "HS256", "dir"] {
            all.push(self.with_header(&self.key, &format!(r#"{{"typ":"at+jwt","alg":"{alg}"}}"#)));
        }
        for alg in [r#","alg":null"#, r#","alg":["EdDSA"]"#, r#","alg":1"#, "", r#","alg":"none","alg":"EdDSA""#] {
            all.push(self.with_header(&self.key, &format!(r#"{{"typ":"at+jwt"{alg}}}"#)));
        }
        all
    }

    /// Other headers than the two.
    pub fn headers(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        for typ in [
            r#""typ":"JWT","#,
            r#""typ":"jwt","#,
            "",
            r#""typ":"","#,
            r#""typ":null,"#,
            r#""typ":"AT+JWT","#,
            r#""typ":"application/at+jwt","#,
            r#""typ":"at+jwt ","#,
            r#""typ":["at+jwt"],"#,
            r#""typ":"refresh+jwt","#,
            r#""typ":"JWT","typ":"at+jwt","#,
        ] {
            all.push(self.with_header(&self.key, &format!(r#"{{{typ}"alg":"EdDSA"}}"#)));
        }
        let x = encode(self.foreign.public());
        for extra in [
            format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#),
            r#""jku":"http://127.0.0.1:9/jwks.json""#.to_owned(),
            r#""x5u":"http://127.0.0.1:9/cert.pem""#.to_owned(),
            format!(r#""x5c":["{x}"]"#),
            r#""kid":"../../../../dev/null""#.to_owned(),
            r#""kid":"' union select 'a"#.to_owned() + r#"'""#,
            r#""crit":["exp"]"#.to_owned(),
            r#""crit":[]"#.to_owned(),
            r#""b64":false,"crit":["b64"]"#.to_owned(),
            r#""crit":["urn:nothing"],"urn:nothing":true"#.to_owned(),
            r#""cty":"JWT""#.to_owned(),
            r#""zip":"DEF""#.to_owned(),
            r#""epk":{}"#.to_owned(),
        ] {
            let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA",{extra}}}"#);
            all.extend([self.with_header(&self.key, &header), self.with_header(&self.foreign, &header)]);
        }
        all.push(self.with_header(&self.foreign, HEADER));
        for header in ["", "{}", "null", "[]", "\"EdDSA\"", "{", "\u{feff}{\"typ\":\"at+jwt\",\"alg\":\"EdDSA\"}"] {
            all.push(self.with_header(&self.key, header));
        }
        all
    }

    /// Claims that are missing, empty, of another type, or doubled.
    pub fn shapes(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        for name in ["iss", "aud", "exp", "iat", "jti", "sub", "sid"] {
            let known = &self.ada[name];
            let stringly = if known.is_string() { json!([known]) } else { json!(known.to_string()) };
            for value in [None, Some(json!(null)), Some(json!("")), Some(json!({})), Some(json!(true)), Some(stringly)]
            {
                all.push(self.signed(format!("{name}: {value:?}"), &changed(&self.ada, name, value)));
            }
            let inside = self.claims().trim_matches(['{', '}']).to_owned();
            all.push(self.signed(format!("{name} twice, alike"), &format!("{{\"{name}\":{known},{inside}}}")));
            let other = if name == "sub" { &self.bob["sub"] } else { known };
            all.push(self.signed(format!("{name} twice"), &format!("{{{inside},\"{name}\":{other}}}")));
        }
        let claims = self.claims();
        for text in [
            "",
            "{}",
            "null",
            "[]",
            "1",
            "{",
            &format!("[{claims}]"),
            &format!("{claims}{claims}"),
            &format!("{claims}x"),
        ] {
            all.push(self.signed(format!("claims {:.20}", text), text));
        }
        all.push((
            "claims that are not UTF-8".into(),
            self.key.token(HEADER, [b"{\"iss\":\"\xff".as_slice(), &claims.as_bytes()[8..]].concat()),
        ));
        all
    }

    /// For others, by others, too early or too late.
    pub fn bounds(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        for iss in [
            "http://127.0.0.1:8081",
            "http://127.0.0.1:8080/",
            "https://127.0.0.1:8080",
            "HTTP://127.0.0.1:8080",
            "rapport",
            "*",
        ] {
            all.push(self.signed(format!("iss {iss}"), &changed(&self.ada, "iss", Some(json!(iss)))));
        }
        for aud in [
            json!("other"),
            json!("Rapport"),
            json!("rapport "),
            json!(["rapport"]),
            json!(["other", "rapport"]),
            json!([]),
            json!("*"),
        ] {
            all.push(self.signed(format!("aud {aud}"), &changed(&self.ada, "aud", Some(aud.clone()))));
        }
        let timed = |iat: Value, exp: Value| {
            let mut claims = self.ada.clone();
            claims.extend([("iat".to_owned(), iat.clone()), ("exp".to_owned(), exp.clone())]);
            self.signed(format!("iat {iat} exp {exp} at {}", self.now), &Value::Object(claims).to_string())
        };
        let now = self.now;
        for (iat, exp) in [
            (now - 300, now - 5),
            (now - 300, now - 6),
            (now - 4_000, now - 3_700),
            (now - 300, 0),
            (now - 300, -1),
            (now - 300, i64::MIN),
            (now + 6, now + 306),
            (now + 300, now + 600),
            (now, now + 301),
            (now, now + 86_400),
            (now - 290, now + 11),
            (0, now + 300),
            (now, i64::MAX),
            (i64::MAX, i64::MAX),
            (i64::MIN, now + 300),
            (i64::MIN, i64::MAX),
            (i64::MAX, i64::MIN),
            (now * 1_000, now * 1_000 + 300),
        ] {
            all.push(timed(json!(iat), json!(exp)));
        }
        #[expect(clippy::cast_precision_loss, reason = "a number that is no integer is what is wanted")]
        let half = now as f64 + 0.5;
        for exp in [json!(half), json!(1e300), json!(u64::MAX), json!([now + 300])] {
            all.push(timed(json!(now), exp));
        }
        let huge = changed(&self.ada, "exp", Some(json!("HUGE"))).replace("\"HUGE\"", "1e999");
        all.push(self.signed("exp 1e999", &huge));
        all
    }

    /// Genuine parts that do not belong together.
    pub fn mixtures(&self) -> Vec<Forgery> {
        let mixed = |base: &Map<String, Value>, parts: &[(&str, &Value)]| {
            let mut claims = base.clone();
            claims.extend(parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())));
            self.signed(format!("{parts:?}"), &Value::Object(claims).to_string())
        };
        let (ada, bob, bank, shop) = (&self.ada, &self.bob, &self.bank, &self.shop);
        let trailing = json!(with_trailing_bits(ada["sub"].as_str().expect("a text")));
        let unknown = json!("customer_AAAAAAAAAAAAAAAAAAAAAA");
        let mut all = vec![
            mixed(ada, &[("sub", &bob["sub"])]),
            mixed(ada, &[("sid", &bob["sid"])]),
            mixed(ada, &[("brand", &bank["brand"])]),
            mixed(ada, &[("brand", &bank["brand"]), ("sid", &bank["sid"])]),
            mixed(ada, &[("sub", &bank["sub"])]),
            mixed(ada, &[("sub", &bank["sub"]), ("sid", &bank["sid"])]),
            mixed(ada, &[("sub", &ada["sid"])]),
            mixed(ada, &[("sid", &ada["sub"])]),
            mixed(ada, &[("sub", &trailing)]),
            mixed(ada, &[("sub", &unknown)]),
            mixed(bank, &[("sub", &shop["sub"])]),
            mixed(bank, &[("brand", &shop["brand"])]),
            mixed(bank, &[("brand", &json!("bank"))]),
            mixed(bank, &[("brand", &json!(""))]),
            mixed(bank, &[("brand", &json!([bank["brand"]]))]),
            mixed(bank, &[("brand", &bank["sub"])]),
            mixed(bank, &[("sub", &ada["sub"])]),
            mixed(bank, &[("sub", &json!("bank-app"))]),
            mixed(bank, &[("sid", &ada["sid"])]),
            self.signed("an app without its brand", &changed(bank, "brand", None)),
            self.signed("an app with null for its brand", &changed(bank, "brand", Some(json!(null)))),
        ];
        for epoch in [json!("0"), json!("2"), json!("-1"), json!("1.0"), json!(" 1"), json!("99999999999"), json!(1)] {
            all.push(mixed(bank, &[("sid", &epoch)]));
        }
        all
    }

    /// Signatures and encodings that are not those of the token.
    pub fn spellings(&self) -> Vec<Forgery> {
        let (signed, signature) = self.token.rsplit_once('.').expect("three parts");
        let (header, claims) = signed.split_once('.').expect("three parts");
        let bytes = self.key.sign(signed);
        let mut all = Vec::new();
        let mut signatures: Vec<(&str, Vec<u8>)> = vec![
            ("zero", vec![0; 64]),
            ("ones", vec![0xff; 64]),
            ("none", Vec::new()),
            ("one byte", vec![0]),
            ("63 bytes", bytes[..63].to_vec()),
            ("32 bytes", bytes[..32].to_vec()),
            ("without its first", bytes[1..].to_vec()),
            ("65 bytes", [&bytes[..], &[0]].concat()),
            ("twice", [&bytes[..], &bytes].concat()),
            ("halves exchanged", [&bytes[32..], &bytes[..32]].concat()),
            ("plus the order", malleated(&bytes)),
            ("a point of small order", [[&[1_u8][..], &[0; 31]].concat(), vec![0; 32]].concat()),
            ("of the claims alone", self.key.sign(claims)),
            ("of another token", self.key.sign("a.b")),
            ("of the same by another key", self.foreign.sign(signed)),
        ];
        for at in [0, 31, 32, 63] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            signatures.push(("one bit flipped", flipped));
        }
        all.extend(
            signatures
                .into_iter()
                .map(|(name, bytes)| (format!("signature: {name}"), format!("{signed}.{}", encode(bytes)))),
        );
        let standard = signature.replace('-', "+").replace('_', "/");
        for (name, token) in [
            ("padded", format!("{signed}.{signature}==")),
            ("half padded", format!("{signed}.{signature}=")),
            ("standard alphabet", format!("{signed}.{standard}")),
            ("trailing bits", format!("{signed}.{}", with_trailing_bits(signature))),
            ("padded header", format!("{header}==.{claims}.{signature}")),
            ("padded claims", format!("{header}.{claims}=.{signature}")),
            ("a space inside", format!("{signed}. {signature}")),
            ("a tab inside", format!("{signed}.\t{signature}")),
            ("percent-encoded", self.token.replace('.', "%2E")),
            ("quoted", format!("\"{}\"", self.token)),
            ("a fourth part", format!("{}.", self.token)),
            ("four parts", format!("{}.{signature}", self.token)),
            ("five parts", format!("{header}.{claims}.{signature}.{claims}.{signature}")),
            ("a part before", format!(".{}", self.token)),
            ("two parts", signed.to_owned()),
            ("one part", header.to_owned()),
            ("dots", "..".to_owned()),
            ("one letter", "a".to_owned()),
            ("a scheme inside", format!("Bearer {}", self.token)),
            ("two tokens", format!("{0}, {0}", self.token)),
            ("a JSON form", json!({ "protected": header, "payload": claims, "signature": signature }).to_string()),
            ("exchanged parts", format!("{claims}.{header}.{signature}")),
            ("cut", self.token[..self.token.len() - 1].to_owned()),
            ("lower case", self.token.to_lowercase()),
            ("long", format!("{signed}.{}", "A".repeat(20_000))),
        ] {
            all.push((format!("spelling: {name}"), token));
        }
        all
    }
}
