//! Names and places by country, as short texts: words are separated by blanks, cells by bars.
//!
//! The family names are rare, dated or made up, so that no pair is a known person. `phone` is the beginning of a range
//! that is reserved for fiction (US and CA 555-01xx, Ofcom, Bundesnetzagentur, ARCEP, ComReg, PTS, ACMA); ES, BR, IN
//! and JP have none, so theirs begin with digits that the national plan assigns to nobody.

/// A country: how many people live there in the demo, and what they may be called.
pub(super) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(super) code: &'static str,
    /// How many of the people.
    pub(super) people: u64,
    /// Pronouns: hers, his, theirs.
    pub(super) pronouns: &'static str,
    /// Given names of women.
    pub(super) she: &'static str,
    /// Given names of men.
    pub(super) he: &'static str,
    /// Family names.
    pub(super) family: &'static str,
    /// One place per line: town, region, time zone, locale, postcodes, start of the numbers, free digits.
    pub(super) places: &'static str,
}

/// One line of [`Country::places`].
pub(super) struct Place {
    /// The town.
    pub(super) town: &'static str,
    /// State, province or the like.
    pub(super) region: &'static str,
    /// IANA time zone.
    pub(super) zone: &'static str,
    /// BCP 47.
    pub(super) locale: &'static str,
    /// Postcodes, separated by slashes.
    pub(super) postcodes: &'static str,
    /// Country code and the first digits of the range.
    pub(super) phone: &'static str,
    /// How many digits follow.
    pub(super) digits: u32,
}

impl Country {
    /// Its places.
    pub(super) fn places(&self) -> Vec<Place> {
        self.places.lines().map(Place::parse).collect()
    }
}

impl Place {
    fn parse(line: &'static str) -> Self {
        let mut cells = line.split('|');
        let mut cell = || cells.next().unwrap_or_default();
        Self {
            town: cell(),
            region: cell(),
            zone: cell(),
            locale: cell(),
            postcodes: cell(),
            phone: cell(),
            digits: cell().parse().unwrap_or(0),
        }
    }

    /// The `index`th number of the range, in a scrambled order that visits each once.
    pub(super) fn number(&self, index: u64) -> String {
        let size = 10_u64.saturating_pow(self.digits).max(1);
        let last = index.wrapping_mul(37).wrapping_add(11) % size;
        format!("{}{last:0width$}", self.phone, width = self.digits as usize)
    }
}

const ENGLISH: &str = "she/her|he/him|they/them";

