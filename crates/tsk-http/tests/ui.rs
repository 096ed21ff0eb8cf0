//! What the compiler says of wrong handlers: it must name the argument and the reason.
//!
//! `TRYBUILD=overwrite cargo test -p tsk-http --features api,cookies,typed-header --test ui` writes the messages anew; read them before you commit.

#[test]
fn a_wrong_handler_is_told_why() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
