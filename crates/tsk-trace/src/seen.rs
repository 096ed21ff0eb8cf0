//! What looks at every span beside the collector.
