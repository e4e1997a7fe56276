//! Java's LinkedHashMap: entries in the order in which their keys came.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

#[derive(Default)]
pub(super) struct Map {
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    /// A removed entry leaves a gap, so that the others keep their places.
    entries: Vec<Option<(Value, Value)>>,
    places: HashMap<Key, usize>,
}

/// A key as the map finds it; a collection as a key is found by its printing, which equal collections share.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Null,
    Bool(bool),
    Int(i128),
    Double(u64),
    Text(Rc<str>),
    Other(String),
}

fn key(value: &Value) -> Key {
    match value {
        Value::Null => Key::Null,
        Value::Bool(bool) => Key::Bool(*bool),
        Value::Int(number) => Key::Int(*number),
        Value::Double(number) => Key::Double(number.to_bits()),
        Value::Text(text) => Key::Text(text.clone()),
        other => Key::Other(other.to_text(4096)),
    }
}

impl Map {
    pub(super) fn len(&self) -> usize {
        self.inner.borrow().places.len()
    }

    pub(super) fn get(&self, name: &Value) -> Option<Value> {
        let inner = self.inner.borrow();
        let place = inner.places.get(&key(name))?;
        inner
            .entries
            .get(*place)?
            .as_ref()
            .map(|(_, value)| value.clone())
    }

    pub(super) fn get_text(&self, name: &str) -> Option<Value> {
        self.get(&Value::text(name))
    }

    /// The value that was there before.
    pub(super) fn put(&self, name: Value, value: Value) -> Option<Value> {
        // The key is made before the map is held: making it may print this very map.
        let key = key(&name);
        let mut inner = self.inner.borrow_mut();
        let next = inner.entries.len();
        let place = *inner.places.entry(key).or_insert(next);
        match inner.entries.get_mut(place) {
            Some(Some((_, old))) => Some(std::mem::replace(old, value)),
            _ => {
                inner.entries.push(Some((name, value)));
                None
            }
        }
    }

    pub(super) fn remove(&self, name: &Value) -> Option<Value> {
        let key = key(name);
        let mut inner = self.inner.borrow_mut();
        let place = inner.places.remove(&key)?;
        inner.entries.get_mut(place)?.take().map(|(_, value)| value)
    }

    pub(super) fn clear(&self) {
        let gone = std::mem::take(&mut *self.inner.borrow_mut());
        drop(gone);
    }

    pub(super) fn entries(&self) -> Vec<(Value, Value)> {
        self.inner
            .borrow()
            .entries
            .iter()
            .flatten()
            .cloned()
            .collect()
    }

    pub(super) fn keys(&self) -> Vec<Value> {
        self.inner
            .borrow()
            .entries
            .iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    }

    pub(super) fn values(&self) -> Vec<Value> {
        self.inner
            .borrow()
            .entries
            .iter()
            .flatten()
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Everything in the map, for its end.
    pub(super) fn take(&mut self) -> Vec<Value> {
        let inner = std::mem::take(self.inner.get_mut());
        inner
            .entries
            .into_iter()
            .flatten()
            .flat_map(|(name, value)| [name, value])
            .collect()
    }
}
