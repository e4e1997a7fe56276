//! Renders a template: its nodes one after the other, with Velocity's rules for what prints.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Block, Expr, Node, Reference};
use super::input::Input;
use super::parser::Macros;
use super::scope::{context, overrides, pairs};
use super::value::{Loop, Value};
use super::{Dialect, Limits, RenderError, Scope};

/// How deep nodes and expressions may run within one another, over all macros and blocks.
const DEEPEST: usize = 160;

/// How often a `#define` may stand in itself: Velocity's `directive.define.maxdepth`.
const BLOCKS: usize = 2;

/// So many references without a value are told.
const UNSET: usize = 200;

/// A printed reference that has no value, so that nothing stands where it would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset {
    /// The template's line, from 1.
    pub line: usize,
    /// As it is written: `$context.authorizer.principalId`.
    pub reference: String,
    /// Where in the output it would stand, in bytes; none where it is printed into a text that is set.
    pub at: Option<usize>,
}

/// What ends a rendering, or a part of it, before its last node.
pub(super) enum Halt {
    /// `#stop`: what is printed so far stays.
    Stop,
    /// `#break`, out of the nearest directive that can be left, or out of this loop.
    Break(Option<Rc<Loop>>),
    Error(RenderError),
}

pub(super) type Outcome<T> = Result<T, Halt>;

/// What a macro's call binds to its parameters.
pub(super) struct Frame {
    pub(super) arguments: Vec<(Box<str>, Argument)>,
    /// What is set while the macro runs; it hides the arguments, and is set outside too.
    pub(super) locals: HashMap<Box<str>, Value>,
    /// The frame that the call stands in, where its arguments have their values.
    pub(super) parent: Option<usize>,
}

pub(super) enum Argument {
    /// The expression itself: Velocity passes by name, and looks anew each time.
    Expression(Arc<[Expr]>, usize),
    Value(Value),
}

pub(super) struct Renderer<'s> {
    pub(super) input: Input<'s>,
    pub(super) variables: HashMap<Box<str>, Value>,
    pub(super) frames: Vec<Frame>,
    pub(super) frame: Option<usize>,
    pub(super) dialect: Dialect,
    pub(super) limits: Limits,
    pub(super) macros: Macros,
    steps: usize,
    work: usize,
    depth: usize,
    pub(super) calls: usize,
    /// The `#define` blocks that are being printed, by where they lie.
    blocks: Vec<*const Node>,
    /// The output itself, to tell it from texts that are built on the way.
    output: *const String,
    /// A reference that was looked up since this was last false has no value.
    pub(super) absent: bool,
    unset: Vec<Unset>,
}

pub(super) fn render(
    block: &Block,
    macros: Macros,
    dialect: Dialect,
    scope: &mut Scope,
) -> (Result<String, RenderError>, Vec<Unset>) {
    let gateway = context(scope);
    let variables = HashMap::from([
        ("input".into(), Value::Input),
        ("util".into(), Value::Util),
        ("context".into(), gateway.clone()),
        (
            "stageVariables".into(),
            pairs(
                &scope
                    .stage_variables
                    .iter()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect::<Vec<_>>(),
            ),
        ),
    ]);
    let mut renderer = Renderer {
        input: Input::new(&scope.body, &scope.params),
        variables,
        frames: Vec::new(),
        frame: None,
        dialect,
        limits: scope.limits,
        macros,
        steps: 0,
        work: 0,
        depth: 0,
        calls: 0,
        blocks: Vec::new(),
        output: std::ptr::null(),
        absent: false,
        unset: Vec::new(),
    };
    let mut out = String::new();
    renderer.output = std::ptr::from_ref(&out);
    let outcome = renderer.block(block, &mut out);
    scope.overrides = overrides(&gateway, scope.limits.output_bytes);
    let unset = renderer.unset;
    let rendered = match outcome {
        Ok(()) | Err(Halt::Stop | Halt::Break(_)) => Ok(out),
        Err(Halt::Error(error)) => Err(error),
    };
    (rendered, unset)
}

