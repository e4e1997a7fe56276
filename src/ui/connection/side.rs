//! The right side of the picker: regions and mark of the chosen connection, a certificate to trust, or the form for an
//! endpoint of one's own.

use std::path::PathBuf;

use egui::{Key, Label, Rect, RichText, Ui, UiBuilder, pos2};

use super::rows::{Choice, Does, is_region_like};
use super::{Focus, Picker, marks};
use crate::cloud::connection::tls;
use crate::cloud::whoami::WhoAmI;
use crate::core::Core;
use crate::hosted::kept;
use crate::model::connection::{
    ConnectionSpec, authority_of, endpoint_problem, is_loopback_url, typed_endpoint,
};
use crate::store::Ticket;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::text_field::TextField;

/// The form for an endpoint, while it is filled in.
#[derive(Default)]
pub struct EndpointForm {
    url: String,
    region: String,
    bundle: String,
    /// The bundle that is being read or was, and what came of it.
    checked: String,
    check: Option<Ticket<Option<String>>>,
    bundle_problem: Option<String>,
}

impl Picker {
    /// Draws it; gives the connection that was chosen.
    pub(super) fn side(&mut self, ui: &mut Ui, core: &mut Core) -> Option<ConnectionSpec> {
        ui.spacing_mut().item_spacing.y = space::S;
        let choice = self.choice()?.clone();
        match &choice.does {
            Does::Connect => self.place(ui, core, &choice),
            Does::Trust(fingerprint) => self.trust(ui, &choice, fingerprint),
            Does::Custom => self.endpoint(ui, core),
            Does::Sandbox => {
                heading(ui, &choice.title);
                match core.hosted.as_deref() {
                    Some(own) => muted(ui, &kept(own)),
                    None => muted(
                        ui,
                        "An endpoint with the protocols of AWS starts in this window, with sample functions that are called now \
                         and then. They really run on this machine, and nothing in it reaches AWS or needs an account.",
                    ),
                }
                if Button::new("Open the sandbox").primary().show(ui).clicked() {
                    self.sandbox = true;
                }
                None
            }
            Does::Region(region) => {
                heading(ui, region);
                muted(ui, &choice.detail);
                muted(ui, "The screen stays as it is and shows this region.");
                let pressed = Button::new("Switch to this region").primary().show(ui);
                pressed.clicked().then_some(choice.spec)
            }
        }
    }

    fn place(&mut self, ui: &mut Ui, core: &mut Core, choice: &Choice) -> Option<ConnectionSpec> {
        let whole = ui.max_rect();
        let here = core.session.spec(&core.store);
        let is_here = here.is_some_and(|here| here.same_place(&choice.spec));
        heading(ui, &choice.title);
        let hosted = core.hosted.as_deref();
        let own = hosted.filter(|own| choice.spec.endpoint.as_deref() == Some(own.endpoint()));
        if let Some(own) = own {
            muted(ui, &kept(own));
        }
        let mut chosen = None;
        if is_here {
            identity(ui, core);
        } else {
            let (text, reason) = if self.regions.is_needed {
                ("Connect", Err("It has no region: choose one below"))
            } else {
                ("Connect", Ok(()))
            };
            let pressed = Button::new(text).primary().available(reason).show(ui);
            if pressed.clicked() {
                chosen = Some(choice.spec.clone());
            }
        }
        let words = if self.regions.is_needed {
            "It has no region of its own: choose one"
        } else if is_here {
            "Switch to another region"
        } else {
            "Or connect in another region"
        };
        muted(ui, words);
        let top = ui.cursor().top();
        let bottom = whole.bottom() - marks::HEIGHT - space::S;
        let place = Rect::from_min_max(pos2(whole.left(), top), pos2(whole.right(), bottom));
        let mut list = ui.new_child(UiBuilder::new().max_rect(place).id_salt("regions"));
        let focus = self.focus == Some(Focus::Regions);
        if focus {
            self.focus = None;
        }
        if let Some(region) = self.regions.show(&mut list, place.height(), focus) {
            chosen = Some(ConnectionSpec {
                region: Some(region),
                ..choice.spec.clone()
            });
        }
        let under = Rect::from_min_max(pos2(whole.left(), bottom + space::S), whole.max);
        ui.painter().hline(
            under.x_range(),
            under.top() - space::XS,
            Theme::of(ui).stroke(),
        );
        let mut below = ui.new_child(UiBuilder::new().max_rect(under).id_salt("mark"));
        below.add_space(space::XS);
        self.marks(&mut below, core, &choice.spec);
        chosen
    }

    fn trust(&mut self, ui: &mut Ui, choice: &Choice, fingerprint: &str) -> Option<ConnectionSpec> {
        heading(ui, &choice.title);
        muted(ui, &choice.detail);
        let text = "It made its own certificate, and nothing on this machine vouches for it. Compare the fingerprint with the one that it printed or wrote down when it started.";
        muted(ui, text);
        ui.label(RichText::new("SHA-256").font(fonts::medium(size::SMALL)));
        let mono = RichText::new(fingerprint).font(fonts::mono(size::SMALL));
        ui.add(Label::new(mono).wrap());
        copy_button(ui, "fingerprint", || fingerprint.to_owned());
        let button = Button::new("Trust exactly this certificate")
            .primary()
            .show(ui);
        if self.focus == Some(Focus::Trust) {
            self.focus = None;
            button.request_focus();
        }
        muted(
            ui,
            "Only for this endpoint, and only until its certificate changes. Your own credentials are never sent there.",
        );
        button.clicked().then(|| choice.spec.clone())
    }

