//! Properties and methods of values: the part of Java's library that templates call.
//!
//! A method that a value does not have gives null, as in Velocity; one that Java would leave with an exception ends the
//! rendering.

use std::rc::Rc;

use super::map::Map;
use super::number::number_method;
use super::render::{Halt, Outcome, Renderer};
use super::strings::string_method;
use super::value::{Effort, Entry, JavaIterator, List, ListKind, Loop, Value};

/// What a call gives: nothing when there is no such method, an error when the method throws.
pub(super) type Called = Result<Option<Value>, String>;

impl Renderer<'_> {
    pub(super) fn property(&mut self, value: &Value, name: &str) -> Outcome<Value> {
        let found = match value {
            Value::Map(map) => map.get_text(name),
            Value::Entry(entry) if name == "key" => Some(entry.key.clone()),
            Value::Entry(entry) if name == "value" => Some(entry.value.clone()),
            Value::Loop(scope) => loop_property(scope, name),
            Value::Input => return Ok(self.input_property(name)),
            Value::Text(text) if name == "empty" => Some(Value::Bool(text.is_empty())),
            Value::List(list) if name == "empty" => {
                Some(Value::Bool(list.items.borrow().is_empty()))
            }
            _ => None,
        };
        Ok(found.unwrap_or_default())
    }

    pub(super) fn method(
        &mut self,
        value: &Value,
        name: &str,
        arguments: &[Value],
        line: usize,
    ) -> Outcome<Value> {
        self.step()?;
        if let (Value::Block(_), "toString") = (value, name) {
            return self.text(value).map(Value::text);
        }
        self.spend(looked_through(value, name))
            .map_err(Halt::Error)?;
        let limit = self.limits.output_bytes;
        let called = match value {
            Value::Input => self.input_method(name, arguments),
            Value::Util => super::util::util_method(name, arguments, limit),
            Value::Text(text) => string_method(text, name, arguments, limit),
            Value::List(list) => list_method(list, name, arguments),
            Value::Map(map) => map_method(map, name, arguments),
            Value::Entry(entry) => Ok(entry_method(entry, name)),
            Value::Iterator(iterator) => iterator_method(iterator, name),
            Value::Loop(scope) => Ok(loop_method(scope, name)),
            Value::Int(_) | Value::Double(_) => number_method(value, name, arguments),
            Value::Bool(bool) => Ok(if name == "booleanValue" {
                Some(Value::Bool(*bool))
            } else {
                None
            }),
            Value::Null | Value::Block(_) => Ok(None),
        };
        let found = match called {
            Ok(found) => found
                .or_else(|| common(value, name, arguments, limit))
                .unwrap_or_default(),
            Err(message) => {
                return self.fail(
                    line,
                    format!("Invocation of method '{name}' threw an exception: {message}"),
                );
            }
        };
        match &found {
            Value::Text(text) => self.charge(text.len())?,
            Value::List(list) => self.charge(list.items.borrow().len() * size_of::<Value>())?,
            _ => {}
        }
        Ok(found)
    }
}

/// How many bytes a method may look through.
fn looked_through(value: &Value, name: &str) -> usize {
    match (value, name) {
        (_, "get" | "size" | "isEmpty") => 0,
        (Value::Text(text), _) => text.len(),
        (Value::List(list), _) => list.items.borrow().len() * size_of::<Value>(),
        _ => 0,
    }
}

/// The methods of every object.
fn common(value: &Value, name: &str, arguments: &[Value], limit: usize) -> Option<Value> {
    match (name, arguments) {
        ("toString", []) => Some(Value::text(value.to_text(limit))),
        ("equals", [other]) => Some(Value::Bool(value.equals(other, &mut Effort::default()))),
        ("hashCode", []) => Some(Value::int(value.hash_code(&mut Effort::default()))),
        _ => None,
    }
}

/// What a method without a result prints: nothing at all.
fn void() -> Option<Value> {
    Some(Value::text(""))
}

fn place(index: i128, length: usize) -> Result<usize, String> {
    match usize::try_from(index) {
        Ok(place) if place < length => Ok(place),
        _ => Err(format!(
            "java.lang.IndexOutOfBoundsException: Index {index} out of bounds for length {length}"
        )),
    }
}

