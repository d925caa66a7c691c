//! What a change of the schema means to those who know the one before.

use async_graphql::parser::types::{BaseType, Type};
use chrono::NaiveDate;

use super::{
    Change, Weight,
    elements::{Element, Elements, What},
};

/// What is gone, what is another thing now, and what is new in a way that matters.
pub(super) fn differences(released: &Elements, present: &Elements, today: NaiveDate) -> Vec<Change> {
    let needed = released.needed(today);
    let mut changes = Vec::new();
    for (path, before) in released.iter() {
        // Whatever belongs to what is gone, or is of another kind, is gone with it: said once.
        if !before.parent.as_deref().is_none_or(|parent| is_there_still(released, present, parent)) {
            continue;
        }
        match present.get(path) {
            Some(now) => changes.extend(changed(path, &before.what, &now.what)),
            None if before.what == What::OneOf || released.is_due(path, today) => {}
            None if matches!(before.what, What::Type(_)) && !needed.contains(path.as_str()) => {}
            None => changes.push(breaking(format!("`{path}` is gone."))),
        }
    }
    let new = present.iter().filter(|(path, _)| released.get(path).is_none());
    changes.extend(new.filter_map(|(path, element)| added(released, present, path, element)));
    changes
}

fn is_there_still(released: &Elements, present: &Elements, path: &str) -> bool {
    match (released.get(path), present.get(path)) {
        (Some(before), Some(now)) => match (&before.what, &now.what) {
            (What::Type(before), What::Type(now)) => before == now,
            _ => true,
        },
        _ => false,
    }
}

fn changed(path: &str, before: &What, now: &What) -> Option<Change> {
    match (before, now) {
        (What::Field(before), What::Field(now)) if !gives(now, before) => {
            Some(breaking(format!("`{path}` was `{before}`, and is `{now}`.")))
        }
        (What::Input(before, _), What::Input(now, _)) if !gives(before, now) => {
            Some(breaking(format!("`{path}` took `{before}`, and takes `{now}`.")))
        }
        (What::Input(..), What::Input(..)) if now.is_required() && !before.is_required() => {
            Some(breaking(format!("`{path}` had a default, and must be given.")))
        }
        (What::Input(_, before), What::Input(_, now)) if before != now => {
            let shown = |default: &Option<String>| default.as_ref().map_or("none".to_owned(), |of| format!("`{of}`"));
            Some(dangerous(format!("The default of `{path}` was {}, and is {}.", shown(before), shown(now))))
        }
        (What::Type(before), What::Type(now)) if before != now => {
            Some(breaking(format!("`{path}` was declared as `{before}`, and is as `{now}`.")))
        }
        (What::Root(before), What::Root(now)) if before != now => {
            Some(breaking(format!("`{path}` was `{before}`, and is `{now}`.")))
        }
        _ => None,
    }
}

/// Only what is added to something that was there can matter to those who know that.
fn added(released: &Elements, present: &Elements, path: &str, element: &Element) -> Option<Change> {
    let is_known = element.parent.as_deref().is_some_and(|parent| is_there_still(released, present, parent));
    match &element.what {
        // A type that a client does not know may come where it knows the interface.
        What::Interface(name) if released.get(name).is_some() => Some(dangerous(format!("`{path}` is new."))),
        _ if !is_known => None,
        what if what.is_required() => Some(breaking(format!("`{path}` is new, and must be given."))),
        What::OneOf => Some(breaking(format!("`{path}` is new: one field of it must be given, and no more."))),
        What::Value | What::Member(_) => Some(dangerous(format!("`{path}` is new."))),
        _ => None,
    }
}

/// Whether every value of the type `given` is one of the type `taken`, too: the same, or less often null.
fn gives(given: &Type, taken: &Type) -> bool {
    let nulls = taken.nullable || !given.nullable;
    nulls
        && match (&given.base, &taken.base) {
            (BaseType::Named(given), BaseType::Named(taken)) => given == taken,
            (BaseType::List(given), BaseType::List(taken)) => gives(given, taken),
            _ => false,
        }
}

fn breaking(text: String) -> Change {
    Change { weight: Weight::Breaking, text }
}

fn dangerous(text: String) -> Change {
    Change { weight: Weight::Dangerous, text }
}
