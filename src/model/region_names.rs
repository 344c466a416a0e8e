//! The names that people use for regions: countries in the languages of the service, and places within them.
//!
//! A name is accepted as the region. A place is not, because an account need not be in the nearest region: it is
//! answered with a question. Both apply to configured regions only.

/// Names of each region, as normalized by `labels::fold`, by region id.
#[rustfmt::skip]
const NAMES: &[(&str, &[&str])] = &[
    ("in1", &[
        "india", "indien", "inde", "índia", "bharat", "hindustan", "भारत", "इंडिया", "इण्डिया", "हिंदुस्तान", "हिन्दुस्तान", "الهند", "هند",
        "ấnđộ", "ando", "อินเดีย",
    ]),
    ("sg1", &[
        "singapore", "singapur", "singapura", "singapour", "singapoure", "cingapura", "सिंगापुर", "सिंगापूर", "سنغافوره", "สิงคโปร์", "xingapo",
    ]),
    ("us1", &[
        "us", "usa", "unitedstates", "theunitedstates", "unitedstatesofamerica", "estadosunidos", "estadosunidosdeamérica",
        "estadosunidosdeamerica", "eeuu", "eua", "amerikaserikat", "संयुक्तराज्यअमेरिका", "संयुक्तराज्य", "अमेरिका", "यूएसए", "الولاياتالمتحده",
        "الولاياتالمتحدهالامريكيه", "امريكا", "hoakỳ", "hoaky", "mỹ", "nướcmỹ", "สหรัฐอเมริกา", "สหรัฐ", "สหรัฐฯ", "อเมริกา", "étatsunis", "etatsunis",
        "étatsunisdamérique", "etatsunisdamerique", "vereinigtestaaten", "vereinigtestaatenvonamerika",
    ]),
    ("aps3", &[
        "indonesia", "indonésia", "indonésie", "indonesie", "indonesien", "इंडोनेशिया", "इण्डोनेशिया", "اندونيسيا", "อินโดนีเซีย", "inđônêxia",
    ]),
    ("mec1", &[
        "uae", "vae", "uea", "eau", "emirates", "unitedarabemirates", "theunitedarabemirates", "middleeast", "emiratosárabesunidos",
        "emiratosarabesunidos", "emiratosárabes", "orientemedio", "mediooriente", "orientepróximo", "emiradosárabesunidos",
        "emiradosarabesunidos", "emiradosárabes", "orientemédio", "uniemiratarab", "timurtengah", "संयुक्तअरबअमीरात", "यूएई", "मध्यपूर्व",
        "الامارات", "الاماراتالعربيهالمتحده", "الشرقالاوسط", "cáctiểuvươngquốcảrậpthốngnhất", "trungđông", "trungdong",
        "สหรัฐอาหรับเอมิเรตส์", "ตะวันออกกลาง", "émiratsarabesunis", "emiratsarabesunis", "moyenorient", "procheorient",
        "vereinigtearabischeemirate", "naherosten", "mittlererosten", "nahost",
    ]),
    ("eu1", &[
        "eu", "ue", "europe", "europa", "eropa", "unieropa", "europeanunion", "unióneuropea", "unioneuropea", "uniãoeuropeia", "uniaoeuropeia",
        "यूरोप", "यूरोपीयसंघ", "اوروبا", "الاتحادالاوروبي", "châuâu", "chauau", "liênminhchâuâu", "ยุโรป", "สหภาพยุโรป", "unioneuropéenne",
        "unioneuropeenne", "europäischeunion",
    ]),
    ("sk1", &[
        "southkorea", "korea", "republicofkorea", "coreadelsur", "coreiadosul", "koreaselatan", "दक्षिणकोरिया", "كورياالجنوبيه", "hànquốc",
        "hanquoc", "เกาหลีใต้", "coréedusud", "coreedusud", "südkorea", "suedkorea",
    ]),
];

