//! Forged tokens, kind by kind. Most are signed with the server's own key, so that nothing but the check in question
//! refuses them.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod swaps;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::ids::TokenId;
use serde_json::{Map, Value, json};
use tests::World;
use uuid::Uuid;

pub use swaps::Robbed;

use crate::forge::{Key, changed, claims_of, encode, hmac_token, malleated, with_trailing_bits};

/// A forgery with what it is.
pub type Forgery = (String, String);

/// What a forger starts from: the server's key, one of their own, and the claims of two genuine tokens of one kind.
pub struct Loot {
    pub key: Key,
    pub foreign: Key,
    /// The server's own for receipts.
    pub evidence: Key,
    /// What the forgeries say, but for what each of them changes.
    pub own: Map<String, Value>,
    /// Of somebody else.
    pub other: Map<String, Value>,
    pub now: i64,
}

impl Loot {
    /// From two tokens.
    pub fn of(world: &World, own: &str, other: &str) -> Self {
        let now = world.clock.now().as_seconds();
        let (key, foreign, evidence) = (Key::of(world), Key::foreign(), Key::of_evidence(world));
        Self { key, foreign, evidence, own: claims_of(own), other: claims_of(other), now }
    }

    /// Every kind of forgery.
    pub fn forgeries(&self) -> Vec<Forgery> {
        [self.algorithms(), self.headers(), self.names(), self.shapes(), self.bounds(), self.spellings()].concat()
    }

    /// The claims as they are.
    pub fn claims(&self) -> String {
        Value::Object(self.own.clone()).to_string()
    }

    fn signed(&self, name: impl Into<String>, claims: &str) -> Forgery {
        (name.into(), self.key.token(self.key.header(), claims))
    }

    /// With a header of these members and the key's own name.
    fn with_members(&self, key: &Key, members: &str) -> Forgery {
        self.with_header(key, &key.header_with(members))
    }

    fn with_header(&self, key: &Key, header: &str) -> Forgery {
        let whose = [(&self.key, "own"), (&self.evidence, "evidence"), (&self.foreign, "foreign")];
        let whose = whose.iter().find(|(one, _)| std::ptr::eq(*one, key)).map_or("unknown", |(_, whose)| *whose);
        (format!("header {header}, {whose} key"), key.token(header, self.claims()))
    }

