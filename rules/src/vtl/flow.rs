//! Loops, calls of macros, and text that is evaluated.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{Block, Call, Expr};
use super::parser::parse;
use super::render::{Argument, Frame, Halt, Outcome, Renderer};
use super::value::{Loop, Value};

/// How deep macros and `#evaluate` may call one another: Velocity's `velocimacro.max.depth`.
const CALLS: usize = 20;

impl Renderer<'_> {
    pub(super) fn foreach(
        &mut self,
        name: &str,
        list: &Expr,
        body: &Block,
        out: &mut String,
    ) -> Outcome<()> {
        let source = self.evaluate(list)?;
        let items = match &source {
            Value::List(list) => list.items.borrow().clone(),
            Value::Map(map) => map.values(),
            Value::Iterator(iterator) => {
                let rest = iterator
                    .items
                    .get(iterator.next.get()..)
                    .unwrap_or_default()
                    .to_vec();
                iterator.next.set(iterator.items.len());
                rest
            }
            _ => return Ok(()),
        };
        let names = [name, "foreach", "velocityCount", "velocityHasNext"];
        let mut saved = Vec::with_capacity(names.len());
        for name in names {
            saved.push(self.get(name)?);
        }
        let scope = Rc::new(Loop {
            index: Cell::new(-1),
            has_next: Cell::new(false),
            parent: saved.get(1).cloned().unwrap_or_default(),
        });
        self.put("foreach", Value::Loop(scope.clone()))?;
        let mut outcome = Ok(());
        for (at, item) in items.iter().take(self.limits.iterations).enumerate() {
            outcome = self.turn(name, item, (at, at + 1 < items.len()), &scope, body, out);
            if outcome.is_ok() {
                outcome = self.still_whole(&source, at, items.len());
            }
            if outcome.is_err() {
                break;
            }
        }
        for (name, value) in names.into_iter().zip(saved) {
            self.put(name, value)?;
        }
        match outcome {
            Err(Halt::Break(None)) => Ok(()),
            Err(Halt::Break(Some(left))) if Rc::ptr_eq(&left, &scope) => Ok(()),
            outcome => outcome,
        }
    }

    fn turn(
        &mut self,
        name: &str,
        item: &Value,
        (at, has_next): (usize, bool),
        scope: &Loop,
        body: &Block,
        out: &mut String,
    ) -> Outcome<()> {
        self.step()?;
        scope.index.set(at as i128);
        scope.has_next.set(has_next);
        self.put("velocityCount", Value::int(at as u64 + 1))?;
        self.put("velocityHasNext", Value::Bool(has_next))?;
        self.put(name, item.clone())?;
        self.block(body, out)
    }

    /// Java's collections refuse to go on when a loop has changed their length, unless they are at their end then.
    fn still_whole(&self, source: &Value, at: usize, length: usize) -> Outcome<()> {
        let (now, ended) = match source {
            Value::List(list) => (
                list.items.borrow().len(),
                at + 1 == list.items.borrow().len(),
            ),
            Value::Map(map) => (map.len(), at + 1 == length),
            _ => return Ok(()),
        };
        match (now == length, ended) {
            (true, _) => Ok(()),
            (false, true) => Err(Halt::Break(None)),
            (false, false) => self.fail(
                0,
                "java.util.ConcurrentModificationException: a #foreach changed its list.",
            ),
        }
    }

    /// A macro's call, or its source when there is no such macro.
    pub(super) fn call(&mut self, call: &Call, out: &mut String) -> Outcome<()> {
        let Some(target) = self.macros.get(&call.name).cloned() else {
            return self.print(&call.source, out);
        };
        let mut arguments: Vec<(Box<str>, Argument)> = Vec::new();
        for (at, name) in target
            .parameters
            .iter()
            .enumerate()
            .take(call.arguments.len())
        {
            arguments.push((
                name.clone(),
                Argument::Expression(call.arguments.clone(), at),
            ));
        }
        if let Some(body) = &call.body {
            arguments.push((
                "bodyContent".into(),
                Argument::Value(Value::Block(body.clone())),
            ));
        }
        self.frames.push(Frame {
            arguments,
            locals: HashMap::new(),
            parent: self.frame,
        });
        let outer = self.frame.replace(self.frames.len() - 1);
        let outcome = self.called(|renderer| renderer.block(&target.body, out));
        self.frames.pop();
        self.frame = outer;
        outcome
    }

    /// Runs a macro's body or an evaluated text, which `#break` leaves.
    fn called(&mut self, run: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<()> {
        if self.calls >= CALLS {
            return self.fail(0, format!("Max calling depth of {CALLS} was exceeded."));
        }
        self.calls += 1;
        let outcome = run(self);
        self.calls -= 1;
        match outcome {
            Err(Halt::Break(None)) => Ok(()),
            outcome => outcome,
        }
    }

    /// `#evaluate`: the text is parsed now and sees all variables.
    pub(super) fn run(&mut self, argument: &Expr, out: &mut String) -> Outcome<()> {
        let value = self.evaluate(argument)?;
        let source = if value.is_null() {
            String::new()
        } else {
            self.text(&value)?
        };
        match parse(&source, self.dialect, 1, 0) {
            Ok((block, macros)) => {
                self.macros.extend(macros);
                self.called(|renderer| renderer.block(&block, out))
            }
            Err(error) => self.fail(0, format!("In the evaluated text: {error}")),
        }
    }
}