fn list_method(list: &Rc<List>, name: &str, arguments: &[Value]) -> Called {
    let same = |a: &Value, b: &Value| a.equals(b, &mut Effort::default());
    let found = match (name, arguments) {
        ("size", []) => Some(Value::int(list.items.borrow().len() as u64)),
        ("isEmpty", []) => Some(Value::Bool(list.items.borrow().is_empty())),
        ("contains", [item]) => Some(Value::Bool(
            list.items.borrow().iter().any(|it| same(it, item)),
        )),
        ("containsAll", [Value::List(other)]) => {
            let (items, wanted) = (list.items.borrow().clone(), other.items.borrow().clone());
            Some(Value::Bool(
                wanted
                    .iter()
                    .all(|it| items.iter().any(|own| same(own, it))),
            ))
        }
        ("iterator" | "listIterator", []) => Some(iterator(list.items.borrow().clone())),
        ("toArray", []) => Some(Value::list(ListKind::Array, list.items.borrow().clone())),
        _ if list.kind == ListKind::Collection => None,
        _ => return placed_method(list, name, arguments),
    };
    Ok(found)
}

fn iterator(items: Vec<Value>) -> Value {
    Value::Iterator(Rc::new(JavaIterator {
        items,
        next: 0.into(),
    }))
}

/// The methods of lists that know places.
fn placed_method(list: &Rc<List>, name: &str, arguments: &[Value]) -> Called {
    let length = list.items.borrow().len();
    let same = |a: &Value, b: &Value| a.equals(b, &mut Effort::default());
    let found = match (name, arguments) {
        ("get", [Value::Int(index)]) => list.items.borrow().get(place(*index, length)?).cloned(),
        ("set", [Value::Int(index), value]) => {
            let place = place(*index, length)?;
            let mut items = list.items.borrow_mut();
            items
                .get_mut(place)
                .map(|item| std::mem::replace(item, value.clone()))
        }
        ("indexOf", [item]) => Some(position(
            list.items.borrow().iter().position(|it| same(it, item)),
        )),
        ("lastIndexOf", [item]) => Some(position(
            list.items.borrow().iter().rposition(|it| same(it, item)),
        )),
        ("subList", [Value::Int(from), Value::Int(to)]) => {
            let bounds = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            let part = bounds
                .and_then(|(from, to)| list.items.borrow().get(from..to).map(<[Value]>::to_vec));
            match part {
                Some(part) => Some(Value::list(list.kind, part)),
                None => {
                    return Err(format!(
                        "java.lang.IndexOutOfBoundsException: {from} to {to} of {length}"
                    ));
                }
            }
        }
        _ if list.kind == ListKind::Array => None,
        _ => return growing_method(list, name, arguments),
    };
    Ok(found)
}

/// The methods that change a list's length; an array has none.
fn growing_method(list: &Rc<List>, name: &str, arguments: &[Value]) -> Called {
    let length = list.items.borrow().len();
    let same = |a: &Value, b: &Value| a.equals(b, &mut Effort::default());
    let found = match (name, arguments) {
        ("add", [value]) => {
            list.items.borrow_mut().push(value.clone());
            Some(Value::Bool(true))
        }
        ("add", [Value::Int(index), value]) => {
            let place = place(*index, length + 1)?;
            list.items.borrow_mut().insert(place, value.clone());
            void()
        }
        ("addAll", [other]) => {
            let more = elements(other);
            if length + more.len() > 1_000_000 {
                return Err("java.lang.OutOfMemoryError: the list is too long".to_owned());
            }
            let changed = !more.is_empty();
            list.items.borrow_mut().extend(more);
            Some(Value::Bool(changed))
        }
        ("remove", [Value::Int(index)]) => {
            Some(list.items.borrow_mut().remove(place(*index, length)?))
        }
        ("remove", [item]) => {
            let found = list.items.borrow().iter().position(|it| same(it, item));
            let removed = found.map(|place| list.items.borrow_mut().remove(place));
            Some(Value::Bool(removed.is_some()))
        }
        ("removeAll" | "retainAll", [other]) => {
            let others = elements(other);
            let keep = name == "retainAll";
            let items = list.items.borrow().clone();
            let left: Vec<Value> = items
                .into_iter()
                .filter(|it| others.iter().any(|other| same(it, other)) == keep)
                .collect();
            let changed = left.len() < length;
            let gone = list.items.replace(left);
            drop(gone);
            Some(Value::Bool(changed))
        }
        ("clear", []) => {
            let gone = list.items.take();
            drop(gone);
            void()
        }
        ("toJSONString", []) if list.kind == ListKind::Json => {
            Some(Value::text(Value::List(list.clone()).to_text(usize::MAX)))
        }
        _ => None,
    };
    Ok(found)
}

