//! What must not leave: no byte of a journal holds a card number, a person's name or a passport.

use std::path::Path;

use danmal_journal::{Claim, Folder, HistoryFilter, Journal};
use danmal_model::{Approval, Fact, Intent, MaskedCard, Outcome, Record, Seen, Source, TaxRefundSlip};

use crate::common::*;

const CARD: &str = "4330123456781234";
const TRACK: &str = "4330123456781234=25121010000012300000";
const SECRETS: [&str; 8] =
    ["900101-1234567", CARD, "433012", "1234=", "HONG GILDONG", "M12345678", "KOREA-CANARY", "01099998888"];

fn full(intent: &Intent) -> Approval {
    let mut extra = serde_json::Map::new();
    extra.insert("maskedTrackData2".to_owned(), TRACK.into());
    extra.insert("phone".to_owned(), "01099998888".into());
    let mut fields = serde_json::Map::new();
    fields.insert("note".to_owned(), format!("{CARD} HONG GILDONG").into());
    let slip = TaxRefundSlip {
        refund_serial: CARD.to_owned(),
        taxrefund_serial: "M12345678".to_owned(),
        refund_date: "HONG GILDONG".to_owned(),
        refund_time: "900101-1234567".to_owned(),
        res_code: "01099998888".to_owned(),
        res_message: format!("{CARD} M12345678"),
        fields,
        buyer_country: "KOREA-CANARY".into(),
        buyer_name: "HONG GILDONG".into(),
        passport_serial: "M12345678".into(),
        ..TaxRefundSlip::default()
    };
    Approval {
        masked_card: Some(MaskedCard::new(TRACK)),
        extra,
        slip: Some(Box::new(slip)),
        ..approval(intent, "11112222")
    }
}

/// Every row that can carry an approval.
fn write(journal: &Journal, claim: &Claim) -> Intent {
    let intent = new(journal.begin(&ordered(15_000, "7"), at(0), LIFE));
    let approval = || Box::new(full(&intent));
    let facts = [
        Fact::Intent(Box::new(intent.clone())),
        Fact::Seen(Seen {
            source: Source::Answer,
            code: "0000".to_owned(),
            message: "승인".to_owned(),
            approval: Some(approval()),
            contradicts: false,
        }),
        Fact::Ended(Outcome::Unknown(Box::new(danmal_model::Unknown {
            about: about(&intent),
            why: danmal_model::UnknownWhy::ConfirmPending,
            resolving: danmal_model::Resolving::ByItself,
            approval: Some(approval()),
            seen_code: None,
            seen_message: None,
        }))),
        Fact::Ended(Outcome::Reversed(danmal_model::Reversal {
            about: about(&intent),
            code: "7777".to_owned(),
            message: "망취소".to_owned(),
            approval: Some(approval()),
        })),
        Fact::Ended(Outcome::Approved(approval())),
    ];
    for fact in facts {
        let record = record(&intent, fact);
        commit_marked(journal, record.clone(), claim.update_for(&record, journal)).unwrap();
        // Nor does what a program could print of it.
        assert_clean(format!("{:?}", Record { ..record }).as_bytes(), "debug output");
    }
    intent
}

fn assert_clean(bytes: &[u8], what: &str) {
    for secret in SECRETS {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} holds {secret}");
    }
}

fn assert_folder_is_clean(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += assert_folder_is_clean(&path);
        } else {
            assert_clean(&std::fs::read(&path).unwrap(), &path.display().to_string());
            files += 1;
        }
    }
    files
}

#[test]
fn no_byte_of_a_journal_holds_a_canary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let journal = Journal::open(&path, false).unwrap();
    let claim = Claim::acquire(&Folder::at(folder.path().join("claims")), TERMINAL, &journal).unwrap();
    let intent = write(&journal, &claim);
    assert!(assert_folder_is_clean(folder.path()) >= 6, "database, log, index, locks, marker, holder");
    let kept = std::fs::read(folder.path().join("till.db-wal")).unwrap();
    assert!(kept.windows(8).any(|window| window == b"11112222"), "what a cancellation needs is there");
    assert!(journal.entry(intent.ptxid).unwrap().is_some());
    assert!(journal.close(LIFE));
    assert_folder_is_clean(folder.path());
}

#[test]
fn a_journal_in_memory_gives_none_back() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::memory(false);
    let claim = Claim::acquire(&Folder::at(folder.path()), TERMINAL, &journal).unwrap();
    write(&journal, &claim);
    let history = journal.history(&HistoryFilter::default()).unwrap();
    for entry in history {
        assert_clean(serde_json::to_string(&entry.outcome).unwrap().as_bytes(), "an outcome");
        assert_clean(format!("{entry:?}").as_bytes(), "debug output");
    }
}
