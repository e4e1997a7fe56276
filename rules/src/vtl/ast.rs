//! The tree of a parsed template: what the parser builds and the renderer walks.

use std::sync::Arc;

/// A run of nodes. It is shared because `#define` hands its body on as a value.
pub(super) type Block = Arc<[Node]>;

#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    /// A printed reference with the backslashes before it.
    Reference {
        reference: Reference,
        slashes: usize,
    },
    Set {
        target: Reference,
        value: Expr,
    },
    If {
        arms: Vec<(Expr, Block)>,
        otherwise: Block,
    },
    Foreach {
        name: Box<str>,
        list: Expr,
        body: Block,
    },
    Define {
        name: Box<str>,
        body: Block,
    },
    /// A macro's call, or text that looks like one: it prints its source when no such macro exists.
    Call(Box<Call>),
    Evaluate(Expr),
    Break(Option<Expr>),
    Stop,
    /// `#include` and `#parse`: there is nothing that they could load.
    Unavailable(Box<str>),
}

#[derive(Debug)]
pub(super) struct Macro {
    pub(super) parameters: Vec<Box<str>>,
    pub(super) body: Block,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Box<str>,
    pub(super) arguments: Arc<[Expr]>,
    pub(super) body: Option<Block>,
    pub(super) source: Box<str>,
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) name: Box<str>,
    pub(super) quiet: bool,
    pub(super) steps: Vec<Step>,
    /// The source text, which is what a null reference prints.
    pub(super) literal: Box<str>,
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) enum Step {
    Property(Box<str>),
    Method(Box<str>, Vec<Expr>),
    Index(Expr),
}

#[derive(Debug)]
pub(super) enum Expr {
    /// A bare word among a method's arguments, `null` for one: Velocity reads it as a reference that has no value.
    Null,
    Bool(bool),
    Integer(i128),
    Double(f64),
    Text(Box<str>),
    /// A double-quoted string; `chop` says that the parser added a blank which the value must lose again.
    Interpolated {
        block: Block,
        chop: bool,
    },
    Reference(Box<Reference>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Range(Box<(Expr, Expr)>),
    Not(Box<Expr>),
    Binary(Operator, Box<(Expr, Expr)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(super) fn calculates(self) -> bool {
        matches!(
            self,
            Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Remainder
        )
    }
}

impl Expr {
    /// What a null operand of `+` prints as: its own source, as in Velocity.
    pub(super) fn literal(&self) -> &str {
        match self {
            Expr::Reference(reference) => &reference.literal,
            _ => "null",
        }
    }
}
