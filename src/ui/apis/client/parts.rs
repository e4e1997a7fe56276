//! What a request is made of, part by part: path and query, headers, body, who sends it, what is expected, and it as a command.

use egui::{Label, RichText, TextEdit, Ui};

use super::secrets::Vault;
use super::sent::Kept;
use crate::model::client::answer::readable;
use crate::model::client::expect::Expectation;
use crate::model::client::resolve::{Place, Problem};
use crate::model::client::{Auth, Field, Request, is_secret_name};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

/// A part of the request that is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// Parameters of the path, and the query.
    #[default]
    Query,
    /// Headers.
    Headers,
    /// The body.
    Body,
    /// Who sends it.
    Auth,
    /// What the answer should be.
    Expect,
    /// Variables of the environment.
    Variables,
    /// It as a command, and a command that becomes one.
    Curl,
}

/// What is typed for what is not there yet.
#[derive(Default)]
pub struct Parts {
    /// Expectations as they are typed, beside what they mean.
    expect: Vec<String>,
    body: CodeEditor,
}

impl Parts {
    /// Another request is edited.
    pub fn begin(&mut self, request: &Request) {
        self.expect = request.expect.iter().map(ToString::to_string).collect();
    }

    /// Draws a part.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        part: Part,
        (request, vault): (&mut Request, &mut Vault),
        problems: &[Problem],
        last: Option<&Kept>,
        cx: &mut Cx<'_>,
    ) {
        match part {
            Part::Query => query(ui, request, problems),
            Part::Headers => {
                fields(ui, "header", &mut request.headers, problems, Place::Header);
                if request.headers.iter().any(is_literal_secret) {
                    let words = "What proves you is kept under its name when the request is saved: its value goes into no file";
                    muted(ui, words);
                }
            }
            Part::Body => self.body(ui, request, problems),
            Part::Auth => auth(ui, request, problems, vault, cx),
            Part::Expect => self.expectations(ui, request, last),
            Part::Variables | Part::Curl => {}
        }
    }

    fn body(&mut self, ui: &mut Ui, request: &mut Request, problems: &[Problem]) {
        let json = request.body.trim_start().starts_with(['{', '[']);
        ui.horizontal_wrapped(|ui| {
            let may = if json {
                Ok(())
            } else {
                Err("The body is no JSON")
            };
            if Button::new("Format").available(may).show(ui).clicked() {
                request.body = readable(&request.body).0;
            }
            let named = request
                .headers
                .iter()
                .any(|of| of.on && of.name.eq_ignore_ascii_case("content-type"));
            if json
                && !named
                && Button::new("Add content-type: application/json")
                    .ghost()
                    .show(ui)
                    .clicked()
            {
                request
                    .headers
                    .push(Field::new("content-type", "application/json"));
            }
        });
        told(ui, problems, |place| place == Place::Body);
        let height = (ui.available_height() - space::M).max(140.0);
        let language = if json {
            Language::Json
        } else {
            Language::Plain
        };
        self.body.show(
            ui,
            "Body of the request",
            &mut request.body,
            language,
            height,
        );
    }

    fn expectations(&mut self, ui: &mut Ui, request: &mut Request, last: Option<&Kept>) {
        let theme = Theme::of(ui);
        muted(ui, "Checked on every answer");
        let answer = last.and_then(|kept| kept.sent.result.as_ref().ok());
        let mut removed = None;
        let wide = (ui.available_width() - 40.0).max(160.0);
        for (at, line) in self.expect.iter_mut().enumerate() {
            let meant = line.parse::<Expectation>();
            ui.horizontal(|ui| {
                let name = format!("Expectation {}", at + 1);
                let field = TextField::new(&name, line).mono().width(wide);
                field.wrong(meant.is_err()).show(ui);
                if icon_button(ui, Icon::X, &format!("Remove expectation {}", at + 1)).clicked() {
                    removed = Some(at);
                }
            });
            match (&meant, answer) {
                (Err(why), _) => {
                    ui.label(RichText::new(why).color(theme.err));
                }
                (Ok(meant), Some(answer)) => outcome(ui, meant, answer),
                (Ok(_), None) => {}
            }
        }
        if let Some(at) = removed {
            self.expect.remove(at);
        }
        drop_down(ui, "Add an expectation", "Expectation", |ui| {
            for line in [
                "status is 200",
                "time under 500 ms",
                "header content-type contains json",
                "body contains text",
                "json $.id exists",
            ] {
                if entry(ui, false, line, "") {
                    self.expect.push(line.to_owned());
                }
            }
        });
        let meant = self.expect.iter().filter_map(|line| line.parse().ok());
        let meant: Vec<Expectation> = meant.collect();
        if meant != request.expect {
            request.expect = meant;
        }
    }

    /// A line of them can't be read.
    pub fn wrong(&self) -> Option<String> {
        let at = self
            .expect
            .iter()
            .position(|line| line.parse::<Expectation>().is_err())?;
        Some(format!("Expectation {} can't be read", at + 1))
    }
}

