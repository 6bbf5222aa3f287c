//! Rule 4: one money operation per terminal, over processes and journals: a lock and a durable marker.

use std::fs;
use std::path::{Path, PathBuf};

use danmal_journal::{Claim, ClaimRefused, CommitError, Folder, Journal};
use danmal_model::{Alarm, Fact, Intent, Record, Verdict};

use crate::common::*;

/// A shop: one folder of locks and markers, and journals in it.
struct Shop(tempfile::TempDir);

impl Shop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> Folder {
        Folder::at(self.0.path().join("claims"))
    }

    fn path(&self, name: &str) -> PathBuf {
        dunce::canonicalize(self.0.path()).unwrap().join(name)
    }

    fn journal(&self, name: &str) -> Journal {
        Journal::open(self.path(name), false).unwrap()
    }

    fn claim(&self, journal: &Journal) -> Result<Claim, ClaimRefused> {
        Claim::acquire(&self.folder(), TERMINAL, journal)
    }

    fn sound(&self, journal: &Journal) -> Claim {
        let claim = self.claim(journal).unwrap();
        assert_eq!(claim.safe_mode(), None);
        claim
    }

    /// Why the terminal is in safe mode for this journal.
    fn doubt(&self, journal: &Journal) -> String {
        self.claim(journal).unwrap().safe_mode().expect("it is in safe mode")
    }

    fn marker(&self) -> PathBuf {
        self.markers().pop().expect("a marker")
    }

    fn has_marker(&self) -> bool {
        !self.markers().is_empty()
    }

    fn markers(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder().path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "marker")).collect()
    }
}

fn keep(journal: &Journal, claim: &Claim, record: Record) -> Result<u64, CommitError> {
    let mark = claim.update_for(&record, journal);
    commit_marked(journal, record, mark)
}

fn leave_open(journal: &Journal, claim: &Claim) -> Intent {
    let intent = new(journal.begin(&sale(15_000), at(0), LIFE));
    keep(journal, claim, intent_record(&intent)).unwrap();
    intent
}

fn end(journal: &Journal, claim: &Claim, intent: &Intent) {
    keep(journal, claim, record(intent, Fact::Ended(approved(intent, "1")))).unwrap();
}

fn close(journal: Journal) {
    assert!(journal.close(LIFE));
}

fn accept(journal: &Journal, claim: &Claim) {
    let fact = Fact::Accepted { reason: "전표 확인".to_owned() };
    let record = Record { at: at(0), terminal: TERMINAL.to_owned(), ptxid: None, fact };
    keep(journal, claim, record).unwrap();
    assert_eq!(claim.safe_mode(), None);
}

#[test]
fn two_clients_of_one_process_refuse_each_other() {
    let shop = Shop::new();
    let (one, two) = (shop.journal("one.db"), Journal::memory(false));
    let claim = shop.sound(&one);
    let refused = shop.claim(&two).unwrap_err();
    let said = refused.to_string();
    let pid = std::process::id();
    assert!(said.starts_with(&format!("held by process {pid} (")) && said.contains("one.db"), "{said}");
    let elsewhere = Claim::acquire(&shop.folder(), "tcp://192.0.2.8:9100", &two).unwrap();
    drop(claim);
    shop.sound(&two);
    drop(elsewhere);
}

#[test]
fn the_same_folder_under_another_name_is_the_same_folder() {
    let shop = Shop::new();
    let journal = Journal::memory(false);
    let claim = shop.sound(&journal);
    let detour = Folder::at(shop.0.path().join("claims/../claims/."));
    assert!(matches!(Claim::acquire(&detour, TERMINAL, &journal), Err(ClaimRefused::Held { .. })));
    drop(claim);
}

#[cfg(target_os = "linux")]
#[test]
fn a_claim_costs_no_descriptor() {
    let shop = Shop::new();
    let journal = Journal::memory(false);
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let terminal = |number: usize| format!("tcp://192.0.2.7:{number}");
    let first = Claim::acquire(&shop.folder(), &terminal(0), &journal).unwrap();
    let before = open();
    let claims: Vec<_> = (1..2_000)
        .map(|number| Claim::acquire(&shop.folder(), &terminal(number), &journal).unwrap())
        .collect();
    // Other tests open and close files meanwhile.
    assert!(open() < before + 200, "{} descriptors more", open() - before);
    drop((first, claims));
}

