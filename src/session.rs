//! Which connections are open and which one is shown. Switching keeps what is known of each apart by its key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use crate::cloud::connection::machine::Machine;
use crate::cloud::{AskFn, Cloud, Hooks, Prompt};
use crate::model::connection::ConnectionSpec;
use crate::store::{ConnectionKey, Store};
use crate::tasks::Wake;

/// Connections kept open; beyond it the one that was opened first is forgotten.
const KEPT: usize = 24;

/// The open connections of this window.
pub struct Session {
    machine: Machine,
    hooks: Hooks,
    open: Vec<(ConnectionKey, ConnectionSpec)>,
    next: u32,
}

impl Session {
    /// None is open yet. Profiles and environment are those of `machine`.
    pub fn on(machine: Machine, hooks: Hooks) -> Self {
        Self {
            machine,
            hooks,
            open: Vec::new(),
            next: 1,
        }
    }

    /// Shows `spec`: the open connection to the same place where there is one, with what is known of it, else a new one.
    /// Going back to a connection never unlocks it.
    pub fn connect(&mut self, store: &mut Store<Cloud>, mut spec: ConnectionSpec) {
        let known = self
            .open
            .iter_mut()
            .find(|(_, open)| open.same_place(&spec));
        if let Some((key, open)) = known {
            spec.read_only |= open.read_only;
            *open = spec.clone();
            store.switch(*key);
            store.set_read_only(spec.read_only);
        } else {
            let cloud = Cloud::on(self.machine.clone(), spec, self.hooks.clone());
            self.adopt(store, cloud);
        }
    }

    /// Shows a connection that was made elsewhere, with another patience than this window has.
    pub fn adopt(&mut self, store: &mut Store<Cloud>, cloud: Cloud) {
        let key = ConnectionKey(self.next);
        self.next += 1;
        let spec = cloud.spec().clone();
        store.connect(key, Arc::new(cloud), spec.name.clone(), spec.read_only);
        store.switch(key);
        store.set_near(spec.is_local());
        store.set_read_only(spec.read_only);
        self.open.push((key, spec));
        if self.open.len() > KEPT {
            let first = self.open.iter().position(|(open, _)| *open != key);
            if let Some((forgotten, _)) = first.map(|at| self.open.remove(at)) {
                store.disconnect(forgotten);
            }
        }
    }

    /// The connection that is shown.
    pub fn spec(&self, store: &Store<Cloud>) -> Option<&ConnectionSpec> {
        let current = store.current()?;
        let found = self.open.iter().find(|(key, _)| *key == current);
        found.map(|(_, spec)| spec)
    }

    /// Every open connection, in the order in which they were opened.
    pub fn specs(&self) -> impl Iterator<Item = &ConnectionSpec> {
        self.open.iter().map(|(_, spec)| spec)
    }

    /// Changes the name, colour or lock of the connection that is shown.
    pub fn update(&mut self, store: &mut Store<Cloud>, change: impl FnOnce(&mut ConnectionSpec)) {
        let Some(current) = store.current() else {
            return;
        };
        if let Some((_, spec)) = self.open.iter_mut().find(|(key, _)| *key == current) {
            change(spec);
            store.set_read_only(spec.read_only);
        }
    }

    /// Where profiles and environment are read.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What the connections share with the window.
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }
}

/// Questions that only the person can answer, such as an MFA code, on their way from a task to the window and back.
#[derive(Clone, Default)]
pub struct Questions(Arc<Mutex<VecDeque<Question>>>);

struct Question {
    prompt: Prompt,
    answer: oneshot::Sender<Option<String>>,
}

impl Questions {
    /// What a connection asks with. `wake` draws the window.
    pub fn ask_fn(&self, wake: Wake) -> AskFn {
        let questions = self.0.clone();
        Arc::new(move |prompt| {
            let (answer, answered) = oneshot::channel();
            if let Ok(mut waiting) = questions.lock() {
                waiting.push_back(Question { prompt, answer });
            }
            wake();
            Box::pin(async move { answered.await.ok().flatten() })
        })
    }

    /// The question to show now. Questions of cancelled work are dropped.
    pub fn front(&self) -> Option<Prompt> {
        let mut waiting = self.0.lock().ok()?;
        waiting.retain(|question| !question.answer.is_closed());
        waiting.front().map(|question| question.prompt.clone())
    }

    /// Answers the question that is shown; `None`: rather not.
    pub fn answer(&self, answer: Option<String>) {
        let question = self
            .0
            .lock()
            .ok()
            .and_then(|mut waiting| waiting.pop_front());
        if let Some(question) = question {
            // Whoever asked may have been cancelled meanwhile.
            let _gone = question.answer.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_question_is_shown_until_it_is_answered_or_nobody_asks_any_more() {
        let questions = Questions::default();
        let ask = questions.ask_fn(Arc::new(|| {}));
        let prompt = |serial: &str| Prompt::MfaCode {
            serial: serial.into(),
            profile: "p".into(),
            refused: None,
        };
        let first = ask(prompt("a"));
        let second = ask(prompt("b"));
        drop(first);
        assert_eq!(questions.front(), Some(prompt("b")));
        questions.answer(Some("123456".into()));
        assert_eq!(questions.front(), None);
        let rt = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        assert_eq!(rt.block_on(second).as_deref(), Some("123456"));
    }
}
