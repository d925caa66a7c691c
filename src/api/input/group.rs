//! Groups: `TeamGroupBy`, `TeamHaving`, `TeamGroupOrder` and their like.

use async_graphql::{
    InputType, Value,
    indexmap::IndexMap,
    registry::{MetaEnumValue, MetaType, Registry},
};

use super::{filter, input_field, input_object, kind_of, order::SortOrder};
use crate::{
    api::group::{Key, Said, keys, said},
    api::plan::{Column, Shape},
    auth::Scope,
    domain::{Datum, Number, Ordered},
    error::Error,
    store::{
        Function, GroupBy, GroupTerm, Grouping, MAX_KEYS, MAX_STATS, Predicate, STATS, Sight, Stat, TOTAL, TableInfo,
        Test,
    },
};

/// The name of what a type's rows are grouped by.
pub fn by_name(shape: &Shape) -> String {
    format!("{}GroupBy", shape.name)
}

/// Makes the enum of what a type's rows are grouped by.
pub fn register_by(registry: &mut Registry, shape: &'static Shape) {
    let name = by_name(shape);
    let value = |key: Key| {
        let mut value = MetaEnumValue::new(&key.name);
        value.description = Some(key.description);
        (key.name, value)
    };
    let values = keys(shape, 0).into_iter().map(value).collect();
    let description = format!("What the rows of type `{}` in a group have in common (tiêu chí nhóm).", shape.name);
    registry.types.entry(name.clone()).or_insert(MetaType::Enum {
        name,
        description: Some(description),
        enum_values: values,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    });
}

/// The name of what must be true of a group.
pub fn having_name(shape: &Shape) -> String {
    format!("{}Having", shape.name)
}

/// Makes the filter of groups.
pub fn register_having(registry: &mut Registry, shape: &'static Shape) {
    let description = format!("Which groups of rows of type `{}` to keep (điều kiện trên nhóm).", shape.name);
    input_object(registry, &having_name(shape), &description, false, |registry| {
        let count = filter::of_column(registry, &Column::of::<i32>(TOTAL));
        let mut fields = vec![input_field("count", count, "How many rows the group has (số dòng).")];
        for said in said(shape) {
            let name = format!("{}Filter", said.stats);
            input_object(
                registry,
                &name,
                "What must be true of what is said of a group's values (điều kiện thống kê).",
                false,
                |registry| {
                    let functions = said.functions.iter();
                    functions
                        .map(|(name, function)| {
                            let of = filter::of_column(registry, &compared(&said, *function));
                            input_field(*name, of, function_text(*function))
                        })
                        .collect()
                },
            );
            fields.push(input_field(&said.name, name, &said.description));
        }
        fields
    });
}

/// The name of what groups are ordered by.
pub fn order_name(shape: &Shape) -> String {
    format!("{}GroupOrder", shape.name)
}

/// Makes the order of groups.
pub fn register_order(registry: &mut Registry, shape: &'static Shape) {
    let sort = SortOrder::create_type_info(registry);
    let sort = sort.trim_end_matches('!').to_owned();
    let description = format!(
        "One thing to order groups of rows of type `{}` by: give exactly one field (tiêu chí sắp xếp nhóm).",
        shape.name
    );
    input_object(registry, &order_name(shape), &description, true, |registry| {
        register_by(registry, shape);
        let key = format!("{}GroupKeyOrder", shape.name);
        input_object(
            registry,
            &key,
            "By which of the things that the rows of a group have in common (theo tiêu chí nhóm).",
            false,
            |_| {
                let mut direction =
                    input_field("direction", "SortDirection!", "From the least or from the greatest (chiều sắp xếp).");
                direction.default_value = Some("ASC".to_owned());
                let mut nulls =
                    input_field("nulls", "NullsPosition!", "Where groups without it stand (vị trí giá trị trống).");
                nulls.default_value = Some("LAST".to_owned());
                let by = input_field(
                    "by",
                    format!("{}!", by_name(shape)),
                    "One of those in `by` (tiêu chí). Rows go by their names, in the order of the alphabet.",
                );
                vec![by, direction, nulls]
            },
        );
        let mut fields = vec![
            input_field("count", &sort, "How many rows the group has (số dòng)."),
            input_field("key", key, "Something that the rows of the group have in common (tiêu chí nhóm)."),
        ];
        for said in said(shape) {
            let name = format!("{}Order", said.stats);
            input_object(
                registry,
                &name,
                "One thing that is said of a group's values: give exactly one field (tiêu chí thống kê).",
                true,
                |_| {
                    let functions = said.functions.iter();
                    functions.map(|(name, function)| input_field(*name, &sort, function_text(*function))).collect()
                },
            );
            fields.push(input_field(&said.name, name, &said.description));
        }
        fields
    });
}

