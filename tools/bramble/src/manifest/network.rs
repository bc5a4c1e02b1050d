//! The network: the keys `listens` and `reaches` of an app, and `[system.network]`.
//!
//! `service-net` reads all of it, here as in the kernel.

use super::value::{Table, Value};
use anyhow::{anyhow, ensure};
use kernel_core::bundle::Service;
use kernel_core::card::NETWORK_KEYS;
use service_net::{Reach, Settings, parse_ports};

/// What an app may do on the network.
pub(super) struct Rights {
    /// Ports that it may listen on.
    pub(super) listens: Vec<String>,
    /// Whom it may reach.
    pub(super) reaches: Vec<String>,
}

/// The rights that the app of `table` has, which `uses` these services.
///
/// # Errors
///
/// One of them is no right, or the app has no use for it; the error names file and line.
pub(super) fn rights(table: &Table<'_>, uses: &[Service]) -> anyhow::Result<Rights> {
    for key in ["listens", "reaches"] {
        if let Some(value) = table.get(key) {
            check_uses(uses).map_err(|why| value.error(why))?;
        }
    }
    Ok(Rights {
        listens: texts(table, "listens", |text| {
            ensure!(
                parse_ports(text).is_some(),
                "`{text}` is no port: those are such as \"80\", \"8000-8009\", or \"*\" for all"
            );
            Ok(())
        })?,
        reaches: texts(table, "reaches", |text| {
            ensure!(
                Reach::parse(text).is_some(),
                "`{text}` is nobody to reach: that is such as \"example.org:443\", \
                 \"10.0.0.0/8:80-90\", or \"*:*\" for all"
            );
            Ok(())
        })?,
    })
}

fn check_uses(uses: &[Service]) -> anyhow::Result<()> {
    for (name, service) in [("wasi", Service::Wasi), ("net", Service::Net)] {
        ensure!(uses.contains(&service), "sockets are for apps whose `uses` has \"{name}\"");
    }
    Ok(())
}

/// The texts in the list `key`, each checked.
fn texts(
    table: &Table<'_>,
    key: &str,
    check: fn(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    value.list(|value| {
        let text = value.text()?;
        check(&text).map_err(|why| value.error(why))?;
        Ok(text)
    })
}

/// The settings that `value` has.
///
/// # Errors
///
/// One of them makes no sense; the error names file and line.
pub(super) fn settings(value: &Value<'_>) -> anyhow::Result<Vec<(&'static str, String)>> {
    let table = value.table(&NETWORK_KEYS)?;
    let (mut settings, mut places) = (Vec::new(), Vec::new());
    for key in NETWORK_KEYS {
        let Some(value) = table.get(key) else { continue };
        let texts = match key {
            "name_servers" => value.list(Value::text)?,
            _ => vec![value.text()?],
        };
        for text in texts {
            settings.push((key, text));
            places.push(value);
        }
    }

    let texts: Vec<_> = settings.iter().map(|(key, text)| (*key, text.as_str())).collect();
    match Settings::read(&texts) {
        Ok(_) => Ok(settings),
        Err(place) => Err(places[place].error(wrong(texts[place]))),
    }
}

fn wrong((key, text): (&str, &str)) -> anyhow::Error {
    let right = match key {
        "address" => "that is one machine's, with its network's bits: \"192.168.1.7/24\"",
        "gateway" => "that is another address in the network of `address`",
        "name_servers" => "those are addresses, and go with an `address`",
        _ => "that is a name or an address",
    };
    anyhow!("`{key}` cannot be `{text}`: {right}")
}
