//! A file of API keys as API Gateway imports them, checked row by row before anything is sent.
//!
//! Comma-separated, with the columns `Name` and `Key`, and perhaps `Description`, `Enabled` and `UsagePlanIds`, in any order and
//! case; others are left out. A value is never part of what is said about it.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>.

use std::collections::HashMap;

use super::keys::{ApiKey, UsagePlan};
use crate::model::format::counted;
use crate::model::secret::Secret;

/// The characters of a value.
const LEAST: usize = 20;
const MOST: usize = 128;
/// The characters of a name.
const MOST_OF_NAME: usize = 1_024;
/// A file of more bytes than this is no file of keys: ten thousand are the most that an account has.
pub const MOST_BYTES: u64 = 10 * 1024 * 1024;

/// One key of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins in the file, from 1.
    pub line: usize,
    /// Not unique.
    pub name: String,
    /// Goes nowhere but to API Gateway.
    pub value: Secret,
    /// May be empty.
    pub description: String,
    /// One that is off is refused.
    pub enabled: bool,
    /// The plans' ids.
    pub plans: Vec<String>,
}

/// What is to be known of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// From 1.
    pub line: usize,
    /// A sentence without a full stop.
    pub words: String,
    /// It can't be imported so.
    pub wrong: bool,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFile {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// In the order of the lines.
    pub remarks: Vec<Remark>,
}

/// A record of the file: the line that it begins on, and its cells.
type Record = (usize, Vec<String>);

/// The records of a text; what is quoted may hold commas, quotes and line ends.
fn records(text: &str) -> Result<Vec<Record>, Remark> {
    let mut all = Vec::new();
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begins) = (1, 1);
    let mut quote: Option<(char, usize)> = None;
    let mut letters = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .chars()
        .peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (mark, Some((open, _))) if mark == open => match letters.peek() == Some(&open) {
                true => {
                    letters.next();
                    cell.push(open);
                }
                false => quote = None,
            },
            ('\n', Some(_)) => {
                line += 1;
                cell.push('\n');
            }
            (other, Some(_)) => cell.push(other),
            ('"' | '\'', None) if cell.trim().is_empty() => {
                cell.clear();
                quote = Some((letter, line));
            }
            (',', None) => cells.push(std::mem::take(&mut cell)),
            ('\n', None) => {
                cells.push(std::mem::take(&mut cell));
                all.push((begins, std::mem::take(&mut cells)));
                line += 1;
                begins = line;
            }
            ('\r', None) => {}
            (other, None) => cell.push(other),
        }
    }
    if let Some((_, line)) = quote {
        return Err(Remark {
            line,
            words: "A quote opens here and is never closed".to_owned(),
            wrong: true,
        });
    }
    cells.push(cell);
    all.push((begins, cells));
    let empty = |(_, cells): &Record| cells.iter().all(|cell| cell.trim().is_empty());
    all.retain(|record| !empty(record));
    Ok(all)
}

/// The columns that count, by their places.
struct Columns {
    name: usize,
    key: usize,
    description: Option<usize>,
    enabled: Option<usize>,
    plans: Option<usize>,
}

impl Columns {
    fn of(head: &[String]) -> Result<Self, String> {
        let place = |wanted: &str| {
            let mut names = head.iter();
            names.position(|name| name.trim().eq_ignore_ascii_case(wanted))
        };
        let needed = |wanted| {
            place(wanted).ok_or_else(|| {
                format!("The first line names the columns, and there is none called {wanted}")
            })
        };
        Ok(Self {
            name: needed("Name")?,
            key: needed("Key")?,
            description: place("Description"),
            enabled: place("Enabled"),
            plans: place("UsagePlanIds"),
        })
    }
}

