//! What may be said of the values of many rows.

use async_graphql::SimpleObject;

use crate::{
    api::input::order::count_name,
    api::plan::{Column, Field, Shape},
    auth::Scope,
    domain::{Date, DateTime, Datum, Kind, Number},
    error::Error,
    store::{Function, Group, Grouping, Measure, Sight, Stat, TableInfo},
};

/// Something that is measured of each row of a type, and what may be said of many.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// What it is, for the store.
    pub measure: Measure,
    /// The table whose rows it is told from, if it is not the row's own.
    pub from: Option<&'static TableInfo>,
    /// The column, if it is one that has a least and a greatest value.
    pub column: Option<Column>,
    /// The type of what is said.
    pub stats: &'static str,
    /// What is said, by name.
    pub functions: &'static [(&'static str, Function)],
}

const COUNTS: &[(&str, Function)] = &[("count", Function::Count), ("countDistinct", Function::CountDistinct)];
const ENDS: &[(&str, Function)] = &[
    ("count", Function::Count),
    ("countDistinct", Function::CountDistinct),
    ("min", Function::Least),
    ("max", Function::Greatest),
];
const SUMS: &[(&str, Function)] = &[
    ("count", Function::Count),
    ("countDistinct", Function::CountDistinct),
    ("sum", Function::Sum),
    ("avg", Function::Average),
    ("min", Function::Least),
    ("max", Function::Greatest),
];

impl Said {
    /// The function of this name.
    pub fn function(&self, name: &str) -> Option<Function> {
        self.functions.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// Whether who sees this may be told; `at` is what the client calls it.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn permitted(&self, sight: &Sight, at: &str) -> Result<(), Error> {
        // A row names those too that not everyone may see; counts know of them.
        let is_named = matches!(self.measure, Measure::Column(..));
        match self.from {
            Some(table) if sight.hides(table) || is_named && !sight.shows_all(table) => {
                Err(Error::Forbidden { what: format!("`{at}`"), scope: Scope::to_see(table).as_str() })
            }
            _ => Ok(()),
        }
    }

    /// Whether its values are numbers that may have a fraction.
    pub fn has_fractions(&self) -> bool {
        matches!(self.measure, Measure::Column(_, Kind::Number))
    }
}

/// All that is said of many rows of a type.
pub fn said(shape: &'static Shape) -> Vec<Said> {
    let mut all = Vec::new();
    for (name, (field, description)) in &shape.fields {
        let (name, measure, column, from) = match *field {
            Field::Column(column) if column.name != "version" => {
                (name.clone(), Measure::Column(column.name, column.kind), Some(column), None)
            }
            // Rows are told apart by what names them.
            Field::One(key, other) | Field::Maybe(key, other) => {
                (name.clone(), Measure::Column(key, Kind::Text), None, Some(other().table))
            }
            Field::Many(relation, other) => {
                let table = other().table;
                (count_name(name), Measure::Count(relation, table), Some(Column::of::<i32>("count")), Some(table))
            }
            _ => continue,
        };
        let (stats, functions) = match column.map(|column| column.kind) {
            Some(Kind::Integer) => ("IntStats", SUMS),
            Some(Kind::Number) => ("FloatStats", SUMS),
            Some(Kind::Date) => ("DateStats", ENDS),
            Some(Kind::Moment) => ("DateTimeStats", ENDS),
            Some(Kind::Text | Kind::Boolean) | None => ("DistinctStats", COUNTS),
        };
        let description = match field {
            Field::Many(..) => format!("How many there are of `{}` (số lượng).", name.trim_end_matches("Count")),
            _ => description.trim().to_owned(),
        };
        all.push(Said { name, description, measure, from, column, stats, functions });
    }
    all
}

/// Whole numbers of many rows (thống kê số nguyên).
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct IntStats {
    /// How many rows have a value (số dòng có giá trị).
    count: Option<i64>,
    /// How many different values there are; null for the groups that come together as `others` (số giá trị khác nhau).
    count_distinct: Option<i64>,
    /// Their sum; null if there is no value (tổng).
    sum: Option<Number>,
    /// Their mean; null if there is no value (trung bình).
    avg: Option<Number>,
    /// The least; null if there is no value (nhỏ nhất).
    min: Option<i64>,
    /// The greatest; null if there is no value (lớn nhất).
    max: Option<i64>,
}

/// Numbers of many rows (thống kê số thực).
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct FloatStats {
    /// How many rows have a value (số dòng có giá trị).
    count: Option<i64>,
    /// How many different values there are; null for the groups that come together as `others` (số giá trị khác nhau).
    count_distinct: Option<i64>,
    /// Their sum, exact to six decimals; null if there is no value (tổng).
    sum: Option<Number>,
    /// Their mean; null if there is no value (trung bình).
    avg: Option<Number>,
    /// The least; null if there is no value (nhỏ nhất).
    min: Option<Number>,
    /// The greatest; null if there is no value (lớn nhất).
    max: Option<Number>,
}

