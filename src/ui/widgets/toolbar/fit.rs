//! How the items of a toolbar share the width there is: a pure function of what each wants, so that one pass decides and
//! nothing flickers. Knows no widget.

/// What an item wants, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Want {
    /// With its words; for what can be narrower, the most that it uses.
    pub full: f32,
    /// With its words, as narrow as it can be read.
    pub least: f32,
    /// As an icon; `full` where it has none.
    pub compact: f32,
    /// Whoever has less yields first.
    pub rank: u8,
    /// It only tells something: it goes before anything that can be pressed loses its words.
    pub light: bool,
    /// It is never put into the menu.
    pub stays: bool,
    /// It is always in the menu.
    pub tucked: bool,
}

/// Into the menu goes what has this much more rank than what only loses its words.
const INTO_THE_MENU: u8 = 10;

/// How an item is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With its words.
    Full,
    /// As an icon.
    Compact,
    /// In the menu.
    Over,
}

/// Every item's form, and its width where it is in the bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// By item.
    pub forms: Vec<(Form, f32)>,
    /// Something is in the menu.
    pub more: bool,
}

/// Shares `room` among items with `gap` between them; the menu's button is `more` wide.
///
/// First everything that can be narrower is. Then, from the least rank up, words that only tell something go and buttons'
/// words give way to icons; then, again from the least rank up, items go into the menu. Of equals the one on the right yields
/// first. What is left over goes to those that can use it.
pub fn fit(wants: &[Want], gap: f32, more: f32, room: f32) -> Fitted {
    let mut forms: Vec<Form> = wants
        .iter()
        .map(|want| if want.tucked { Form::Over } else { Form::Full })
        .collect();
    while needed(wants, &forms, gap, more) > room {
        let Some((at, form)) = next(wants, &forms) else {
            break;
        };
        forms[at] = form;
    }
    let mut spare = room - needed(wants, &forms, gap, more);
    let forms_and_widths = wants.iter().zip(&forms).map(|(want, form)| {
        let width = match form {
            Form::Over => 0.0,
            Form::Compact => want.compact,
            Form::Full => {
                // Where even the menu does not help, what can be narrower is cut off rather than what is beside it.
                let cut = if want.full > want.least {
                    32.0 - want.least
                } else {
                    0.0
                };
                let extra = spare.clamp(cut.min(0.0), want.full - want.least);
                spare -= extra;
                want.least + extra
            }
        };
        (*form, width)
    });
    Fitted {
        forms: forms_and_widths.collect(),
        more: has_menu(wants, &forms),
    }
}

/// Words alone are no reason for a menu.
fn has_menu(wants: &[Want], forms: &[Form]) -> bool {
    let mut both = wants.iter().zip(forms);
    both.any(|(want, form)| *form == Form::Over && !want.light)
}

fn needed(wants: &[Want], forms: &[Form], gap: f32, more: f32) -> f32 {
    let mut sum = 0.0;
    for (want, form) in wants.iter().zip(forms) {
        sum += match form {
            Form::Full => want.least + gap,
            Form::Compact => want.compact + gap,
            Form::Over => 0.0,
        };
    }
    if has_menu(wants, forms) {
        sum += more + gap;
    }
    sum - gap
}

/// Who yields next, and to what.
fn next(wants: &[Want], forms: &[Form]) -> Option<(usize, Form)> {
    let step = |at: usize| {
        let want = &wants[at];
        match forms[at] {
            Form::Over => None,
            Form::Full if want.light && !want.stays => Some((want.rank, at, Form::Over)),
            Form::Full if want.compact < want.least => Some((want.rank, at, Form::Compact)),
            _ if !want.stays => Some((want.rank.saturating_add(INTO_THE_MENU), at, Form::Over)),
            _ => None,
        }
    };
    let steps = (0..wants.len()).rev().filter_map(step);
    let first = steps.min_by_key(|(rank, _, _)| *rank);
    first.map(|(_, at, form)| (at, form))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: f32 = 8.0;
    const MORE: f32 = 28.0;

    fn button(full: f32, rank: u8) -> Want {
        Want {
            full,
            least: full,
            compact: 28.0,
            rank,
            light: false,
            stays: false,
            tucked: false,
        }
    }

    fn field() -> Want {
        Want {
            full: 320.0,
            least: 160.0,
            compact: 160.0,
            rank: 9,
            light: false,
            stays: true,
            tucked: false,
        }
    }

    fn forms(wants: &[Want], room: f32) -> Vec<Form> {
        let fitted = fit(wants, GAP, MORE, room);
        fitted.forms.into_iter().map(|(form, _)| form).collect()
    }

    #[test]
    fn a_field_takes_what_is_left_and_gives_it_up_first() {
        let wants = [field(), button(100.0, 5)];
        assert_eq!(fit(&wants, GAP, MORE, 600.0).forms[0].1, 320.0);
        assert_eq!(fit(&wants, GAP, MORE, 300.0).forms[0].1, 192.0);
        assert_eq!(forms(&wants, 268.0), [Form::Full, Form::Full]);
    }

    #[test]
    fn words_give_way_to_icons_from_the_least_rank_up_and_then_items_go_into_the_menu() {
        use Form::{Compact, Full, Over};
        let wants = [field(), button(100.0, 5), button(90.0, 3), button(80.0, 5)];
        assert_eq!(forms(&wants, 454.0), [Full, Full, Full, Full]);
        assert_eq!(forms(&wants, 453.0), [Full, Full, Compact, Full]);
        assert_eq!(forms(&wants, 391.0), [Full, Full, Compact, Compact]);
        assert_eq!(forms(&wants, 300.0), [Full, Compact, Compact, Compact]);
        // Its button takes the place of the first that goes: only a second one makes room.
        assert_eq!(forms(&wants, 267.0), [Full, Compact, Over, Over]);
        assert_eq!(forms(&wants, 200.0), [Full, Over, Over, Over]);
    }

    #[test]
    fn words_that_only_tell_something_go_first_and_make_no_menu() {
        let words = Want {
            rank: 3,
            light: true,
            compact: 90.0,
            ..button(90.0, 3)
        };
        let fitted = fit(&[words, button(100.0, 5)], GAP, MORE, 150.0);
        assert_eq!(fitted.forms, [(Form::Over, 0.0), (Form::Full, 100.0)]);
        assert!(!fitted.more);
    }

    #[test]
    fn what_is_given_out_is_never_more_than_there_is() {
        let wants = [field(), button(100.0, 5), button(90.0, 3), button(80.0, 5)];
        for room in 200..900 {
            let fitted = fit(&wants, GAP, MORE, room as f32);
            let in_bar = fitted.forms.iter().filter(|(form, _)| *form != Form::Over);
            let mut used: f32 = in_bar.map(|(_, width)| width + GAP).sum();
            if fitted.more {
                used += MORE + GAP;
            }
            assert!(used - GAP <= room as f32, "{room}: {used}");
        }
    }

    #[test]
    fn what_is_always_in_the_menu_is_there_in_every_width() {
        let tucked = Want {
            tucked: true,
            ..button(100.0, 5)
        };
        let fitted = fit(&[button(60.0, 5), tucked], GAP, MORE, 1000.0);
        assert!(fitted.more);
        assert_eq!(fitted.forms[1], (Form::Over, 0.0));
    }
}