/// Cities, countries and cloud providers' regions within each region, as normalized by `labels::fold`, by region id.
#[rustfmt::skip]
const PLACES: &[(&str, &[&str])] = &[
    ("in1", &[
        "mumbai", "bombay", "delhi", "newdelhi", "bangalore", "bengaluru", "hyderabad", "chennai", "madras", "pune", "kolkata", "calcutta",
        "noida", "gurgaon", "gurugram", "ahmedabad", "jaipur", "bombaim", "मुंबई", "मुम्बई", "दिल्ली", "नईदिल्ली", "बेंगलुरु", "हैदराबाद", "चेन्नई", "पुणे",
        "कोलकाता", "مومباي", "دلهي", "มุมไบ", "เดลี", "apsouth1", "apsouth2", "asiasouth1", "asiasouth2", "centralindia", "southindia",
        "westindia",
    ]),
    ("sg1", &["apsoutheast1", "asiasoutheast1"]),
    ("us1", &[
        "america", "américa", "amerika", "amérique", "northamerica", "newyork", "nuevayork", "novayork", "نيويورك", "न्यूयॉर्क", "นิวยอร์ก",
        "sanfrancisco", "losangeles", "chicago", "seattle", "boston", "austin", "dallas", "miami", "california", "ncalifornia",
        "northerncalifornia", "virginia", "nvirginia", "northernvirginia", "ohio", "oregon", "texas", "iowa", "useast", "uswest", "useast1",
        "useast2", "useast4", "useast5", "uswest1", "uswest2", "uswest3", "uswest4", "uscentral1", "eastus", "eastus2", "westus", "westus2",
        "westus3", "centralus", "northcentralus", "southcentralus",
    ]),
    ("aps3", &[
        "jakarta", "yakarta", "djakarta", "जकार्ता", "جاكرتا", "จาการ์ตา", "bali", "surabaya", "bandung", "medan", "apsoutheast3",
        "asiasoutheast2", "indonesiacentral",
    ]),
    ("mec1", &[
        "dubai", "dubái", "dubaï", "दुबई", "دبي", "ดูไบ", "abudhabi", "abudabi", "अबूधाबी", "ابوظبي", "อาบูดาบี", "sharjah", "الشارقه", "mena",
        "saudiarabia", "ksa", "arabiasaudita", "arábiasaudita", "arabsaudi", "السعوديه", "सऊदीअरब", "arabiesaoudite", "saudiarabien", "riyadh",
        "الرياض", "qatar", "قطر", "doha", "bahrain", "البحرين", "kuwait", "الكويت", "oman", "عمان", "mecentral1", "mesouth1", "uaenorth",
        "uaecentral",
    ]),
    ("eu1", &[
        "ireland", "irlanda", "irlande", "irland", "irlandia", "आयरलैंड", "ايرلندا", "ไอร์แลนด์", "dublin", "dublín", "germany", "deutschland",
        "alemania", "alemanha", "jerman", "allemagne", "जर्मनी", "المانيا", "đức", "เยอรมนี", "frankfurt", "fráncfort", "francfort", "berlin",
        "munich", "münchen", "hamburg", "france", "francia", "frança", "prancis", "frankreich", "फ़्रांस", "फ्रांस", "فرنسا", "pháp", "ฝรั่งเศส",
        "paris", "parís", "unitedkingdom", "uk", "greatbritain", "england", "reinounido", "inggris", "royaumeuni", "grossbritannien",
        "großbritannien", "ब्रिटेन", "بريطانيا", "vươngquốcanh", "สหราชอาณาจักร", "london", "londres", "लंदन", "لندن", "ลอนดอน", "spain", "españa",
        "espanha", "spanyol", "espagne", "spanien", "स्पेन", "اسبانيا", "สเปน", "madrid", "barcelona", "italy", "italia", "itália", "italie",
        "italien", "milan", "rome", "roma", "portugal", "lisboa", "lisbon", "netherlands", "niederlande", "paísesbajos", "paysbas", "holanda",
        "belanda", "amsterdam", "belgium", "bélgica", "belgique", "belgien", "brussels", "austria", "österreich", "vienna", "wien",
        "switzerland", "schweiz", "suisse", "suiza", "suíça", "zurich", "zürich", "poland", "polonia", "polen", "warsaw", "sweden", "schweden",
        "stockholm", "denmark", "dänemark", "norway", "norwegen", "finland", "finnland", "euwest1", "euwest2", "euwest3", "eucentral1",
        "eucentral2", "eunorth1", "eusouth1", "eusouth2", "europewest1", "europewest2", "europewest3", "europewest4", "europewest6",
        "europewest9", "europenorth1", "europecentral2", "northeurope", "westeurope", "germanywestcentral", "francecentral", "uksouth",
    ]),
    ("sk1", &["seoul", "séoul", "seúl", "سيول", "सियोल", "โซล", "apnortheast2", "asianortheast3", "koreacentral"]),
];

/// Words that may accompany the name: "Region: India", "India region".
#[rustfmt::skip]
const REGION_WORDS: &[&str] = &[
    "region", "clevertapregion", "datacenter", "región", "région", "regiao", "região", "wilayah", "क्षेत्र", "रीजन", "المنطقه", "منطقه", "khuvực",
    "ภูมิภาค",
];

/// Returns the built-in names of a region.
pub(super) fn names_of(id: &str) -> &'static [&'static str] {
    NAMES.iter().find(|(known, _)| *known == id).map_or(&[], |(_, names)| names)
}

/// Returns the id of the region that contains a place.
pub(super) fn region_of_place(folded: &str) -> Option<&'static str> {
    PLACES.iter().find(|(_, places)| places.contains(&folded)).map(|(id, _)| *id)
}

/// Returns whether the folded text is a word for "region".
pub(super) fn is_region_word(folded: &str) -> bool {
    REGION_WORDS.contains(&folded)
}

/// Removes a word for "region" from either end.
pub(super) fn without_region_word(folded: &str) -> &str {
    let rest = |word: &&str| folded.strip_prefix(*word).or_else(|| folded.strip_suffix(*word));
    REGION_WORDS.iter().find_map(rest).unwrap_or(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::labels::fold;

    #[test]
    fn every_word_is_folded_and_names_one_region() {
        let mut seen = std::collections::BTreeMap::new();
        for (id, words) in NAMES.iter().chain(PLACES) {
            for word in *words {
                assert_eq!(fold(word), *word, "{id}");
                assert_eq!(seen.insert(*word, *id), None, "{word}");
            }
        }
        assert!(REGION_WORDS.iter().all(|word| fold(word) == *word));
    }
}
