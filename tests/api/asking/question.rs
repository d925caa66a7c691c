//! What is asked of a list, made up by chance: as a client writes it, and as the model answers it.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    model::{Cell, Kind, Register, Row, Type},
    random::Random,
    reference,
};

/// What must be true of a row.
#[derive(Clone, Debug)]
pub enum Ask {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// A field, an operator and what it compares with.
    Value(usize, String, Value),
    One(usize, Box<Self>),
    /// A field, the index of one of its types, and what is asked of it.
    Choice(usize, usize, Box<Self>),
    /// A field, `some`, `every` or `none`, and what is asked of the rows.
    Many(usize, &'static str, Box<Self>),
    Count(usize, String, Value),
}

/// One thing to order by: the way to a row, a field of it, whether that is descending, whether nulls come first.
#[derive(Clone, Debug)]
pub struct By {
    pub path: Vec<usize>,
    pub field: usize,
    pub descending: bool,
    pub nulls_first: bool,
}

impl Register {
    /// A filter for rows of a type.
    pub fn ask(&self, random: &mut Random, of: usize, depth: usize) -> Ask {
        let below = depth.saturating_sub(1);
        let some = |random: &mut Random| (0..1 + random.below(3)).map(|_| self.ask(random, of, below)).collect();
        match random.below(100) {
            0..10 if depth > 0 => return Ask::And(some(random)),
            10..22 if depth > 0 => return Ask::Or(some(random)),
            22..32 if depth > 0 => return Ask::Not(Box::new(self.ask(random, of, below))),
            32 => return Ask::And(Vec::new()),
            _ => {}
        }
        loop {
            let index = random.below(self.0[of].fields.len());
            let field = &self.0[of].fields[index];
            let asked = |random: &mut Random, of| Box::new(self.ask(random, of, below));
            match &field.kind {
                Kind::Value(operators) => return self.ask_value(random, of, index, operators),
                Kind::Many if random.happens(40) => {
                    let operator = *random.one(COMPARISONS);
                    let number = random.below(8);
                    let value = if operator.ends_with("in") { json!([number, 1]) } else { json!(number) };
                    return Ask::Count(index, operator.to_owned(), value);
                }
                _ if depth == 0 => {}
                Kind::One => return Ask::One(index, asked(random, field.of.unwrap())),
                Kind::Choice(of) => {
                    let chosen = random.below(of.len());
                    return Ask::Choice(index, chosen, asked(random, of[chosen].1));
                }
                Kind::Many => {
                    let how = random.one(&["some", "every", "none"]);
                    return Ask::Many(index, how, asked(random, field.of.unwrap()));
                }
            }
        }
    }

    fn ask_value(&self, random: &mut Random, of: usize, index: usize, operators: &[String]) -> Ask {
        let sample = |random: &mut Random| {
            // A column may be null almost everywhere.
            let value = (0..20).find_map(|_| {
                let row = random.one(&self.0[of].rows);
                json_of(&row.cells[index])
            });
            value.unwrap_or(Value::Null)
        };
        loop {
            let operator = random.one(operators).as_str();
            let sampled = sample(random);
            let value = match operator {
                "isNull" => json!(random.happens(50)),
                "in" | "nin" => (0..random.below(5)).map(|_| sample(random)).filter(|value| !value.is_null()).collect(),
                "contains" | "startsWith" | "endsWith" => part(random, &sampled, operator),
                "matches" => begun(random, &sampled),
                _ => sampled,
            };
            if !value.is_null() {
                return Ask::Value(index, operator.to_owned(), value);
            }
        }
    }

    /// What to order rows of a type by.
    pub fn order(&self, random: &mut Random, of: usize) -> Vec<By> {
        (0..random.below(4)).map(|_| self.term(random, of, Vec::new())).collect()
    }

    fn term(&self, random: &mut Random, of: usize, mut path: Vec<usize>) -> By {
        loop {
            let order = random.one(&self.0[of].orders);
            let Some(field) = self.0[of].field(order).or_else(|| self.counted(of, order)) else { continue };
            match self.0[of].fields[field].kind {
                Kind::One => {
                    path.push(field);
                    return self.term(random, self.0[of].fields[field].of.unwrap(), path);
                }
                _ => return By { path, field, descending: random.happens(50), nulls_first: random.happens(50) },
            }
        }
    }

