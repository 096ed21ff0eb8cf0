//! Values that consist of others.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
};

use super::{Faults, Validate};

macro_rules! transparent {
    ($($type:ty)+) => {$(
        impl<T: Validate + ?Sized> Validate for $type {
            fn validate(&self, faults: &mut Faults) {
                (**self).validate(faults);
            }
        }
    )+};
}
transparent!(&T Box<T> std::sync::Arc<T>);

/// Nothing is wrong with what is not there.
impl<T: Validate> Validate for Option<T> {
    fn validate(&self, faults: &mut Faults) {
        if let Some(value) = self {
            value.validate(faults);
        }
    }
}

impl<T: Validate> Validate for [T] {
    fn validate(&self, faults: &mut Faults) {
        for (index, item) in self.iter().enumerate() {
            item.validate(&mut faults.at(index));
        }
    }
}

impl<T: Validate> Validate for Vec<T> {
    fn validate(&self, faults: &mut Faults) {
        self.as_slice().validate(faults);
    }
}

impl<T: Validate, const N: usize> Validate for [T; N] {
    fn validate(&self, faults: &mut Faults) {
        self.as_slice().validate(faults);
    }
}

impl<K: Display, V: Validate> Validate for BTreeMap<K, V> {
    fn validate(&self, faults: &mut Faults) {
        self.iter().for_each(|(key, value)| value.validate(&mut faults.at(key)));
    }
}

impl<K: Display, V: Validate, S> Validate for HashMap<K, V, S> {
    fn validate(&self, faults: &mut Faults) {
        self.iter().for_each(|(key, value)| value.validate(&mut faults.at(key)));
    }
}
