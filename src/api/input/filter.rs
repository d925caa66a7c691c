//! Filters: `TeamFilter` and its like, with operators for each kind of column.

mod operators;

use async_graphql::{Name, Value, indexmap::IndexMap, registry::Registry};

use super::{input_field, input_object, kind_of};
use crate::{
    api::plan::{Column, Field, Personal, Shape},
    auth::Scope,
    domain::{Datum, Kind},
    error::{Error, shown},
    ids::NodeId,
    store::{Comparison, Predicate, Sealed, Sight, TableInfo, Test},
    text,
};
use operators::{
    COMPARISONS, MEMBERSHIP,
    Operator::{self, Contains, EndsWith, Equal, Gt, Gte, In, IsNull, Lt, Lte, Matches, Nin, NotEqual, StartsWith},
    SEALED, operators, operators_type,
};

/// How deep a filter may go: `and`, `or`, `not` and each relation are a level.
pub const MAX_DEPTH: usize = 10;
/// Conditions that a filter may have; an empty object in it is one, for the database looks at it too.
pub const MAX_CONDITIONS: usize = 100;
/// Values that a list of `in` or `nin` may have.
pub const MAX_LIST: usize = 250;

/// The name of a type's filter.
pub fn type_name(shape: &Shape) -> String {
    format!("{}Filter", shape.name)
}

/// Makes the filter of a type, and those of all types that it leads to.
pub fn register(registry: &mut Registry, shape: &'static Shape) {
    let name = type_name(shape);
    let description = format!(
        "Which rows of type `{}` to keep: those for which every condition that is given is true (điều kiện lọc). An empty filter keeps all; null is an error.",
        shape.name
    );
    input_object(registry, &name, &description, false, |registry| {
        let mut fields = vec![
            input_field("and", format!("[{name}!]"), "All of these are true (và)."),
            input_field("or", format!("[{name}!]"), "At least one of these is true (hoặc)."),
            input_field(
                "not",
                &name,
                "This is not true (không). It keeps exactly the rows that the same filter without `not` leaves out, those without a value included.",
            ),
        ];
        for (name, (field, description)) in &shape.fields {
            if let Some(of) = field_type(registry, shape, name, *field) {
                fields.push(input_field(name, of, description));
            }
        }
        fields
    });
}

fn field_type(registry: &mut Registry, shape: &'static Shape, name: &str, field: Field) -> Option<String> {
    match field {
        Field::Id => Some(operators_type(registry, "ID", MEMBERSHIP)),
        Field::Column(column) => {
            let of = (column.input)(registry);
            let of = of.trim_end_matches('!');
            Some(operators_type(registry, of, &operators(&column, shape.table)))
        }
        // Sealed values are found by what they are equal to.
        Field::Personal(personal) => personal.hash.map(|_| operators_type(registry, SEALED, &[Equal, In])),
        Field::One(_, other) | Field::Maybe(_, other) => {
            register(registry, other());
            Some(type_name(other()))
        }
        Field::Choice(others) => {
            let of = format!("{}{}Filter", shape.name, capitalised(name));
            let description = "Which of them it is, and what must be true of it (một trong các loại). Several are all to be true, which they never are.";
            input_object(registry, &of, description, false, |registry| {
                let field = |(_, other): &(&str, fn() -> &'static Shape)| {
                    register(registry, other());
                    let description =
                        format!("It is a row of type `{}`, and this is true of it (là loại này).", other().name);
                    input_field(uncapitalised(other().name), type_name(other()), &description)
                };
                others.iter().map(field).collect()
            });
            Some(of)
        }
        Field::Many(_, other) => {
            register(registry, other());
            Some(list_type(registry, other()))
        }
        Field::Through(_, other, column) => {
            let (field, _) = other().fields.get(column)?;
            field_type(registry, other(), column, *field)
        }
    }
}

