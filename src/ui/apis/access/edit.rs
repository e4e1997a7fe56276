//! One statement of a resource policy in words: whether it allows, whom, which calls, and when.

use egui::Ui;

use crate::model::api::VERBS;
use crate::model::api::access::{When, Who, Words};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::TextField;

/// A condition, as it is chosen from a list: its words, its key, whether it holds where the key has none of the values.
const CONDITIONS: [(&str, &str, bool); 8] = [
    ("From addresses", "aws:SourceIp", false),
    ("Unless from addresses", "aws:SourceIp", true),
    ("From addresses in the VPC", "aws:VpcSourceIp", false),
    ("Unless from addresses in the VPC", "aws:VpcSourceIp", true),
    ("Through a VPC endpoint", "aws:SourceVpce", false),
    ("Unless through a VPC endpoint", "aws:SourceVpce", true),
    ("Of an account", "aws:PrincipalAccount", false),
    ("Unless of an account", "aws:PrincipalAccount", true),
];

/// Draws it.
pub fn ui(ui: &mut Ui, words: &mut Words, private: bool) {
    let wide = (ui.available_width() - 170.0).clamp(120.0, 420.0);
    form(ui, "statement in words", |ui| {
        Row::new("Effect").show(ui, |ui| {
            let choices = [(true, "Allow"), (false, "Deny")];
            segmented(ui, "Effect", &mut words.allows, &choices);
        });
        Row::new("Who").show(ui, |ui| who(ui, &mut words.who, wide));
        Row::new("Calls").show(ui, |ui| calls(ui, words));
        let help = match private {
            true => "A private API is called through VPC endpoints",
            false => "",
        };
        Row::new("When")
            .help(help)
            .show(ui, |ui| when(ui, &mut words.when, wide));
    });
}

fn who(ui: &mut Ui, who: &mut Who, wide: f32) {
    let mut everyone = *who == Who::Everyone;
    ui.horizontal_wrapped(|ui| {
        let choices = [(true, "Everyone"), (false, "Named")];
        if segmented(ui, "Who", &mut everyone, &choices) {
            *who = match everyone {
                true => Who::Everyone,
                false => Who::Named("arn:aws:iam::123456789012:root".into()),
            };
        }
        if let Who::Named(names) = who {
            let field = TextField::new("ARNs of callers", names).mono();
            field.width((wide - 40.0).max(120.0)).show(ui);
        }
    });
}

fn calls(ui: &mut Ui, words: &mut Words) {
    ui.horizontal_wrapped(|ui| {
        let shown = if words.verb == "*" {
            "any method"
        } else {
            &words.verb
        };
        let shown = shown.to_owned();
        drop_down(ui, "Method of the calls", &shown, |ui| {
            let all = VERBS
                .into_iter()
                .map(|verb| if verb == "ANY" { "*" } else { verb });
            for verb in all {
                let name = if verb == "*" { "any method" } else { verb };
                if entry(ui, words.verb == verb, name, "") {
                    verb.clone_into(&mut words.verb);
                }
            }
        });
        TextField::new("Path of the calls", &mut words.path)
            .mono()
            .hint("/*")
            .width(160.0)
            .show(ui);
        ui.label("on");
        let field = TextField::new("Stage of the calls", &mut words.stage);
        field.mono().hint("*").width(90.0).show(ui);
    });
}

fn when(ui: &mut Ui, when: &mut When, wide: f32) {
    let shown = match &*when {
        When::Always => "Always".to_owned(),
        When::Key { key, unless, .. } => {
            let known = CONDITIONS.iter();
            let mut known = known.filter(|(_, of, not)| of == key && not == unless);
            match known.next() {
                Some((words, ..)) => (*words).to_owned(),
                None if *unless => format!("Unless {key} is"),
                None => format!("Where {key} is"),
            }
        }
    };
    ui.horizontal_wrapped(|ui| {
        drop_down(ui, "Condition", &shown, |ui| {
            if entry(ui, *when == When::Always, "Always", "") {
                *when = When::Always;
            }
            for (words, key, unless) in CONDITIONS {
                if entry(ui, words == shown, words, key) {
                    *when = chosen(when, key, unless);
                }
            }
        });
        if let When::Key { values, .. } = when {
            let field = TextField::new("Values of the condition", values).mono();
            field
                .hint("separated by commas")
                .width((wide - 60.0).max(120.0))
                .show(ui);
        }
    });
}

/// The same values where they can be values of the other key too.
fn chosen(before: &When, key: &str, unless: bool) -> When {
    let address = |key: &str| key.ends_with("SourceIp");
    let values = match before {
        When::Key {
            key: was, values, ..
        } if was == key || (address(was) && address(key)) => values.clone(),
        _ if address(key) => "192.0.2.0/24".to_owned(),
        _ if key == "aws:SourceVpce" => "vpce-0123456789abcdef0".to_owned(),
        _ => "123456789012".to_owned(),
    };
    When::Key {
        key: key.to_owned(),
        unless,
        values,
    }
}
