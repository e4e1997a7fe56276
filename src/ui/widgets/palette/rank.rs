//! What fits a query, best first: its words as they stand or as the beginnings of words ("pcap" for payments-capture), else words
//! with a typo or two. Letters that are merely somewhere in a long text fit nothing.

use std::collections::HashMap;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::Items;

/// How many ranked items are kept: nobody scrolls further than this, they type another letter.
const KEPT: usize = 500;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// What the next ones are.
    Head(String),
    /// An item by its number.
    Item(u32),
}

/// The ranked items in their sections: the section of the best comes first, and each is in order.
pub(super) fn rows(query: &str, items: &impl Items) -> Vec<Row> {
    let mut sections: Vec<(String, Vec<u32>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for index in rank(query, items) {
        let section = items.item(index as usize).section;
        let place = match places.get(section) {
            Some(place) => *place,
            None => {
                places.insert(section.to_owned(), sections.len());
                sections.push((section.to_owned(), Vec::new()));
                sections.len() - 1
            }
        };
        sections[place].1.push(index);
    }
    let mut rows = Vec::new();
    for (section, indices) in sections {
        if !section.is_empty() {
            rows.push(Row::Head(section));
        }
        rows.extend(indices.into_iter().map(Row::Item));
    }
    rows
}

/// The numbers of the items that the query fits, best first; all of them in their own order for an empty query.
pub fn rank(query: &str, items: &impl Items) -> Vec<u32> {
    if query.trim().is_empty() {
        return (0..items.count().min(KEPT + 100) as u32).collect();
    }
    let mut scored = score(query, items);
    if scored.is_empty() {
        scored = forgive(query, items);
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(KEPT);
    scored.into_iter().map(|(_, index)| index).collect()
}

/// The items that the query fits, with how well.
fn score(query: &str, items: &impl Items) -> Vec<(u32, u32)> {
    let query = query.trim();
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, u32)> = Vec::new();
    let mut text = String::new();
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let folded_words: Vec<Vec<char>> = query.split_whitespace().map(folded).collect();
    // Signs that mean something to the pattern: what stands there is no word.
    let plain = !query.contains(['^', '$', '!', '\'']);
    let fits = |text: &str, name: &str| {
        let within = |word: &[char]| name.split(' ').any(|name| is_within(word, name));
        let mut words = folded_words.iter();
        !plain || words.all(|word| stands_in(word, text) || within(word))
    };
    for index in 0..items.count() {
        let item = items.item(index);
        text.clear();
        text.push_str(item.title);
        text.push(' ');
        text.push_str(item.detail);
        let mut shown = pattern
            .score(Utf32Str::new(&text, &mut letters), &mut matcher)
            .filter(|_| fits(&text, item.title));
        // A name that starts with what was typed is what was meant; a name that is it, all the more.
        if starts_with(item.title, query) {
            let whole = item.title.chars().count() == query.chars().count();
            shown = shown.map(|score| score + if whole { 200 } else { 50 });
        }
        let mut found = shown;
        // Other words for it are known by how they begin: letters from here and there in them mean nothing.
        let begun = |typed: &String| {
            let mut known = item.also.split([' ', ':']);
            known.any(|known| starts_with(known, typed))
        };
        if !item.also.is_empty() && words.iter().all(begun) {
            let also = pattern.score(Utf32Str::new(item.also, &mut letters), &mut matcher);
            let whole = item.also.split(' ').any(|word| starts_with(word, query));
            found = found.max(also.map(|score| if whole { score } else { score / 2 }));
        }
        scored.extend(found.map(|score| (score, index as u32)));
    }
    scored
}

/// The letters of a word are in a name, in their order, the first where a word of it begins: "thmbrsz" means
/// thumbnail-resize. A whole sentence has too many letters for that.
fn is_within(word: &[char], name: &str) -> bool {
    let letters: Vec<char> = folded(name);
    let begins = |at: usize| at == 0 || !letters[at - 1].is_alphanumeric();
    (0..letters.len()).any(|at| {
        let mut rest = letters[at..].iter();
        begins(at)
            && word.first() == letters.get(at)
            && word.iter().all(|wanted| rest.any(|has| has == wanted))
    })
}

/// Whether a word stands in a text: as it is, or in pieces that each begin a word of it, in their order.
fn stands_in(word: &[char], text: &str) -> bool {
    let original: Vec<char> = text.chars().collect();
    let letters: Vec<char> = original
        .iter()
        .map(|letter| letter.to_lowercase().next().unwrap_or(*letter))
        .collect();
    if word.is_empty() || letters.windows(word.len()).any(|part| part == word) {
        return true;
    }
    // How much of the word has been found so far, in every way that is possible.
    let mut found = vec![false; word.len() + 1];
    found[0] = true;
    for start in 0..letters.len() {
        let begins = match start.checked_sub(1).and_then(|at| original.get(at)) {
            None => true,
            Some(before) => {
                !before.is_alphanumeric()
                    || before.is_lowercase() && original[start].is_uppercase()
                    || before.is_numeric() != original[start].is_numeric()
            }
        };
        if !begins {
            continue;
        }
        for done in (0..word.len())
            .rev()
            .filter(|done| found[*done])
            .collect::<Vec<_>>()
        {
            let pairs = word[done..].iter().zip(&letters[start..]);
            let same = pairs.take_while(|(one, other)| one == other).count();
            found[done..=done + same].fill(true);
        }
    }
    found[word.len()]
}

/// The title that is nearest to a query that fits nothing; none where nothing is near.
pub(super) fn nearest(query: &str, items: &impl Items) -> Option<String> {
    let words: Vec<Vec<char>> = query.split_whitespace().map(folded).collect();
    let far = |title: &str| {
        let parts = title.split(|c: char| !c.is_alphanumeric()).map(folded);
        let known: Vec<Vec<char>> = title.split(' ').map(folded).chain(parts).collect();
        let of_word = |word: &Vec<char>| {
            let least = known.iter().filter(|known| !known.is_empty());
            let least = least.map(|known| distance(word, known)).min()?;
            // More than a third of the letters: that is another word.
            (least * 3 <= word.len()).then_some(least)
        };
        let near: Vec<usize> = words.iter().filter_map(of_word).collect();
        let missing = words.len() - near.len();
        (!near.is_empty()).then(|| (missing, near.iter().sum::<usize>()))
    };
    let all = (0..items.count()).filter_map(|index| {
        let item = items.item(index);
        Some((far(item.title)?, index))
    });
    let (_, index) = all.min()?;
    Some(items.item(index).title.to_owned())
}

/// What would fit if a letter or two of each word were wrong, too many, too few, or had changed places.
fn forgive(query: &str, items: &impl Items) -> Vec<(u32, u32)> {
    let words: Vec<Vec<char>> = query.split_whitespace().map(folded).collect();
    let mut found = Vec::new();
    for index in 0..items.count() {
        let item = items.item(index);
        let known: Vec<Vec<char>> = [item.title, item.detail, item.also]
            .into_iter()
            .flat_map(|text| {
                let parts = text.split(|c: char| !c.is_alphanumeric());
                text.split(' ').chain(parts)
            })
            .filter(|word| !word.is_empty())
            .map(folded)
            .collect();
        let far: Option<usize> = words
            .iter()
            .map(|word| {
                let nearest = known.iter().map(|known| distance(word, known)).min()?;
                (nearest <= forgiven(word.len())).then_some(nearest)
            })
            .sum();
        if let Some(far) = far {
            let in_title = words.iter().all(|word| {
                let title = item.title.split(' ').map(folded);
                let parts = item.title.split(|c: char| !c.is_alphanumeric()).map(folded);
                let mut known = title.chain(parts);
                known.any(|known| distance(word, &known) <= forgiven(word.len()))
            });
            let score = 1_000 - 100 * far.min(9) + usize::from(in_title) * 50;
            found.push((score as u32, index as u32));
        }
    }
    found
}

/// Whether a word that was typed, perhaps not to its end and perhaps with a typo, means a known one.
pub fn near(typed: &str, known: &str) -> bool {
    let (typed, known) = (folded(typed), folded(known));
    distance(&typed, &known) <= forgiven(typed.len())
}

fn folded(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

/// How many letters of a word may be wrong.
fn forgiven(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// The least number of letters to change, add, leave out or swap with their neighbour so that `typed` is a beginning of
/// `known` (Damerau and Levenshtein, with the end of `known` free once most of it was typed).
fn distance(typed: &[char], known: &[char]) -> usize {
    let width = known.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, letter) in typed.iter().enumerate() {
        let mut now = vec![row + 1; width];
        for column in 1..width {
            let same = usize::from(known[column - 1] != *letter);
            let mut least = (last[column] + 1)
                .min(now[column - 1] + 1)
                .min(last[column - 1] + same);
            let swapped = row > 0
                && column > 1
                && typed[row - 1] == known[column - 1]
                && *letter == known[column - 2];
            if swapped {
                least = least.min(before[column - 2] + 1);
            }
            now[column] = least;
        }
        before = std::mem::replace(&mut last, now);
    }
    last.into_iter().min().unwrap_or(typed.len())
}

fn starts_with(title: &str, query: &str) -> bool {
    let mut title = title.chars().flat_map(char::to_lowercase);
    query
        .chars()
        .flat_map(char::to_lowercase)
        .all(|wanted| title.next() == Some(wanted))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::ui::icons::Icon;
    use crate::ui::widgets::palette::Item;

    struct Names(Vec<&'static str>);

    impl Items for Names {
        fn count(&self) -> usize {
            self.0.len()
        }
        fn item(&self, index: usize) -> Item<'_> {
            Item {
                icon: Icon::SQUARE_FUNCTION,
                section: if self.0[index].contains("logs") {
                    "Logs"
                } else {
                    "Functions"
                },
                title: self.0[index],
                detail: "function",
                also: "",
                shortcut: "",
                disabled: None,
            }
        }
        fn generation(&self) -> u64 {
            0
        }
    }

    fn best(query: &str, names: &[&'static str]) -> Vec<&'static str> {
        let items = Names(names.to_vec());
        rank(query, &items)
            .into_iter()
            .map(|index| names[index as usize])
            .collect()
    }

    #[test]
    fn a_few_letters_of_each_word_find_the_name() {
        let found = best("pcap", &["orders-api", "payments-capture", "geo-lookup"]);
        assert_eq!(found, ["payments-capture"]);
    }

    #[test]
    fn a_name_that_starts_with_the_query_comes_first() {
        let found = best("order", &["reorder-point", "orders-api"]);
        assert_eq!(found[0], "orders-api");
    }

    #[test]
    fn letters_from_within_words_find_nothing() {
        let names = ["orders-api", "Delete the function", "Keyboard shortcuts"];
        assert_eq!(best("ordr", &names), ["orders-api"]);
        assert_eq!(
            best("rders", &names),
            ["orders-api"],
            "a part of it as it stands"
        );
    }

    #[test]
    fn an_empty_query_keeps_the_order() {
        assert_eq!(best(" ", &["b", "a"]), ["b", "a"]);
    }

    #[test]
    fn the_kind_is_searched_too() {
        assert_eq!(
            best("geo function", &["geo-lookup", "other"]),
            ["geo-lookup"]
        );
    }

    #[test]
    fn one_wrong_letter_is_forgiven() {
        for typed in ["ordres-api", "orderz-api", "orderss-api"] {
            assert_eq!(
                best(typed, &["geo-lookup", "orders-api"]),
                ["orders-api"],
                "{typed}"
            );
        }
    }

    #[test]
    fn two_wrong_letters_are_forgiven_in_a_long_name_and_none_in_a_short_one() {
        let names = ["orders-api", "geo-lookup", "payments-capture"];
        for typed in ["ordrs-apo", "ordesr-aip", "orderz"] {
            assert_eq!(best(typed, &names), ["orders-api"], "{typed}");
        }
        assert_eq!(best("paymnets captrue", &names), ["payments-capture"]);
        assert!(best("gxo", &names).is_empty());
        assert!(best("zebra-crossing", &names).is_empty());
    }

    #[test]
    fn letters_that_are_only_strewn_over_a_text_fit_nothing() {
        let names = [
            "orders-api",
            "Lock or unlock the connection",
            "Switch light and dark",
        ];
        assert_eq!(
            best("ordesr", &names),
            ["orders-api"],
            "a typo, not letters anywhere"
        );
        for typed in ["tracing", "insights", "oukn"] {
            assert!(
                best(typed, &names).is_empty(),
                "{typed}: {:?}",
                best(typed, &names)
            );
        }
        assert_eq!(
            best("thmbrsz", &["thumbnail-resize", "orders-api"]),
            ["thumbnail-resize"]
        );
        assert_eq!(best("lou", &names), ["Lock or unlock the connection"]);
        assert_eq!(
            best("payC", &["getPayments", "paymentsCapture"]),
            ["paymentsCapture"]
        );
    }

    #[test]
    fn what_fits_nothing_is_told_with_what_is_nearest() {
        let near = |query: &str| nearest(query, &Names(vec!["orders-api", "geo-lookup"]));
        assert_eq!(near("orders frobnicate").as_deref(), Some("orders-api"));
        assert_eq!(near("geq"), Some("geo-lookup".to_owned()));
        assert_eq!(near("zzzz"), None);
    }

    #[test]
    fn the_section_of_the_best_stands_first() {
        let names = Names(vec!["orders-api", "logs-orders", "orders"]);
        let head = |text: &str| Row::Head(text.to_owned());
        let expected = [
            head("Functions"),
            Row::Item(2),
            Row::Item(0),
            head("Logs"),
            Row::Item(1),
        ];
        assert_eq!(rows("orders", &names), expected);
    }

    #[test]
    fn what_fits_nothing_finds_nothing() {
        assert!(best("zzz", &["orders-api"]).is_empty());
    }
}
