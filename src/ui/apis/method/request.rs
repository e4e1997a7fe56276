//! The method request: who gets in, and what a call must have.

use egui::{Label, RichText, Ui, vec2};

use crate::model::api::Authorizer;
use crate::model::draft::method::{MethodField, MethodForm};
use crate::model::draft::{Draft, Values};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::text_field::TextField;

use super::row::own;
use super::{Parts, Shown, State};

/// The parameter that is being added.
pub struct NewParameter {
    place: &'static str,
    name: String,
}

impl Default for NewParameter {
    fn default() -> Self {
        Self {
            place: "header",
            name: String::new(),
        }
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, state: &mut State, shown: &Shown<'_>, parts: &Parts, cx: &mut Cx<'_>) {
    let Some(draft) = state.editor.draft_mut() else {
        return;
    };
    form(ui, "method request", |ui| {
        authorization(ui, draft, parts);
    });
    let cognito = draft.mine.authorization == "COGNITO_USER_POOLS";
    let fields: &[MethodField] = match cognito {
        true => &[MethodField::Scopes, MethodField::Key],
        false => &[MethodField::Key],
    };
    state.editor.fields(ui, "scopes and key", fields, cx.now);
    let Some(draft) = state.editor.draft_mut() else {
        return;
    };
    form(ui, "validator", |ui| validator(ui, draft, parts));
    let operation = [MethodField::Operation];
    state.editor.fields(ui, "operation", &operation, cx.now);
    let Some(draft) = state.editor.draft_mut() else {
        return;
    };
    form(ui, "parameters", |ui| {
        Row::new("Parameters").show(ui, |ui| {
            ui.vertical(|ui| parameters(ui, draft, &mut state.parameter));
        });
    });
    models(ui, shown);
}

fn words_of(form: &MethodForm, authorizers: &[Authorizer]) -> String {
    match form.authorization.as_str() {
        "NONE" => "None: anybody".to_owned(),
        "AWS_IAM" => "AWS_IAM: signed requests".to_owned(),
        kind => {
            let found = authorizers.iter().find(|of| of.id == form.authorizer);
            let name = found.map_or(form.authorizer.as_str(), |of| of.name.as_str());
            match (kind, name) {
                (_, "") => format!("{kind}, no authorizer"),
                ("CUSTOM", name) => format!("Lambda authorizer {name}"),
                (_, name) => format!("Cognito {name}"),
            }
        }
    }
}

fn authorization(ui: &mut Ui, draft: &mut Draft<MethodForm>, parts: &Parts) {
    let all = parts.authorizers();
    let fields = [MethodField::Authorization, MethodField::Authorizer];
    let help = match &parts.authorizers.error {
        Some(error) => format!("The authorizers could not be read: {}", error.message),
        None if all.is_empty() && parts.authorizers.value.is_some() => {
            "The API has no authorizers".to_owned()
        }
        None => String::new(),
    };
    let said = |form: &MethodForm| words_of(form, all);
    let now = said(&draft.mine);
    own(
        ui,
        draft,
        "Authorization",
        &fields,
        &help,
        said,
        |ui, draft| {
            drop_down(ui, "Authorization", &now, |ui| {
                let mine = &mut draft.mine;
                for (kind, words) in [
                    ("NONE", "None: anybody"),
                    ("AWS_IAM", "AWS_IAM: signed requests"),
                ] {
                    if entry(ui, mine.authorization == kind, words, "") {
                        kind.clone_into(&mut mine.authorization);
                    }
                }
                for of in all {
                    let on = mine.asks_authorizer() && mine.authorizer == of.id;
                    if entry(ui, on, &of.name, &of.kind) {
                        of.authorization().clone_into(&mut mine.authorization);
                        mine.authorizer.clone_from(&of.id);
                    }
                }
            });
        },
    );
}

fn validator(ui: &mut Ui, draft: &mut Draft<MethodForm>, parts: &Parts) {
    let all = parts.validators();
    let words = |id: &str| match all.iter().find(|of| of.id == id) {
        _ if id.is_empty() => "None: nothing is checked".to_owned(),
        Some(found) if found.name.is_empty() => found.words().to_owned(),
        Some(found) => found.name.clone(),
        None => id.to_owned(),
    };
    let help = match &parts.validators.error {
        Some(error) => format!("The validators could not be read: {}", error.message),
        None => "A request that lacks something is refused with 400 before anything is called"
            .to_owned(),
    };
    let said = |form: &MethodForm| words(&form.validator);
    let now = said(&draft.mine);
    own(
        ui,
        draft,
        "Validator",
        &[MethodField::Validator],
        &help,
        said,
        |ui, draft| {
            drop_down(ui, "Validator", &now, |ui| {
                let mine = &mut draft.mine.validator;
                if entry(ui, mine.is_empty(), &words(""), "") {
                    mine.clear();
                }
                for of in all {
                    if entry(ui, *mine == of.id, &words(&of.id), of.words()) {
                        mine.clone_from(&of.id);
                    }
                }
            });
        },
    );
}

fn parameters(ui: &mut Ui, draft: &mut Draft<MethodForm>, new: &mut NewParameter) {
    let theme = Theme::of(ui);
    let fields = MethodForm::fields(&[draft.base(), &draft.mine]);
    let mut any = false;
    for field in fields {
        let MethodField::Parameter(name) = &field else {
            continue;
        };
        any = true;
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL_HEIGHT);
            let short = name.strip_prefix("method.request.").unwrap_or(name);
            let differs = draft.differs(&field);
            let (dot, _) = ui.allocate_exact_size(vec2(6.0, 6.0), egui::Sense::hover());
            if differs {
                ui.painter().circle_filled(dot.center(), 3.0, theme.accent);
            }
            let there = draft.mine.parameters.contains_key(name);
            let words = RichText::new(short).font(fonts::mono(size::SMALL));
            let words = match there {
                true => words,
                false => words.strikethrough().color(theme.muted),
            };
            ui.add(Label::new(words).truncate());
            if let Some(required) = draft.mine.parameters.get_mut(name) {
                ui.push_id(name, |ui| checkbox(ui, required, "required"));
                if icon_button(ui, Icon::TRASH_2, &format!("Remove {short}")).clicked() {
                    draft.mine.parameters.remove(name);
                }
            }
            if differs && icon_button(ui, Icon::UNDO_2, &format!("Revert {short}")).clicked() {
                draft.revert(&field);
            }
        });
    }
    if !any {
        let words = "None is declared; only what is declared can be mapped or checked";
        ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        drop_down(ui, "Where the parameter is", new.place, |ui| {
            for place in ["header", "querystring", "path"] {
                if entry(ui, place == new.place, place, "") {
                    new.place = place;
                }
            }
        });
        let field = TextField::new("Name of the parameter", &mut new.name);
        let entered = field.mono().hint("X-Name").width(160.0).show(ui);
        let name = format!("method.request.{}.{}", new.place, new.name.trim());
        let odd = new
            .name
            .trim()
            .contains(|c: char| c.is_whitespace() || c == '/');
        let available = match new.name.trim().is_empty() {
            true => Err("Type its name"),
            false if odd => Err("A name has no spaces and no /"),
            false if draft.mine.parameters.contains_key(&name) => Err("It is there already"),
            false => Ok(()),
        };
        let button = Button::new("Add parameter").icon(Icon::PLUS);
        let pressed = button.available(available).show(ui).clicked();
        let enter = entered.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if (pressed || enter) && available.is_ok() {
            draft.mine.parameters.insert(name, new.place == "path");
            new.name.clear();
        }
    });
}

fn models(ui: &mut Ui, shown: &Shown<'_>) {
    if shown.method.models.is_empty() {
        return;
    }
    ui.add_space(space::M);
    ui.label(RichText::new("Models of the body").font(fonts::semibold(size::BODY)));
    let pairs: Vec<(&str, Value<'_>)> = shown
        .method
        .models
        .iter()
        .map(|(kind, model)| (kind.as_str(), Value::Text(model)))
        .collect();
    kv::grid(ui, "models of the body", &pairs);
}
