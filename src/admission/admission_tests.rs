use super::{clients::key_hash, *};
use crate::config::{Source, load};

const KEY: &str = "cvk_0123456789012345678901234567890123456789012";

fn admission(more: &str) -> Admission {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        format!(
            "[[clients]]\nname = \"a\"\npartner = \"adjust\"\nkey_sha256 = [\"{}\", \"{}\"]\n{more}",
            key_hash("x"),
            key_hash(KEY)
        ),
    )
    .unwrap();
    let config = load(&Source { file: Some(file.path().to_owned()), ..Source::default() }).unwrap();
    let clients = ClientTable::new(&config.clients);
    let regions: Vec<&str> = config.regions.iter().map(|region| region.id.as_str()).collect();
    let observe = Arc::new(Observe::new(regions.into_iter()).unwrap());
    Admission::new(&config, clients, Sessions::new(&[zeroize::Zeroizing::new([7; 32])]), observe)
}

fn key(key: Option<&str>) -> Presented<'_> {
    Presented { bearer: key, ..Presented::default() }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn identifies_a_client_by_any_of_its_keys() {
    let admission = admission("");
    let caller = admission.admit(key(Some(KEY)), address("192.0.2.1"), &Span::none()).unwrap();
    assert_eq!((&*caller.client.name, &*caller.client.partner), ("a", "adjust"));
    for presented in
        [None, Some(""), Some("x"), Some("cvk_9123456789012345678901234567890123456789012"), Some(&KEY[1..])]
    {
        let refusal = admission.admit(key(presented), address("192.0.2.1"), &Span::none()).unwrap_err();
        assert!(matches!(refusal, Refusal::Unauthenticated), "{presented:?}");
    }
}

#[test]
fn reports_the_remaining_rate_and_when_to_retry() {
    let admission = admission("rate_per_second = 1\nburst = 2\n");
    let left = || {
        admission
            .admit(key(Some(KEY)), address("192.0.2.1"), &Span::none())
            .map(|caller| caller.rate.unwrap().remaining)
    };
    assert_eq!((left().unwrap(), left().unwrap()), (1, 0));
    let Err(Refusal::RateLimited { rate, retry_after, .. }) = left() else { panic!("not limited") };
    assert_eq!((rate.burst, rate.remaining, rate.window(), rate.full_in), (2, 0, 2, 2));
    assert!(retry_after <= Duration::from_secs(1));
}

#[tokio::test]
async fn binds_a_session_to_its_client_and_origin() {
    let origin = "https://dash.example.com";
    let admission = admission(&format!("allowed_origins = [\"{origin}\"]\n"));
    let token = |client, origin| {
        let grant = sessions::SessionGrant { client, origin, ttl: Duration::from_secs(60), attempts: 1 };
        let (token, _) = admission.sessions().create(&grant, SystemTime::now()).unwrap();
        secrecy::ExposeSecret::expose_secret(&token).to_owned()
    };
    let good = token("a", origin);
    let admit = |token: &str, origin| {
        let presented = Presented { bearer: Some(token), origin, host: Some("verifier.example.com") };
        admission.admit(presented, address("192.0.2.1"), &Span::none())
    };
    let principal = admit(&good, Some(origin)).unwrap();
    assert_eq!((&*principal.client.partner, principal.origin()), ("adjust", Some(origin)));
    assert!(principal.may(Action::Verify) && !principal.may(Action::CreateSession) && !principal.may_grant(origin));
    assert!(admission.take_attempt(&principal, &Span::none()).await.is_ok());
    assert!(admission.take_attempt(&principal, &Span::none()).await.is_err());
    assert!(matches!(admit(&good, None), Err(Refusal::Forbidden)));
    assert!(matches!(admit(&good, Some("https://evil.example")), Err(Refusal::Forbidden)));
    let foreign = token("a", "https://evil.example");
    assert!(matches!(admit(&foreign, Some("https://evil.example")), Err(Refusal::Forbidden)), "no longer allowed");
    assert!(matches!(admit(&token("gone", origin), Some(origin)), Err(Refusal::Unauthenticated)));
}

