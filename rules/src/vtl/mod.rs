//! The mapping templates of API Gateway: Velocity's template language as the gateway runs it, with `$input`, `$util`,
//! `$context` and `$stageVariables`.
//!
//! The engine is Velocity 1.7, whose grammar is followed down to which mistakes are errors. Where the gateway differs
//! from plain Velocity, [`Dialect::Gateway`] has it: a reference without a value is an empty string (and so true in
//! `#if`), macros are dropped, and `#evaluate` is text.

mod ast;
mod directive;
mod evaluate;
mod expression;
mod filter;
mod flow;
mod format;
mod input;
mod json;
mod lexer;
mod map;
mod methods;
mod number;
mod parser;
mod path;
mod pattern;
mod query;
mod render;
mod scope;
mod strings;
#[cfg(test)]
mod tests;
mod util;
mod value;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use render::Unset;
pub use scope::{Limits, Overrides, Params, RequestOverride, ResponseOverride, Scope};

/// Whose template language is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// API Gateway's, as recorded from the service.
    #[default]
    Gateway,
    /// Velocity 1.7's, where a null reference prints itself and macros work.
    Velocity,
}

impl Dialect {
    fn has_macros(self) -> bool {
        self == Dialect::Velocity
    }
}

/// A parsed template, which can be rendered any number of times.
#[derive(Debug, Clone)]
pub struct Template {
    block: ast::Block,
    macros: HashMap<Box<str>, Arc<ast::Macro>>,
    dialect: Dialect,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// Why a template ended without output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// The template's line, from 1; 0 when no single line is to blame.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} [line {}, column {}]",
            self.message, self.line, self.column
        )
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for RenderError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => out.write_str(&self.message),
            line => write!(out, "{} [line {line}]", self.message),
        }
    }
}

impl std::error::Error for RenderError {}

impl Template {
    /// Parses a template in the gateway's dialect.
    pub fn parse(text: &str) -> Result<Template, ParseError> {
        Template::parse_as(text, Dialect::Gateway)
    }

    pub fn parse_as(text: &str, dialect: Dialect) -> Result<Template, ParseError> {
        let (block, macros) = parser::parse(text, dialect, 1, 0)?;
        Ok(Template {
            block,
            macros,
            dialect,
        })
    }

    /// The template's output. What it sets in `$context.requestOverride` and `responseOverride` stands in the scope
    /// afterwards, also when it fails.
    pub fn render(&self, scope: &mut Scope) -> Result<String, RenderError> {
        render::render(&self.block, self.macros.clone(), self.dialect, scope).0
    }

    /// The same, with the references that printed nothing because they have no value; of many the first ones.
    pub fn render_watched(&self, scope: &mut Scope) -> (Result<String, RenderError>, Vec<Unset>) {
        render::render(&self.block, self.macros.clone(), self.dialect, scope)
    }
}
