//! Searching and ordering text as people expect it, without allocating on the paths that a table runs.

use std::cmp::Ordering;

/// Whether `text` holds `lower`, which is in lower case, whatever the case of `text`; without allocating for ASCII.
pub fn contains(text: &str, lower: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    let Some((&first, rest)) = lower.split_first() else {
        return true;
    };
    let Some(last_start) = text.len().checked_sub(lower.len()) else {
        return false;
    };
    (0..=last_start).any(|at| {
        text[at].to_ascii_lowercase() == first
            && text[at + 1..at + lower.len()].eq_ignore_ascii_case(rest)
    })
}

/// Compares as people sort: letters without case, runs of digits by their value (`job-9` before `job-10`).
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let (Some(&x), Some(&y)) = (left.first(), right.first()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_left, rest_left) = digits(left);
            let (number_right, rest_right) = digits(right);
            (left, right) = (rest_left, rest_right);
            number_left
                .len()
                .cmp(&number_right.len())
                .then_with(|| number_left.cmp(number_right))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The leading run of digits without its leading zeros, and what follows it.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (&number[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_people_sort() {
        let mut names = [
            "job-10", "Job-9", "job-9a", "alpha", "Beta", "job-009", "job",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "alpha", "Beta", "job", "Job-9", "job-009", "job-9a", "job-10"
            ]
        );
    }

    #[test]
    fn natural_order_is_total() {
        let names = [
            "", "a", "A", "1", "01", "a1", "a01", "a1b", "é", "日本", "a-1", "a_1", "10", "9",
        ];
        for a in names {
            for b in names {
                assert_eq!(natural(a, b), natural(b, a).reverse(), "{a} {b}");
                for c in names {
                    if natural(a, b) != Ordering::Greater && natural(b, c) != Ordering::Greater {
                        assert_ne!(natural(a, c), Ordering::Greater, "{a} {b} {c}");
                    }
                }
            }
        }
    }

    #[test]
    fn containing_agrees_with_the_plain_way() {
        let mut seed = 7u64;
        let mut next = |bound: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % bound
        };
        for _ in 0..5_000 {
            let text: String = (0..next(12))
                .map(|_| ['a', 'B', 'b', '1', 'é'][next(5) as usize])
                .collect();
            let word: String = (0..next(4))
                .map(|_| ['a', 'b', '1', 'é'][next(4) as usize])
                .collect();
            assert_eq!(
                contains(&text, &word),
                text.to_lowercase().contains(&word),
                "{text} {word}"
            );
        }
    }
}
