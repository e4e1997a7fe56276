//! The order in which the service writes what it keeps in hash maps. Its answers were recorded: every list and map of an
//! export stands in the order in which Java's `HashMap` gives its keys.

/// Java's `String.hashCode`, spread as `HashMap` spreads it.
fn hash(key: &str) -> u32 {
    let units = key.encode_utf16();
    let hash = units.fold(0_u32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    });
    hash ^ (hash >> 16)
}

/// Keys with what belongs to them, in the service's order.
pub fn hashed<'a, T>(all: impl Iterator<Item = (&'a str, T)>) -> Vec<(&'a str, T)> {
    let mut all: Vec<_> = all.collect();
    let mut buckets = 16_usize;
    while all.len() * 4 > buckets * 3 {
        buckets *= 2;
    }
    all.sort_by_key(|(key, _)| hash(key) as usize & (buckets - 1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_as_the_service_was_recorded() {
        for expected in [
            &["/pets", "/pets/{petId}", "/"][..],
            &[
                "Pets",
                "Empty",
                "NewPetResponse",
                "Pet",
                "NewPet",
                "PetType",
            ],
            &[
                "method.request.querystring.type",
                "method.request.querystring.page",
            ],
            &[
                "method.response.header.Access-Control-Allow-Methods",
                "method.response.header.Access-Control-Allow-Headers",
                "method.response.header.Access-Control-Allow-Origin",
            ],
        ] {
            let mut sorted = expected.to_vec();
            sorted.sort_unstable();
            let got = hashed(sorted.into_iter().map(|key| (key, ())));
            let got: Vec<&str> = got.into_iter().map(|(key, ())| key).collect();
            assert_eq!(got, expected);
        }
    }
}
