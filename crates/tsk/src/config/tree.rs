//! Settings as a tree, each key and value with its [`Origin`].

use toml::value::Datetime;

use super::origin::Origin;

/// How deep tables and lists may nest, in a file or in a dotted name.
pub(super) const MAX_DEPTH: usize = 80;

#[derive(Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    Boolean(bool),
    Integer(i128),
    Float(f64),
    String(String),
    Datetime(Datetime),
    List(Vec<Node>),
    Table(Table),
    /// What a variable or a flag holds: text that becomes what the setting asks for.
    Text(String),
}

/// Keys in the order in which their layer wrote them, so that the first mistake is the one reported.
#[derive(Clone, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Where the key is written, which is not where its value is.
    pub(super) origin: Origin,
    pub(super) node: Node,
}

impl Table {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds a key that the table does not have.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Adds `text` under `path`, making the tables that lead to it.
    ///
    /// On a clash with what another name has set, the origin of the other.
    pub(super) fn insert(&mut self, path: &[String], text: String, origin: &Origin) -> Result<(), Origin> {
        let Some((key, rest)) = path.split_first() else { return Err(origin.clone()) };
        match self.entries.iter_mut().find(|entry| entry.key == *key) {
            Some(entry) => match &mut entry.node.value {
                Value::Table(table) if !rest.is_empty() => table.insert(rest, text, origin),
                _ => Err(entry.node.origin.clone()),
            },
            None => {
                let value = if rest.is_empty() {
                    Value::Text(text)
                } else {
                    let mut table = Table::default();
                    table.insert(rest, text, origin)?;
                    Value::Table(table)
                };
                let node = Node { origin: origin.clone(), value };
                self.push(Entry { key: key.clone(), origin: origin.clone(), node });
                Ok(())
            }
        }
    }

    /// Lays `stronger` over this table: tables are merged key by key, everything else is replaced whole.
    pub(super) fn merge(&mut self, stronger: Table) {
        for entry in stronger.entries {
            match self.entries.iter_mut().find(|weaker| weaker.key == entry.key) {
                Some(weaker) => match (&mut weaker.node.value, entry.node.value) {
                    (Value::Table(weaker), Value::Table(stronger)) => weaker.merge(stronger),
                    (_, value) => {
                        weaker.node = Node { origin: entry.node.origin, value };
                        weaker.origin = entry.origin;
                    }
                },
                None => self.push(entry),
            }
        }
    }
}
