//! Orders: `TeamOrder` and its like.

use async_graphql::{Enum, InputObject, InputType, Value, registry::Registry};

use super::{input_field, input_object, kind_of};
use crate::{
    api::plan::{Column, Field, Shape},
    auth::Scope,
    domain::Kind,
    error::{Error, shown},
    store::{By, Sight, Step, TableInfo, Term},
};

/// Things that a list may be ordered by at once.
pub const MAX_TERMS: usize = 8;

/// In which direction, and where rows without a value stand (cách sắp xếp).
#[derive(Clone, Copy, Debug, InputObject)]
pub struct SortOrder {
    /// From the least or from the greatest (chiều sắp xếp).
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
    /// Where rows without a value stand, whatever the direction (vị trí giá trị trống).
    #[graphql(default_with = "NullsPosition::Last")]
    nulls: NullsPosition,
}

impl SortOrder {
    /// Whether the greatest comes first, and whether those without a value do.
    pub fn order(self) -> (bool, bool) {
        (self.direction == SortDirection::Desc, self.nulls == NullsPosition::First)
    }
}

/// From which end a list is ordered (chiều sắp xếp).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SortDirection {
    /// From the least, the earliest, from A (tăng dần).
    Asc,
    /// From the greatest, the latest, from Y (giảm dần).
    Desc,
}

/// Where rows without a value stand in a list (vị trí giá trị trống).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NullsPosition {
    /// Before all others (đầu danh sách).
    First,
    /// Behind all others (cuối danh sách).
    Last,
}

/// The name of a type's order.
pub fn type_name(shape: &Shape) -> String {
    format!("{}Order", shape.name)
}

/// Makes the order of a type, and those of the types whose rows its rows name.
pub fn register(registry: &mut Registry, shape: &'static Shape) {
    let sort = SortOrder::create_type_info(registry);
    let sort = sort.trim_end_matches('!').to_owned();
    let description = format!(
        "One thing to order rows of type `{}` by: give exactly one field (tiêu chí sắp xếp). Texts in Vietnamese go by its alphabet (a ă â b … d đ e ê …), tones decide last; codes and lists of values go by their letters.",
        shape.name
    );
    input_object(registry, &type_name(shape), &description, true, |registry| {
        let mut fields = Vec::new();
        for (name, (field, description)) in &shape.fields {
            match *field {
                Field::Column(_) => fields.push(input_field(name, &sort, description)),
                Field::One(_, other) | Field::Maybe(_, other) => {
                    register(registry, other());
                    fields.push(input_field(name, type_name(other()), description));
                }
                Field::Many(..) => {
                    let description = format!("How many there are of `{name}` (số lượng).");
                    fields.push(input_field(count_name(name), &sort, &description));
                }
                Field::Id | Field::Personal(..) | Field::Choice(_) | Field::Through(..) => {}
            }
        }
        fields
    });
}

/// What the number of rows in a list is called: `members` are counted as `memberCount`, `formerCities` as `formerCityCount`.
pub fn count_name(list: &str) -> String {
    let one = match list.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => list.trim_end_matches('s').to_owned(),
    };
    format!("{one}Count")
}

/// Reads what a list of a type's rows is to be ordered by.
///
/// # Errors
/// [`Error::BadInput`] for what is no such order, [`Error::Limit`] for one of too many terms, [`Error::Forbidden`] for one by
/// what may not be seen.
pub fn read(shape: &'static Shape, orders: &[Value], sight: &Sight) -> Result<Vec<Term>, Error> {
    if orders.len() > MAX_TERMS {
        return Err(Error::Limit {
            name: "orderTerms",
            what: "terms of an order",
            max: MAX_TERMS,
            actual: orders.len(),
        });
    }
    let terms = orders.iter().enumerate();
    terms.map(|(index, order)| term(shape, order, Vec::new(), &format!("orderBy.{index}"), sight)).collect()
}

fn term(shape: &'static Shape, order: &Value, mut path: Vec<Step>, at: &str, sight: &Sight) -> Result<Term, Error> {
    let refuse = |why: String| Err(Error::BadInput(format!("`{at}` {why}")));
    let Value::Object(fields) = order else {
        return refuse(format!("is {}, and must be an object.", kind_of(order)));
    };
    let mut given = fields.iter();
    let (Some((name, value)), None) = (given.next(), given.next()) else {
        return refuse(format!("has {} fields, and must have exactly one.", fields.len()));
    };
    let at = format!("{at}.{}", shown(name));
    let seen = |table: &TableInfo| match sight.hides(table) {
        true => Err(Error::Forbidden { what: format!("`{at}`"), scope: Scope::to_see(table).as_str() }),
        false => Ok(()),
    };
    if let Some((_, (Field::Many(relation, other), _))) =
        shape.fields.iter().find(|(list, (field, _))| matches!(field, Field::Many(..)) && count_name(list) == *name)
    {
        seen(other().table)?;
        return sorted(path, By::Count(relation, other().table), value, &at);
    }
    match shape.fields.get(name.as_str()).map(|(field, _)| *field) {
        Some(Field::Column(column)) => sorted(path, by(&column, shape.table), value, &at),
        Some(field @ (Field::One(key, other) | Field::Maybe(key, other))) => {
            seen(other().table)?;
            path.push(Step { key, table: other().table, nullable: matches!(field, Field::Maybe(..)) });
            term(other(), value, path, &at, sight)
        }
        _ => Err(Error::BadInput(format!("`{at}` is nothing that a list is ordered by."))),
    }
}

fn by(column: &Column, table: &TableInfo) -> By {
    let name = match column.kind {
        Kind::Text => table.alphabetical(column.name).unwrap_or(column.name),
        _ => column.name,
    };
    By::Column { name, kind: column.kind, nullable: column.nullable }
}

fn sorted(path: Vec<Step>, by: By, value: &Value, at: &str) -> Result<Term, Error> {
    let Value::Object(_) = value else {
        return Err(Error::BadInput(format!(
            "`{at}` is {}, and must be an object such as {{direction: DESC}}.",
            kind_of(value)
        )));
    };
    let order = SortOrder::parse(Some(value.clone()))
        .map_err(|_| Error::BadInput(format!("`{at}` takes `direction` (ASC or DESC) and `nulls` (FIRST or LAST).")))?;
    let (descending, nulls_first) = order.order();
    Ok(Term { path, by, descending, nulls_first })
}
