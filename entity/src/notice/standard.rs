//! The standard notice: for consent that was given without a page, and for requests that name no notice of their own.
//!
//! To change a word: raise [`VERSION`] and look at every language. The test below tells when that was forgotten.

use super::{Content, Controller, Model};
use crate::values::Timestamp;

/// Its id, and its name.
pub const STANDARD: &str = "standard";
/// Its current version.
pub const VERSION: i32 = 1;

/// The text in one language.
struct Wording {
    locale: &'static str,
    /// Name, address, contact.
    controller: [&'static str; 3],
    purposes: &'static str,
    data: &'static str,
    why: &'static str,
    duration: &'static str,
    withdrawal: &'static str,
    rights: &'static str,
}

const ENGLISH: Wording = Wording {
    locale: "en",
    controller: [
        "The brand that the request or the grant names",
        "As that brand publishes it",
        "That brand, by the ways that it publishes",
    ],
    purposes: "Only the one purpose that the request or the grant names. Another purpose needs another grant.",
    data: "Only the parts of your data that are listed, each with its permissions in plain words. A detail that joins \
        such a part later is not included.",
    why: "For each part the brand says why it needs it. What is optional you can leave out, and the rest holds.",
    duration: "From its start until its end, which is always set and never more than 365 days away. After that the brand \
        can read nothing more.",
    withdrawal: "You may narrow, pause or withdraw it at any time, at once and without giving a reason, here and in no \
        more steps than giving it took. What was read before stays lawful.",
    rights: "Every read is recorded and shown to you. You may see, correct, export and erase what is held about you, \
        object, and complain to the data protection authority where you live.",
};

const SPANISH: Wording = Wording {
    locale: "es",
    controller: [
        "La marca que figura en la solicitud o en el permiso",
        "La que publica esa marca",
        "Esa marca, por las vías que ella publica",
    ],
    purposes: "Solo la finalidad que figura en la solicitud o en el permiso. Otra finalidad necesita otro permiso.",
    data: "Solo las partes de tus datos que se enumeran, cada una con sus permisos en palabras sencillas. Un detalle que \
        se añada más tarde a una de ellas no queda incluido.",
    why: "Para cada parte la marca dice por qué la necesita. Lo opcional puedes dejarlo fuera, y el resto vale igual.",
    duration: "Desde su inicio hasta su fin, que siempre está fijado y nunca dista más de 365 días. Después la marca ya no \
        puede leer nada más.",
    withdrawal: "Puedes reducirlo, pausarlo o retirarlo en cualquier momento, con efecto inmediato y sin dar motivos, aquí \
        y en no más pasos de los que costó darlo. Lo que se leyó antes sigue siendo lícito.",
    rights: "Cada lectura queda registrada y puedes verla. Puedes ver, corregir, exportar y borrar lo que se guarda sobre \
        ti, oponerte y reclamar ante la autoridad de protección de datos del lugar donde vives.",
};

/// Every language of the current version.
#[must_use]
pub fn texts() -> [Model; 2] {
    [ENGLISH.text(), SPANISH.text()]
}

/// The text that consent through the API or an import refers to.
#[must_use]
pub fn english() -> Model {
    ENGLISH.text()
}

impl Wording {
    /// The time of a row is that of the database which it joins.
    fn text(&self) -> Model {
        let [name, address, contact] = self.controller.map(str::to_owned);
        Model {
            id: STANDARD.to_owned(),
            version: VERSION,
            locale: self.locale.to_owned(),
            brand_id: None,
            name: STANDARD.to_owned(),
            content: Content {
                controller: Controller { name, address, contact },
                purposes: self.purposes.to_owned(),
                data: self.data.to_owned(),
                why: self.why.to_owned(),
                duration: self.duration.to_owned(),
                withdrawal: self.withdrawal.to_owned(),
                rights: self.rights.to_owned(),
            },
            created_at: Timestamp::MIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hexadecimal::hexadecimal;

    #[test]
    fn a_published_text_is_never_changed_without_a_new_version() {
        let published = texts().map(|text| format!("{} {} {}", text.version, text.locale, hexadecimal(&text.digest())));
        assert_eq!(
            published,
            [
                "1 en 6b69f5b5cf10e17c81849495fa73cc75a768ac7a4fc37646a812594240c5c0ac",
                "1 es 7962d6665a18515034fa3dbd26de0c3dbd128296ca0d754ddf0402fd6460af97",
            ]
        );
    }
}
