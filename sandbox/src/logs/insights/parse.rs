//! A query's text as commands.

use regex_lite::Regex;

use super::value::{Expression, Function, Operator};

/// How deep an expression may nest.
const MAX_DEPTH: usize = 100;

/// One command of a query.
#[derive(Debug)]
pub enum Command {
    /// Columns with their names; `display` replaces those before it.
    Fields(Vec<(String, Expression)>),
    Display(Vec<String>),
    Filter(Expression),
    /// A field taken apart by a regular expression, its groups being new fields.
    Parse(Expression, Regex, Vec<String>),
    Stats(Vec<(String, Aggregate)>, Vec<(String, Expression)>),
    /// Fields, each with whether it descends.
    Sort(Vec<(Expression, bool)>),
    Limit(usize),
    Dedup(Vec<Expression>),
}

/// A function over many records.
#[derive(Debug)]
pub enum Aggregate {
    Count(Option<Expression>),
    CountDistinct(Expression),
    Sum(Expression),
    Average(Expression),
    Minimum(Expression),
    Maximum(Expression),
    Percentile(Expression, f64),
    Deviation(Expression),
    Earliest(Expression),
    Latest(Expression),
}

/// Reads a whole query; its commands stand between pipes, and `#` begins a comment.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(text: &str) -> Result<Vec<Command>, String> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut reader = Reader { rest: &text };
    let mut commands = Vec::new();
    loop {
        commands.push(reader.command()?);
        if reader.at_end() {
            return Ok(commands);
        }
        reader.demand("|")?;
    }
}

struct Reader<'a> {
    rest: &'a str,
}

