//! Writes types and resolvers for a schema: `cargo run -p tsk-graphql --example scaffold schema.graphql > src/schema.rs`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which schema? scaffold schema.graphql")?;
    print!("{}", tsk_graphql::sdl::scaffold(&std::fs::read_to_string(path)?)?);
    Ok(())
}
