//! The harness of the end-to-end tests: it starts the real `tsk` binary and drives it with real clients.