/// All countries.
pub(super) const COUNTRIES: [Country; 12] = [
    Country {
        code: "US",
        people: 130,
        pronouns: ENGLISH,
        she: "Juniper Marisol Tamika Noelle Priscilla Shauna Hazel Imani Delphine Rosalind Keiko Waverly",
        he: "Desmond Ezekiel Marlon Tobias Quentin Rafael Silas Winston Andre Emmett Kofi Leopold",
        family: "Whitlow Okonjima Castellane Pruittman Vandermeyer Yazzira Brandywine Havermill Thibodelle Quillenby \
                 Solorzado Ashgrove Delmarva Kestrelle Fairwether Ostrandt",
        places: "\
New York|New York|America/New_York|en-US|10002/10025/11215|+121255501|2
Columbus|Ohio|America/New_York|en-US|43215/43219|+161455501|2
Atlanta|Georgia|America/New_York|en-US|30307/30312|+140455501|2
Chicago|Illinois|America/Chicago|en-US|60614/60647|+131255501|2
Minneapolis|Minnesota|America/Chicago|en-US|55407/55418|+161255501|2
San Antonio|Texas|America/Chicago|es-US|78204/78212|+121055501|2
Denver|Colorado|America/Denver|en-US|80205/80211|+130355501|2
Phoenix|Arizona|America/Phoenix|en-US|85006/85014|+160255501|2
Seattle|Washington|America/Los_Angeles|en-US|98103/98118|+120655501|2
Oakland|California|America/Los_Angeles|en-US|94606/94611|+151055501|2
Honolulu|Hawaii|Pacific/Honolulu|en-US|96816/96822|+180855501|2",
    },
    Country {
        code: "GB",
        people: 88,
        pronouns: ENGLISH,
        she: "Bronwen Philippa Ngozi Harriet Isla Zainab Tamsin Georgina Poppy Rhiannon",
        he: "Alasdair Callum Tariq Rupert Dafydd Olumide Barnaby Hamish Jasper Gareth",
        family: "Thistlewick Pemberlow Adeyinka Hartnoll Penhallow Braithwell Ravensworth Cottingley Mirzapour Dunmoor \
                 Fenwicke Applegarth Trevannion Ogilbie Satterley Wetherall",
        places: "\
London|Greater London|Europe/London|en-GB|SE15/N16/E8|+442079460|3
Birmingham|West Midlands|Europe/London|en-GB|B13/B29|+441214960|3
Manchester|Greater Manchester|Europe/London|en-GB|M14/M21|+441614960|3
Leeds|West Yorkshire|Europe/London|en-GB|LS6/LS8|+441134960|3
Bristol|Bristol|Europe/London|en-GB|BS3/BS6|+441174960|3
Cardiff|Cardiff|Europe/London|cy-GB|CF11/CF24|+442920180|3
Edinburgh|Edinburgh|Europe/London|en-GB|EH6/EH9|+441314960|3
Belfast|Belfast|Europe/London|en-GB|BT7/BT15|+442896496|3
Falmouth|Cornwall|Europe/London|en-GB|TR11|+447700900|3",
    },
    Country {
        code: "DE",
        people: 92,
        pronouns: "sie/ihr|er/ihm|they/them",
        she: "Annegret Dilara Frauke Heike Jule Lieselotte Mareike Nele Svenja Theresa",
        he: "Arndt Bastian Cem Detlef Eike Falk Henning Joscha Malte Torben",
        family: "Ahrensbek Bleichert Dornfelder Eichstätt Falkenried Grimmelt Hollerbusch Kaltwassen Lindenauer \
                 Mertenshof Özkayan Quastenbrink Rautenhain Steinhorster Tiefenbeck Wiesengrün",
        places: "\
Berlin|Berlin|Europe/Berlin|de-DE|10405/12043/13353|+493023125|3
Hamburg|Hamburg|Europe/Berlin|de-DE|20357/22303|+494066969|3
Frankfurt am Main|Hessen|Europe/Berlin|de-DE|60316/60487|+496990009|3
Köln|Nordrhein-Westfalen|Europe/Berlin|de-DE|50674/50823|+492214710|3
München|Bayern|Europe/Berlin|de-DE|80337/81541|+498999998|3",
    },
    Country {
        code: "FR",
        people: 70,
        pronouns: "elle|il|iel",
        she: "Amandine Bérénice Clémence Fatoumata Ghislaine Maëlle Océane Solène Yasmine Violette",
        he: "Amaury Bastien Corentin Fabrice Guilhem Idriss Loïc Mathurin Rémi Thibault",
        family: "Aubercourt Boisclerc Chantemerle Delaunoye Estivalet Fontrobert Grandvallet Hautecombe Jolivert \
                 Lachambrie Mirebelle Oualidi Pontcarré Roquebert Sauvignac Tremblaye",
        places: "\
Paris|Île-de-France|Europe/Paris|fr-FR|75011/75018/75020|+3319900|4
Rennes|Bretagne|Europe/Paris|fr-FR|35000/35200|+3326191|4
Strasbourg|Grand Est|Europe/Paris|fr-FR|67000/67100|+3335301|4
Lyon|Auvergne-Rhône-Alpes|Europe/Paris|fr-FR|69004/69007|+3346571|4
Toulouse|Occitanie|Europe/Paris|fr-FR|31000/31400|+3353649|4
Marseille|Provence-Alpes-Côte d'Azur|Europe/Paris|fr-FR|13005/13007|+3363998|4",
    },
    Country {
        code: "ES",
        people: 62,
        pronouns: "ella|él|elle",
        she: "Aitana Begoña Carmela Estíbaliz Inmaculada Jimena Lourdes Nuria Rocío Xiana",
        he: "Álvaro Borja Casimiro Eneko Gonzalo Íñigo Joaquín Leandro Nicanor Unai",
        family: "Albarrasín Barriental Calahorra Domenech Echeverrain Fuensanta Galdeano Hinojal Izaguirre Lasartegui \
                 Montalbal Olavidez Peñaranda Quintanar Ribadeo Valdecasas",
        places: "\
Madrid|Comunidad de Madrid|Europe/Madrid|es-ES|28004/28012|+34200010|3
Barcelona|Catalunya|Europe/Madrid|ca-ES|08012/08025|+34200020|3
València|Comunitat Valenciana|Europe/Madrid|es-ES|46006/46022|+34200030|3
Sevilla|Andalucía|Europe/Madrid|es-ES|41003/41010|+34200040|3
Bilbao|País Vasco|Europe/Madrid|eu-ES|48003/48007|+34200050|3
Las Palmas|Canarias|Atlantic/Canary|es-ES|35002/35010|+34200060|3",
    },
    Country {
        code: "BR",
        people: 52,
        pronouns: "ela/dela|ele/dele|elu/delu",
        she: "Aparecida Bianca Cecília Dandara Iracema Jussara Luciana Marlene Taís Yara",
        he: "Anselmo Davi Everaldo Gilvan Heitor Jonas Murilo Otávio Raul Tiago",
        family: "Abrantino Bittencourte Carvalhedo Drumonde Estevinho Figueiral Guimaranes Laranjeira Mascarenho Nogueiral \
                 Pinheiral Queiroga Sampaiol Tavarede Vasconcelhos Rezendal",
        places: "\
São Paulo|São Paulo|America/Sao_Paulo|pt-BR|01310-000/05422-000|+552055501|3
Rio de Janeiro|Rio de Janeiro|America/Sao_Paulo|pt-BR|20230-000/22250-000|+552055502|3
Recife|Pernambuco|America/Recife|pt-BR|50030-000/52060-000|+552055503|3
Manaus|Amazonas|America/Manaus|pt-BR|69020-000/69050-000|+552055504|3
Porto Alegre|Rio Grande do Sul|America/Sao_Paulo|pt-BR|90035-000/90430-000|+552055505|3",
    },
    Country {
        code: "IN",
        people: 50,
        pronouns: ENGLISH,
        she: "Aditi Bhavana Chandni Deepali Ishita Kavya Meenal Nandini Revathi Tanvi",
        he: "Arvind Devansh Farhan Girish Harshad Imtiaz Kunal Manoj Pranav Yashwant",
        family: "Ambekari Bhadrapur Chitnisar Dholakiya Ghatgaon Hattangadi Inamdari Kesarwali Lokhandpur Nagarkoti \
                 Padmanathi Raghunathpur Sathayan Thekkathil Vaidyapuri Zaveriwal",
        places: "\
Mumbai|Maharashtra|Asia/Kolkata|en-IN|400014/400053|+911000001|3
New Delhi|Delhi|Asia/Kolkata|hi-IN|110016/110048|+911000002|3
Bengaluru|Karnataka|Asia/Kolkata|kn-IN|560004/560038|+911000003|3
Chennai|Tamil Nadu|Asia/Kolkata|ta-IN|600004/600020|+911000004|3
Kolkata|West Bengal|Asia/Kolkata|bn-IN|700019/700029|+911000005|3",
    },
    Country {
        code: "JP",
        people: 42,
        pronouns: ENGLISH,
        she: "Asuka Chihiro Emiko Fumika Haruno Kanae Mizuki Natsumi Sayuri Yukino",
        he: "Daigo Eiji Genta Haruki Isamu Kohei Masato Ryota Shinji Tatsuya",
        family: "Amagasawa Fukazato Ichinosawa Kazehaya Kirishige Kurosakabe Minazuki Natsukawa Okitsuji Sakurazaki \
                 Shirahoshi Takaminori Tomonagi Uzukawa Yamabuki Yukitani",
        places: "\
Tokyo|Tokyo|Asia/Tokyo|ja-JP|150-0001/166-0003|+811055501|3
Osaka|Osaka|Asia/Tokyo|ja-JP|530-0041/558-0011|+811055502|3
Sapporo|Hokkaido|Asia/Tokyo|ja-JP|060-0042/064-0820|+811055503|3
Fukuoka|Fukuoka|Asia/Tokyo|ja-JP|810-0022/814-0002|+811055504|3",
    },
    Country {
        code: "CA",
        people: 18,
        pronouns: ENGLISH,
        she: "Anouk Bridget Élyse Mireille Sunniva Tala",
        he: "Benoît Dashiell Étienne Gurpreet Laird Xavier",
        family: "Beaurivage Desrosières Fairbanke Gauthreau Keewatin Laframbelle Northcotte Sandhuwal Tremblant Whitecap",
        places: "\
Toronto|Ontario|America/Toronto|en-CA|M4K/M6J|+141655501|2
Montréal|Québec|America/Toronto|fr-CA|H2J/H2W|+151455501|2
Vancouver|British Columbia|America/Vancouver|en-CA|V5N/V6K|+160455501|2
Halifax|Nova Scotia|America/Halifax|en-CA|B3H/B3K|+190255501|2",
    },
    Country {
        code: "IE",
        people: 12,
        pronouns: ENGLISH,
        she: "Aoife Caoimhe Gráinne Niamh Orlaith Síle",
        he: "Cathal Donnacha Eoghan Fiachra Oisín Ruairí",
        family: "Ballinroe Carriganmore Dunleavey Fennellan Garraghan Kilbrien Laniganne Mulroone Raffertree Tullymore",
        places: "\
Dublin|Leinster|Europe/Dublin|en-IE|D06/D08|+35320910|4
Cork|Munster|Europe/Dublin|en-IE|T12/T23|+35320911|4
Galway|Connacht|Europe/Dublin|ga-IE|H91|+35320912|4",
    },
    Country {
        code: "SE",
        people: 10,
        pronouns: "hon/henne|han/honom|hen/hen",
        she: "Alva Ebba Frida Ingegerd Linnea Saga",
        he: "Anton Folke Hjalmar Leif Sixten Viggo",
        family: "Almgrensson Björkvall Ekenstierna Granfeldt Hallonqvist Lövdahlen Nordanvik Rosenbladh Sjöholmer Tallbergen",
        places: "\
Stockholm|Stockholms län|Europe/Stockholm|sv-SE|116 28/118 20|+468465004|2
Göteborg|Västra Götalands län|Europe/Stockholm|sv-SE|413 01/414 62|+463139006|2
Malmö|Skåne län|Europe/Stockholm|sv-SE|211 19/214 20|+464062804|2",
    },
    Country {
        code: "AU",
        people: 10,
        pronouns: ENGLISH,
        she: "Coralie Edwina Kirra Maeve Talia Willow",
        he: "Angus Baxter Jarrah Lachlan Mitchell Rohan",
        family: "Coldstreme Doyleston Fernvale Hargreave Killarney Mulgrove Netherby Pardalote Warrigal Yarrabee",
        places: "\
Sydney|New South Wales|Australia/Sydney|en-AU|2042/2204|+6125550|4
Melbourne|Victoria|Australia/Melbourne|en-AU|3056/3182|+6135550|4
Brisbane|Queensland|Australia/Brisbane|en-AU|4101/4169|+6175550|4
Perth|Western Australia|Australia/Perth|en-AU|6008/6160|+6185550|4",
    },
];