    /// The list that `memberCount` counts.
    fn counted(&self, of: usize, order: &str) -> Option<usize> {
        let one = order.strip_suffix("Count")?;
        let lists = [format!("{one}s"), one.to_owned(), format!("{}ies", one.trim_end_matches('y'))];
        lists.iter().find_map(|list| self.0[of].field(list))
    }

    /// Whether it is true of a row.
    pub fn keeps(&self, of: usize, row: &Row, ask: &Ask) -> bool {
        let rows = |of: usize, cell: &Cell, ask: &Ask| match cell {
            Cell::One((_, link)) => vec![self.keeps(of, &self.0[of].rows[*link], ask)],
            Cell::Many(links) => links.iter().map(|(_, link)| self.keeps(of, &self.0[of].rows[*link], ask)).collect(),
            _ => Vec::new(),
        };
        let fields = &self.0[of].fields;
        match ask {
            Ask::And(all) => all.iter().all(|one| self.keeps(of, row, one)),
            Ask::Or(all) => all.iter().any(|one| self.keeps(of, row, one)),
            Ask::Not(one) => !self.keeps(of, row, one),
            Ask::Value(index, operator, value) if fields[*index].name == "id" => {
                compares(operator, &Cell::Plain(row.node.clone()), value, false)
            }
            Ask::Value(index, operator, value) => compares(operator, &row.cells[*index], value, self.0[of].is_place()),
            Ask::One(index, ask) => rows(fields[*index].of.unwrap(), &row.cells[*index], ask).contains(&true),
            Ask::Choice(index, chosen, ask) => {
                let Kind::Choice(types) = &fields[*index].kind else { return false };
                let (_, chosen) = types[*chosen];
                matches!(&row.cells[*index], Cell::One((of, _)) if *of == chosen)
                    && rows(chosen, &row.cells[*index], ask).contains(&true)
            }
            Ask::Many(index, how, ask) => {
                let rows = rows(fields[*index].of.unwrap(), &row.cells[*index], ask);
                match *how {
                    "some" => rows.contains(&true),
                    "every" => !rows.contains(&false),
                    _ => !rows.contains(&true),
                }
            }
            Ask::Count(index, operator, value) => {
                compares(operator, &Cell::Number(count(&row.cells[*index])), value, false)
            }
        }
    }

    /// How two rows stand to each other.
    pub fn compare(&self, of: usize, one: &Row, other: &Row, order: &[By]) -> Ordering {
        for by in order {
            let (one, other) = (self.cell(of, one, by), self.cell(of, other, by));
            let compared = match (one, other) {
                (Cell::Null, Cell::Null) => Ordering::Equal,
                (Cell::Null, _) if by.nulls_first => Ordering::Less,
                (_, Cell::Null) if by.nulls_first => Ordering::Greater,
                (Cell::Null, _) => Ordering::Greater,
                (_, Cell::Null) => Ordering::Less,
                (one, other) if by.descending => compare(other, one),
                (one, other) => compare(one, other),
            };
            if compared.is_ne() {
                return compared;
            }
        }
        // Festivals are listed newest first, and everything else as it was entered.
        // One that repeats another says nothing, not even in which direction.
        let is_new = |index: &usize| {
            !order[..*index].iter().any(|by| (&by.path, by.field) == (&order[*index].path, order[*index].field))
        };
        let last = (0..order.len()).rev().find(is_new).map(|index| &order[index]);
        let descending = match last {
            Some(by) => by.descending,
            None => self.0[of].name == "Festival",
        };
        if descending { other.id.cmp(&one.id) } else { one.id.cmp(&other.id) }
    }

    fn cell<'a>(&'a self, mut of: usize, mut row: &'a Row, by: &By) -> &'a Cell {
        for step in &by.path {
            let Cell::One((next, link)) = row.cells[*step] else { return &Cell::Null };
            (of, row) = (next, &self.0[next].rows[link]);
        }
        let _ = of;
        &row.cells[by.field]
    }