/// The conditions on a list of rows.
fn list_type(registry: &mut Registry, of: &Shape) -> String {
    let name = format!("{}ListFilter", of.name);
    let filter = type_name(of);
    let description = "What must be true of the rows that a row leads to (điều kiện trên danh sách con).";
    input_object(registry, &name, description, false, |registry| {
        let int = operators_type(registry, "Int", COMPARISONS);
        vec![
            input_field(
                "some",
                &filter,
                "It is true of at least one (có ít nhất một). `{}` asks only that there is one.",
            ),
            input_field("every", &filter, "It is true of each; so it is where there is none (tất cả)."),
            input_field("none", &filter, "It is true of none (không có). `{}` asks that there is none."),
            input_field("count", int, "How many there are (số lượng)."),
        ]
    });
    name
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    format!("{}{rest}", first.to_ascii_uppercase())
}

/// A name or a text, beginning with a small letter.
pub fn uncapitalised(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    format!("{}{rest}", first.to_ascii_lowercase())
}

/// Reads a filter of a type's rows.
///
/// # Errors
/// [`Error::BadInput`] for what is not such a filter, [`Error::Limit`] for one that is too deep or too long.
/// [`Error::Forbidden`] where it asks of what may not be seen.
pub fn read(shape: &'static Shape, filter: &Value, sight: &Sight) -> Result<Predicate, Error> {
    Reading { sight, path: vec!["filter".to_owned()], depth: 0, conditions: 0 }.filter(shape, filter)
}

/// The input object with the operators for a column that is no text in Vietnamese; its name.
pub fn of_column(registry: &mut Registry, column: &Column) -> String {
    let of = (column.input)(registry);
    operators_type(registry, of.trim_end_matches('!'), COMPARISONS)
}

/// Reads what must be true of a column, with the operators of [`of_column`].
///
/// # Errors
/// As [`read`].
pub fn read_column(at: &str, table: &'static TableInfo, column: &Column, value: &Value) -> Result<Predicate, Error> {
    let sight = Sight::default();
    let mut reading = Reading { sight: &sight, path: vec![at.to_owned()], depth: 0, conditions: 0 };
    // Nothing is null that is said of a group.
    let column = Column { nullable: false, ..*column };
    reading.all(value, |reading, operator, value| reading.column(table, &column, operator, value))
}

struct Reading<'a> {
    /// What may be asked of.
    sight: &'a Sight,
    /// Where in the filter this is.
    path: Vec<String>,
    /// How many filters this is in.
    depth: usize,
    conditions: usize,
}

type Fields = IndexMap<Name, Value>;

