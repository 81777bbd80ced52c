//! Who works for the brands: invented, like everybody else.

use entity::kinds::StaffRole;

/// Somebody who works for a brand and can be signed in as.
#[derive(Debug, Clone, Copy)]
pub struct StaffSeed {
    /// The slug of the brand.
    pub brand: &'static str,
    /// What they may do.
    pub role: StaffRole,
    /// What colleagues call them.
    pub name: &'static str,
    /// The address they sign in with.
    pub email: &'static str,
    /// Their password.
    pub password: &'static str,
}

const fn somebody(
    brand: &'static str,
    role: StaffRole,
    name: &'static str,
    email: &'static str,
    password: &'static str,
) -> StaffSeed {
    StaffSeed { brand, role, name, email, password }
}

/// All of them.
pub(super) const STAFF: [StaffSeed; 5] = [
    somebody(
        "larkfield-bank",
        StaffRole::Agent,
        "Nils Brandvold",
        "nils@larkfield.example.org",
        "harvest-violin-cobalt-meadow",
    ),
    somebody(
        "larkfield-bank",
        StaffRole::Executive,
        "Oriane Teixeira",
        "oriane@larkfield.example.org",
        "granite-parasol-lemon-tundra",
    ),
    somebody(
        "larkfield-bank",
        StaffRole::Admin,
        "Petra Huang",
        "petra@larkfield.example.org",
        "orbit-cinnamon-ladder-fossil",
    ),
    somebody(
        "meridian-air",
        StaffRole::Agent,
        "Quentin Osei",
        "quentin@meridian.example.org",
        "thistle-gondola-amber-circuit",
    ),
    somebody(
        "meridian-air",
        StaffRole::Admin,
        "Runa Castellanos",
        "runa@meridian.example.org",
        "pebble-trombone-saffron-atlas",
    ),
];