/// Whether one thing is as it should be, and what there was.
pub fn outcome(
    ui: &mut Ui,
    expectation: &Expectation,
    answer: &crate::model::client::answer::Answer,
) {
    let theme = Theme::of(ui);
    let outcome = expectation.check(answer);
    let (icon, color, word) = match outcome.holds {
        true => (Icon::CIRCLE_CHECK, theme.ok, "holds"),
        false => (Icon::CIRCLE_X, theme.err, "does not hold"),
    };
    ui.horizontal_wrapped(|ui| {
        glyph(ui, icon, 13.0, color);
        ui.label(RichText::new(word).color(color));
        let was = RichText::new(format!("was {}", outcome.was)).font(fonts::mono(size::SMALL));
        ui.label(was.color(theme.muted));
    });
}

fn is_literal_secret(field: &Field) -> bool {
    is_secret_name(&field.name) && !field.value.is_empty() && !field.value.contains("{{")
}

fn muted(ui: &mut Ui, words: &str) {
    let color = Theme::of(ui).muted;
    ui.add(Label::new(RichText::new(words).color(color)).wrap());
}

fn query(ui: &mut Ui, request: &mut Request, problems: &[Problem]) {
    if !request.path.is_empty() {
        let wide = (ui.available_width() - 170.0).clamp(120.0, 420.0);
        form(ui, "path parameters", |ui| {
            for (at, (name, value)) in request.path.iter_mut().enumerate() {
                let label = format!("{{{name}}}");
                let wrong = at_place(problems, Place::Path(at));
                Row::new(&label).wrong(&wrong).show(ui, |ui| {
                    let said = format!("Path parameter {name}");
                    TextField::new(&said, value).mono().width(wide).show(ui);
                });
            }
        });
        ui.add_space(space::S);
    }
    fields(ui, "query", &mut request.query, problems, Place::Query);
}

fn at_place(problems: &[Problem], place: Place) -> String {
    let mut here = problems.iter().filter(|of| of.place == place);
    here.next().map(|of| of.text.clone()).unwrap_or_default()
}

fn told(ui: &mut Ui, problems: &[Problem], at: impl Fn(Place) -> bool) {
    for problem in problems.iter().filter(|of| at(of.place)) {
        let color = Theme::of(ui).err;
        ui.add(Label::new(RichText::new(&problem.text).color(color)).wrap());
    }
}