#[test]
fn what_is_open_in_one_journal_refuses_another_by_its_path() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    let intent = leave_open(&one, &claim);
    drop(claim);
    for other in [shop.journal("two.db"), Journal::memory(false)] {
        // Whether the first is open somewhere or not.
        let refused = shop.claim(&other).unwrap_err();
        let expected = ClaimRefused::OtherJournal { path: shop.path("one.db"), ptxid: Some(intent.ptxid) };
        assert_eq!(refused, expected);
    }
    close(one);
    assert!(matches!(shop.claim(&shop.journal("two.db")), Err(ClaimRefused::OtherJournal { .. })));

    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    end(&one, &claim, &intent);
    drop(claim);
    shop.sound(&shop.journal("two.db"));
}

#[test]
fn a_terminal_that_was_left_clean_is_taken_over_and_back() {
    let shop = Shop::new();
    let (one, two) = (shop.journal("one.db"), shop.journal("two.db"));
    for journal in [&one, &two, &one] {
        let claim = shop.sound(journal);
        let intent = leave_open(journal, &claim);
        end(journal, &claim, &intent);
    }
}

#[test]
fn a_clearing_that_was_lost_refuses_nobody() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    let intent = leave_open(&one, &claim);
    commit(&one, record(&intent, Fact::Ended(approved(&intent, "1")))).unwrap();
    drop(claim);
    shop.sound(&shop.journal("two.db"));
}

#[test]
fn an_operators_word_frees_the_terminal_for_another_journal() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    let intent = leave_open(&one, &claim);
    keep(&one, &claim, word(&intent, Verdict::Undecided)).unwrap();
    drop(claim);
    shop.sound(&shop.journal("two.db"));
}

#[test]
fn evidence_against_an_operators_word_keeps_other_journals_out_again() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    let intent = leave_open(&one, &claim);
    keep(&one, &claim, word(&intent, Verdict::NotPerformed)).unwrap();
    keep(&one, &claim, record(&intent, Fact::Alarmed(Alarm::OverrideContradicted))).unwrap();
    drop(claim);
    let refused = shop.claim(&shop.journal("two.db")).unwrap_err();
    assert!(
        matches!(&refused, ClaimRefused::OtherJournal { ptxid, .. } if *ptxid == Some(intent.ptxid)),
        "{refused:?}"
    );
}

#[test]
fn an_end_leaves_in_the_marker_what_is_open_behind_it() {
    for by_word in [false, true] {
        let shop = Shop::new();
        let one = shop.journal("one.db");
        let claim = shop.sound(&one);
        let first = leave_open(&one, &claim);
        let second = leave_open(&one, &claim);
        if by_word {
            keep(&one, &claim, word(&second, Verdict::NotPerformed)).unwrap();
        } else {
            end(&one, &claim, &second);
        }
        drop(claim);
        let refused = shop.claim(&shop.journal("two.db")).unwrap_err();
        assert!(
            matches!(&refused, ClaimRefused::OtherJournal { ptxid, .. } if *ptxid == Some(first.ptxid)),
            "{refused:?}"
        );
    }
}

#[test]
fn rule_14_a_journal_that_is_gone_is_safe_mode_until_it_is_accepted() {
    for open in [true, false] {
        let shop = Shop::new();
        let one = shop.journal("one.db");
        let claim = shop.sound(&one);
        let intent = leave_open(&one, &claim);
        if !open {
            end(&one, &claim, &intent);
        }
        drop(claim);
        close(one);
        fs::remove_file(shop.path("one.db")).unwrap();

        let said = shop.doubt(&shop.journal("two.db"));
        assert!(said.contains("one.db") && said.contains("missing"), "{said}");
        assert_eq!(said.contains(intent.ptxid.as_str()), open, "{said}");
        // The same path with a fresh journal in it is no better.
        let fresh = shop.journal("one.db");
        let said = shop.doubt(&fresh);
        assert!(said.contains("replaced"), "{said}");
        shop.doubt(&Journal::memory(false));

        let claim = shop.claim(&fresh).unwrap();
        accept(&fresh, &claim);
        drop(claim);
        shop.sound(&fresh);
    }
}

