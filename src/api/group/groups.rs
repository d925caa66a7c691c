//! The groups of a list, as types of the schema: `TeamGroups`, `TeamGroup`.

use std::{borrow::Cow, marker::PhantomData, sync::Arc};

use async_graphql::{Object, OutputType, SelectionField, TypeName, Value};
use chrono::{Datelike, Days, FixedOffset, Months, NaiveDate};

use super::{
    aggregate::{Aggregate, DATA_VERSION, ask},
    key::{GroupKeys, Key},
};
use crate::{
    api::{
        input::group::{Reading, is_by_key, most_first},
        object::Record,
    },
    domain::Datum,
    error::{Error, shown},
    store::{self, Function, GroupBy, GroupTerm, Grouping, GroupsRead, MAX_ROWS, PAGE_ROWS, Sight, Table, Unit},
};

/// Groups that come when the client does not say how many.
pub const DEFAULT_GROUPS: u32 = 50;

/// Which groups are wanted, as the client says.
#[derive(Debug)]
pub struct GroupArgs {
    /// What to group by.
    pub by: Vec<Value>,
    /// Which groups to keep.
    pub having: Option<Value>,
    /// What to order them by.
    pub order: Vec<Value>,
    /// How many.
    pub first: Option<i32>,
    /// Whether the rest comes as one.
    pub others: bool,
    /// Whether periods without rows come too.
    pub fill_gaps: bool,
    /// Where the days of moments begin.
    pub time_zone: Option<String>,
}

/// The groups of a list's rows, read.
#[derive(Debug)]
pub struct Groups<T> {
    keys: Arc<Vec<Key>>,
    grouping: Arc<Grouping>,
    read: GroupsRead,
    of: PhantomData<fn() -> T>,
}

/// Which groups are to be read, and how they are filled up.
#[derive(Debug)]
pub struct Wanted {
    /// What is read.
    pub grouping: Arc<Grouping>,
    keys: Arc<Vec<Key>>,
    fill: Option<Unit>,
}

impl Wanted {
    /// Reads the arguments; `selected` is the field, whose selection says what is said of the groups.
    ///
    /// # Errors
    /// [`Error::BadInput`], [`Error::Limit`] and [`Error::PageSize`] for arguments that are none, [`Error::Forbidden`] for groups
    /// that may not be told to who asks.
    pub fn try_new<T: Record>(args: &GroupArgs, selected: SelectionField<'_>, sight: &Sight) -> Result<Self, Error> {
        let mut reading = Reading::new(T::shape(), &args.by, offset(args.time_zone.as_deref())?, sight)?;
        if let Some(having) = &args.having {
            reading.having(T::Table::info(), having)?;
        }
        reading.order(&args.order)?;
        let Reading { mut grouping, by, .. } = reading;
        for part in selected.selection_set() {
            grouping.version |= part.name() == DATA_VERSION;
            for aggregate in part.selection_set().filter(|field| field.name() == "aggregate") {
                ask::<T>(&mut grouping, aggregate, sight)?;
            }
        }
        grouping.first = first(args.first)?;
        grouping.others = args.others;
        let fill = if args.fill_gaps { Some(fillable(&mut grouping, args)?) } else { None };
        if grouping.order.is_empty() {
            grouping.order.push(most_first());
        }
        Ok(Self { grouping: Arc::new(grouping), keys: Arc::new(by), fill })
    }

    /// The groups that were read, with those that are filled in.
    pub fn groups<T>(self, read: &GroupsRead) -> Groups<T> {
        let mut read = read.clone();
        if let Some(unit) = self.fill {
            fill(&mut read, &self.grouping, unit);
        }
        Groups { keys: self.keys, grouping: self.grouping, read, of: PhantomData }
    }
}

fn first(first: Option<i32>) -> Result<u32, Error> {
    let first = first.unwrap_or(DEFAULT_GROUPS.cast_signed());
    match u32::try_from(first) {
        Ok(count) if count <= MAX_ROWS => Ok(count),
        Ok(_) => Err(Error::PageSize { name: PAGE_ROWS, argument: "first", max: MAX_ROWS, actual: first.into() }),
        Err(_) => Err(Error::BadInput(format!("`first` is {first}, and there cannot be fewer than 0 groups."))),
    }
}

/// How many minutes a zone is east of UTC. Only zones that never change their clocks are known.
fn offset(zone: Option<&str>) -> Result<i32, Error> {
    match zone {
        None | Some("Asia/Ho_Chi_Minh") => Ok(7 * 60),
        Some("UTC") => Ok(0),
        Some(zone) => zone.parse::<FixedOffset>().map(|offset| offset.local_minus_utc() / 60).map_err(|_| {
            Error::BadInput(format!(
                "`timeZone` is \"{}\". It may be `Asia/Ho_Chi_Minh`, `UTC` or a difference such as `+07:00`.",
                shown(zone)
            ))
        }),
    }
}

