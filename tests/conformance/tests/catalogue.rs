//! Every class of the fault catalogue is injected, every rule is proven, and what is said of it exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use danmal_conformance::{languages, suite};
use danmal_simulator::{Fault, FaultKind};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Proof {
    scenarios: Vec<String>,
    tests: Vec<String>,
}

type Page = BTreeMap<String, BTreeMap<String, Proof>>;

fn page() -> Page {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, text);
        } else if name.ends_with(".rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names of all test functions of the tree: those behind an attribute that says so.
fn tests() -> BTreeSet<String> {
    let mut text = String::new();
    sources(&languages::root(), &mut text);
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = line.split("fn ").nth(1).filter(|_| is_test && !line.starts_with("//")) {
            found.insert(name.split('(').next().unwrap_or_default().to_owned());
            is_test = false;
        }
    }
    found
}

#[test]
fn every_name_on_the_page_exists() {
    let (scenarios, tests) = (suite::scenarios().unwrap(), tests());
    for (part, classes) in page() {
        for (class, proof) in classes {
            assert!(
                !proof.scenarios.is_empty() || !proof.tests.is_empty(),
                "{part}: {class} is injected nowhere"
            );
            for name in &proof.scenarios {
                assert!(scenarios.contains_key(name), "{part}: {class}: there is no scenario {name}");
            }
            for name in &proof.tests {
                assert!(tests.contains(name), "{part}: {class}: there is no test {name}");
            }
        }
    }
}

/// Without line ends, in lower case: a class is found wherever a line of the document ends.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What is left of the catalogue's paragraphs once every class of the page is taken out of its own: words that join
/// classes, and nothing else.
#[test]
fn every_class_of_the_catalogue_is_on_the_page() {
    let document = std::fs::read_to_string(languages::root().join("docs/rules.md")).unwrap();
    let catalogue = document.split("\n## Fault catalogue\n").nth(1).unwrap();
    let catalogue = catalogue.split("\n## ").next().unwrap();
    let page = page();
    let mut paragraphs = 0;
    for paragraph in catalogue.split("\n\n").filter_map(|paragraph| paragraph.trim().strip_prefix("**")) {
        let (part, text) = paragraph.split_once(".**").unwrap();
        paragraphs += 1;
        let whole = plain(text);
        let mut text = whole.clone();
        let classes = page.get(part).unwrap_or_else(|| panic!("no part {part} on the page"));
        let mut names: Vec<String> = classes.keys().map(|class| plain(class)).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names {
            assert!(whole.contains(&name), "{part}: `{name}` is no class of the catalogue");
            text = text.replace(&name, "");
        }
        let joins = ["and", "or"];
        let rest: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !joins.contains(word))
            .collect();
        assert!(rest.is_empty(), "{part}: of the catalogue is not on the page: {rest:?}");
    }
    assert_eq!(paragraphs, 5);
}

#[test]
fn every_rule_has_a_proof() {
    let page = page();
    let rules = &page["rules"];
    let tests = tests();
    for rule in 1..=18 {
        let prefix = format!("rule_{rule}_");
        assert!(tests.iter().any(|name| name.starts_with(&prefix)), "no test is named {prefix}…");
        let Some(proof) = rules.get(&rule.to_string()) else { panic!("rule {rule} is not on the page") };
        assert!(!proof.scenarios.is_empty() || !proof.tests.is_empty());
    }
    assert_eq!(rules.len(), 18);
}

/// Every fault that the simulator knows strikes in a scenario.
#[test]
fn every_fault_of_the_simulator_strikes_in_a_scenario() {
    let mut met: BTreeSet<FaultKind> = BTreeSet::new();
    for scenario in suite::scenarios().unwrap().values() {
        met.extend(scenario.faults.iter().map(|rule| rule.fault.kind()));
        let injected = scenario.steps.iter().filter_map(|step| match &step.action {
            danmal_simulator::script::Action::Inject(fault) => Some(Fault::kind(fault)),
            _ => None,
        });
        met.extend(injected);
    }
    let missing: Vec<&FaultKind> = FaultKind::ALL.iter().filter(|kind| !met.contains(kind)).collect();
    assert!(missing.is_empty(), "no scenario has {missing:?}");
}

#[test]
fn every_scenario_says_a_sentence_that_no_other_says() {
    let mut said = BTreeMap::new();
    for (file, scenario) in suite::scenarios().unwrap() {
        if let Some(other) = said.insert(scenario.name.clone(), file.clone()) {
            panic!("{file} and {other} say the same: {}", scenario.name);
        }
    }
    assert!(said.len() >= 64, "{} scenarios", said.len());
}

/// The request codes that a scenario's steps send.
fn codes_of(scenario: &danmal_simulator::script::Scenario) -> BTreeSet<&'static str> {
    let value = serde_json::to_value(scenario).unwrap();
    let mut codes = BTreeSet::new();
    for step in value["steps"].as_array().into_iter().flatten() {
        let (action, _) =
            step.as_object().and_then(|step| step.iter().find(|(key, _)| *key != "as")).unwrap();
        codes.extend(match action.as_str() {
            "approve" => ["010010", "980001", "990001"].as_slice(),
            "approveEasyPay" => &["030010"],
            "cancel" => &["010020", "030020"],
            "cancelEasyPay" => &["030020"],
            "issueCashReceipt" => &["070010"],
            "cancelCashReceipt" => &["070020"],
            "issueTaxRefund" => &["050010"],
            "cancelTaxRefund" => &["050020"],
            "inquireTaxRefund" => &["900050"],
            "salesTotals" => &["050099"],
            "downloadCodes" => &["081008"],
            "lastTransaction" => &["990001"],
            "print" => &["900091"],
            "requestCancel" => &["910021", "930021", "970021", "555555"],
            _ => &[],
        });
    }
    codes
}

/// The table of the messages in both READMEs: its scenarios exist, and send or receive the code.
#[test]
fn the_messages_of_the_readme_are_proven_by_their_scenarios() {
    let scenarios = suite::scenarios().unwrap();
    let mut tables = Vec::new();
    for file in ["README.md", "README.ko.md"] {
        let page = std::fs::read_to_string(languages::root().join(file)).unwrap();
        let rows = page
            .lines()
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| ["→ ←", "←"].contains(cell)));
        let mut found = Vec::new();
        for row in rows {
            let [code, .., proof] = row.as_slice() else { panic!("{row:?}") };
            let Some(scenario) = scenarios.get(proof.trim_matches('`')) else {
                panic!("{file}: {code}: there is no scenario {proof}")
            };
            let counted = scenario.requests.iter().any(|(codes, count)| {
                *count > 0 && matches!(codes, danmal_simulator::Codes::Only(only) if only.as_str() == *code)
            });
            let text = serde_json::to_value(scenario).unwrap();
            let injected = text["faults"]
                .as_array()
                .is_some_and(|rules| rules.iter().any(|rule| rule["do"]["wrongCode"]["code"] == *code));
            assert!(
                codes_of(scenario).contains(code) && (counted || ["980001", "990001"].contains(code))
                    || injected,
                "{file}: {proof} has nothing to do with {code}"
            );
            found.push(((*code).to_owned(), row.len(), (*proof).to_owned()));
        }
        assert!(found.len() >= 24, "{file}: {} messages", found.len());
        tables.push(found);
    }
    assert_eq!(tables[0], tables[1], "the two READMEs name other scenarios");
}