#[test]
fn rule_14_a_journal_that_cannot_be_opened_is_safe_mode() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    leave_open(&one, &claim);
    drop(claim);
    close(one);
    fs::write(shop.path("one.db"), "no journal ".repeat(1000)).unwrap();
    let said = shop.doubt(&shop.journal("two.db"));
    assert!(said.contains("cannot be opened"), "{said}");
}

/// Copies a closed journal.
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

#[test]
fn rule_14_an_older_journal_is_safe_mode() {
    let shop = Shop::new();
    let path = shop.path("one.db");
    let pay_once = || {
        let journal = shop.journal("one.db");
        let claim = shop.claim(&journal).unwrap();
        let intent = leave_open(&journal, &claim);
        end(&journal, &claim, &intent);
        drop(claim);
        close(journal);
    };
    pay_once();
    copy(&path, &shop.path("backup"));
    pay_once();
    copy(&shop.path("backup"), &path);
    let journal = shop.journal("one.db");
    let said = shop.doubt(&journal);
    assert!(said.contains("2 rows of 4"), "{said}");
    let claim = shop.claim(&journal).unwrap();
    accept(&journal, &claim);
    drop(claim);
    shop.sound(&journal);
}

#[test]
fn rule_14_a_restored_copy_that_has_grown_again_is_safe_mode() {
    let shop = Shop::new();
    let path = shop.path("one.db");
    let journal = shop.journal("one.db");
    pay(&journal, &sale(1), "1");
    close(journal);
    copy(&path, &shop.path("backup"));
    let journal = shop.journal("one.db");
    let claim = shop.sound(&journal);
    let intent = leave_open(&journal, &claim);
    drop(claim);
    close(journal);
    copy(&shop.path("backup"), &path);
    // It works for another terminal and becomes as high as it was.
    let journal = shop.journal("one.db");
    pay(&journal, &sale(2), "2");
    assert_eq!(journal.state_of(intent.ptxid), None);
    let said = shop.doubt(&journal);
    assert!(said.contains("restored copy"), "{said}");
}

#[test]
fn rule_14_a_damaged_journal_is_safe_mode_of_each_terminal_until_it_is_accepted_there() {
    let shop = Shop::new();
    fs::write(shop.path("one.db"), "no journal ".repeat(1000)).unwrap();
    let journal = shop.journal("one.db");
    assert!(shop.doubt(&journal).contains("damaged"));
    let claim = shop.claim(&journal).unwrap();
    accept(&journal, &claim);
    drop(claim);
    close(journal);
    let journal = shop.journal("one.db");
    shop.sound(&journal);
    let other = Claim::acquire(&shop.folder(), "tcp://192.0.2.8:9100", &journal).unwrap();
    assert!(other.safe_mode().is_some(), "nobody has looked at that one");
}

#[test]
fn a_damaged_marker_is_safe_mode_and_moved_aside() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    leave_open(&one, &claim);
    drop(claim);
    let marker = shop.marker();
    let garbage = vec![b'x'; 8192];
    fs::write(&marker, &garbage).unwrap();
    let claim = shop.claim(&one).unwrap();
    let said = claim.safe_mode().expect("it is in safe mode");
    let moved = said.rsplit(' ').next().unwrap();
    assert_eq!(fs::read(moved).unwrap(), garbage, "{said}");
    accept(&one, &claim);
    drop(claim);
    shop.sound(&one);
}

#[test]
fn a_torn_write_leaves_the_marker_that_was_before() {
    let shop = Shop::new();
    let one = shop.journal("one.db");
    let claim = shop.sound(&one);
    let intent = leave_open(&one, &claim);
    let marked = fs::read(shop.marker()).unwrap();
    end(&one, &claim, &intent);
    drop(claim);
    let cleared = fs::read(shop.marker()).unwrap();
    let changed: Vec<usize> = (0..cleared.len()).filter(|at| cleared[*at] != marked[*at]).collect();
    assert!(changed.iter().all(|at| at / 4096 == changed[0] / 4096), "one slot is written at a time");
    // The write stopped after any part of it: before, it was open; whole, it is clean.
    for written in [changed.len() / 3, changed.len() / 2, changed.len() - 1] {
        let mut torn = marked.clone();
        for at in changed.iter().take(written) {
            torn[*at] = cleared[*at];
        }
        fs::write(shop.marker(), &torn).unwrap();
        shop.sound(&one);
    }
}

