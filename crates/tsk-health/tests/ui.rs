//! What the compiler says to whoever has liveness depend on something else.
//!
//! `TRYBUILD=overwrite cargo test -p tsk-health --test ui` writes the messages anew; read them before you commit.

#[test]
fn liveness_takes_no_check() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