/// Lines of names and values, each of which can be switched off.
fn fields(
    ui: &mut Ui,
    what: &str,
    list: &mut Vec<Field>,
    problems: &[Problem],
    place: fn(usize) -> Place,
) {
    let mut removed = None;
    let wide = (ui.available_width() - 90.0).max(200.0);
    for (at, field) in list.iter_mut().enumerate() {
        let number = at + 1;
        let wrong = at_place(problems, place(at));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            checkbox(ui, &mut field.on, "").accessible_name(format!("Send {what} {number}"));
            let name = format!("Name of {what} {number}");
            TextField::new(&name, &mut field.name)
                .mono()
                .width(wide * 0.38)
                .show(ui);
            let name = format!("Value of {what} {number}");
            TextField::new(&name, &mut field.value)
                .mono()
                .wrong(!wrong.is_empty())
                .width(wide * 0.62)
                .show(ui);
            if icon_button(ui, Icon::X, &format!("Remove {what} {number}")).clicked() {
                removed = Some(at);
            }
        });
        if !wrong.is_empty() {
            ui.label(RichText::new(wrong).color(Theme::of(ui).err));
        }
    }
    if let Some(at) = removed {
        list.remove(at);
    }
    let words = match what {
        "query" => "Parameter",
        _ => "Header",
    };
    let name = format!("Add a {what} line");
    if Button::new(words)
        .icon(Icon::PLUS)
        .name(&name)
        .ghost()
        .show(ui)
        .clicked()
    {
        list.push(Field::new("", ""));
    }
}

fn auth(
    ui: &mut Ui,
    request: &mut Request,
    problems: &[Problem],
    vault: &mut Vault,
    cx: &mut Cx<'_>,
) {
    let wide = (ui.available_width() - 190.0).clamp(120.0, 320.0);
    let wrong = at_place(problems, Place::Auth);
    form(ui, "who sends it", |ui| {
        Row::new("Auth").show(ui, |ui| kinds(ui, request));
        match &mut request.auth {
            Auth::None => {}
            Auth::SigV4 => {
                let who = cx
                    .connection
                    .identity
                    .as_ref()
                    .map_or("", |of| of.arn.as_str());
                Row::new("Signed as").show(ui, |ui| {
                    let words = match who {
                        "" => "the credentials of this connection",
                        who => who,
                    };
                    ui.add(Label::new(RichText::new(words).font(fonts::mono(size::SMALL))).wrap());
                });
            }
            Auth::ApiKey(name) => {
                secret_name(ui, name, &wrong, wide);
                Row::new("Value from").show(ui, |ui| vault.keys(ui, name, cx));
            }
            Auth::Bearer(name) | Auth::Basic(name) => secret_name(ui, name, &wrong, wide),
        }
    });
    ui.add_space(space::S);
    vault.fields(ui, request, wide);
}

fn secret_name(ui: &mut Ui, name: &mut String, wrong: &str, wide: f32) {
    let help = "It stands in files by this name; its value does not";
    Row::new("Secret").help(help).wrong(wrong).show(ui, |ui| {
        let field = TextField::new("Name of the secret", name)
            .mono()
            .width(wide);
        if field.hint("partner").show(ui).changed() {
            // One word, for that is what stands in files.
            *name = name.replace(char::is_whitespace, "-");
        }
    });
}

/// The choice of who sends it.
pub fn kinds(ui: &mut Ui, request: &mut Request) {
    let title = request.auth.title();
    drop_down(ui, "Auth", title, |ui| {
        for (word, secret, detail) in [
            ("none", "", ""),
            ("sigv4", "", "signed by this connection"),
            ("api-key", "key", "x-api-key"),
            ("bearer", "token", "Authorization: Bearer"),
            ("basic", "login", "Authorization: Basic"),
        ] {
            let Some(auth) = Auth::of(word, secret) else {
                continue;
            };
            let on = request.auth.word() == word;
            if entry(ui, on, auth.title(), detail) && !on {
                request.auth = auth;
            }
        }
    });
}

/// A field of several lines.
pub fn lines(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    hint: &str,
    rows: usize,
) -> egui::Response {
    let field = TextEdit::multiline(text)
        .id(steady_id(ui, name))
        .font(fonts::mono(size::SMALL))
        .margin(egui::Margin::symmetric(10, 6))
        .hint_text(hint)
        .desired_rows(rows)
        .desired_width(f32::INFINITY);
    ui.add(field).accessible_name(name)
}
