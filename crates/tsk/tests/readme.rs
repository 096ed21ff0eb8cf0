//! The example that the pages show is the one that can be run.

const EXAMPLE: &str = include_str!("../examples/hello.rs");

#[test]
fn the_hello_example_is_shown_word_for_word() {
    let (_, code) = EXAMPLE.split_once("\n\n").expect("a comment, then the code");
    let block = format!("```rust,no_run\n{code}```\n");
    assert!(include_str!("../../../README.md").contains(&block), "README.md");
    assert!(include_str!("../../../docs/guide/getting-started.md").contains(&block), "getting-started.md");
}
