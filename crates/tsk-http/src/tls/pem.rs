//! Reading the files that are named in the configuration. An error says what is wrong with one, and what to do.

use std::{fs::File, io::Read, os::unix::fs::PermissionsExt, path::Path};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject},
};

/// The longest file that is read, in bytes: many times what the longest chain takes.
const MAX_BYTES: u64 = 1 << 20;

/// The certificates in a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = contents(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let file = path.display();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("`{file}` has no certificate; name a PEM file that has"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("`{file}` is no PEM file: {error}; write it anew")),
    }
}

/// The private key in a file.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let bytes = contents(path)?;
    let file = path.display();
    // In both forms: a label of its own (RFC 7468 §11), and a header within (RFC 1421 §4.6.1.1).
    if [&b"BEGIN ENCRYPTED PRIVATE KEY"[..], b"4,ENCRYPTED"].iter().any(|mark| contains(&bytes, mark)) {
        return Err(format!(
            "the key in `{file}` is encrypted, and there is nobody to ask for the password; decrypt it with \
             `openssl pkey -in {file} -out plain.pem`"
        ));
    }
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
        PemError::NoItemsFound => format!("`{file}` has no private key; name a PEM file that has"),
        error => format!("`{file}` is no PEM file: {error}; write it anew"),
    })
}

/// Whether anybody on the machine may read a file.
pub(super) fn is_public(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let file = path.display();
    let unreadable = |error| format!("`{file}` cannot be read: {error}");
    // Before it is opened, which would wait at a pipe.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(format!("`{file}` is not a file; name a PEM file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("`{file}` is longer than {MAX_BYTES} bytes; name a PEM file"));
    }
    Ok(bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
