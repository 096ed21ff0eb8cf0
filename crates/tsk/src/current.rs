//! The application that is served at present, for those who look on.

use std::sync::{Arc, Mutex, PoisonError};

use tsk_core::RouteTable;

#[cfg(feature = "docs")]
use crate::documents::Documents;

/// What is known of the application that is served at present.
#[derive(Debug, Clone)]
pub(crate) struct Current(Arc<Mutex<Shown>>);

/// What those see of an application who look on.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) table: Arc<RouteTable>,
    #[cfg(feature = "docs")]
    pub(crate) documents: Option<Documents>,
}

impl Current {
    pub(crate) fn new(shown: Shown) -> Self {
        Self(Arc::new(Mutex::new(shown)))
    }

    pub(crate) fn shown(&self) -> Shown {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, shown: Shown) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}