/// What a function says, for people.
pub fn function_text(function: Function) -> &'static str {
    match function {
        Function::Count => "How many rows have a value (số dòng có giá trị).",
        Function::CountDistinct => "How many different values there are (số giá trị khác nhau).",
        Function::Sum => "The sum of the values, exact to six decimals (tổng).",
        Function::Average => "The mean of the values (trung bình).",
        Function::Least => "The least value, or the earliest (nhỏ nhất).",
        Function::Greatest => "The greatest value, or the latest (lớn nhất).",
    }
}

/// The column of a group with what a function says.
fn compared(said: &Said, function: Function) -> Column {
    match function {
        Function::Count | Function::CountDistinct => Column::of::<i32>(TOTAL),
        Function::Sum | Function::Average => Column::of::<Number>(TOTAL),
        Function::Least | Function::Greatest => said.column.unwrap_or(Column::of::<i32>(TOTAL)),
    }
}

/// Reads which groups are wanted.
pub struct Reading<'a> {
    shape: &'static Shape,
    sight: &'a Sight,
    /// What has been read so far.
    pub grouping: Grouping,
    /// The names of what the rows have in common.
    pub by: Vec<Key>,
}

impl<'a> Reading<'a> {
    /// Of the rows of a type, by these values of its enum, in a time zone so many minutes east of UTC.
    ///
    /// # Errors
    /// [`Error::BadInput`] for what is no such value or twice there, [`Error::Limit`] for too many, [`Error::Forbidden`] for rows
    /// or keys that not all may see.
    pub fn new(shape: &'static Shape, by: &[Value], offset: i32, sight: &'a Sight) -> Result<Self, Error> {
        let forbidden = |what: String, table| Err(Error::Forbidden { what, scope: Scope::to_see(table).as_str() });
        if sight.hides(shape.table) {
            return forbidden("`groupBy` of these rows".to_owned(), shape.table);
        }
        if by.len() > MAX_KEYS {
            return Err(Error::Limit { name: "groupKeys", what: "keys of groups", max: MAX_KEYS, actual: by.len() });
        }
        let mut all = keys(shape, offset);
        let mut chosen = Vec::with_capacity(by.len());
        for value in by {
            let name = text(value).unwrap_or_default();
            let Some(index) = all.iter().position(|key| key.name == name) else {
                return Err(Error::BadInput(format!("`by` names {value} twice, or it is nothing to group by.")));
            };
            let key = all.remove(index);
            // A row names those too whom not everyone may see.
            if let Some(table) = key.key.names.filter(|table| !sight.shows_all(table)) {
                return forbidden(format!("To group by `{name}`"), table);
            }
            chosen.push(key);
        }
        if chosen.is_empty() {
            return Err(Error::BadInput("`by` is empty. Ask for `aggregate` instead: it is of all rows.".to_owned()));
        }
        let by = chosen.iter().map(|key| key.key.clone()).collect();
        Ok(Self { shape, sight, grouping: Grouping { by, ..Grouping::default() }, by: chosen })
    }

    /// The index of a stat, which is added if it is not there yet.
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn stat(grouping: &mut Grouping, stat: Stat) -> Result<usize, Error> {
        if let Some(index) = grouping.stats.iter().position(|present| *present == stat) {
            return Ok(index);
        }
        let index = grouping.stats.len();
        if index == MAX_STATS {
            return Err(Error::Limit {
                name: "groupStatistics",
                what: "things said of groups",
                max: MAX_STATS,
                actual: index + 1,
            });
        }
        grouping.stats.push(stat);
        Ok(index)
    }

