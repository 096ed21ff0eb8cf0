//! Settings as a tree, each key and value with its [`Origin`].

use toml::value::Datetime;

use super::fault::{Segment, clipped};
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
    /// What was a mistake, and is passed over so that others are found.
    Void,
}

impl Value {
    /// What an error calls it.
    pub(super) fn in_words(&self) -> String {
        match self {
            Value::Boolean(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::String(text) | Value::Text(text) => format!("{:?}", clipped(text)),
            Value::Datetime(value) => value.to_string(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Void => "nothing".to_owned(),
        }
    }
}

impl Node {
    pub(super) fn is_void(&self) -> bool {
        matches!(self.value, Value::Void)
    }

    fn for_each_origin(&mut self, with: &mut impl FnMut(&mut Origin)) {
        with(&mut self.origin);
        match &mut self.value {
            Value::List(nodes) => nodes.iter_mut().for_each(|node| node.for_each_origin(with)),
            Value::Table(table) => table.for_each_origin(with),
            _ => {}
        }
    }

    /// Voids what `path` leads to, or the last that there is on the way.
    fn void(&mut self, path: &mut dyn Iterator<Item = &Segment>) {
        let next = match (path.next(), &mut self.value) {
            (Some(Segment::Key(key)), Value::Table(table)) => table.node_mut(key),
            (Some(Segment::Index(index)), Value::List(nodes)) => nodes.get_mut(*index),
            _ => None,
        };
        match next {
            Some(node) if !node.is_void() => node.void(path),
            _ => self.value = Value::Void,
        }
    }
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

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn node_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// Changes where every key and value is said to come from.
    pub(super) fn for_each_origin(&mut self, with: &mut impl FnMut(&mut Origin)) {
        for entry in &mut self.entries {
            with(&mut entry.origin);
            entry.node.for_each_origin(with);
        }
    }

    /// Voids what `path` leads to, or the last that there is on the way; whether there was anything.
    pub(super) fn void<'p>(&mut self, mut path: impl Iterator<Item = &'p Segment>) -> bool {
        let Some(Segment::Key(key)) = path.next() else { return false };
        match self.node_mut(key) {
            Some(node) if !node.is_void() => {
                node.void(&mut path);
                true
            }
            _ => false,
        }
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
