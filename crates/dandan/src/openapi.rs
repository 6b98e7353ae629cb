//! `dandan openapi`: the document the clients are generated from.

/// Prints the OpenAPI document.
pub fn print() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&api::document())?);
    Ok(())
}