    /// Reads what must be true of the groups.
    ///
    /// # Errors
    /// As [`filter::read`].
    pub fn having(&mut self, table: &'static TableInfo, having: &Value) -> Result<(), Error> {
        let mut all = Vec::new();
        for (name, value) in object("having", having)? {
            let at = format!("having.{name}");
            if name == "count" {
                all.push(filter::read_column(&at, table, &Column::of::<i32>(TOTAL), value)?);
                continue;
            }
            let said = self.said(name, &at)?;
            for (name, value) in object(&at, value)? {
                let at = format!("{at}.{name}");
                let function = said.function(name).ok_or_else(|| unknown(&at))?;
                let stat = Stat { of: said.measure, function };
                let index = Self::stat(&mut self.grouping, stat)?;
                let column = Column { name: STATS[index], ..compared(&said, function) };
                let tested = filter::read_column(&at, table, &column, value)?;
                let in_millionths = said.has_fractions() && matches!(function, Function::Sum | Function::Average);
                all.push(if in_millionths { millionths(tested) } else { tested });
            }
        }
        self.grouping.having = (!all.is_empty()).then_some(Predicate::All(all));
        Ok(())
    }

    /// Reads what the groups are ordered by.
    ///
    /// # Errors
    /// [`Error::BadInput`] for what is no such order.
    pub fn order(&mut self, orders: &[Value]) -> Result<(), Error> {
        for (index, order) in orders.iter().enumerate() {
            let at = format!("orderBy.{index}");
            let (name, value) = only(&at, order)?;
            let at = format!("{at}.{name}");
            let (by, sort) = match name {
                "count" => (GroupBy::Count, value.clone()),
                "key" => {
                    let mut fields = object(&at, value)?.clone();
                    let by = fields.shift_remove("by").unwrap_or_default();
                    let by = text(&by).unwrap_or_default();
                    let Some(index) = self.by.iter().position(|key| key.name == by) else {
                        return Err(Error::BadInput(format!("`{at}.by` is {by}, which is not among those in `by`.")));
                    };
                    (GroupBy::Key(index), Value::Object(fields))
                }
                name => {
                    let said = self.said(name, &at)?;
                    let (name, value) = only(&at, value)?;
                    let function = said.function(name).ok_or_else(|| unknown(&format!("{at}.{name}")))?;
                    let stat = Stat { of: said.measure, function };
                    (GroupBy::Stat(Self::stat(&mut self.grouping, stat)?), value.clone())
                }
            };
            let sort = SortOrder::parse(Some(sort)).map_err(|_| {
                Error::BadInput(format!("`{at}` takes `direction` (ASC or DESC) and `nulls` (FIRST or LAST)."))
            })?;
            let (descending, nulls_first) = sort.order();
            self.grouping.order.push(GroupTerm { by, descending, nulls_first });
        }
        Ok(())
    }

    fn said(&self, name: &str, at: &str) -> Result<Said, Error> {
        let said = said(self.shape).into_iter().find(|said| said.name == name).ok_or_else(|| unknown(at))?;
        said.permitted(self.sight, at)?;
        Ok(said)
    }
}

fn unknown(at: &str) -> Error {
    Error::BadInput(format!("`{at}` is nothing that is said of groups."))
}

fn object<'a>(at: &str, value: &'a Value) -> Result<&'a IndexMap<async_graphql::Name, Value>, Error> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(Error::BadInput(format!("`{at}` is {}, and must be an object.", kind_of(other)))),
    }
}

fn only<'a>(at: &str, value: &'a Value) -> Result<(&'a str, &'a Value), Error> {
    let fields = object(at, value)?;
    match (fields.len(), fields.first()) {
        (1, Some((name, value))) => Ok((name.as_str(), value)),
        (count, _) => Err(Error::BadInput(format!("`{at}` has {count} fields, and must have exactly one."))),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Enum(name) => Some(name.as_str()),
        Value::String(name) => Some(name),
        _ => None,
    }
}

/// The same of a value that is in millionths.
fn millionths(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::All(all) => Predicate::All(all.into_iter().map(millionths).collect()),
        Predicate::Any(all) => Predicate::Any(all.into_iter().map(millionths).collect()),
        Predicate::Not(one) => !millionths(*one),
        Predicate::Column(name, Test::Is(comparison, Datum::Number(number))) => {
            Predicate::Column(name, Test::Is(comparison, Datum::Number(Ordered(number.0 * 1e6))))
        }
        other => other,
    }
}

/// Whether groups are ordered by the key with this index alone, from the first.
pub fn is_by_key(grouping: &Grouping, index: usize) -> bool {
    matches!(&*grouping.order, [term] if term.by == GroupBy::Key(index))
}

/// From the most rows to the fewest.
pub fn most_first() -> GroupTerm {
    GroupTerm { by: GroupBy::Count, descending: true, nulls_first: false }
}
