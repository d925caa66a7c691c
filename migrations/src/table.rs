//! Tables written down once: columns, references and the indexes that follow from them, with names that say what they are
//! (`fk_ward_city_id`, `uq_ward_code`, `ix_team_ward_id`, `ck_city_kind`).

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, text_null},
    sea_orm::DbBackend,
};

/// A table to be created, with everything that belongs to it.
pub(crate) struct TableSpec {
    name: &'static str,
    create: TableCreateStatement,
    order: &'static [&'static str],
    references: Vec<&'static str>,
    indexes: Vec<IndexCreateStatement>,
    keyed: bool,
}

/// A table of rows with an identity: `id`, `version` and `updated_at` come with it.
pub(crate) fn table(name: &'static str) -> TableSpec {
    let mut spec = link(name);
    spec.keyed = true;
    spec.create.col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key());
    spec
}

/// A table of pairs, whose rows belong to the row named by its first reference.
pub(crate) fn link(name: &'static str) -> TableSpec {
    let mut create = Table::create();
    create.table(name);
    TableSpec { name, create, order: &[], references: Vec::new(), indexes: Vec::new(), keyed: false }
}

impl TableSpec {
    /// Adds a plain column.
    pub(crate) fn col(mut self, column: ColumnDef) -> Self {
        self.create.col(column);
        self
    }

    /// Adds a text column that takes one of `values` only.
    pub(crate) fn one_of(mut self, name: &'static str, values: &'static [&'static str]) -> Self {
        let check = (format!("ck_{}_{name}", self.name), Expr::col(name).is_in(values.iter().copied()));
        self.create.col(text(name).check((Alias::new(check.0), check.1)));
        self
    }

    /// As [`Self::one_of`], or null.
    pub(crate) fn one_of_or_null(mut self, name: &'static str, values: &'static [&'static str]) -> Self {
        let check = (format!("ck_{}_{name}", self.name), Expr::col(name).is_in(values.iter().copied()));
        self.create.col(text_null(name).check((Alias::new(check.0), check.1)));
        self
    }

    /// Adds a named rule over several columns.
    pub(crate) fn check(mut self, name: &str, rule: Expr) -> Self {
        self.create.check((Alias::new(format!("ck_{}_{name}", self.name)), rule));
        self
    }

    /// Adds a column that must name a row of `target`, and its index.
    pub(crate) fn references(mut self, column: &'static str, target: &'static str) -> Self {
        self.create.col(big_integer(column));
        self.foreign_key(column, target);
        self
    }

    /// As [`Self::references`], or null.
    pub(crate) fn may_reference(mut self, column: &'static str, target: &'static str) -> Self {
        self.create.col(big_integer_null(column));
        self.foreign_key(column, target);
        self
    }

    /// Adds columns that repeat what `target` says of the row that the first of them names, so that an index can serve them
    /// here. The database itself keeps them the same: `columns` refer to `theirs` together, and follow them when they change.
    pub(crate) fn repeats(mut self, target: &'static str, columns: &[&'static str], theirs: &[&'static str]) -> Self {
        let mut key = ForeignKey::create();
        key.name(format!("fk_{}_{target}_places", self.name)).on_update(ForeignKeyAction::Cascade);
        for (column, of_target) in columns.iter().zip(theirs) {
            key.from(self.name, *column).to(target, *of_target);
        }
        self.create.foreign_key(&mut key);
        self
    }

    fn foreign_key(&mut self, column: &'static str, target: &'static str) {
        let mut key = ForeignKey::create();
        key.name(format!("fk_{}_{column}", self.name)).from(self.name, column).to(target, "id");
        self.create.foreign_key(&mut key);
        self.references.push(column);
    }

    /// The order in which the API lists the rows: every reference is indexed so that a parent's rows come in it.
    pub(crate) fn listed_by(mut self, columns: &'static [&'static str]) -> Self {
        self.order = columns;
        self
    }

    /// No two rows may agree in all of `columns`.
    pub(crate) fn unique(mut self, columns: &'static [&'static str]) -> Self {
        let mut index = self.index_on("uq", columns);
        index.unique();
        self.indexes.push(index);
        self
    }

    fn index_on(&self, prefix: &str, columns: &[&'static str]) -> IndexCreateStatement {
        let mut index = Index::create();
        index.name(format!("{prefix}_{}_{}", self.name, columns.join("_"))).table(self.name);
        for column in columns {
            index.col(*column);
        }
        index
    }

    /// Creates the table and its indexes.
    pub(crate) async fn create(mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        if self.keyed {
            self.create.col(ColumnDef::new("version").integer().not_null().default(1));
            self.create.col(updated_at(manager.get_database_backend()));
            if !self.order.is_empty() {
                self.indexes.push(self.index_on("ix", &[self.order, &["id"]].concat()));
            }
        } else {
            self.create.primary_key(self.index_on("pk", &self.references).primary());
        }
        // A pair's first reference is served by its primary key.
        for column in self.references.iter().skip(usize::from(!self.keyed)) {
            let rest: &[&'static str] = if self.keyed { &["id"] } else { &self.references[..1] };
            let mut index = self.index_on("ix", &[&[*column], self.order, rest].concat());
            index.name(format!("ix_{}_{column}", self.name));
            self.indexes.push(index);
        }
        manager.create_table(self.create).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// When a row was last written. SQLite stores the same text that the driver writes, so that its order is the order of time.
fn updated_at(engine: DbBackend) -> ColumnDef {
    let now = match engine {
        DbBackend::Sqlite => Expr::cust(format!("({SQLITE_NOW})")),
        _ => Expr::cust("CURRENT_TIMESTAMP"),
    };
    ColumnDef::new("updated_at").timestamp_with_time_zone().not_null().default(now).take()
}

/// The present time on SQLite, as RFC 3339 with milliseconds in UTC.
pub(crate) const SQLITE_NOW: &str = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')";

/// Drops tables in the order given.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}
