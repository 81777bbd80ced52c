//! What pages load besides themselves: styles and scripts of this server, at addresses that change with their content, so
//! that browsers keep them. Pico CSS and htmx are as their authors published them: a test knows their hashes.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, kind and content.
const ASSETS: [(&str, &str, &str); 4] = [
    ("pico.css", CSS, include_str!("../../assets/pico/pico.min.css")),
    ("rapport.css", CSS, include_str!("../../pages/rapport.css")),
    ("htmx.js", SCRIPT, include_str!("../../assets/htmx/htmx.min.js")),
    ("rapport.js", SCRIPT, include_str!("../../pages/rapport.js")),
];

/// The addresses of all of them, by name.
static ADDRESSES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let address = |(name, _, content): (&'static str, &str, &str)| {
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, content.as_bytes()));
        (name, format!("/assets/{}/{name}", hash.get(..16).unwrap_or_default()))
    };
    ASSETS.into_iter().map(address).collect()
});

/// All of them packed (RFC 1952), by name. The pages themselves are not: they hold secrets beside what others may choose.
static PACKED: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let pack = |(name, _, content): (&'static str, &str, &str)| Some((name, pack(content).ok()?));
    ASSETS.into_iter().filter_map(pack).collect()
});

fn pack(content: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(content.as_bytes())?;
    packer.finish()
}

/// Where a page finds one.
#[must_use]
pub fn address(name: &str) -> Option<&'static str> {
    ADDRESSES.iter().find(|(known, _)| *known == name).map(|(_, address)| address.as_str())
}

/// `GET /assets/{hash}/{name}`. Whoever asks by an old hash gets what there is, but does not keep it.
pub async fn get(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let Some((_, kind, content)) = ASSETS.into_iter().find(|(known, ..)| *known == name) else {
        return HttpResponse::NotFound().finish();
    };
    let is_current = address(&name).is_some_and(|address| address == format!("/assets/{hash}/{name}"));
    let keep = if is_current { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, keep)).insert_header((VARY, "Accept-Encoding")).content_type(kind);
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_packed = accepted.split(',').any(|coding| coding.trim() == "gzip");
    match PACKED.iter().find(|(known, _)| *known == name).filter(|_| takes_packed) {
        Some((_, packed)) => response.insert_header((CONTENT_ENCODING, "gzip")).body(packed.as_slice()),
        None => response.body(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_together_are_forty_thousand_bytes_at_most() {
        let bytes: usize = PACKED.iter().map(|(_, packed)| packed.len()).sum();
        assert!(PACKED.len() == ASSETS.len() && bytes <= 40_000, "{bytes}");
    }

    #[test]
    fn what_others_wrote_is_as_they_published_it() {
        let published = [
            ("pico.css", "fbc9a63fc9fc9f72d12fd7fc9806e11fa9f77ae4f9cad146b27003a1119ba3db"),
            ("htmx.js", "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"),
        ];
        for (name, hash) in published {
            let (_, _, content) = ASSETS.into_iter().find(|(known, ..)| *known == name).unwrap();
            let found: String =
                digest(&SHA256, content.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, hash, "{name}");
        }
    }
}
