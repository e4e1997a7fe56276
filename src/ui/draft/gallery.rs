//! The editor in its states, for the hidden page that shows every widget: touched, wrong, removed, changed elsewhere.

use std::sync::{Arc, Mutex};

use egui::{Id, Ui};

use super::bar::{Bar, Line, Place, buttons};
use super::{Editor, Rows, Section, sections};
use crate::model::draft::{Configuration, ENVIRONMENT, Field, GENERAL};
use crate::model::function::Function;
use crate::model::secret::Secret;
use crate::ui::theme::space;

/// What the page keeps between frames.
struct Page {
    editor: Editor<Configuration>,
    rows: Rows,
}

impl Page {
    fn new() -> Self {
        let function = |memory_mb, revision: &str| Function {
            name: "payments-capture".into(),
            runtime: Some("python3.13".into()),
            handler: Some("app.handler".into()),
            role: "arn:aws:iam::123456789012:role/payments".into(),
            memory_mb,
            timeout_s: 29,
            ephemeral_mb: 512,
            environment: vec![
                ("BANK_URL".into(), Secret::new("https://bank.example.com")),
                ("BANK_RETRIES".into(), Secret::new("0")),
            ],
            revision_id: Some(revision.into()),
            ..Function::default()
        };
        let mut editor = Editor::default();
        let first = function(512, "r1");
        editor.bring_up_to_date("payments-capture", Some("r1"), || Configuration::of(&first));
        if let Some(draft) = editor.draft_mut() {
            let mine = &mut draft.mine;
            mine.memory = "1,024".into();
            mine.timeout = "960".into();
            mine.description = "決済を確定する".into();
            mine.set_variable("BANK_RETRIES", None);
            mine.set_variable("BANK_TIMEOUT_MS", Some("8000".into()));
        }
        let theirs = function(768, "r2");
        editor.bring_up_to_date("payments-capture", Some("r2"), || {
            Configuration::of(&theirs)
        });
        Self {
            editor,
            rows: Rows::default(),
        }
    }
}

/// Draws the page.
pub fn gallery(ui: &mut Ui) {
    let id = Id::unique("gallery of drafts");
    let page = ui.data_mut(|data| {
        data.get_temp_mut_or_insert_with(id, || Arc::new(Mutex::new(Page::new())))
            .clone()
    });
    let Ok(mut page) = page.lock() else { return };
    let Page { editor, rows } = &mut *page;
    ui.spacing_mut().item_spacing.y = space::S;
    let parts = [GENERAL, ENVIRONMENT].map(|title| {
        let (changed, wrong) = editor.state_of(title);
        Section {
            title,
            value: "512 MB, 29 s".into(),
            changed,
            wrong,
        }
    });
    ui.scope(|ui| {
        ui.set_max_width(208.0);
        sections(ui, &parts, Some(GENERAL));
    });
    editor.notices(ui);
    editor.fields(ui, "gallery", &Field::GENERAL, 0);
    if let Some(draft) = editor.draft_mut() {
        rows.ui(ui, draft);
        let bar = Bar {
            name: "gallery",
            place: Place::Bottom,
            note: "settings act at once",
        };
        ui.horizontal(|ui| Line::of(draft, None, bar.note).show(ui));
        let available = draft.can_apply();
        ui.horizontal(|ui| buttons(ui, &bar, draft.is_dirty(), &available));
    }
}