/// The period that gaps are filled by, where they can be; the groups are then in the order of time.
fn fillable(grouping: &mut Grouping, args: &GroupArgs) -> Result<Unit, Error> {
    let period = match &*grouping.by {
        [key] => key.period,
        _ => None,
    };
    let Some(period) = period else {
        return Err(Error::BadInput("`fillGaps` needs a single period in `by`.".to_owned()));
    };
    if args.others || args.having.is_some() {
        return Err(Error::BadInput("`fillGaps` goes neither with `having` nor with `others`.".to_owned()));
    }
    if grouping.order.is_empty() {
        grouping.order.push(GroupTerm { by: GroupBy::Key(0), descending: false, nulls_first: false });
    }
    match is_by_key(grouping, 0) {
        true => Ok(period.unit),
        false => {
            Err(Error::BadInput("`fillGaps` needs groups in the order of time: `orderBy: [{key: …}]`.".to_owned()))
        }
    }
}

/// Puts groups without rows into the gaps between periods.
fn fill(read: &mut GroupsRead, grouping: &Grouping, unit: Unit) {
    let day = |group: &store::Group| match group.keys.first() {
        Some(Some(Datum::Date(day))) => Some(*day),
        _ => None,
    };
    let descending = grouping.order.first().is_some_and(|term| term.descending);
    let mut filled: Vec<store::Group> = Vec::new();
    for group in read.groups.drain(..) {
        let mut last = filled.last().and_then(day);
        while let (Some(before), Some(now)) = (last, day(&group)) {
            last = step(before, unit, descending).filter(|next| if descending { *next > now } else { *next < now });
            match last {
                Some(next) if filled.len() < grouping.first as usize => filled.push(empty(grouping, next)),
                _ => break,
            }
        }
        filled.push(group);
    }
    filled.truncate(grouping.first as usize);
    read.groups = filled;
}

/// A period without rows.
fn empty(grouping: &Grouping, day: NaiveDate) -> store::Group {
    let none = |stat: &store::Stat| match stat.function {
        Function::Count | Function::CountDistinct => Some(Datum::Integer(0)),
        _ => None,
    };
    let stats = grouping.stats.iter().map(none).collect();
    store::Group::empty(vec![Some(Datum::Date(day))], stats)
}

/// The first day of the period after one, or before it.
fn step(day: NaiveDate, unit: Unit, back: bool) -> Option<NaiveDate> {
    let months = |count| {
        if back { day.checked_sub_months(Months::new(count)) } else { day.checked_add_months(Months::new(count)) }
    };
    let days =
        |count| if back { day.checked_sub_days(Days::new(count)) } else { day.checked_add_days(Days::new(count)) };
    let next = match unit {
        Unit::Year => months(12),
        Unit::Quarter => months(3),
        Unit::Month => months(1),
        Unit::Week => days(7),
        Unit::Day => days(1),
    };
    next.filter(|day| (1..=9999).contains(&day.year()))
}

impl<T: OutputType> TypeName for Groups<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Groups", T::type_name()).into()
    }
}

/// Groups of a list's rows, counted by the database now (các nhóm).
#[Object(name_type)]
impl<T: Record> Groups<T> {
    /// The groups, in their order (các nhóm).
    async fn nodes(&self) -> Vec<Group<T>> {
        self.read.groups.iter().map(|group| self.group(group, false)).collect()
    }

    /// All groups behind those as one, if `others` was asked for and there are any; its key is null (các nhóm còn lại).
    async fn others(&self) -> Option<Group<T>> {
        self.read.others.as_ref().map(|group| self.group(group, true))
    }

    /// How many groups there are in all, those that `having` leaves out and those that only fill gaps not counted (tổng số nhóm).
    async fn total_count(&self) -> i64 {
        self.read.total
    }

    /// The version of the data that the groups were made from: every write to one of the tables raises it, so that equal versions are equal data; null if there is no group (phiên bản dữ liệu).
    async fn data_version(&self) -> Option<i64> {
        self.read.version
    }
}

impl<T: Record> Groups<T> {
    fn group(&self, group: &store::Group, merged: bool) -> Group<T> {
        let key = GroupKeys { keys: self.keys.clone(), values: group.keys.clone(), of: PhantomData };
        let aggregate = Aggregate {
            grouping: self.grouping.clone(),
            count: Some(group.count),
            group: group.clone(),
            merged,
            version: self.read.version,
            of: PhantomData,
        };
        Group { key: (!merged).then_some(key), aggregate }
    }
}

/// Rows that have something in common.
#[derive(Debug)]
pub struct Group<T> {
    key: Option<GroupKeys<T>>,
    aggregate: Aggregate<T>,
}

impl<T: OutputType> TypeName for Group<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Group", T::type_name()).into()
    }
}

/// Rows that have something in common (một nhóm).
#[Object(name_type)]
impl<T: Record> Group<T> {
    /// What they have in common; null for `others` (khóa nhóm).
    async fn key(&self) -> Option<&GroupKeys<T>> {
        self.key.as_ref()
    }

    /// How many they are (số dòng).
    async fn count(&self) -> i64 {
        self.aggregate.group.count
    }

    /// What else is said of them (thống kê).
    async fn aggregate(&self) -> &Aggregate<T> {
        &self.aggregate
    }
}