    fn endpoint(&mut self, ui: &mut Ui, core: &mut Core) -> Option<ConnectionSpec> {
        heading(ui, "Custom endpoint");
        if self.focus == Some(Focus::Url)
            && let Some(typed) = typed_endpoint(&self.query)
        {
            self.form.url = typed;
        }
        let width = ui.available_width();
        let url = self.form.url.trim().to_owned();
        let problem = endpoint_problem(&url).filter(|_| !url.is_empty());
        label(ui, "URL");
        let field = TextField::new("Endpoint URL", &mut self.form.url)
            .hint("https://vpce-1.example.com")
            .mono()
            .width(width)
            .wrong(problem.is_some())
            .show(ui);
        if self.focus == Some(Focus::Url) {
            self.focus = None;
            field.request_focus();
        }
        wrong(ui, problem);
        label(ui, "Region");
        let region = self.form.region.trim().to_owned();
        let local = is_loopback_url(&url);
        let bad_region = !region.is_empty() && !is_region_like(&region);
        let hint = if local { "us-east-1" } else { "eu-central-1" };
        let mut entered = field.lost_focus();
        let field = TextField::new("Endpoint region", &mut self.form.region)
            .hint(hint)
            .mono()
            .width(width)
            .wrong(bad_region)
            .show(ui);
        entered |= field.lost_focus();
        wrong(ui, bad_region.then_some("Regions look like eu-central-1."));
        label(ui, "CA bundle (PEM), if it needs one");
        let bundle_problem = self.check_bundle(core);
        let field = TextField::new("CA bundle", &mut self.form.bundle)
            .hint("/etc/ssl/corporate.pem")
            .mono()
            .width(width)
            .wrong(bundle_problem.is_some())
            .show(ui);
        entered |= field.lost_focus();
        wrong(ui, bundle_problem.as_deref());
        let text = if local {
            "On this machine, without credentials for it, dummy keys are sent."
        } else {
            "The standard chain's credentials are sent there: be sure who runs it."
        };
        muted(ui, text);
        let may = if url.is_empty() {
            Err("Type the endpoint's URL")
        } else if problem.is_some() || bad_region || bundle_problem.is_some() {
            Err("Something above can't be used")
        } else if region.is_empty() && !local {
            Err("Type a region: requests are signed for one")
        } else {
            Ok(())
        };
        let pressed = Button::new("Connect").primary().available(may).show(ui);
        // A field gives the keyboard up on Enter.
        let entered = entered && ui.input(|input| input.key_pressed(Key::Enter));
        if !(pressed.clicked() || entered) || may.is_err() {
            return None;
        }
        let bundle = self.form.bundle.trim();
        Some(ConnectionSpec {
            region: Some(if region.is_empty() {
                "us-east-1".to_owned()
            } else {
                region
            }),
            ca_bundle: (!bundle.is_empty()).then(|| PathBuf::from(bundle)),
            ..ConnectionSpec::of_endpoint(authority_of(&url), url.trim_end_matches('/'))
        })
    }

    /// What is wrong with the bundle: it is read beside the frame whenever its path is another.
    fn check_bundle(&mut self, core: &mut Core) -> Option<String> {
        let form = &mut self.form;
        let path = form.bundle.trim().to_owned();
        if path != form.checked {
            if let Some(ticket) = form.check.take() {
                core.store.cancel_job(&ticket);
            }
            form.bundle_problem = None;
            form.checked.clone_from(&path);
            if !path.is_empty() {
                let machine = core.session.machine().clone();
                let work = async move {
                    let read = tls::certificates(&machine, &PathBuf::from(path)).await;
                    Ok(read.err().map(|error| error.message))
                };
                form.check = Some(core.store.job(true, work));
            }
        }
        let answer = form.check.as_ref().and_then(|t| core.store.collect(t));
        if let Some(answer) = answer {
            form.check = None;
            form.bundle_problem = answer.unwrap_or_else(|error| Some(error.message));
        }
        form.bundle_problem.clone()
    }
}

/// Who one is on the connection that is shown.
fn identity(ui: &mut Ui, core: &Core) {
    let here = core.store.peek(&WhoAmI);
    let Some(here) = here.value else {
        let words = if here.error.is_some() {
            "Who you are there could not be asked."
        } else {
            "Asking who you are…"
        };
        muted(ui, words);
        return;
    };
    let arn = &here.identity.arn;
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - 36.0).max(60.0));
            let text = RichText::new(arn).font(fonts::mono(size::SMALL));
            ui.add(Label::new(text.color(Theme::of(ui).muted)).truncate())
                .on_hover_text(arn);
        });
        copy_button(ui, "caller's ARN", || arn.clone());
    });
}

fn heading(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(fonts::semibold(size::HEADING));
    ui.add(Label::new(text).truncate());
}

fn muted(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(fonts::body(size::SMALL));
    ui.add(Label::new(text.color(Theme::of(ui).muted)).wrap());
}

fn label(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(fonts::medium(size::SMALL));
    ui.add(Label::new(text.color(Theme::of(ui).muted)));
}

fn wrong(ui: &mut Ui, problem: Option<&str>) {
    if let Some(problem) = problem {
        let text = RichText::new(format!("▲ {problem}")).font(fonts::body(size::SMALL));
        ui.add(Label::new(text.color(Theme::of(ui).err)).wrap());
    }
}
