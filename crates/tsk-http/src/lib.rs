//! The HTTP server of tsk.
