//! Somebody who works for a brand, acting through the public API.

use api::domain::brands;
use api::domain::staff::{InviteStaff, Inviter, invite};
use entity::access::Operator;
use entity::kinds::StaffRole;
use entity::values::Unchecked;
use serde_json::{Value, json};

use crate::app::WHOLE_PROFILE;
use crate::customer::PASSWORD;
use crate::reply::Reply;
use crate::world::World;

const SESSION: &str = "session { accessToken refreshToken expiresAt } staff { id name email role status }";

/// A member of a brand's staff, signed in.
pub struct StaffPerson<'w> {
    world: &'w World,
    /// The brand's slug.
    pub brand: String,
    /// The address they sign in with.
    pub email: String,
    /// Who it is.
    pub id: String,
    /// What they got when they signed in.
    pub session: Value,
}

/// Accepts an invitation.
pub async fn accept(world: &World, token: &str, name: &str) -> Reply {
    let query = format!(
        "mutation($input: AcceptStaffInvitationInput!) {{ acceptStaffInvitation(input: $input) {{
            {SESSION} userErrors {{ code field message }} }} }}"
    );
    world.ask(&query, json!({ "input": { "token": token, "name": name, "password": PASSWORD } })).await
}

/// Signs somebody in.
pub async fn sign_in(world: &World, brand: Option<&str>, email: &str, password: &str) -> Reply {
    let query = format!(
        "mutation($input: SignInStaffInput!) {{ signInStaff(input: $input) {{
            {SESSION} userErrors {{ code field message }} }} }}"
    );
    world.ask(&query, json!({ "input": { "brand": brand, "email": email, "password": password } })).await
}

impl<'w> StaffPerson<'w> {
    /// Somebody whom the operator has invited and who has joined, as `name@SLUG.example.org`.
    pub async fn join(world: &'w World, brand: &str, role: StaffRole, name: &str) -> Self {
        let email = format!("{}@{brand}.example.org", name.to_lowercase());
        let known = brands::find(world.deps.vault.store.reader(), brand).await.expect("it answers").expect("a brand");
        let inviter = Inviter::Operator(Operator::at_the_command_line(), known);
        let input = InviteStaff { email: Unchecked::from(email.clone()), role };
        let invited = invite(&world.deps, inviter, input).await.expect("the invitation is made");
        let token = invited.link.rsplit('/').next().expect("a token").to_owned();
        let reply = accept(world, &token, name).await;
        Self::of(world, brand, &email, reply.done("acceptStaffInvitation"))
    }

    /// From what signing in gave.
    pub fn of(world: &'w World, brand: &str, email: &str, payload: &Value) -> Self {
        let id = payload["staff"]["id"].as_str().expect("an id").to_owned();
        Self { world, brand: brand.to_owned(), email: email.to_owned(), id, session: payload["session"].clone() }
    }

    /// The access token.
    pub fn token(&self) -> &str {
        self.session["accessToken"].as_str().expect("a token")
    }

    /// A GraphQL request as this person.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.world.ask_as(Some(self.token()), query, variables).await
    }

    /// Calls one mutation with an input, selecting `fields` of its payload beside `userErrors`.
    pub async fn act(&self, mutation: &str, input: Value, fields: &str) -> Reply {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
        );
        self.ask(&query, json!({ "input": input })).await
    }

    /// Looks somebody up by an e-mail handle, for a purpose, selecting these fields.
    pub async fn look_up(&self, address: &str, purpose: &str, fields: &str) -> Reply {
        let query = format!(
            "query($by: ProfileLocator!, $purpose: Purpose!) {{ profile(by: $by, purpose: $purpose) {{ {fields} }} }}"
        );
        let by = json!({ "handle": { "channel": "EMAIL", "handle": address } });
        self.ask(&query, json!({ "by": by, "purpose": purpose })).await
    }

    /// The whole profile behind an e-mail handle; null if there is none to see.
    pub async fn profile(&self, address: &str) -> Value {
        self.look_up(address, "CUSTOMER_CARE", WHOLE_PROFILE).await.data("/profile").clone()
    }
}