/// Reads a file and checks it against what there is.
pub fn read(text: &str, keys: &[ApiKey], plans: &[UsagePlan]) -> KeyFile {
    let mut file = KeyFile::default();
    let records = match records(text) {
        Ok(records) => records,
        Err(remark) => {
            file.remarks.push(remark);
            return file;
        }
    };
    let mut records = records.into_iter();
    let Some((line, head)) = records.next() else {
        file.say(1, "There is nothing in the file", true);
        return file;
    };
    let columns = match Columns::of(&head) {
        Ok(columns) => columns,
        Err(words) => {
            file.say(line, words, true);
            return file;
        }
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for (line, cells) in records {
        if cells.len() > head.len() {
            let words = format!(
                "{} where the first line names {}",
                counted(cells.len(), "cell"),
                head.len()
            );
            file.say(line, words, true);
            continue;
        }
        let Some(entry) = file.entry(line, &cells, &columns) else {
            continue;
        };
        for plan in entry
            .plans
            .iter()
            .filter(|id| plans.iter().all(|plan| plan.id != **id))
        {
            file.say(
                line,
                format!("There is no usage plan with the id {plan}"),
                true,
            );
        }
        if let Some(first) = seen.insert(entry.value.reveal().to_owned(), line) {
            file.say(
                line,
                format!("The value is the same as on line {first}"),
                true,
            );
        }
        match names.insert(entry.name.clone(), line) {
            Some(first) => {
                let words = format!("Another key is called {} on line {first}", entry.name);
                file.say(line, words, false);
            }
            None if keys.iter().any(|key| key.name == entry.name) => {
                file.say(
                    line,
                    format!("There is a key called {} already", entry.name),
                    false,
                );
            }
            None => {}
        }
        file.entries.push(entry);
    }
    if file.entries.is_empty() && file.remarks.is_empty() {
        file.say(line, "No keys come after the first line", true);
    }
    file.remarks.sort_by_key(|remark| remark.line);
    file
}

impl KeyFile {
    fn say(&mut self, line: usize, words: impl Into<String>, wrong: bool) {
        let words = words.into();
        self.remarks.push(Remark { line, words, wrong });
    }

    /// One row; none where it has no value.
    fn entry(&mut self, line: usize, cells: &[String], columns: &Columns) -> Option<Entry> {
        let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
        let maybe = |at: Option<usize>| at.map_or("", cell);
        let (name, value) = (cell(columns.name), cell(columns.key));
        match value.chars().count() {
            0 => {
                self.say(line, "The key's value lacks", true);
                return None;
            }
            count if count < LEAST => {
                let words = format!("The value has {count} characters, and needs at least {LEAST}");
                self.say(line, words, true);
            }
            count if count > MOST => {
                let words = format!("The value has {count} characters, and may have {MOST}");
                self.say(line, words, true);
            }
            _ => {}
        }
        if name.is_empty() {
            self.say(line, "The name lacks", true);
        }
        if name.chars().count() > MOST_OF_NAME {
            self.say(
                line,
                format!("The name has more than {MOST_OF_NAME} characters"),
                true,
            );
        }
        let enabled = match maybe(columns.enabled).to_ascii_lowercase().as_str() {
            "" | "true" => true,
            "false" => false,
            _ => {
                self.say(line, "Enabled is neither true nor false", true);
                true
            }
        };
        let plans = maybe(columns.plans).split(',').map(str::trim);
        let plans: Vec<String> = plans
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        if plans.is_empty() {
            self.say(line, "It is for no plan, and so opens nothing yet", false);
        }
        Some(Entry {
            line,
            name: name.to_owned(),
            value: Secret::new(value),
            description: maybe(columns.description).to_owned(),
            enabled,
            plans,
        })
    }

    /// Why it can't be sent.
    ///
    /// # Errors
    /// How much is wrong, in words.
    pub fn can_send(&self) -> Result<(), String> {
        let wrong = self.remarks.iter().filter(|remark| remark.wrong).count();
        match wrong {
            0 if self.entries.is_empty() => Err("There are no keys in it".to_owned()),
            0 => Ok(()),
            1 => Err("1 line is wrong".to_owned()),
            more => Err(format!("{more} lines are wrong")),
        }
    }

    /// The keys as API Gateway takes them: only the columns that count, every cell quoted that needs it.
    pub fn sent(&self) -> Secret {
        let mut text = String::from("Name,Key,Description,Enabled,UsagePlanIds\r\n");
        for entry in &self.entries {
            let enabled = entry.enabled.to_string();
            let plans = entry.plans.join(",");
            let cells = [
                entry.name.as_str(),
                entry.value.reveal(),
                &entry.description,
                &enabled,
                &plans,
            ];
            for (at, cell) in cells.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                match cell.contains([',', '"', '\'', '\r', '\n']) {
                    true => text.push_str(&format!("\"{}\"", cell.replace('"', "\"\""))),
                    false => text.push_str(cell),
                }
            }
            text.push_str("\r\n");
        }
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: &str = "aaaaaaaaaaaaaaaaaaaa";
    const W: &str = "bbbbbbbbbbbbbbbbbbbb";

    fn plans() -> Vec<UsagePlan> {
        let plan = |id: &str| UsagePlan {
            id: id.into(),
            ..UsagePlan::default()
        };
        vec![plan("c7y23b"), plan("glvrsr")]
    }

    fn told(text: &str) -> Vec<(usize, String, bool)> {
        let keys = [ApiKey {
            name: "old".into(),
            ..ApiKey::default()
        }];
        let file = read(text, &keys, &plans());
        let remarks = file.remarks.into_iter();
        remarks.map(|of| (of.line, of.words, of.wrong)).collect()
    }

    #[test]
    fn columns_may_stand_in_any_order_and_case_and_cells_be_quoted() {
        let text = format!(
            "Enabled,Name,key,more,UsageplanIds\r\nfalse,\"a, \"\"b\"\"\",{V},x,\"c7y23b,glvrsr\"\r\n\r\ntrue,c,{W},,'glvrsr'\r\n"
        );
        let file = read(&text, &[], &plans());
        assert_eq!(file.remarks, []);
        assert_eq!(file.can_send(), Ok(()));
        let [one, two] = &file.entries[..] else {
            unreachable!("two keys: {file:?}")
        };
        assert_eq!(
            (one.line, one.name.as_str(), one.enabled),
            (2, "a, \"b\"", false)
        );
        assert_eq!(one.plans, ["c7y23b", "glvrsr"]);
        assert_eq!((two.line, two.enabled, two.plans.len()), (4, true, 1));
        // What is sent reads as the same.
        let again = read(file.sent().reveal(), &[], &plans());
        assert_eq!(again.entries[0].name, one.name);
        assert_eq!(again.entries[0].plans, one.plans);
    }

    #[test]
    fn each_mistake_is_told_with_its_line_and_without_the_value() {
        let text = format!(
            "Name,Key,Enabled,UsagePlanIds\n\
             a,short,,c7y23b\n\
             ,{V},,c7y23b\n\
             c,,true,c7y23b\n\
             d,{W},maybe,nosuch\n\
             old,{V},true,c7y23b\n\
             f,{}x,true,\n\
             g,{}1,true,c7y23b,9\n\
             d,{}2,true,c7y23b\n",
            V.repeat(7),
            W,
            W
        );
        let told = told(&text);
        let expected = [
            (2, "The value has 5 characters, and needs at least 20", true),
            (3, "The name lacks", true),
            (4, "The key's value lacks", true),
            (5, "Enabled is neither true nor false", true),
            (5, "There is no usage plan with the id nosuch", true),
            (6, "The value is the same as on line 3", true),
            (6, "There is a key called old already", false),
            (7, "The value has 141 characters, and may have 128", true),
            (7, "It is for no plan, and so opens nothing yet", false),
            (8, "5 cells where the first line names 4", true),
            (9, "Another key is called d on line 5", false),
        ];
        for ((line, words, wrong), expected) in told.iter().zip(expected) {
            assert_eq!((*line, words.as_str(), *wrong), expected);
            assert!(!words.contains(V) && !words.contains(W));
        }
        assert_eq!(told.len(), expected.len(), "{told:?}");
    }

    #[test]
    fn what_is_no_file_of_keys_is_said_once() {
        for (text, line, words) in [
            ("", 1, "There is nothing in the file"),
            (
                "a,b\nc,d\n",
                1,
                "The first line names the columns, and there is none called Name",
            ),
            ("Name,Key\n", 1, "No keys come after the first line"),
            (
                "Name,Key\na,\"b\nc\n",
                2,
                "A quote opens here and is never closed",
            ),
        ] {
            assert_eq!(told(text), [(line, words.to_owned(), true)]);
            assert!(read(text, &[], &[]).can_send().is_err());
        }
    }
}