/// Days of many rows (thống kê ngày).
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct DateStats {
    /// How many rows have a value (số dòng có giá trị).
    count: Option<i64>,
    /// How many different values there are; null for the groups that come together as `others` (số giá trị khác nhau).
    count_distinct: Option<i64>,
    /// The earliest; null if there is none (sớm nhất).
    min: Option<Date>,
    /// The latest; null if there is none (muộn nhất).
    max: Option<Date>,
}

/// Moments of many rows (thống kê thời điểm).
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct DateTimeStats {
    /// How many rows have a value (số dòng có giá trị).
    count: Option<i64>,
    /// How many different values there are; null for the groups that come together as `others` (số giá trị khác nhau).
    count_distinct: Option<i64>,
    /// The earliest; null if there is none (sớm nhất).
    min: Option<DateTime>,
    /// The latest; null if there is none (muộn nhất).
    max: Option<DateTime>,
}

/// Values of many rows that are only told apart (thống kê giá trị).
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct DistinctStats {
    /// How many rows have a value (số dòng có giá trị).
    count: Option<i64>,
    /// How many different values there are; null for the groups that come together as `others` (số giá trị khác nhau).
    count_distinct: Option<i64>,
}

/// What was read of one measure.
pub struct Values<'a> {
    /// What was asked.
    pub grouping: &'a Grouping,
    /// What was read.
    pub group: &'a Group,
    /// Whether it is of several groups together.
    pub merged: bool,
    /// The measure.
    pub said: &'a Said,
}

impl Values<'_> {
    fn get(&self, function: Function) -> Option<&Datum> {
        let stat = Stat { of: self.said.measure, function };
        let index = self.grouping.stats.iter().position(|present| *present == stat)?;
        self.group.stats.get(index)?.as_ref()
    }

    fn whole(&self, function: Function) -> Option<i64> {
        match self.get(function)? {
            Datum::Integer(number) => Some(*number),
            _ => None,
        }
    }

    fn count(&self) -> Option<i64> {
        self.whole(Function::Count)
    }

    fn count_distinct(&self) -> Option<i64> {
        if self.merged { None } else { self.whole(Function::CountDistinct) }
    }

    #[expect(clippy::cast_precision_loss, reason = "nothing here adds up to 2^53")]
    fn sum(&self) -> Option<Number> {
        let sum = self.whole(Function::Sum)? as f64;
        Some(Number(if self.said.has_fractions() { sum / 1e6 } else { sum }))
    }

    #[expect(clippy::cast_precision_loss, reason = "nothing here adds up to 2^53")]
    fn avg(&self) -> Option<Number> {
        let count = self.count().filter(|count| *count > 0)?;
        Some(Number(self.sum()?.0 / count as f64))
    }

    fn number(&self, function: Function) -> Option<Number> {
        match self.get(function)? {
            Datum::Number(number) => Some(Number(number.0)),
            _ => None,
        }
    }

    fn date(&self, function: Function) -> Option<Date> {
        match self.get(function)? {
            Datum::Date(day) => Some(Date(*day)),
            _ => None,
        }
    }

    fn moment(&self, function: Function) -> Option<DateTime> {
        match self.get(function)? {
            Datum::Moment(moment) => Some(DateTime(*moment)),
            _ => None,
        }
    }

    /// As whole numbers.
    pub fn ints(&self) -> IntStats {
        IntStats {
            count: self.count(),
            count_distinct: self.count_distinct(),
            sum: self.sum(),
            avg: self.avg(),
            min: self.whole(Function::Least),
            max: self.whole(Function::Greatest),
        }
    }

    /// As numbers.
    pub fn floats(&self) -> FloatStats {
        FloatStats {
            count: self.count(),
            count_distinct: self.count_distinct(),
            sum: self.sum(),
            avg: self.avg(),
            min: self.number(Function::Least),
            max: self.number(Function::Greatest),
        }
    }

    /// As days.
    pub fn dates(&self) -> DateStats {
        DateStats {
            count: self.count(),
            count_distinct: self.count_distinct(),
            min: self.date(Function::Least),
            max: self.date(Function::Greatest),
        }
    }

    /// As moments.
    pub fn moments(&self) -> DateTimeStats {
        DateTimeStats {
            count: self.count(),
            count_distinct: self.count_distinct(),
            min: self.moment(Function::Least),
            max: self.moment(Function::Greatest),
        }
    }

    /// As values that are only told apart.
    pub fn distinct(&self) -> DistinctStats {
        DistinctStats { count: self.count(), count_distinct: self.count_distinct() }
    }
}

/// What must be read for a function: a mean is made from a sum and a count.
pub fn needed(function: Function) -> &'static [Function] {
    match function {
        Function::Average => &[Function::Sum, Function::Count],
        Function::Count => &[Function::Count],
        Function::CountDistinct => &[Function::CountDistinct],
        Function::Sum => &[Function::Sum],
        Function::Least => &[Function::Least],
        Function::Greatest => &[Function::Greatest],
    }
}