    /// A filter as a client writes it.
    pub fn filter_json(&self, of: usize, ask: &Ask) -> Value {
        let fields = &self.0[of].fields;
        let all = |all: &[Ask]| all.iter().map(|one| self.filter_json(of, one)).collect::<Value>();
        let name = |index: &usize| fields[*index].name.as_str();
        let below = |index: &usize| fields[*index].of.unwrap();
        match ask {
            Ask::And(none) if none.is_empty() => json!({}),
            Ask::And(asks) => {
                // Several fields of one object are all to be true, too.
                let asks: Vec<Value> = asks.iter().map(|one| self.filter_json(of, one)).collect();
                let together: serde_json::Map<_, _> =
                    asks.iter().flat_map(|one| one.as_object().unwrap().clone()).collect();
                let fields: usize = asks.iter().map(|one| one.as_object().unwrap().len()).sum();
                if together.len() == fields { Value::Object(together) } else { json!({ "and": asks }) }
            }
            Ask::Or(asks) => json!({ "or": all(asks) }),
            Ask::Not(ask) => json!({ "not": self.filter_json(of, ask) }),
            Ask::Value(index, operator, value) => json!({ name(index): { operator: value } }),
            Ask::One(index, ask) => json!({ name(index): self.filter_json(below(index), ask) }),
            Ask::Choice(index, chosen, ask) => {
                let Kind::Choice(types) = &fields[*index].kind else { return Value::Null };
                let (chosen, of) = &types[*chosen];
                json!({ name(index): { chosen: self.filter_json(*of, ask) } })
            }
            Ask::Many(index, how, ask) => json!({ name(index): { *how: self.filter_json(below(index), ask) } }),
            Ask::Count(index, operator, value) => json!({ name(index): { "count": { operator: value } } }),
        }
    }

    /// An order as a client writes it.
    pub fn order_json(&self, of: usize, order: &[By]) -> Value {
        order.iter().map(|by| self.term_json(of, &by.path, by)).collect()
    }

    fn term_json(&self, of: usize, path: &[usize], by: &By) -> Value {
        if let Some((step, path)) = path.split_first() {
            let field = &self.0[of].fields[*step];
            return json!({ field.name.as_str(): self.term_json(field.of.unwrap(), path, by) });
        }
        let field = &self.0[of].fields[by.field];
        let name = match field.kind {
            Kind::Many => self.0[of].orders.iter().find(|order| self.counted(of, order) == Some(by.field)).unwrap(),
            _ => &field.name,
        };
        let direction = if by.descending { "DESC" } else { "ASC" };
        let nulls = if by.nulls_first { "FIRST" } else { "LAST" };
        json!({ name: { "direction": direction, "nulls": nulls } })
    }

    /// The rows of a list that are kept, in their order.
    pub fn answer<'a>(&self, of: usize, rows: impl Iterator<Item = &'a Row>, ask: &Ask, order: &[By]) -> Vec<&'a Row> {
        let mut kept: Vec<&Row> = rows.filter(|row| self.keeps(of, row, ask)).collect();
        // What festivals are ordered by unless somebody says otherwise.
        let newest: Vec<By> = match self.0[of].field("heldOn") {
            Some(field) => vec![By { path: Vec::new(), field, descending: true, nulls_first: false }],
            None => Vec::new(),
        };
        let order = if order.is_empty() { &newest } else { order };
        kept.sort_by(|one, other| self.compare(of, one, other, order));
        kept
    }
}

const COMPARISONS: &[&str] = &["eq", "ne", "in", "nin", "gt", "gte", "lt", "lte"];

fn json_of(cell: &Cell) -> Option<Value> {
    match cell {
        Cell::Text(text, ..) | Cell::Plain(text) => Some(json!(text)),
        Cell::Number(number) if number.fract() == 0.0 => Some(json!(*number as i64)),
        Cell::Number(number) => Some(json!(number)),
        Cell::Boolean(value) => Some(json!(value)),
        _ => None,
    }
}

/// Some of a text.
fn part(random: &mut Random, text: &Value, operator: &str) -> Value {
    let Some(text) = text.as_str() else { return Value::Null };
    let chars: Vec<char> = text.chars().collect();
    let length = 1 + random.below(chars.len().min(6));
    let from = match operator {
        "startsWith" => 0,
        "endsWith" => chars.len() - length,
        _ => random.below(chars.len() - length + 1),
    };
    json!(chars[from..from + length].iter().collect::<String>())
}