/// Operators by how closely they bind, the loosest first.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];
/// The level of comparisons, where `like`, `in` and `=~` also belong.
const COMPARISON: usize = 2;

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    /// Takes a symbol, or a word in any case if it ends there.
    fn take(&mut self, expected: &str) -> bool {
        self.skip();
        let Some((head, tail)) = self.rest.split_at_checked(expected.len()) else {
            return false;
        };
        let word = expected.starts_with(char::is_alphabetic);
        let goes_on = tail.starts_with(is_name);
        if !head.eq_ignore_ascii_case(expected) || (word && goes_on) {
            return false;
        }
        self.rest = tail;
        true
    }

    fn demand(&mut self, expected: &str) -> Result<(), String> {
        if self.take(expected) {
            Ok(())
        } else {
            Err(format!("'{expected}' expected before '{}'", self.rest))
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        if self.take("fields") {
            return Ok(Command::Fields(self.list(Self::column)?));
        }
        if self.take("display") {
            return Ok(Command::Display(self.list(Self::name)?));
        }
        if self.take("filter") || self.take("where") {
            return Ok(Command::Filter(self.expression()?));
        }
        if self.take("parse") {
            return self.parse();
        }
        if self.take("stats") {
            let aggregates = self.list(Self::aggregate)?;
            let by = if self.take("by") {
                self.list(Self::column)?
            } else {
                Vec::new()
            };
            return Ok(Command::Stats(aggregates, by));
        }
        if self.take("sort") || self.take("order by") {
            return Ok(Command::Sort(self.list(Self::key)?));
        }
        if self.take("limit") || self.take("head") {
            let number = self.number()?;
            return Ok(Command::Limit(number.max(0.0) as usize));
        }
        if self.take("dedup") {
            return Ok(Command::Dedup(self.list(|reader| reader.level(3, 0))?));
        }
        Err(format!("unexpected symbol found '{}'", self.rest))
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = vec![one(self)?];
        while self.take(",") {
            items.push(one(self)?);
        }
        Ok(items)
    }

    /// `expression`, or `expression as name`; without a name it is called as it is written.
    fn named<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, String>,
    ) -> Result<(String, T), String> {
        self.skip();
        let before = self.rest;
        let value = read(self)?;
        let written = before[..before.len() - self.rest.len()].trim();
        let name = if self.take("as") {
            self.name()?
        } else {
            written.trim_matches('`').to_owned()
        };
        Ok((name, value))
    }

    fn column(&mut self) -> Result<(String, Expression), String> {
        self.named(Self::expression)
    }

    fn aggregate(&mut self) -> Result<(String, Aggregate), String> {
        self.named(|reader| {
            let name = reader.name()?;
            reader.demand("(")?;
            if name.eq_ignore_ascii_case("count")
                && (reader.take("*") || reader.rest.starts_with(')'))
            {
                reader.demand(")")?;
                return Ok(Aggregate::Count(None));
            }
            let field = reader.expression()?;
            let aggregate = match name.to_ascii_lowercase().as_str() {
                "count" => Aggregate::Count(Some(field)),
                "count_distinct" => Aggregate::CountDistinct(field),
                "sum" => Aggregate::Sum(field),
                "avg" => Aggregate::Average(field),
                "min" => Aggregate::Minimum(field),
                "max" => Aggregate::Maximum(field),
                "stddev" => Aggregate::Deviation(field),
                "earliest" => Aggregate::Earliest(field),
                "latest" => Aggregate::Latest(field),
                "pct" | "percentile" => {
                    reader.demand(",")?;
                    Aggregate::Percentile(field, reader.number()?)
                }
                _ => return Err(format!("{name} is not supported in stats")),
            };
            reader.demand(")")?;
            Ok(aggregate)
        })
    }

    fn key(&mut self) -> Result<(Expression, bool), String> {
        let key = self.expression()?;
        let descends = self.take("desc");
        if !descends {
            self.take("asc");
        }
        Ok((key, descends))
    }

    /// `parse @message "user=*, id=*" as user, id` or `parse @message /user=(?<user>\S+)/`.
    fn parse(&mut self) -> Result<Command, String> {
        self.skip();
        let whole = self.rest.starts_with(['"', '\'', '/']);
        let field = if whole {
            Expression::Field("@message".to_owned())
        } else {
            self.level(LEVELS.len(), 0)?
        };
        self.skip();
        let (regex, named) = if self.rest.starts_with('/') {
            (self.regex()?, true)
        } else {
            let parts: Vec<_> = self.text()?.split('*').map(regex_lite::escape).collect();
            let source = format!("(?s){}", parts.join("(.*?)"));
            // The last asterisk takes everything that is left.
            let source = match source.strip_suffix("(.*?)") {
                Some(source) => format!("{source}(.*)"),
                None => source,
            };
            let regex = Regex::new(&source).map_err(|error| error.to_string())?;
            (regex, false)
        };
        let names = if named && !self.take("as") {
            regex.capture_names().flatten().map(str::to_owned).collect()
        } else {
            if !named {
                self.demand("as")?;
            }
            self.list(Self::name)?
        };
        if names.is_empty() || names.len() > regex.captures_len() - 1 {
            return Err("parse needs a name for each part, and a part for each name".to_owned());
        }
        Ok(Command::Parse(field, regex, names))
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.level(0, 0)
    }

    fn level(&mut self, level: usize, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err("the expression nests too deep".to_owned());
        }
        let Some(operators) = LEVELS.get(level) else {
            return self.operand(depth);
        };
        if level == COMPARISON && self.take("not") {
            let inner = self.level(level, depth + 1)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        let mut left = self.level(level + 1, depth)?;
        loop {
            if level == COMPARISON
                && let Some(test) = self.test(&left, depth)?
            {
                left = test;
                continue;
            }
            let found = operators.iter().find(|(text, _)| self.take(text));
            let Some((_, operator)) = found else {
                return Ok(left);
            };
            let right = self.level(level + 1, depth)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
    }

    /// `like`, `not like`, `=~`, `in`, `not in`.
    fn test(&mut self, left: &Expression, depth: usize) -> Result<Option<Expression>, String> {
        let before = self.rest;
        let not = self.take("not");
        let left = || Box::new(left.clone());
        let test = if self.take("like") || (!not && self.take("=~")) {
            self.skip();
            if self.rest.starts_with('/') {
                Expression::Matches(left(), self.regex()?)
            } else {
                Expression::Contains(left(), self.text()?)
            }
        } else if self.take("in") {
            self.demand("[")?;
            let items = self.list(|reader| reader.level(COMPARISON + 1, depth + 1))?;
            self.demand("]")?;
            Expression::In(left(), items)
        } else {
            self.rest = before;
            return Ok(None);
        };
        Ok(Some(if not {
            Expression::Not(Box::new(test))
        } else {
            test
        }))
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, String> {
        if self.take("-") {
            let inner = self.level(LEVELS.len(), depth + 1)?;
            return Ok(Expression::Negative(Box::new(inner)));
        }
        if self.take("(") {
            let inner = self.level(0, depth + 1)?;
            return self.demand(")").map(|()| inner);
        }
        self.skip();
        if self.rest.starts_with(['"', '\'']) {
            return self.text().map(Expression::Text);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number().map(Expression::Number);
        }
        let name = self.name()?;
        if !self.take("(") {
            return Ok(Expression::Field(name));
        }
        let function = Function::named(&name).ok_or_else(|| format!("{name} is not supported"))?;
        let arguments = if function == Function::Bin {
            vec![Expression::Number(self.period()?)]
        } else {
            self.list(|reader| reader.level(0, depth + 1))?
        };
        self.demand(")")?;
        Ok(Expression::Call(function, arguments))
    }

    /// `5m` in milliseconds.
    fn period(&mut self) -> Result<f64, String> {
        let number = self.number()?;
        let units = [
            ("ms", 1.0),
            ("milliseconds", 1.0),
            ("seconds", 1e3),
            ("second", 1e3),
            ("s", 1e3),
            ("minutes", 6e4),
            ("minute", 6e4),
            ("min", 6e4),
            ("m", 6e4),
            ("hours", 3.6e6),
            ("hour", 3.6e6),
            ("h", 3.6e6),
            ("days", 8.64e7),
            ("day", 8.64e7),
            ("d", 8.64e7),
            ("w", 6.048e8),
        ];
        let unit = units.iter().find(|(name, _)| self.take(name));
        let (_, length) =
            unit.ok_or_else(|| format!("a unit is missing before '{}'", self.rest))?;
        if number * length >= 1.0 {
            Ok(number * length)
        } else {
            Err("a period must be at least a millisecond".to_owned())
        }
    }

    fn number(&mut self) -> Result<f64, String> {
        self.skip();
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !digits(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number
            .parse()
            .map_err(|_| format!("a number is missing before '{rest}'"))
    }

    /// A field's or a function's name; between backticks it may hold anything.
    fn name(&mut self) -> Result<String, String> {
        self.skip();
        if let Some(inner) = self.rest.strip_prefix('`') {
            let (name, rest) = inner.split_once('`').ok_or("a ` is not closed")?;
            self.rest = rest;
            return Ok(name.to_owned());
        }
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(format!("unexpected symbol found '{rest}'"));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn text(&mut self) -> Result<String, String> {
        self.skip();
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or_else(|| format!("a text is missing before '{}'", self.rest))?;
        self.until(quote, false)
    }

    fn regex(&mut self) -> Result<Regex, String> {
        // regex-lite knows (?<name>…) and (?P<name>…), as Insights does.
        let source = self.until('/', true)?;
        Regex::new(&source).map_err(|error| format!("/{source}/: {error}"))
    }

    /// What stands between two of a character; a backslash keeps it, and in a regular expression all others stay.
    fn until(&mut self, end: char, regex: bool) -> Result<String, String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' => {
                    let next = characters.next().map(|(_, c)| c);
                    let kept = next == Some(end) || (!regex && next == Some('\\'));
                    if !kept {
                        text.push('\\');
                    }
                    text.extend(next);
                }
                c if c == end => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(format!("a {end} is not closed"))
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '.')
}
