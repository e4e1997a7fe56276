//! The values of a template: what Java's objects are to Velocity, with their printing and their equality.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::ast::Block;
use super::json::{Style, write_json};
use super::map::Map;
use super::number::{double_hash, double_text};

/// How deep a printed or compared value may nest; Java's stack ends there too, though later.
pub(super) const DEEPEST: usize = 256;

#[derive(Clone, Default)]
pub(super) enum Value {
    #[default]
    Null,
    Bool(bool),
    /// Integer, Long and BigInteger: Velocity widens them without a word, so they are one here.
    Int(i128),
    Double(f64),
    Text(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    Entry(Rc<Entry>),
    Iterator(Rc<JavaIterator>),
    /// The body of a `#define`, rendered anew wherever it is printed.
    Block(Block),
    Loop(Rc<Loop>),
    Input,
    Util,
}

/// What kind of list a value is, which only its printing tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    Java,
    /// An array of a JSON document: it prints as JSON.
    Json,
    /// The keys, values or entries of a map: it prints as a list but has no places.
    Collection,
    /// `String[]`, as `split` gives it: it prints as Java's arrays do.
    Array,
}

pub(super) struct List {
    pub(super) kind: ListKind,
    pub(super) items: RefCell<Vec<Value>>,
}

pub(super) struct Entry {
    pub(super) key: Value,
    pub(super) value: Value,
}

pub(super) struct JavaIterator {
    pub(super) items: Vec<Value>,
    pub(super) next: Cell<usize>,
}

/// `$foreach` of one loop.
pub(super) struct Loop {
    pub(super) index: Cell<i128>,
    pub(super) has_next: Cell<bool>,
    pub(super) parent: Value,
}

/// The bounds of one comparison: values may share parts, so that comparing them takes exponentially long, and may
/// contain themselves.
pub(super) struct Effort {
    steps: u32,
    depth: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Effort {
            steps: 200_000,
            depth: 0,
        }
    }
}

impl Effort {
    fn enter(&mut self) -> bool {
        let more = self.steps > 0 && self.depth < DEEPEST;
        if more {
            self.steps -= 1;
            self.depth += 1;
        }
        more
    }
}

impl List {
    /// Values may nest deeper than the stack reaches, so they are taken apart in a loop.
    fn take(&mut self) -> Vec<Value> {
        std::mem::take(self.items.get_mut())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        dismantle(self.take());
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        dismantle(self.take());
    }
}