fn position(place: Option<usize>) -> Value {
    place.map_or(Value::Int(-1), |place| Value::int(place as u64))
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.items.borrow().clone(),
        _ => Vec::new(),
    }
}

fn map_method(map: &Rc<Map>, name: &str, arguments: &[Value]) -> Called {
    let found = match (name, arguments) {
        ("get", [key]) => map.get(key),
        ("getOrDefault", [key, other]) => Some(map.get(key).unwrap_or_else(|| other.clone())),
        ("put", [key, value]) => map.put(key.clone(), value.clone()),
        ("putIfAbsent", [key, value]) => match map.get(key) {
            Some(old) if !old.is_null() => Some(old),
            _ => map.put(key.clone(), value.clone()),
        },
        ("putAll", [Value::Map(other)]) => {
            for (key, value) in other.entries() {
                map.put(key, value);
            }
            void()
        }
        ("remove", [key]) => map.remove(key),
        ("replace", [key, value]) => map
            .get(key)
            .and_then(|_| map.put(key.clone(), value.clone())),
        ("containsKey", [key]) => Some(Value::Bool(map.get(key).is_some())),
        ("containsValue", [value]) => Some(Value::Bool(
            map.values()
                .iter()
                .any(|it| it.equals(value, &mut Effort::default())),
        )),
        ("size", []) => Some(Value::int(map.len() as u64)),
        ("isEmpty", []) => Some(Value::Bool(map.len() == 0)),
        ("keySet", []) => Some(Value::list(ListKind::Collection, map.keys())),
        ("values", []) => Some(Value::list(ListKind::Collection, map.values())),
        ("entrySet", []) => {
            let entry = |(key, value)| Value::Entry(Rc::new(Entry { key, value }));
            Some(Value::list(
                ListKind::Collection,
                map.entries().into_iter().map(entry).collect(),
            ))
        }
        ("clear", []) => {
            map.clear();
            void()
        }
        _ => None,
    };
    Ok(found)
}

fn entry_method(entry: &Entry, name: &str) -> Option<Value> {
    match name {
        "getKey" => Some(entry.key.clone()),
        "getValue" => Some(entry.value.clone()),
        _ => None,
    }
}

fn iterator_method(iterator: &JavaIterator, name: &str) -> Called {
    match name {
        "hasNext" => Ok(Some(Value::Bool(
            iterator.next.get() < iterator.items.len(),
        ))),
        "next" => match iterator.items.get(iterator.next.get()) {
            Some(item) => {
                iterator.next.set(iterator.next.get() + 1);
                Ok(Some(item.clone()))
            }
            None => Err("java.util.NoSuchElementException".to_owned()),
        },
        _ => Ok(None),
    }
}

fn loop_property(scope: &Loop, name: &str) -> Option<Value> {
    let index = scope.index.get();
    match name {
        "index" => Some(Value::Int(index)),
        "count" => Some(Value::Int(index + 1)),
        "hasNext" => Some(Value::Bool(scope.has_next.get())),
        "first" => Some(Value::Bool(index < 1)),
        "last" => Some(Value::Bool(!scope.has_next.get())),
        "parent" => Some(scope.parent.clone()),
        "topmost" => match &scope.parent {
            Value::Loop(parent) => loop_property(parent, name)
                .filter(|top| !top.is_null())
                .or(Some(scope.parent.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn loop_method(scope: &Loop, name: &str) -> Option<Value> {
    match name {
        "hasNext" | "getHasNext" => loop_property(scope, "hasNext"),
        "isFirst" | "getFirst" => loop_property(scope, "first"),
        "isLast" | "getLast" => loop_property(scope, "last"),
        "getIndex" => loop_property(scope, "index"),
        "getCount" => loop_property(scope, "count"),
        "getParent" => loop_property(scope, "parent"),
        _ => None,
    }
}