impl Reading<'_> {
    /// Reads what stands at a name or an index.
    fn at<T>(&mut self, name: impl Into<String>, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.path.push(shown(&name.into()));
        let result = read(self)?;
        self.path.pop();
        Ok(result)
    }

    fn refuse(&self, why: impl std::fmt::Display) -> Error {
        Error::BadInput(format!("`{}` {why}", self.path.join(".")))
    }

    fn forbid(&self, scope: Scope) -> Error {
        Error::Forbidden { what: format!("`{}`", self.path.join(".")), scope: scope.as_str() }
    }

    fn fields<'v>(&self, value: &'v Value) -> Result<&'v Fields, Error> {
        match value {
            Value::Object(fields) => Ok(fields),
            Value::Null => Err(self.refuse("is null. Leave it out instead, or ask for `isNull`.")),
            other => Err(self.refuse(format!("is {}, and must be an object.", kind_of(other)))),
        }
    }

    /// Reads all fields of an object.
    fn all(
        &mut self,
        value: &Value,
        mut read: impl FnMut(&mut Self, &str, &Value) -> Result<Predicate, Error>,
    ) -> Result<Predicate, Error> {
        let mut all = Vec::new();
        let fields = self.fields(value)?;
        if fields.is_empty() {
            self.counted()?;
        }
        for (name, value) in fields {
            all.push(self.at(name.as_str(), |reading| read(reading, name, value))?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Predicate::All(all) })
    }

    fn filter(&mut self, shape: &'static Shape, value: &Value) -> Result<Predicate, Error> {
        if self.depth > MAX_DEPTH {
            return Err(Error::Limit {
                name: "filterLevels",
                what: "levels of a filter",
                max: MAX_DEPTH,
                actual: self.depth,
            });
        }
        // Whoever may not see a row may not learn of it by asking.
        if self.sight.hides(shape.table) {
            return Err(self.forbid(Scope::to_see(shape.table)));
        }
        self.depth += 1;
        let all = self.all(value, |reading, name, value| match name {
            "and" => Ok(Predicate::All(reading.filters(shape, value)?)),
            "or" => Ok(Predicate::Any(reading.filters(shape, value)?)),
            "not" => Ok(!reading.filter(shape, value)?),
            name => match shape.fields.get(name) {
                Some((field, _)) => reading.field(shape, *field, value),
                None => Err(reading.refuse("is nothing that can be asked.")),
            },
        })?;
        self.depth -= 1;
        Ok(all)
    }

    fn filters(&mut self, shape: &'static Shape, value: &Value) -> Result<Vec<Predicate>, Error> {
        let one = std::slice::from_ref(value);
        let filters = match value {
            Value::List(filters) => filters.as_slice(),
            _ => one,
        };
        if filters.is_empty() {
            return Err(self.refuse("is empty. Leave it out instead."));
        }
        let filters = filters.iter().enumerate();
        filters.map(|(index, filter)| self.at(index.to_string(), |reading| reading.filter(shape, filter))).collect()
    }

    fn field(&mut self, shape: &'static Shape, field: Field, value: &Value) -> Result<Predicate, Error> {
        match field {
            Field::Id => self.all(value, |reading, operator, value| reading.id(shape, operator, value)),
            Field::Column(column) => {
                self.all(value, |reading, operator, value| reading.operator(shape, &column, operator, value))
            }
            Field::Personal(personal) => self.personal(&personal, value),
            Field::One(key, other) | Field::Maybe(key, other) => self.parent(key, other(), value),
            Field::Choice(others) => self.all(value, |reading, name, value| {
                let chosen = others.iter().find(|(_, other)| uncapitalised(other().name) == name);
                let (key, other) = chosen.ok_or_else(|| reading.refuse("is nothing that can be asked."))?;
                reading.parent(key, other(), value)
            }),
            Field::Many(relation, other) => self.all(value, |reading, name, value| {
                let table = other().table;
                match name {
                    "some" => Ok(Predicate::Some(relation, table, Box::new(reading.filter(other(), value)?))),
                    "every" => {
                        let others = !reading.filter(other(), value)?;
                        Ok(!Predicate::Some(relation, table, Box::new(others)))
                    }
                    "none" => Ok(!Predicate::Some(relation, table, Box::new(reading.filter(other(), value)?))),
                    "count" if reading.sight.hides(table) => Err(reading.forbid(Scope::to_see(table))),
                    "count" => reading.all(value, |reading, operator, value| {
                        let count = Column::of::<i32>("count");
                        let counted = |test| Predicate::Count(relation, table, test);
                        reading.test(COMPARISONS, &count, operator, value, &counted)
                    }),
                    _ => Err(reading.refuse("is nothing that can be asked.")),
                }
            }),
            Field::Through(relation, other, column) => match other().fields.get(column) {
                Some((field, _)) => {
                    let is = self.field(other(), *field, value)?;
                    Ok(Predicate::Some(relation, other().table, Box::new(is)))
                }
                None => Err(self.refuse("is nothing that can be asked.")),
            },
        }
    }

    /// Values that are sealed are found by their hashes, if they are the same to the letter.
    fn personal(&mut self, personal: &Personal, value: &Value) -> Result<Predicate, Error> {
        let Some(hash) = personal.hash else { return Err(self.refuse("is nothing that can be asked.")) };
        if !self.sight.personal {
            return Err(self.forbid(Scope::MembersPersonal));
        }
        self.all(value, |reading, operator, value| {
            let values = match (operator, value) {
                ("eq", value) => vec![reading.text(value)?],
                ("in", value) => {
                    reading.listed(value)?.iter().map(|value| reading.text(value)).collect::<Result<_, Error>>()?
                }
                _ => return Err(reading.refuse("is nothing that can be asked.")),
            };
            reading.counted()?;
            let Personal { purpose, asked, .. } = *personal;
            Ok(Predicate::Sealed(Sealed { hash, asked, purpose }, values))
        })
    }

    fn parent(&mut self, key: &'static str, of: &'static Shape, value: &Value) -> Result<Predicate, Error> {
        Ok(Predicate::Parent(key, of.table, Box::new(self.filter(of, value)?)))
    }

    fn id(&mut self, shape: &'static Shape, operator: &str, value: &Value) -> Result<Predicate, Error> {
        let decode = |text: &str| match NodeId::decode(text) {
            Ok(id) if id.table == shape.table.name => Ok(Value::from(id.row)),
            _ => Err(self.refuse(format!("is \"{}\", which is no id of the type `{}`.", shown(text), shape.name))),
        };
        // The number of a row is no id.
        let text = |value: &Value| match value {
            Value::String(text) => decode(text),
            Value::Null => Ok(Value::Null),
            other => Err(self.refuse(format!("is {}, and must be an id.", kind_of(other)))),
        };
        let decoded = match value {
            Value::List(list) if list.len() <= MAX_LIST => {
                Value::List(list.iter().map(text).collect::<Result<_, _>>()?)
            }
            Value::List(list) => Value::List(list.clone()),
            other => text(other)?,
        };
        let given = |value: Value| match value {
            Value::Number(number) => number.as_i64().map(Datum::Integer).ok_or_else(|| "is no id".to_owned()),
            other => Err(format!("is {}, and must be an id", kind_of(&other))),
        };
        let column = Column { given, ..Column::of::<i32>("id") };
        self.test(MEMBERSHIP, &column, operator, &decoded, &|test| Predicate::Column("id", test))
    }

    /// Reads one operator of a column of a type's rows: of places, `matches` asks for the units above them too.
    fn operator(
        &mut self,
        shape: &'static Shape,
        column: &Column,
        operator: &str,
        value: &Value,
    ) -> Result<Predicate, Error> {
        if operator == Matches.name() && self.sight.as_of.is_some() {
            return Err(self
                .refuse("cannot be asked with `asOf`: words are found among present names only. Ask by `contains`."));
        }
        let is_name = shape.table.is_place && shape.table.alphabetical(column.name).is_some();
        if is_name && operator == Matches.name() {
            self.place(shape, column, value)
        } else {
            self.column(shape.table, column, operator, value)
        }
    }

    /// What stands before the first comma is of the unit's own name; what follows, each of a unit above it.
    fn place(&mut self, shape: &'static Shape, column: &Column, value: &Value) -> Result<Predicate, Error> {
        let given = self.text(value)?;
        let mut parts = text::parts(&given).into_iter().map(text::place_words);
        let own = parts.next().ok_or_else(|| self.refuse("has no letter and no digit."))?;
        self.counted()?;
        let mut all = vec![Predicate::Words(column.name, own)];
        for part in parts {
            let above = shape.above().map(|(key, unit)| {
                self.counted()?;
                Ok(Predicate::Parent(key, unit, Box::new(Predicate::Words("name", part.clone()))))
            });
            all.push(Predicate::Any(above.collect::<Result<_, Error>>()?));
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Predicate::All(all) })
    }

    fn column(
        &mut self,
        table: &'static TableInfo,
        column: &Column,
        operator: &str,
        value: &Value,
    ) -> Result<Predicate, Error> {
        let operators = operators(column, table);
        if operator == Matches.name() && operators.contains(&Matches) {
            self.counted()?;
            let words = text::words(&self.text(value)?);
            return match words.is_empty() {
                true => Err(self.refuse("has no letter and no digit.")),
                false => Ok(Predicate::Words(column.name, words)),
            };
        }
        self.test(&operators, column, operator, value, &|test| Predicate::Column(column.name, test))
    }

    /// Reads one operator; `tested` says what it is asked of.
    fn test(
        &mut self,
        operators: &[Operator],
        column: &Column,
        operator: &str,
        value: &Value,
        tested: &dyn Fn(Test) -> Predicate,
    ) -> Result<Predicate, Error> {
        let known = Operator::ALL.into_iter().find(|known| known.name() == operator);
        let Some(operator) = known.filter(|known| operators.contains(known)) else {
            return Err(self.refuse("is nothing that can be asked."));
        };
        self.counted()?;
        let compared = |reading: &Self, comparison| Ok(tested(Test::Is(comparison, reading.datum(column, value)?)));
        match operator {
            Equal => compared(self, Comparison::Eq),
            NotEqual => Ok(!compared(self, Comparison::Eq)?),
            Gt => compared(self, Comparison::Gt),
            Gte => compared(self, Comparison::Gte),
            Lt => compared(self, Comparison::Lt),
            Lte => compared(self, Comparison::Lte),
            In => self.one_of(column, value, tested),
            Nin => Ok(!self.one_of(column, value, tested)?),
            Contains => Ok(tested(Test::Contains(self.part(value)?))),
            StartsWith => Ok(tested(Test::StartsWith(self.part(value)?))),
            EndsWith => Ok(tested(Test::EndsWith(self.part(value)?))),
            IsNull => match value {
                Value::Boolean(true) => Ok(tested(Test::Null)),
                Value::Boolean(false) => Ok(!tested(Test::Null)),
                other => Err(self.refuse(format!("is {}, and must be true or false.", kind_of(other)))),
            },
            Matches => Err(self.refuse("is nothing that can be asked.")),
        }
    }

    /// The values of a list; one alone is a list too.
    fn listed<'v>(&self, value: &'v Value) -> Result<&'v [Value], Error> {
        match value {
            Value::List(values) if values.len() > MAX_LIST => Err(Error::Limit {
                name: "filterValues",
                what: "values of a list",
                max: MAX_LIST,
                actual: values.len(),
            }),
            Value::List(values) => Ok(values),
            one => Ok(std::slice::from_ref(one)),
        }
    }

    fn one_of(&self, column: &Column, value: &Value, tested: &dyn Fn(Test) -> Predicate) -> Result<Predicate, Error> {
        let values = self.listed(value)?;
        let mut data: Vec<Datum> = values.iter().map(|value| self.datum(column, value)).collect::<Result<_, _>>()?;
        data.sort();
        data.dedup();
        Ok(match column.kind {
            Kind::Text | Kind::Integer | Kind::Date if !data.is_empty() => tested(Test::In(data)),
            _ => Predicate::Any(data.into_iter().map(|datum| tested(Test::Is(Comparison::Eq, datum))).collect()),
        })
    }

    fn datum(&self, column: &Column, value: &Value) -> Result<Datum, Error> {
        if *value == Value::Null {
            let ask = if column.nullable { " Ask for `isNull` instead." } else { "" };
            return Err(self.refuse(format!("is null, and nothing compares with null.{ask}")));
        }
        match (column.given)(value.clone()) {
            Ok(Datum::Text(text)) if text.contains('\0') => {
                Err(self.refuse("has a character NUL in it, which no text has."))
            }
            Ok(Datum::Number(number)) if !number.0.is_finite() => Err(self.refuse("is no finite number.")),
            Ok(datum) => Ok(datum),
            Err(why) => Err(self.refuse(format!("{why}."))),
        }
    }

    fn text(&self, value: &Value) -> Result<String, Error> {
        match self.datum(&Column::of::<String>("text"), value)? {
            Datum::Text(text) => Ok(text),
            _ => Err(self.refuse("must be a text.")),
        }
    }

    fn part(&self, value: &Value) -> Result<String, Error> {
        let part = self.text(value)?;
        if part.is_empty() { Err(self.refuse("is empty: every text has that in it.")) } else { Ok(part) }
    }

    fn counted(&mut self) -> Result<(), Error> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(Error::Limit {
                name: "filterConditions",
                what: "conditions of a filter",
                max: MAX_CONDITIONS,
                actual: self.conditions,
            });
        }
        Ok(())
    }
}
