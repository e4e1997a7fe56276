//! JSONPath in the dialect of Jayway's library: what a path finds in a document.

use std::rc::Rc;

use super::map::Map;
use super::number::double;
use super::path::{Function, Path, Token};
use super::value::{ListKind, Value};

/// How many values one query may look at: `..` in a row would look at some of them without end.
const STEPS: usize = 1_000_000;

/// How deep `..` follows a document.
const DEEPEST: usize = 400;

pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn step(&mut self) -> Result<(), String> {
        self.spend(1)
    }

    fn spend(&mut self, steps: usize) -> Result<(), String> {
        self.0 = self
            .0
            .checked_sub(steps)
            .ok_or("The path looks at too many values.")?;
        Ok(())
    }
}

/// The value or the values of a path, nothing when a definite path leads nowhere; and how many steps it took.
pub(super) fn find(path: &Path, root: &Value) -> Result<(Option<Value>, usize), String> {
    let mut budget = Budget(STEPS);
    let found = single(path, root, root, &mut budget)?;
    Ok((found, STEPS - budget.0))
}

pub(super) fn single(
    path: &Path,
    from: &Value,
    root: &Value,
    budget: &mut Budget,
) -> Result<Option<Value>, String> {
    // The part before the first wildcard must lead somewhere, else the whole path finds nothing: no list either.
    let (certain, open) = path.tokens.split_at(path.certain());
    let mut search = Search {
        root,
        budget,
        found: Vec::new(),
    };
    search.walk(certain, from, 0)?;
    let Some(start) = search.found.pop() else {
        return Ok(None);
    };
    if open.is_empty() {
        return Ok(Some(start));
    }
    search.walk(open, &start, 0)?;
    Ok(Some(Value::list(ListKind::Json, search.found)))
}

struct Search<'s> {
    root: &'s Value,
    budget: &'s mut Budget,
    found: Vec<Value>,
}

impl Search<'_> {
    fn walk(&mut self, tokens: &[Token], value: &Value, depth: usize) -> Result<(), String> {
        self.budget.step()?;
        let Some((token, rest)) = tokens.split_first() else {
            self.found.push(value.clone());
            return Ok(());
        };
        match token {
            Token::Property(name) => self.member(name, rest, value, depth),
            Token::Properties(names) => self.members(names, rest, value, depth),
            Token::Index(index) => self.item(*index, rest, value, depth),
            Token::Indexes(indexes) => indexes
                .iter()
                .try_for_each(|index| self.item(*index, rest, value, depth)),
            Token::Slice(from, to) => {
                let Value::List(list) = value else {
                    return Ok(());
                };
                self.budget.spend(list.items.borrow().len())?;
                let items = list.items.borrow().clone();
                let place = |bound: i64| {
                    let length = items.len() as i64;
                    usize::try_from(if bound < 0 {
                        (length + bound).max(0)
                    } else {
                        bound.min(length)
                    })
                    .unwrap_or(0)
                };
                let (from, to) = (from.map_or(0, place), to.map_or(items.len(), place));
                items
                    .get(from..to)
                    .unwrap_or_default()
                    .iter()
                    .try_for_each(|item| self.walk(rest, item, depth))
            }
            Token::Wildcard => children(value)
                .iter()
                .try_for_each(|child| self.walk(rest, child, depth)),
            Token::Deep => self.deep(rest, value, depth),
            Token::Filter(filter) => {
                let candidates = match value {
                    Value::List(_) => children(value),
                    other => vec![other.clone()],
                };
                for candidate in candidates {
                    if filter.accepts(&candidate, self.root, self.budget)? {
                        self.walk(rest, &candidate, depth)?;
                    }
                }
                Ok(())
            }
            Token::Function(function) => match apply(*function, value) {
                Some(result) => self.walk(rest, &result, depth),
                None => Ok(()),
            },
        }
    }

    fn member(
        &mut self,
        name: &str,
        rest: &[Token],
        value: &Value,
        depth: usize,
    ) -> Result<(), String> {
        let Value::Map(map) = value else {
            return Ok(());
        };
        match map.get_text(name) {
            Some(child) => self.walk(rest, &child, depth),
            None => Ok(()),
        }
    }

    fn members(
        &mut self,
        names: &[String],
        rest: &[Token],
        value: &Value,
        depth: usize,
    ) -> Result<(), String> {
        if !rest.is_empty() {
            return names
                .iter()
                .try_for_each(|name| self.member(name, rest, value, depth));
        }
        let Value::Map(map) = value else {
            return Ok(());
        };
        let chosen = Map::default();
        for name in names {
            if let Some(child) = map.get_text(name) {
                chosen.put(Value::text(name), child);
            }
        }
        self.found.push(Value::Map(Rc::new(chosen)));
        Ok(())
    }

    fn item(
        &mut self,
        index: i64,
        rest: &[Token],
        value: &Value,
        depth: usize,
    ) -> Result<(), String> {
        let Value::List(list) = value else {
            return Ok(());
        };
        let items = list.items.borrow();
        let place = if index < 0 {
            items.len() as i64 + index
        } else {
            index
        };
        let item = usize::try_from(place)
            .ok()
            .and_then(|place| items.get(place))
            .cloned();
        drop(items);
        match item {
            Some(item) => self.walk(rest, &item, depth),
            None => Ok(()),
        }
    }

    /// The rest of the path on this value, then on everything below it.
    fn deep(&mut self, rest: &[Token], value: &Value, depth: usize) -> Result<(), String> {
        // A filter or a place looks at lists only; on an object it would look at the object itself.
        let fits = match rest.first() {
            Some(Token::Filter(_) | Token::Index(_) | Token::Indexes(_) | Token::Slice(..)) => {
                matches!(value, Value::List(_))
            }
            _ => matches!(value, Value::List(_) | Value::Map(_)),
        };
        if fits {
            self.walk(rest, value, depth)?;
        }
        if depth >= DEEPEST {
            return Ok(());
        }
        for child in children(value) {
            if matches!(child, Value::List(_) | Value::Map(_)) {
                self.deep(rest, &child, depth + 1)?;
            }
        }
        Ok(())
    }
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.items.borrow().clone(),
        Value::Map(map) => map.values(),
        _ => Vec::new(),
    }
}

fn apply(function: Function, value: &Value) -> Option<Value> {
    match (function, value) {
        (Function::Length, Value::Text(text)) => {
            return Some(Value::int(text.encode_utf16().count() as u64));
        }
        (Function::Length, Value::Map(map)) => return Some(Value::int(map.len() as u64)),
        (Function::Keys, Value::Map(map)) => return Some(Value::list(ListKind::Json, map.keys())),
        _ => {}
    }
    let Value::List(list) = value else {
        return None;
    };
    let items = list.items.borrow();
    if matches!(function, Function::Length) {
        return Some(Value::int(items.len() as u64));
    }
    let numbers: Vec<f64> = items.iter().filter_map(double).collect();
    if numbers.is_empty() {
        return None;
    }
    let sum: f64 = numbers.iter().sum();
    Some(Value::Double(match function {
        Function::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        Function::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Function::Average => sum / numbers.len() as f64,
        _ => sum,
    }))
}
