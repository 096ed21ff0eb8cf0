//! Takes the files of Swagger UI that the page needs out of the archive that `utoipa-swagger-ui-vendored` carries.

#[cfg(feature = "page")]
#[path = "build/zip.rs"]
mod zip;

#[cfg(feature = "page")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{env, fmt::Write, fs, path::PathBuf};

    const FILES: [(&str, &str); 7] = [
        ("dist/favicon-32x32.png", "image/png"),
        ("dist/oauth2-redirect.html", "text/html; charset=utf-8"),
        ("dist/oauth2-redirect.js", "text/javascript; charset=utf-8"),
        ("dist/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("dist/swagger-ui.css", "text/css; charset=utf-8"),
        // What its licence asks to go with it.
        ("LICENSE", "text/plain; charset=utf-8"),
        ("NOTICE", "text/plain; charset=utf-8"),
    ];

    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/zip.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let archive = zip::Archive::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED)?;
    let directory = archive.root()?;
    let mut list = format!("const DIRECTORY: &str = {directory:?};\nconst ASSETS: &[Vendored] = &[\n");
    for (file, media_type) in FILES {
        let (bytes, gzip) = archive.gzip(&format!("{directory}/{file}"))?;
        let name = file.trim_start_matches("dist/");
        fs::write(out.join(name), bytes)?;
        writeln!(
            list,
            "Vendored {{ path: {:?}, media_type: {media_type:?}, gzip: {gzip}, bytes: include_bytes!({:?}) }},",
            format!("/docs/{directory}/{name}"),
            out.join(name),
        )?;
    }
    list.push_str("];\n");
    fs::write(out.join("assets.rs"), list)?;
    Ok(())
}

#[cfg(not(feature = "page"))]
fn main() {}
