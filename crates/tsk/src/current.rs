//! The routes that are served at present, for those who look on.

use std::sync::{Arc, Mutex, PoisonError};

use tsk_core::RouteTable;

/// What is known of the routes that are served at present.
#[derive(Debug, Clone)]
pub(crate) struct Current(Arc<Mutex<Arc<RouteTable>>>);

impl Current {
    pub(crate) fn new(table: Arc<RouteTable>) -> Self {
        Self(Arc::new(Mutex::new(table)))
    }

    pub(crate) fn table(&self) -> Arc<RouteTable> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, table: Arc<RouteTable>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = table;
    }
}
