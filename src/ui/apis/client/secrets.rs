//! The values of secrets by their names, in memory until the tab is closed: never in a file, a log or a picture.

use std::collections::BTreeMap;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::apigateway::keys::{ListKeys, value_of};
use crate::model::client::Request;
use crate::model::client::resolve::SECRET;
use crate::model::secret::Secret;
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};
use crate::ui::theme::Theme;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::text_field::secret_field;

/// What is known.
#[derive(Default)]
pub struct Vault {
    values: BTreeMap<String, Secret>,
    /// Which are shown.
    revealed: BTreeMap<String, bool>,
    /// The value of an API key that is being read, and for which secret.
    reading: Option<(String, Ticket<Secret>)>,
    /// Counts changes.
    revision: u64,
}

impl Vault {
    /// The values.
    pub fn values(&self) -> &BTreeMap<String, Secret> {
        &self.values
    }

    /// Another number for each change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes a value.
    pub fn put(&mut self, name: &str, value: Secret) {
        self.revision += 1;
        self.revealed.remove(name);
        match value.is_empty() {
            true => self.values.remove(name),
            false => self.values.insert(name.to_owned(), value),
        };
    }

    /// To be called on every frame.
    pub fn follow(&mut self, cx: &mut Cx<'_>) {
        let answer = self
            .reading
            .as_ref()
            .and_then(|(_, job)| cx.store.collect(job));
        let Some(answer) = answer else { return };
        let name = self
            .reading
            .take()
            .map(|(name, _)| name)
            .unwrap_or_default();
        match answer {
            Ok(value) => self.put(&name, value),
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }

    /// A field for each secret that the request names.
    pub fn fields(&mut self, ui: &mut Ui, request: &Request, width: f32) {
        let names = names(request);
        if names.is_empty() {
            return;
        }
        form(ui, "secrets", |ui| {
            for name in names {
                Row::new(&name).show(ui, |ui| {
                    let value = self.values.get(&name);
                    let mut text = value.map(|of| of.reveal().to_owned()).unwrap_or_default();
                    let revealed = self.revealed.entry(name.clone()).or_default();
                    let label = format!("Value of {name}");
                    if secret_field(ui, &label, &mut text, revealed, width).changed() {
                        self.revision += 1;
                        match text.is_empty() {
                            true => self.values.remove(&name),
                            false => self.values.insert(name.clone(), Secret::new(text)),
                        };
                    }
                });
            }
        });
        let words = "Values stay in this tab's memory: they go into no file, and are gone when it is closed";
        ui.add(egui::Label::new(RichText::new(words).color(Theme::of(ui).muted)).wrap());
    }

    /// Offers the account's API keys; the chosen one's value is read as `name`.
    pub fn keys(&mut self, ui: &mut Ui, name: &mut String, cx: &mut Cx<'_>) {
        let known = cx.store.want(&ListKeys {}, cx.now);
        let mut chosen = None;
        drop_down(ui, "API key of the account", "Take a key's value", |ui| {
            let keys = known
                .shown()
                .map(|ring| ring.keys.as_slice())
                .unwrap_or_default();
            if keys.is_empty() {
                let words = match (&known.error, known.loading) {
                    (Some(error), _) => error.message.clone(),
                    (None, true) => "Loading the keys…".to_owned(),
                    (None, false) => "The account has no API keys".to_owned(),
                };
                ui.label(words);
            }
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for key in keys {
                    let detail = if key.enabled { "" } else { "switched off" };
                    if entry(ui, false, &key.name, detail) {
                        chosen = Some((key.id.clone(), key.name.clone()));
                    }
                }
            });
        });
        let Some((id, key)) = chosen else { return };
        if name.is_empty() {
            *name = named(&key);
        }
        if let Some(cloud) = cx.store.cloud().cloned() {
            let work = async move { value_of(&cloud, &id).await };
            self.reading = Some((name.clone(), cx.store.job(false, work)));
        }
    }
}

/// A secret's name from that of a key: one word, for that is what stands in files.
fn named(key: &str) -> String {
    let sign = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = key.chars().map(sign).collect();
    match name.is_empty() {
        true => "key".to_owned(),
        false => name,
    }
}

/// The names of all secrets of a request, each once.
pub fn names(request: &Request) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    add(request.auth.secret().unwrap_or_default());
    let fields = request.headers.iter().chain(&request.query);
    let values = fields
        .map(|of| of.value.as_str())
        .chain(request.path.iter().map(|of| of.1.as_str()));
    for text in values.chain([request.url.as_str(), request.body.as_str()]) {
        for part in text.split(&format!("{{{{{SECRET}")).skip(1) {
            add(part.split_once("}}").map_or("", |(name, _)| name.trim()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::{Auth, Field};

    #[test]
    fn every_secret_that_a_request_names_is_asked_for_once() {
        let request = Request {
            auth: Auth::ApiKey("partner".into()),
            headers: vec![Field::new("x", "{{secret.a}} {{secret.partner}} {{other}}")],
            body: "{{secret.b }}".into(),
            ..Request::default()
        };
        assert_eq!(names(&request), ["partner", "a", "b"]);
        assert_eq!(named("Partner key 1"), "Partner-key-1");
    }

    #[test]
    fn an_emptied_value_is_none() {
        let mut vault = Vault::default();
        vault.put("a", Secret::new("x"));
        assert_eq!(vault.values().len(), 1);
        let before = vault.revision();
        vault.put("a", Secret::new(""));
        assert!(vault.values().is_empty() && vault.revision() > before);
    }
}
