//! Where the top of a log's page is, among rows of different heights: a row, and how many of its lines are above the top.
//! A move costs the rows that it passes, never those that are there. Knows no window.

/// A place among the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// The row at the top.
    pub index: usize,
    /// How many of its lines are scrolled out.
    pub part: f64,
}

impl Place {
    /// At another place or below it, up to what nobody sees.
    pub fn reaches(self, other: Self) -> bool {
        self.index > other.index || (self.index == other.index && self.part >= other.part - 0.01)
    }

    /// The upper of two.
    pub fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    /// Rows above it, for a scroll bar.
    pub fn in_rows(self, height: impl Fn(usize) -> usize) -> f64 {
        self.index as f64 + self.part / height(self.index).max(1) as f64
    }

    /// The place with so many rows above it.
    pub fn of_rows(rows: f64, height: impl Fn(usize) -> usize) -> Self {
        let index = rows as usize;
        Self {
            index,
            part: rows.fract() * height(index) as f64,
        }
    }
}

/// So many lines further down, or up where they are negative; never beyond the first and the last row.
pub(super) fn moved(
    from: Place,
    lines: f64,
    count: usize,
    height: impl Fn(usize) -> usize,
) -> Place {
    let mut place = from;
    place.part += lines;
    while place.part < 0.0 && place.index > 0 {
        place.index -= 1;
        place.part += height(place.index) as f64;
    }
    place.part = place.part.max(0.0);
    while place.index + 1 < count {
        let tall = height(place.index) as f64;
        if place.part < tall {
            break;
        }
        place.part -= tall;
        place.index += 1;
    }
    place
}

/// The place from which a page shows the last line at its bottom.
pub(super) fn last(count: usize, page: f64, height: impl Fn(usize) -> usize) -> Place {
    let mut left = page;
    for index in (0..count).rev() {
        let tall = height(index) as f64;
        if tall >= left {
            return Place {
                index,
                part: tall - left,
            };
        }
        left -= tall;
    }
    Place::default()
}

/// How far to move so that a row is on the page: lines down, or up where they are negative.
pub(super) fn to_show(row: usize, top: Place, page: f64, height: impl Fn(usize) -> usize) -> Place {
    if row <= top.index {
        return Place {
            index: row,
            part: 0.0,
        };
    }
    let mut below = -top.part;
    for index in top.index..=row {
        below += height(index) as f64;
        if below > page + height(row) as f64 {
            break;
        }
    }
    if below <= page {
        return top;
    }
    // Its last line stands at the bottom, unless it is taller than the page.
    let shown = last(row + 1, page, &height);
    shown.min(Place {
        index: row,
        part: 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every tenth row has five lines.
    fn height(index: usize) -> usize {
        if index.is_multiple_of(10) { 5 } else { 1 }
    }

    fn at(index: usize, part: f64) -> Place {
        Place { index, part }
    }

    #[test]
    fn a_move_passes_rows_by_their_heights_and_stays_within_them() {
        assert_eq!(moved(at(0, 0.0), 6.5, 100, height), at(2, 0.5));
        assert_eq!(moved(at(2, 0.5), -6.5, 100, height), at(0, 0.0));
        assert_eq!(moved(at(3, 0.0), -50.0, 100, height), at(0, 0.0));
        assert_eq!(moved(at(98, 0.0), 50.0, 100, height).index, 99);
        assert_eq!(moved(at(0, 0.0), 3.0, 0, height).index, 0);
    }

    #[test]
    fn the_last_page_ends_with_the_last_line() {
        assert_eq!(last(100, 9.0, height), at(91, 0.0));
        assert_eq!(last(100, 11.5, height), at(90, 2.5));
        assert_eq!(last(3, 10.0, height), at(0, 0.0), "all of it fits");
        assert_eq!(last(0, 10.0, height), at(0, 0.0));
    }

    #[test]
    fn a_row_is_brought_onto_the_page_and_no_further() {
        assert_eq!(
            to_show(5, at(2, 0.0), 10.0, height),
            at(2, 0.0),
            "it is there"
        );
        assert_eq!(to_show(1, at(2, 0.0), 10.0, height), at(1, 0.0));
        assert_eq!(to_show(20, at(12, 0.0), 10.0, height), at(15, 0.0));
        assert_eq!(to_show(99, at(12, 0.0), 9.0, height), at(91, 0.0));
    }

    #[test]
    fn a_scroll_bar_comes_back_to_the_place_that_it_shows() {
        for place in [at(0, 0.0), at(10, 2.5), at(37, 0.25)] {
            let back = Place::of_rows(place.in_rows(height), height);
            assert_eq!(back.index, place.index);
            assert!((back.part - place.part).abs() < 1e-6);
        }
    }
}