fn dismantle(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => pending.extend(
                Rc::into_inner(list)
                    .map(|mut list| list.take())
                    .unwrap_or_default(),
            ),
            Value::Map(map) => pending.extend(
                Rc::into_inner(map)
                    .map(|mut map| map.take())
                    .unwrap_or_default(),
            ),
            Value::Entry(entry) => {
                if let Some(entry) = Rc::into_inner(entry) {
                    pending.extend([entry.key, entry.value]);
                }
            }
            Value::Iterator(iterator) => {
                pending.extend(
                    Rc::into_inner(iterator)
                        .map(|iterator| iterator.items)
                        .unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
}

impl Value {
    pub(super) fn text(text: impl AsRef<str>) -> Value {
        Value::Text(Rc::from(text.as_ref()))
    }

    pub(super) fn int(number: impl TryInto<i128>) -> Value {
        Value::Int(number.try_into().unwrap_or_default())
    }

    pub(super) fn list(kind: ListKind, items: Vec<Value>) -> Value {
        Value::List(Rc::new(List {
            kind,
            items: RefCell::new(items),
        }))
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
        let map = Map::default();
        for (key, value) in entries {
            map.put(key, value);
        }
        Value::Map(Rc::new(map))
    }

    pub(super) fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(bool) => Value::Bool(*bool),
            serde_json::Value::Number(number) => match (number.as_i128(), number.as_f64()) {
                (Some(integer), _) => Value::Int(integer),
                (None, double) => Value::Double(double.unwrap_or_default()),
            },
            serde_json::Value::String(text) => Value::text(text),
            serde_json::Value::Array(items) => {
                Value::list(ListKind::Json, items.iter().map(Value::from_json).collect())
            }
            serde_json::Value::Object(members) => Value::map(
                members
                    .iter()
                    .map(|(key, value)| (Value::text(key), Value::from_json(value))),
            ),
        }
    }

    /// A copy that shares no list and no map with this value; `count` grows by the values in it.
    pub(super) fn copied(&self, count: &mut usize) -> Value {
        *count += 1;
        match self {
            Value::List(list) => {
                let items = list.items.borrow();
                Value::list(
                    list.kind,
                    items.iter().map(|item| item.copied(count)).collect(),
                )
            }
            Value::Map(map) => Value::map(
                map.entries()
                    .into_iter()
                    .map(|(key, value)| (key, value.copied(count))),
            ),
            other => other.clone(),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Java's `toString` appended to `out`, which stops growing a little after `limit` bytes.
    pub(super) fn write(&self, out: &mut String, limit: usize) {
        self.write_at(out, limit, 0);
    }

    pub(super) fn to_text(&self, limit: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, limit);
        out
    }

    fn write_at(&self, out: &mut String, limit: usize, depth: usize) {
        if out.len() > limit || depth > DEEPEST {
            return;
        }
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::Double(number) => out.push_str(&double_text(*number)),
            Value::Text(text) => out.push_str(text),
            Value::List(list) if list.kind == ListKind::Json => {
                write_json(self, Style::Printed, out, limit)
            }
            // The number behind the @ is the object's address in Java; nobody may count on one.
            Value::List(list) if list.kind == ListKind::Array => {
                out.push_str("[Ljava.lang.String;@1b28cdfa")
            }
            Value::List(list) => {
                out.push('[');
                for (at, item) in list.items.borrow().iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    item.write_at(out, limit, depth + 1);
                }
                out.push(']');
            }
            Value::Map(map) => {
                out.push('{');
                for (at, (key, value)) in map.entries().iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    key.write_at(out, limit, depth + 1);
                    out.push('=');
                    value.write_at(out, limit, depth + 1);
                }
                out.push('}');
            }
            Value::Entry(entry) => {
                entry.key.write_at(out, limit, depth + 1);
                out.push('=');
                entry.value.write_at(out, limit, depth + 1);
            }
            Value::Iterator(_) => out.push_str("java.util.ArrayList$Itr@1b28cdfa"),
            Value::Loop(_) => {
                out.push_str("org.apache.velocity.runtime.directive.ForeachScope@1b28cdfa")
            }
            // The renderer prints a block itself, since that takes the variables.
            Value::Block(_) | Value::Input | Value::Util => {}
        }
    }

    /// Java's `equals`. Past the effort nothing is equal.
    pub(super) fn equals(&self, other: &Value, effort: &mut Effort) -> bool {
        if !effort.enter() {
            return false;
        }
        let equal = self.equals_within(other, effort);
        effort.depth -= 1;
        equal
    }

    fn equals_within(&self, other: &Value, effort: &mut Effort) -> bool {
        match (self, other) {
            (Value::Null, Value::Null)
            | (Value::Input, Value::Input)
            | (Value::Util, Value::Util) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                if Rc::ptr_eq(a, b) {
                    return true;
                }
                let (a, b) = (a.items.borrow().clone(), b.items.borrow().clone());
                a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b, effort))
            }
            (Value::Map(a), Value::Map(b)) => {
                Rc::ptr_eq(a, b)
                    || (a.len() == b.len()
                        && a.entries().iter().all(|(key, value)| match b.get(key) {
                            Some(other) => value.equals(&other, effort),
                            None => false,
                        }))
            }
            (Value::Entry(a), Value::Entry(b)) => {
                a.key.equals(&b.key, effort) && a.value.equals(&b.value, effort)
            }
            (Value::Loop(a), Value::Loop(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Java's `hashCode`.
    pub(super) fn hash_code(&self, effort: &mut Effort) -> i32 {
        if !effort.enter() {
            return 0;
        }
        let hash = self.hash_within(effort);
        effort.depth -= 1;
        hash
    }

    fn hash_within(&self, effort: &mut Effort) -> i32 {
        match self {
            Value::Bool(bool) => {
                if *bool {
                    1231
                } else {
                    1237
                }
            }
            // The cut to 32 bits is Java's: Long folds its halves, and an Integer is its own hash.
            Value::Int(number) => match i32::try_from(*number) {
                Ok(number) => number,
                Err(_) => ((*number as i64) ^ ((*number as i64) >> 32)) as i32,
            },
            Value::Double(number) => double_hash(*number),
            Value::Text(text) => text.encode_utf16().fold(0_i32, |hash, unit| {
                hash.wrapping_mul(31).wrapping_add(i32::from(unit))
            }),
            Value::List(list) => {
                let items = list.items.borrow().clone();
                items.iter().fold(1_i32, |hash, item| {
                    hash.wrapping_mul(31).wrapping_add(item.hash_code(effort))
                })
            }
            Value::Map(map) => map.entries().iter().fold(0_i32, |hash, (key, value)| {
                hash.wrapping_add(key.hash_code(effort) ^ value.hash_code(effort))
            }),
            Value::Entry(entry) => entry.key.hash_code(effort) ^ entry.value.hash_code(effort),
            _ => 0,
        }
    }
}
