//! What the server answers beside its API: other addresses, and the pages.

use serde_json::json;
use tests::Reply;

use super::{State, Sweep, own};
use crate::pages::PAGES;

impl Sweep<'_> {
    /// The other addresses of the server, with Ada's words as credentials.
    pub async fn beside_graphql(&mut self, state: &State) {
        let (http, url) = (&self.world.http, &self.world.url);
        let form = |body: &'static str| {
            let request = http.post(format!("{url}/oauth/token"));
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        };
        let requests = [
            form("grant_type=client_credentials&client_id=brindlefox&client_secret=Zorblatt"),
            form("grant_type=client_credentials&scope=mossgrave")
                .basic_auth(&self.bank.client_id, Some(&self.bank.secret)),
            form("grant_type=wuzzletop").basic_auth(&self.bank.client_id, Some("Tundervale")),
            form("grant_type=%62&&==%ff&quillfeather").header("authorization", "Basic quillfeather"),
            http.post(format!("{url}/oauth/token")).json(&json!({ "client_id": "quillfeather" })),
            http.get(format!("{url}/oauth/token?client_id=quillfeather")),
            http.get(format!("{url}/graphiql")),
            http.get(format!("{url}/graphiql/config.json")),
            http.get(format!("{url}/graphiql/Velmorania.js")),
            http.get(format!("{url}/healthz?name=Zorblatt")),
            http.get(format!("{url}/readyz")),
            http.get(format!("{url}/version")),
            http.get(format!("{url}/brindlefox")),
            http.post(format!("{url}/graphql")).bearer_auth("quillfeather").json(&json!({ "query": "{ me { id } }" })),
            http.post(format!("{url}/graphql")).header("content-type", "application/json").body("{\"query\": Zorblatt"),
            http.post(format!("{url}/graphql")).header("content-type", "text/mossgrave").body("Zorblatt"),
            http.put(format!("{url}/graphql")).body("Zorblatt"),
        ];
        for request in requests {
            let reply = Reply::of(request.send().await).await;
            self.look("nobody", &[], state, "an address beside the API", &reply);
        }
    }

    /// The pages show Ada what is hers, Bob what is his, and nobody anything, whatever ids they know.
    pub async fn on_pages(&mut self, state: &State) {
        let grants: Vec<String> = self.ids.iter().filter(|id| id.starts_with("grant_")).cloned().collect();
        let hers =
            |id: &String| [format!("/sharing/{id}"), format!("/sharing/{id}/again"), format!("/receipts/{id}/file")];
        let paths: Vec<String> = PAGES
            .iter()
            .chain(&["/looked/file"])
            .map(ToString::to_string)
            .chain(grants.iter().flat_map(hers))
            .collect();
        let allowed = [own(), [&["bob"][..], &state.bob].concat(), Vec::new()];
        for (visitor, (who, allowed)) in ["Ada", "Bob", "nobody"].into_iter().zip(allowed).enumerate() {
            for path in &paths {
                let page = self.browsers[visitor].get(path).await;
                assert!(page.reply.status != 500, "{who} {path}");
                assert!(visitor != 0 || path != "/profile" || page.has("Tundervale"), "the sweep looks at pages");
                self.look(who, &allowed, state, path, &page.reply);
            }
        }
        // Whoever types a word may see it again; the log may not have it.
        let either = [own(), vec!["bob"], state.bob.clone()].concat();
        let sign_in = [("act", "sign-in"), ("input.email", "quillfeather@example.org"), ("input.password", "gorblin")];
        let save = [("act", "save"), ("input.name.displayName", "Zorblatt"), ("input.contact.phone", "mossgrave")];
        for (path, fields) in [("/sign-in", &sign_in), ("/profile", &save)] {
            for visitor in 1..3 {
                let page = self.browsers[visitor].submit(path, fields).await;
                self.look("whoever typed it", &either, state, path, &page.reply);
            }
        }
        for id in grants {
            let pause = self.browsers[1].submit(&format!("/sharing/{id}"), &[("act", "pause")]).await;
            self.look("Bob", &[&["bob"][..], &state.bob].concat(), state, "pausing what is not his", &pause.reply);
        }
    }
}