impl Renderer<'_> {
    pub(super) fn fail<T>(&self, line: usize, message: impl Into<String>) -> Outcome<T> {
        Err(Halt::Error(RenderError {
            line,
            message: message.into(),
        }))
    }

    /// Counts one step; a template that would run for ever ends here.
    pub(super) fn step(&mut self) -> Outcome<()> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return self.fail(
                0,
                format!("The template ran more than {} steps.", self.limits.steps),
            );
        }
        Ok(())
    }

    /// Counts bytes that were built or looked through.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), RenderError> {
        self.work = self.work.saturating_add(bytes);
        if self.work <= self.limits.work_bytes {
            return Ok(());
        }
        let message = format!(
            "The template went through more than {} bytes.",
            self.limits.work_bytes
        );
        Err(RenderError { line: 0, message })
    }

    /// Counts a text that was built.
    pub(super) fn charge(&mut self, bytes: usize) -> Outcome<()> {
        if bytes > self.limits.output_bytes {
            return self.fail(
                0,
                format!("A text grew past {} bytes.", self.limits.output_bytes),
            );
        }
        self.spend(bytes).map_err(Halt::Error)
    }

    /// Runs something one level deeper.
    pub(super) fn nested<T>(&mut self, run: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= DEEPEST {
            return self.fail(0, "The template's calls nest too deep.");
        }
        self.depth += 1;
        let outcome = run(self);
        self.depth -= 1;
        outcome
    }

    pub(super) fn block(&mut self, block: &Block, out: &mut String) -> Outcome<()> {
        self.nested(|renderer| block.iter().try_for_each(|node| renderer.node(node, out)))
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Outcome<()> {
        self.step()?;
        match node {
            Node::Text(text) => self.print(text, out),
            Node::Reference { reference, slashes } => self.printed(reference, *slashes, out),
            Node::Set { target, value } => {
                let value = self.evaluate(value)?;
                // Velocity leaves the variable as it was when there is nothing to set.
                if value.is_null() {
                    Ok(())
                } else {
                    self.assign(target, value)
                }
            }
            Node::If { arms, otherwise } => {
                for (condition, body) in arms {
                    if self.holds(condition)? {
                        return self.block(body, out);
                    }
                }
                self.block(otherwise, out)
            }
            Node::Foreach { name, list, body } => self.foreach(name, list, body, out),
            Node::Define { name, body } => self.put(name, Value::Block(body.clone())),
            Node::Call(call) => self.call(call, out),
            Node::Evaluate(argument) => self.run(argument, out),
            Node::Break(None) => Err(Halt::Break(None)),
            Node::Break(Some(scope)) => match self.evaluate(scope)? {
                Value::Loop(scope) => Err(Halt::Break(Some(scope))),
                _ => self.fail(0, "#break was given something that is no scope."),
            },
            Node::Stop => Err(Halt::Stop),
            Node::Unavailable(name) => self.fail(
                0,
                format!("#{name} is not available in a mapping template."),
            ),
        }
    }

    pub(super) fn print(&mut self, text: &str, out: &mut String) -> Outcome<()> {
        if out.len() + text.len() > self.limits.output_bytes {
            return self.fail(
                0,
                format!("The output grew past {} bytes.", self.limits.output_bytes),
            );
        }
        self.charge(text.len())?;
        out.push_str(text);
        Ok(())
    }

    /// A reference in text, with the backslashes before it.
    fn printed(&mut self, reference: &Reference, slashes: usize, out: &mut String) -> Outcome<()> {
        self.absent = false;
        let value = self.reference(reference)?;
        if self.absent && slashes.is_multiple_of(2) {
            self.note(reference, out);
        }
        let half = "\\".repeat(slashes / 2);
        if slashes % 2 == 1 {
            let slash = if value.is_null() { "\\" } else { "" };
            let literal = self.literal(reference);
            return self.print(&format!("{half}{slash}{literal}"), out);
        }
        match value {
            Value::Null if reference.quiet => self.print(&half.repeat(2), out),
            Value::Null => {
                let literal = self.literal(reference);
                self.print(&format!("{half}{half}{literal}"), out)
            }
            Value::Block(block) => {
                if !self.defined(&block, out)? {
                    self.print(&reference.literal, out)?;
                }
                Ok(())
            }
            value => {
                self.print(&half, out)?;
                let text = self.text(&value)?;
                self.print(&text, out)
            }
        }
    }

    /// Remembers a reference without a value, each place of the template once.
    #[allow(
        clippy::ptr_arg,
        reason = "the output is known by where its `String` lies"
    )]
    fn note(&mut self, reference: &Reference, out: &String) {
        let place = (reference.line, &*reference.literal);
        let mut known = self.unset.iter();
        if self.unset.len() >= UNSET || known.any(|of| (of.line, &*of.reference) == place) {
            return;
        }
        self.unset.push(Unset {
            line: reference.line,
            reference: reference.literal.to_string(),
            at: std::ptr::eq(out, self.output).then_some(out.len()),
        });
    }

    /// The text of a value; a block is rendered for it.
    pub(super) fn text(&mut self, value: &Value) -> Outcome<String> {
        if let Value::Block(block) = value {
            let mut text = String::new();
            self.defined(block, &mut text)?;
            return Ok(text);
        }
        let text = value.to_text(self.limits.output_bytes);
        self.charge(text.len())?;
        Ok(text)
    }

    /// Prints a `#define` block; it does not print within itself for ever.
    fn defined(&mut self, block: &Block, out: &mut String) -> Outcome<bool> {
        let place = block.as_ptr();
        if self.blocks.iter().filter(|other| **other == place).count() >= BLOCKS {
            return Ok(false);
        }
        self.blocks.push(place);
        let outcome = self.block(block, out);
        self.blocks.pop();
        match outcome {
            Ok(()) | Err(Halt::Break(None)) => Ok(true),
            Err(halt) => Err(halt),
        }
    }
}