#[test]
fn rejects_foreign_pages_without_a_key() {
    let admission = admission("[auth]\nmode = \"none\"\n[upstream]\npartner = \"adjust\"\n");
    let admit = |origin| {
        let presented = Presented { bearer: None, origin, host: Some("127.0.0.1:8080") };
        admission.admit(presented, address("127.0.0.1"), &Span::none())
    };
    assert!(admit(None).is_ok());
    assert!(admit(Some("http://127.0.0.1:8080")).is_ok());
    assert!(matches!(admit(Some("https://evil.example")), Err(Refusal::Forbidden)));
    assert!(matches!(admit(Some("null")), Err(Refusal::Forbidden)));
}

#[test]
fn limits_only_refused_callers_by_address() {
    let admission = admission("[auth]\naddress_rate_per_second = 1\naddress_burst = 3\n");
    let is_limited = |from: &str| {
        matches!(admission.admit(key(None), address(from), &Span::none()), Err(Refusal::AddressLimited { .. }))
    };
    let limited: Vec<bool> = (0..5).map(|_| is_limited("192.0.2.1")).collect();
    assert_eq!(limited, [false, false, false, true, true]);
    assert!(!is_limited("192.0.2.2"));
    assert!(
        admission.admit(key(Some(KEY)), address("192.0.2.1"), &Span::none()).is_ok(),
        "a valid key is admitted from any address"
    );
}

#[test]
fn treats_an_ipv6_network_as_one_address() {
    let admission = admission("[auth]\naddress_rate_per_second = 1\naddress_burst = 1\n");
    let is_limited = |from: &str| {
        matches!(admission.admit(key(None), address(from), &Span::none()), Err(Refusal::AddressLimited { .. }))
    };
    assert!(!is_limited("2001:db8::1"));
    assert!(is_limited("2001:db8::ffff:1"));
    assert!(!is_limited("2001:db8:0:1::1"));
}

#[test]
fn is_bounded_under_a_million_addresses() {
    let admission = admission("[auth]\naddress_rate_per_second = 1\naddress_burst = 3000\n");
    for index in 0..1_000_000_u32 {
        let _ = admission.admit(key(None), IpAddr::V4(index.into()), &Span::none());
    }
    assert!(admission.addresses.len() <= rate_limit::MAX_ADDRESSES, "{}", admission.addresses.len());
}

#[test]
fn trusts_only_configured_proxies() {
    let admission = admission("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1/128\"]\n");
    let from =
        |peer: &str, forwarded: &[&str]| admission.caller_address(address(peer), forwarded.iter().copied()).to_string();
    assert_eq!(from("192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "an untrusted peer's header is ignored");
    assert_eq!(from("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
    assert_eq!(
        from("10.0.0.1", &["203.0.113.7", "198.51.100.1", "10.2.2.2"]),
        "198.51.100.1",
        "addresses before an untrusted one may be forged"
    );
    assert_eq!(from("10.0.0.1", &["nonsense", "10.2.2.2"]), "10.2.2.2");
    assert_eq!(from("::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
    assert_eq!(from("10.0.0.1", &["198.51.100.1:80"]), "198.51.100.1");
    assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
}

#[test]
fn keeps_the_remaining_rate_across_a_reload() {
    let admission = admission("rate_per_second = 1\nburst = 5\n");
    for _ in 0..3 {
        admission.admit(key(Some(KEY)), address("192.0.2.1"), &Span::none()).unwrap();
    }
    let same = |rate| {
        let text = format!(
            "[[clients]]\nname = \"a\"\npartner = \"adjust\"\nkey_sha256 = [\"{}\"]\nrate_per_second = {rate}\nburst = 5",
            key_hash(KEY)
        );
        ClientTable::new(&crate::config::parse_clients_file(&text).unwrap())
    };
    admission.replace_clients(same(1));
    assert_eq!(
        admission.admit(key(Some(KEY)), address("192.0.2.1"), &Span::none()).unwrap().rate.unwrap().remaining,
        1
    );
    admission.replace_clients(same(2));
    assert_eq!(
        admission.admit(key(Some(KEY)), address("192.0.2.1"), &Span::none()).unwrap().rate.unwrap().remaining,
        4,
        "another rate, another bucket"
    );
}
