//! What is said before anything is asked.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    STRANGE, Settings,
    resp::{self, Reply},
    script::{self, Name},
};

/// Says who we are, and learns what the script is called.
pub(super) async fn greet(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    settings: &Settings,
) -> Result<Name, String> {
    let url = &settings.url;
    let (mut bytes, mut count) = (Vec::new(), 1);
    if let Some(password) = &url.password {
        let words = [Some("AUTH"), url.user.as_deref(), Some(password)];
        let words: Vec<&[u8]> = words.iter().flatten().map(|word| word.as_bytes()).collect();
        resp::command(&mut bytes, &words);
        count += 1;
    }
    if url.database != 0 {
        resp::command(&mut bytes, &[b"SELECT", url.database.to_string().as_bytes()]);
        count += 1;
    }
    resp::command(&mut bytes, &[b"SCRIPT", b"LOAD", script::TEXT.as_bytes()]);
    let name = ask(stream, &bytes, count).await?;
    name.as_slice().try_into().map_err(|_| STRANGE.to_owned())
}

/// Sends so many commands and gives the last answer, if it is a text; nothing may be behind it.
pub(super) async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    commands: &[u8],
    count: usize,
) -> Result<Vec<u8>, String> {
    stream.write_all(commands).await.map_err(|error| error.to_string())?;
    stream.flush().await.map_err(|error| error.to_string())?;
    let (mut input, mut answers, mut last) = (Vec::new(), 0, Vec::new());
    while answers < count {
        let mut chunk = [0; 512];
        match stream.read(&mut chunk).await {
            Ok(0) => return Err("the connection was closed".to_owned()),
            Ok(length) => input.extend_from_slice(&chunk[..length]),
            Err(error) => return Err(error.to_string()),
        }
        while let Some((reply, length)) = resp::reply(&input).map_err(|_| STRANGE.to_owned())? {
            match reply {
                Reply::Error(error) => return Err(String::from_utf8_lossy(error).into_owned()),
                Reply::Text(text) => last = text.to_vec(),
                Reply::Numbers(_) => last.clear(),
            }
            answers += 1;
            input.drain(..length);
        }
    }
    if answers == count && input.is_empty() { Ok(last) } else { Err(STRANGE.to_owned()) }
}
