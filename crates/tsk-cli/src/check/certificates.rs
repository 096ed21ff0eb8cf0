//! What listeners show to clients: until when it is valid, for whom, and whether it leads anywhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use tsk::http::Listen;
use webpki::{EndEntityCert, KeyUsage};

use super::Check;

/// How long before its end a certificate is to be renewed. Those that renew themselves do so a month before.
const SOON: Duration = Duration::from_secs(30 * 24 * 3600);

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Looks at every certificate of every listener; `now` is what their dates are held to.
///
/// Files that cannot be read, or do not belong together, keep the server from starting, and are not for this to tell.
pub(crate) fn check(listen: &[Listen], now: SystemTime) -> Vec<Check> {
    let mut checks = Vec::new();
    for (index, listen) in listen.iter().enumerate() {
        let Some(tls) = &listen.tls else { continue };
        let name = format!("http.listen[{index}].tls");
        let others = tls.others.iter().enumerate();
        let others =
            others.map(|(at, other)| (format!("{name}.others[{at}]"), &other.certificate, &other.key));
        for (name, certificate, key) in [(name.clone(), &tls.certificate, &tls.key)].into_iter().chain(others)
        {
            chain(&format!("{name}.certificate"), certificate, now, &mut checks);
            private(&format!("{name}.key"), key, &mut checks);
        }
        if let Some(authorities) = &tls.client_ca {
            let subject = format!("{name}.client_ca");
            for certificate in read(authorities) {
                checks.extend(dated(&subject, authorities, "an authority", &certificate, now).err());
            }
        }
    }
    checks
}

/// Says until when a chain is valid and for whom, or what is the matter with it.
fn chain(subject: &str, path: &Path, now: SystemTime, checks: &mut Vec<Check>) {
    let chain = read(path);
    let Some((first, rest)) = chain.split_first() else { return };
    let before = checks.len();
    for (place, certificate) in rest.iter().enumerate() {
        let which = format!("certificate {} of the chain", place + 2);
        checks.extend(dated(subject, path, &which, certificate, now).err());
    }
    checks.extend(out_of_order(subject, path, &chain));
    let names = names(first);
    if names.is_empty() {
        let message = format_args!("{} is issued to no name, so that browsers refuse it", path.display());
        checks.push(Check::warn(subject, message, "have one issued with subject alternative names"));
    }
    match dated(subject, path, "the certificate", first, now) {
        Err(check) => checks.push(check),
        Ok(until) if checks.len() == before => {
            let message = format!("{} is valid until {until} for {}", path.display(), listed(&names));
            checks.push(Check::ok(subject, message));
        }
        Ok(_) => {}
    }
}

/// The day until which a certificate is valid, or what is the matter with its dates.
fn dated(
    subject: &str,
    path: &Path,
    which: &str,
    certificate: &CertificateDer<'_>,
    now: SystemTime,
) -> Result<String, Check> {
    let file = path.display();
    let Some((from, until)) = validity(certificate) else {
        let message = format_args!("{file}: {which} cannot be understood");
        return Err(Check::warn(subject, message, "have it issued anew"));
    };
    let day = |time: SystemTime| format_rfc3339_seconds(time).to_string()[..10].to_owned();
    if let Ok(wait) = from.duration_since(now) {
        let wait = days(wait + DAY);
        let message = format_args!("{file}: {which} is not valid before {}, in {wait}", day(from));
        return Err(Check::fail(subject, message, "set the clock, or use another until then"));
    }
    match until.duration_since(now) {
        Err(past) => {
            let since = days(past.duration());
            let message = format_args!("{file}: {which} expired on {}, {since} ago", day(until));
            Err(Check::fail(subject, message, "renew it"))
        }
        Ok(left) if left < SOON => {
            let message = format_args!("{file}: {which} expires on {}, in {}", day(until), days(left));
            Err(Check::warn(subject, message, "renew it"))
        }
        Ok(_) => Ok(day(until)),
    }
}

/// Whole days, in words.
fn days(span: Duration) -> String {
    match span.as_secs() / DAY.as_secs() {
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

/// A chain in which something is not issued by what follows it (RFC 8446 §4.4.2 lets a server send that, RFC 5246 §7.4.2
/// does not, and not every client searches).
fn out_of_order(subject: &str, path: &Path, chain: &[CertificateDer<'_>]) -> Option<Check> {
    let parsed: Option<Vec<_>> = chain.iter().map(|der| EndEntityCert::try_from(der).ok()).collect();
    let parsed = parsed?;
    let broken = parsed.windows(2).position(|pair| pair[0].issuer() != pair[1].subject())?;
    let (one, next) = (broken + 1, broken + 2);
    let message = format!("{}: certificate {one} is not issued by certificate {next}", path.display());
    Some(Check::warn(subject, message, "put each before the one that issued it, that of the server first"))
}

fn private(subject: &str, path: &Path, checks: &mut Vec<Check>) {
    if path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        let message = format_args!("every user of this machine can read {}", path.display());
        checks.push(Check::warn(subject, message, "take that away: chmod o-r"));
    }
}

fn read(path: &Path) -> Vec<CertificateDer<'static>> {
    // The server refuses what is no file, or too long, before anybody opens it.
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= 1 << 20);
    let bytes = if is_file { fs::read(path).unwrap_or_default() } else { Vec::new() };
    CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).collect()
}

fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let parsed = EndEntityCert::try_from(certificate);
    parsed.map_or_else(|_| Vec::new(), |parsed| parsed.valid_dns_names().map(str::to_owned).collect())
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 3;
    match names.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..MOST].join(", ")),
    }
}

/// From when and until when a certificate is valid.
///
/// Webpki tells the two in the errors of a verification at a time that is before, or after, any certificate's. It looks
/// at the dates before it searches an issuer, of which there is none here.
fn validity(certificate: &CertificateDer<'_>) -> Option<(SystemTime, SystemTime)> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let at = |time: Duration| {
        let time = UnixTime::since_unix_epoch(time);
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        certificate.verify_for_usage(algorithms, &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    let time = |time: UnixTime| SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    let from = match at(Duration::ZERO)? {
        webpki::Error::CertNotValidYet { not_before, .. } => time(not_before),
        // It was valid from before the epoch.
        _ => SystemTime::UNIX_EPOCH,
    };
    match at(Duration::from_secs(u64::MAX))? {
        webpki::Error::CertExpired { not_after, .. } => Some((from, time(not_after))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
    use tempfile::TempDir;
    use tsk::http::tls;

    use super::super::Verdict;
    use super::*;

    /// A certificate for these names, valid in May and June of 2030, and the authority that issued it.
    fn issued(names: &[&str]) -> [String; 2] {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "authority");
        let mut server =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        for parameters in [&mut authority, &mut server] {
            parameters.not_before = date_time_ymd(2030, 5, 1);
            parameters.not_after = date_time_ymd(2030, 7, 1);
        }
        let key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&key).unwrap();
        let issuer = Issuer::new(authority, key);
        let server = server.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        [server.pem(), root.pem()]
    }

    fn at(month: u8, day: u8) -> SystemTime {
        humantime::parse_rfc3339(&format!("2030-{month:02}-{day:02}T12:00:00Z")).unwrap()
    }

    fn looked(pem: &str, now: SystemTime) -> Vec<(Verdict, String)> {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("cert.pem");
        fs::write(&file, pem).unwrap();
        let tls = tls::Config::new(&file, directory.path().join("key.pem"));
        let listen = Listen { tls: Some(tls), ..Listen::tcp("127.0.0.1", 0) };
        let shorter = |text: &str| text.replace(&file.display().to_string(), "cert.pem");
        let checks = check(&[listen], now);
        checks.iter().map(|check| (check.verdict, shorter(&check.message))).collect()
    }

    #[test]
    fn the_day_of_its_end_is_told_and_a_month_before_warned_of() {
        let [server, _] = issued(&["example.com", "www.example.com", "a.example.com", "b.example.com"]);
        for (now, verdict, message) in [
            (at(4, 30), Verdict::Fail, "cert.pem: the certificate is not valid before 2030-05-01, in 1 day"),
            (at(6, 11), Verdict::Warn, "cert.pem: the certificate expires on 2030-07-01, in 19 days"),
            (at(7, 3), Verdict::Fail, "cert.pem: the certificate expired on 2030-07-01, 2 days ago"),
        ] {
            assert_eq!(looked(&server, now), [(verdict, message.to_owned())]);
        }
        let message =
            "cert.pem is valid until 2030-07-01 for example.com, www.example.com, a.example.com and 1 more";
        assert_eq!(looked(&server, at(5, 15)), [(Verdict::Ok, message.to_owned())]);
    }

    #[test]
    fn a_chain_leads_from_one_to_the_next() {
        let now = at(5, 15);
        let [server, root] = issued(&["example.com"]);
        assert_eq!(looked(&format!("{server}{root}"), now)[0].0, Verdict::Ok);
        let [_, other] = issued(&["example.com"]);
        let mixed = format!("{server}{server}{other}");
        assert_eq!(
            looked(&mixed, now),
            [(Verdict::Warn, "cert.pem: certificate 1 is not issued by certificate 2".to_owned())]
        );
    }

    #[test]
    fn what_is_no_certificate_is_left_to_the_server_to_refuse() {
        assert!(looked("hello", at(6, 1)).is_empty());
    }
}