#[test]
fn a_journal_in_memory_leaves_no_marker() {
    let shop = Shop::new();
    let memory = Journal::memory(false);
    let claim = shop.sound(&memory);
    let intent = leave_open(&memory, &claim);
    assert!(!shop.has_marker());
    drop(claim);
    shop.sound(&shop.journal("one.db"));
    assert!(memory.open_intents(TERMINAL).iter().any(|open| open.intent == intent));
}

#[test]
fn a_mark_that_cannot_be_written_is_a_commit_that_failed_and_leaves_nothing() {
    let shop = Shop::new();
    let journal = shop.journal("one.db");
    let claim = shop.sound(&journal);
    let marker = shop.marker();
    let aside = marker.with_extension("aside");
    fs::rename(&marker, &aside).unwrap();
    fs::create_dir(&marker).unwrap();
    let intent = new(journal.begin(&ordered(15_000, "7"), at(0), LIFE));
    let refused = keep(&journal, &claim, intent_record(&intent)).unwrap_err();
    assert!(refused.to_string().contains("marker"), "{refused}");
    assert_eq!((journal.height(), journal.pending().len()), (0, 0));
    journal.forget(intent.ptxid);
    fs::remove_dir(&marker).unwrap();
    fs::rename(&aside, &marker).unwrap();
    let again = leave_open(&journal, &claim);
    drop(claim);
    close(journal);
    let journal = shop.journal("one.db");
    let open: Vec<_> = journal.pending().into_iter().map(|open| open.intent.ptxid).collect();
    assert_eq!(open, [again.ptxid], "the refused one left no row");
    shop.sound(&journal);
}

#[test]
fn the_claim_lives_until_its_last_mark_is_written() {
    let shop = Shop::new();
    let journal = shop.journal("one.db");
    let claim = shop.sound(&journal);
    let update = claim.clear(new(journal.begin(&sale(15_000), at(0), LIFE)).ptxid);
    drop(claim);
    assert!(matches!(shop.claim(&journal), Err(ClaimRefused::Held { .. })));
    drop(update);
    shop.sound(&journal);
}

#[cfg(unix)]
#[test]
fn the_files_of_the_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::new();
    let journal = shop.journal("one.db");
    let claim = shop.sound(&journal);
    leave_open(&journal, &claim);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(shop.folder().path()), 0o700);
    for file in fs::read_dir(shop.folder().path()).unwrap() {
        assert_eq!(mode(&file.as_ref().unwrap().path()), 0o600, "{file:?}");
    }
}

#[test]
fn what_is_not_yet_durable_never_overwrites_the_last_durable_mark() {
    let shop = Shop::new();
    let journal = shop.journal("till.db");
    let claim = shop.sound(&journal);
    let slots = || {
        let bytes = fs::read(shop.marker()).unwrap();
        (bytes[..4096].to_vec(), bytes[4096..].to_vec())
    };
    let changed =
        |before: &(Vec<u8>, Vec<u8>), after: &(Vec<u8>, Vec<u8>)| (before.0 != after.0, before.1 != after.1);
    let first = leave_open(&journal, &claim);
    let durable = slots();
    end(&journal, &claim, &first);
    let cleared = slots();
    let second = leave_open(&journal, &claim);
    let marked = slots();
    // The clearing is not synced and the mark may be torn: what they go over is the same slot.
    assert_eq!(changed(&durable, &cleared), changed(&durable, &marked));
    assert!(durable.0 == marked.0 || durable.1 == marked.1, "the mark of the first sale is spared");
    // The second mark is durable now, and is spared in its turn.
    end(&journal, &claim, &second);
    let after = slots();
    assert_ne!(changed(&durable, &marked), changed(&marked, &after));
}