/// Some words of a text, the last of them perhaps only begun, as somebody might type them.
fn begun(random: &mut Random, text: &Value) -> Value {
    let Some(text) = text.as_str() else { return Value::Null };
    let words: Vec<&str> = text.split_whitespace().collect();
    let count = 1 + random.below(words.len().min(3));
    let from = random.below(words.len() - count + 1);
    let mut typed = words[from..from + count].join(*random.one(&[" ", "  ", "-", ", "]));
    if random.happens(30) {
        typed.pop();
    }
    let typed = match random.below(3) {
        0 => typed.to_uppercase(),
        1 => reference::words(&typed).join(" "),
        _ => typed,
    };
    if reference::words(&typed).is_empty() { Value::Null } else { json!(typed) }
}

fn count(cell: &Cell) -> f64 {
    match cell {
        Cell::Many(links) => links.len() as f64,
        _ => 0.0,
    }
}

fn compare(one: &Cell, other: &Cell) -> Ordering {
    match (one, other) {
        (Cell::Text(_, one, _), Cell::Text(_, other, _)) => one.cmp(other),
        (Cell::Plain(one), Cell::Plain(other)) => one.cmp(other),
        (Cell::Number(one), Cell::Number(other)) => one.total_cmp(other),
        (Cell::Boolean(one), Cell::Boolean(other)) => one.cmp(other),
        (Cell::Many(one), Cell::Many(other)) => one.len().cmp(&other.len()),
        _ => panic!("{one:?} and {other:?} do not compare"),
    }
}

fn compares(operator: &str, cell: &Cell, value: &Value, place: bool) -> bool {
    if let Some(negated) = [("ne", "eq"), ("nin", "in")].iter().find(|(name, _)| *name == operator) {
        return !compares(negated.1, cell, value, place);
    }
    if operator == "isNull" {
        return matches!(cell, Cell::Null) == value.as_bool().unwrap();
    }
    let text = || match cell {
        Cell::Text(text, ..) | Cell::Plain(text) => text.as_str(),
        _ => "",
    };
    let given = value.as_str().unwrap_or_default();
    let order = match (cell, value) {
        (Cell::Null, _) => return false,
        (Cell::Number(number), Value::Number(value)) => number.partial_cmp(&value.as_f64().unwrap()).unwrap(),
        (Cell::Boolean(one), Value::Bool(other)) => one.cmp(other),
        _ => text().cmp(given),
    };
    match operator {
        "in" => value.as_array().unwrap().iter().any(|value| compares("eq", cell, value, place)),
        "eq" => order.is_eq(),
        "gt" => order.is_gt(),
        "gte" => order.is_ge(),
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        "contains" => text().contains(given),
        "startsWith" => text().starts_with(given),
        "endsWith" => text().ends_with(given),
        "matches" => {
            let Cell::Text(_, _, words) = cell else { return false };
            let asked = reference::words(given);
            reference::stand_in(if place { without_unit(&asked) } else { &asked }, words)
        }
        _ => panic!("{operator} is not known"),
    }
}

/// Without the kind of a unit before its name.
fn without_unit(words: &[String]) -> &[String] {
    let typed = words.join(" ") + " ";
    let units = [
        "thanh pho ",
        "thi tran ",
        "thi xa ",
        "dac khu ",
        "t p ",
        "t t ",
        "t x ",
        "d k ",
        "phuong ",
        "tinh ",
        "quan ",
        "huyen ",
        "xa ",
        "tp ",
        "tt ",
        "tx ",
        "dk ",
        "p ",
        "x ",
        "q ",
        "h ",
        "t ",
    ];
    match units.iter().find(|unit| typed.starts_with(**unit) && typed.len() > unit.len()) {
        Some(unit) => &words[unit.matches(' ').count()..],
        None => words,
    }
}

/// Whether a type is worth being asked about: more often the smaller it is.
pub fn is_quick(of: &Type) -> bool {
    of.rows.len() < 2_000
}