    /// Other algorithms than the one.
    pub fn algorithms(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        let claims = self.claims();
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let signed = format!(
                "{}.{}",
                encode(self.key.header_with(&format!(r#""typ":"at+jwt","alg":"{alg}""#))),
                encode(&claims)
            );
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
            let header = self.key.header_with(&format!(r#""typ":"at+jwt","alg":"{name}""#));
            for secret in [public, &spki, pem.as_bytes(), encode(public).as_bytes(), b"", b"secret"] {
                let token = hmac_token(algorithm, secret, &header, &claims);
                all.push((format!("{name} with a secret of {} bytes", secret.len()), token));
            }
            all.push(("EdDSA with a tag".to_owned(), hmac_token(algorithm, public, &self.key.header(), &claims)));
        }
        for alg in ["Ed25519", "eddsa", "EDDSA", "ES256", "RS256", "PS256", "HS256", "dir"] {
            all.push(self.with_members(&self.key, &format!(r#""typ":"at+jwt","alg":"{alg}""#)));
        }
        for alg in [r#","alg":null"#, r#","alg":["EdDSA"]"#, r#","alg":1"#, "", r#","alg":"none","alg":"EdDSA""#] {
            all.push(self.with_members(&self.key, &format!(r#""typ":"at+jwt"{alg}"#)));
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
            all.push(self.with_members(&self.key, &format!(r#"{typ}"alg":"EdDSA""#)));
        }
        let x = encode(self.foreign.public());
        for extra in [
            format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#),
            r#""jku":"http://127.0.0.1:9/jwks.json""#.to_owned(),
            r#""x5u":"http://127.0.0.1:9/cert.pem""#.to_owned(),
            format!(r#""x5c":["{x}"]"#),
            r#""crit":["exp"]"#.to_owned(),
            r#""crit":[]"#.to_owned(),
            r#""b64":false,"crit":["b64"]"#.to_owned(),
            r#""crit":["urn:nothing"],"urn:nothing":true"#.to_owned(),
            r#""cty":"JWT""#.to_owned(),
            r#""zip":"DEF""#.to_owned(),
            r#""epk":{}"#.to_owned(),
        ] {
            let members = format!(r#""typ":"at+jwt","alg":"EdDSA",{extra}"#);
            all.push(self.with_members(&self.key, &members));
            // Signed by somebody else, in the name of our key.
            all.push(self.with_header(&self.foreign, &self.key.header_with(&members)));
        }
        all.push(self.with_header(&self.foreign, &self.key.header()));
        for header in ["", "{}", "null", "[]", "\"EdDSA\"", "{"] {
            all.push(self.with_header(&self.key, header));
        }
        all.push(self.with_header(&self.key, &format!("\u{feff}{}", self.key.header())));
        all
    }

    /// Other names of keys than that of the one that has signed.
    pub fn names(&self) -> Vec<Forgery> {
        let kid = self.key.kid();
        let named = |kid: &Value| format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":{kid}}}"#);
        let mut all = vec![self.with_header(&self.key, r#"{"typ":"at+jwt","alg":"EdDSA"}"#)];
        for name in [
            json!(""),
            json!(null),
            json!(0),
            json!([kid]),
            json!({ "kid": kid }),
            json!(kid.to_lowercase()),
            json!(format!("{kid} ")),
            json!(format!("{kid}=")),
            json!(kid.get(1..)),
            json!("../../../../dev/null"),
            json!("' union select 'a"),
            json!(self.foreign.kid()),
            json!(self.evidence.kid()),
        ] {
            all.push(self.with_header(&self.key, &named(&name)));
        }
        let twice = format!(r#""typ":"at+jwt","alg":"EdDSA","kid":"{kid}""#);
        all.push(self.with_members(&self.key, &twice));
        // Genuine keys, which sign other things or are known to nobody.
        for key in [&self.foreign, &self.evidence] {
            all.push(self.with_header(key, &key.header()));
            all.push(self.with_header(key, &self.key.header()));
        }
        all
    }

    /// Claims that are missing, empty, of another type, or doubled.
    pub fn shapes(&self) -> Vec<Forgery> {
        let mut all = Vec::new();
        let names: Vec<&str> = self.own.keys().map(String::as_str).collect();
        for name in names {
            let known = &self.own[name];
            let stringly = if known.is_string() { json!([known]) } else { json!(known.to_string()) };
            for value in [None, Some(json!(null)), Some(json!("")), Some(json!({})), Some(json!(true)), Some(stringly)]
            {
                all.push(self.signed(format!("{name}: {value:?}"), &changed(&self.own, name, value)));
            }
            let inside = self.claims().trim_matches(['{', '}']).to_owned();
            all.push(self.signed(format!("{name} twice, alike"), &format!("{{\"{name}\":{known},{inside}}}")));
            let other = if name == "sub" { &self.other["sub"] } else { known };
            all.push(self.signed(format!("{name} twice"), &format!("{{{inside},\"{name}\":{other}}}")));
        }
        for (name, value) in [
            ("client_id", json!("bank-app")),
            ("scope", json!("name:read")),
            ("admin", json!(true)),
            ("act", json!({})),
        ] {
            all.push(self.signed(format!("{name} besides"), &changed(&self.own, name, Some(value))));
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
            self.key.token(self.key.header(), [b"{\"iss\":\"\xff".as_slice(), &claims.as_bytes()[8..]].concat()),
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
            all.push(self.signed(format!("iss {iss}"), &changed(&self.own, "iss", Some(json!(iss)))));
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
            all.push(self.signed(format!("aud {aud}"), &changed(&self.own, "aud", Some(aud.clone()))));
        }
        let timed = |iat: Value, exp: Value| {
            let mut claims = self.own.clone();
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
        for later in [json!(now + 1), json!(now + 300), json!(i64::MAX), json!("later"), json!(null)] {
            all.push(self.signed(format!("nbf {later} at {now}"), &changed(&self.own, "nbf", Some(later))));
        }
        let huge = changed(&self.own, "exp", Some(json!("HUGE"))).replace("\"HUGE\"", "1e999");
        all.push(self.signed("exp 1e999", &huge));
        all
    }

    /// A genuine token whose signature is written differently in the two alphabets of base64.
    fn distinct(&self) -> String {
        let with = |number: u128| {
            let id = TokenId(Uuid::from_u128(number)).to_string();
            self.key.token(self.key.header(), changed(&self.own, "jti", Some(json!(id))))
        };
        let written_in_two_ways =
            |token: &String| token.rsplit('.').next().is_some_and(|part| part.contains(['-', '_']));
        (1..100).map(with).find(written_in_two_ways).expect("one of a hundred")
    }

    /// Signatures and encodings that are not those of the token.
    pub fn spellings(&self) -> Vec<Forgery> {
        let token = self.distinct();
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
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
            ("percent-encoded", token.replace('.', "%2E")),
            ("quoted", format!("\"{}\"", token)),
            ("a fourth part", format!("{}.", token)),
            ("four parts", format!("{}.{signature}", token)),
            ("five parts", format!("{header}.{claims}.{signature}.{claims}.{signature}")),
            ("a part before", format!(".{}", token)),
            ("two parts", signed.to_owned()),
            ("one part", header.to_owned()),
            ("dots", "..".to_owned()),
            ("one letter", "a".to_owned()),
            ("a scheme inside", format!("Bearer {}", token)),
            ("two tokens", format!("{0}, {0}", token)),
            ("a JSON form", json!({ "protected": header, "payload": claims, "signature": signature }).to_string()),
            ("exchanged parts", format!("{claims}.{header}.{signature}")),
            ("cut", token[..token.len() - 1].to_owned()),
            ("lower case", token.to_lowercase()),
            ("long", format!("{signed}.{}", "A".repeat(12_000))),
        ] {
            all.push((format!("spelling: {name}"), token));
        }
        all
    }
}
