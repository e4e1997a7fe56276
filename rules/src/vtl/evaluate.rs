//! The values of expressions and references, and where assignments go.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::Dialect;
use super::ast::{Expr, Operator, Reference, Step};
use super::map::Map;
use super::number::{calculate, compare, double};
use super::render::{Argument, Outcome, Renderer};
use super::value::{Effort, ListKind, Value};

impl Renderer<'_> {
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Outcome<Value> {
        self.step()?;
        match expr {
            Expr::Null => Ok(Value::Null),
            Expr::Bool(bool) => Ok(Value::Bool(*bool)),
            Expr::Integer(integer) => Ok(Value::Int(*integer)),
            Expr::Double(double) => Ok(Value::Double(*double)),
            Expr::Text(text) => Ok(Value::text(text)),
            Expr::Interpolated { block, chop } => {
                let mut text = String::new();
                self.block(block, &mut text)?;
                if *chop {
                    text.pop();
                }
                Ok(Value::text(text))
            }
            Expr::Reference(reference) => self.reference(reference),
            Expr::List(items) => {
                let items = items
                    .iter()
                    .map(|item| self.nested(|it| it.evaluate(item)))
                    .collect::<Outcome<_>>()?;
                Ok(Value::list(ListKind::Java, items))
            }
            Expr::Map(entries) => {
                let map = Map::default();
                for (key, value) in entries {
                    let key = self.nested(|it| it.evaluate(key))?;
                    let value = self.nested(|it| it.evaluate(value))?;
                    map.put(key, value);
                }
                Ok(Value::Map(Rc::new(map)))
            }
            Expr::Range(bounds) => self.range(&bounds.0, &bounds.1),
            Expr::Not(operand) => Ok(Value::Bool(!self.nested(|it| it.holds(operand))?)),
            Expr::Binary(operator, sides) => {
                self.nested(|it| it.binary(*operator, &sides.0, &sides.1))
            }
        }
    }

    /// Whether a condition holds. Only references, booleans and comparisons can; a literal is false in Velocity 1.7.
    pub(super) fn holds(&mut self, expr: &Expr) -> Outcome<bool> {
        match expr {
            Expr::Reference(_) => Ok(match self.evaluate(expr)? {
                Value::Null => false,
                Value::Bool(bool) => bool,
                _ => true,
            }),
            Expr::Bool(bool) => Ok(*bool),
            Expr::Not(operand) => Ok(!self.nested(|it| it.holds(operand))?),
            // A sum is not even calculated for a condition.
            Expr::Binary(operator, _) if operator.calculates() => Ok(false),
            Expr::Binary(..) => Ok(matches!(self.evaluate(expr)?, Value::Bool(true))),
            _ => Ok(false),
        }
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Outcome<Value> {
        match operator {
            Operator::And => return Ok(Value::Bool(self.holds(left)? && self.holds(right)?)),
            Operator::Or => return Ok(Value::Bool(self.holds(left)? || self.holds(right)?)),
            _ => {}
        }
        let (left_value, right_value) = (self.evaluate(left)?, self.evaluate(right)?);
        let order = || compare(&left_value, &right_value);
        Ok(match operator {
            Operator::Equal => Value::Bool(self.same(&left_value, &right_value)?),
            Operator::NotEqual => Value::Bool(!self.same(&left_value, &right_value)?),
            Operator::Less => Value::Bool(order() == Some(Ordering::Less)),
            Operator::LessOrEqual => {
                Value::Bool(matches!(order(), Some(Ordering::Less | Ordering::Equal)))
            }
            Operator::Greater => Value::Bool(order() == Some(Ordering::Greater)),
            Operator::GreaterOrEqual => {
                Value::Bool(matches!(order(), Some(Ordering::Greater | Ordering::Equal)))
            }
            Operator::Add if is_text(&left_value) || is_text(&right_value) => {
                let mut text = self.operand(left, &left_value)?;
                text.push_str(&self.operand(right, &right_value)?);
                self.charge(text.len())?;
                Value::text(text)
            }
            // A side that is no number makes no sum: Velocity logs it and goes on with null.
            _ => calculate(operator, &left_value, &right_value).unwrap_or_default(),
        })
    }

    fn operand(&mut self, expr: &Expr, value: &Value) -> Outcome<String> {
        if value.is_null() {
            Ok(expr.literal().to_owned())
        } else {
            self.text(value)
        }
    }

    /// `==`: numbers by value, things of one kind by `equals`, others by what they print.
    fn same(&mut self, left: &Value, right: &Value) -> Outcome<bool> {
        if double(left).is_some() && double(right).is_some() {
            return Ok(compare(left, right) == Some(Ordering::Equal));
        }
        if left.is_null() || right.is_null() {
            return Ok(left.is_null() && right.is_null());
        }
        if std::mem::discriminant(left) == std::mem::discriminant(right)
            && !matches!(left, Value::Block(_))
        {
            return Ok(left.equals(right, &mut Effort::default()));
        }
        Ok(self.text(left)? == self.text(right)?)
    }

    fn range(&mut self, from: &Expr, to: &Expr) -> Outcome<Value> {
        let (from, to) = (self.evaluate(from)?, self.evaluate(to)?);
        let whole = |value: &Value| match value {
            Value::Int(number) => i32::try_from(*number).ok(),
            Value::Double(number) => Some(*number as i32),
            _ => None,
        };
        let (Some(from), Some(to)) = (whole(&from), whole(&to)) else {
            return Ok(Value::Null);
        };
        self.charge(from.abs_diff(to) as usize * size_of::<Value>())?;
        let items = if from <= to {
            (from..=to).map(Value::int).collect()
        } else {
            (to..=from).rev().map(Value::int).collect()
        };
        Ok(Value::list(ListKind::Java, items))
    }

    /// A reference's value. Where plain Velocity has null, the gateway has an empty string.
    pub(super) fn reference(&mut self, reference: &Reference) -> Outcome<Value> {
        let value = self.nested(|it| it.walk(reference, reference.steps.len()))?;
        self.absent |= value.is_null();
        Ok(match value {
            Value::Null if self.dialect == Dialect::Gateway => Value::text(""),
            value => value,
        })
    }

    fn walk(&mut self, reference: &Reference, steps: usize) -> Outcome<Value> {
        let mut value = self.get(&reference.name)?;
        for step in reference.steps.iter().take(steps) {
            if value.is_null() {
                return Ok(value);
            }
            self.step()?;
            let line = reference.line;
            value = match step {
                Step::Property(name) => self.property(&value, name)?,
                Step::Method(name, arguments) => {
                    let arguments = arguments
                        .iter()
                        .map(|it| self.evaluate(it))
                        .collect::<Outcome<Vec<_>>>()?;
                    self.method(&value, name, &arguments, line)?
                }
                Step::Index(index) => {
                    let index = self.evaluate(index)?;
                    let index = self.place(&value, index, line)?;
                    self.method(&value, "get", &[index], line)?
                }
            };
        }
        Ok(value)
    }

    /// A negative index counts from the end.
    fn place(&mut self, value: &Value, index: Value, line: usize) -> Outcome<Value> {
        let Value::Int(number) = index else {
            return Ok(index);
        };
        let size = match value {
            Value::List(list) => list.items.borrow().len(),
            Value::Map(map) => map.len(),
            _ if number < 0 => {
                return self.fail(
                    line,
                    format!(
                        "A 'size()' method required for negative value {number} does not exist."
                    ),
                );
            }
            _ => return Ok(index),
        };
        Ok(Value::Int(if number < 0 {
            number + size as i128
        } else {
            number
        }))
    }

    pub(super) fn assign(&mut self, target: &Reference, value: Value) -> Outcome<()> {
        let Some((last, _)) = target.steps.split_last() else {
            return self.put(&target.name, value);
        };
        // An assignment to nothing is only logged.
        let holder = self.walk(target, target.steps.len() - 1)?;
        match (holder, last) {
            (Value::Map(map), Step::Property(name) | Step::Method(name, _)) => {
                map.put(Value::text(name), value);
            }
            (holder @ (Value::Map(_) | Value::List(_)), Step::Index(index)) => {
                let index = self.evaluate(index)?;
                let index = self.place(&holder, index, target.line)?;
                let method = if matches!(holder, Value::Map(_)) {
                    "put"
                } else {
                    "set"
                };
                self.method(&holder, method, &[index, value], target.line)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A variable's value, by the innermost macro that has a parameter of this name.
    pub(super) fn get(&mut self, name: &str) -> Outcome<Value> {
        let mut at = self.frame;
        while let Some(frame) = at.and_then(|at| self.frames.get(at)) {
            let parent = frame.parent;
            if let Some(value) = frame.locals.get(name) {
                return Ok(value.clone());
            }
            if let Some((_, argument)) = frame.arguments.iter().find(|(key, _)| **key == *name) {
                let (list, place) = match argument {
                    Argument::Value(value) => return Ok(value.clone()),
                    Argument::Expression(list, place) => (list.clone(), *place),
                };
                return self.outside(parent, |it| it.nested(|it| it.named(&list, place)));
            }
            at = parent;
        }
        Ok(self.variables.get(name).cloned().unwrap_or_default())
    }

    /// The value of an argument where its call stands.
    fn named(&mut self, list: &Arc<[Expr]>, place: usize) -> Outcome<Value> {
        match list.get(place) {
            Some(Expr::Reference(reference)) => self.walk(reference, reference.steps.len()),
            Some(expr) => self.evaluate(expr),
            None => Ok(Value::Null),
        }
    }

    /// Sets a variable, in the running macros and outside of them; null removes it.
    pub(super) fn put(&mut self, name: &str, value: Value) -> Outcome<()> {
        let mut at = self.frame;
        while let Some(frame) = at.and_then(|at| self.frames.get_mut(at)) {
            at = frame.parent;
            if value.is_null() {
                frame.locals.remove(name);
                frame.arguments.retain(|(key, _)| **key != *name);
            } else {
                frame.locals.insert(name.into(), value.clone());
            }
        }
        match self.variables.get_mut(name) {
            Some(variable) => *variable = value,
            None => {
                self.variables.insert(name.into(), value);
            }
        }
        Ok(())
    }

    fn outside<T>(
        &mut self,
        frame: Option<usize>,
        run: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let inner = std::mem::replace(&mut self.frame, frame);
        let outcome = run(self);
        self.frame = inner;
        outcome
    }

    /// What a null reference prints: its source, or within a macro the source of the argument that it stands for.
    pub(super) fn literal(&self, reference: &Reference) -> String {
        let plain = reference.literal.strip_prefix('$') == Some(&*reference.name);
        let frame = self
            .frame
            .and_then(|at| self.frames.get(at))
            .filter(|_| plain);
        let argument = frame.and_then(|frame| {
            frame
                .arguments
                .iter()
                .find(|(name, _)| *name == reference.name)
        });
        match argument {
            Some((_, Argument::Expression(list, place))) => {
                list.get(*place).map_or("", Expr::literal).to_owned()
            }
            _ => reference.literal.to_string(),
        }
    }
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}
