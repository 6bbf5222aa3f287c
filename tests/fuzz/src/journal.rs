//! Journal files: whatever stands in the file, its log or a terminal's marker, the journal opens, or is moved
//! aside, or is refused with a reason. What a journal that opens holds is what was committed, from the first
//! row on: a row is lost at the end, never changed.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::Duration;

use danmal_journal::{Begun, Claim, Condition, Folder, HistoryFilter, Journal};
use danmal_model::{About, Amounts, Decline, Fact, Intent, Kind, Outcome, Record};
use jiff::Timestamp;

const TERMINAL: &str = "tcp://192.0.2.7:9100";

/// The files of a small journal, with a log that was not copied into the database yet.
struct Template {
    database: Vec<u8>,
    log: Vec<u8>,
    marker: Vec<u8>,
    marker_name: String,
    markers: tempfile::TempDir,
    rows: Vec<Vec<u8>>,
}

/// The first byte chooses what the rest is: the whole file; changes of the file, the log or the marker of a
/// sound journal (two bytes of place, one of value each); or the whole marker.
pub fn run(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let template = template();
    let (mut database, mut log, mut marker) =
        (template.database.clone(), template.log.clone(), template.marker.clone());
    match choice % 6 {
        0 => {
            database = rest.to_vec();
            log.clear();
        }
        1 => change(&mut database, rest),
        2 => change(&mut log, rest),
        3 => change(&mut marker, rest),
        4 => marker = rest.to_vec(),
        _ => log.truncate(log.len() * rest.len() / 64),
    }
    let Ok(folder) = tempfile::tempdir_in(base()) else { return };
    let write = |name: &str, bytes: &[u8]| {
        if !bytes.is_empty() {
            let _ = std::fs::write(folder.path().join(name), bytes);
        }
    };
    write("till.db", &database);
    write("till.db-wal", &log);
    // One folder of markers for all runs, as a till has one: its lock file stays open.
    let _ = std::fs::write(template.markers.path().join(&template.marker_name), &marker);
    open(folder.path(), *choice % 6 != 0, template);
}

fn change(bytes: &mut [u8], changes: &[u8]) {
    for change in changes.chunks_exact(3) {
        let at = usize::from(change[0]) << 8 | usize::from(change[1]);
        let length = bytes.len().max(1);
        // Places beyond 64 KiB are reached from the end.
        if let Some(byte) = bytes.get_mut(at % length) {
            *byte = change[2];
        }
    }
}

fn open(folder: &Path, ours: bool, template: &Template) {
    let path = folder.join("till.db");
    let Ok(journal) = Journal::open(&path, false) else { return };
    let sound = *journal.condition() == Condition::Sound;
    if sound && ours {
        let found = rows(&path);
        let same = found.iter().zip(&template.rows).all(|(found, committed)| found == committed);
        assert!(same && found.len() <= template.rows.len(), "no row changed, none was added");
    }
    if let Err(error) = journal.history(&HistoryFilter::default()) {
        panic!("an open journal is read: {error}");
    }
    if let Ok(claim) = Claim::acquire(&Folder::at(template.markers.path()), TERMINAL, &journal) {
        assert!(sound || claim.safe_mode().is_some(), "a damaged journal stops the money");
    }
    pay(&journal, None);
}

/// In memory where there is such a folder.
fn base() -> &'static Path {
    static BASE: OnceLock<std::path::PathBuf> = OnceLock::new();
    BASE.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() }
    })
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE
        .get_or_init(|| make().unwrap_or_else(|error| panic!("a journal in {}: {error}", base().display())))
}

fn make() -> std::io::Result<Template> {
    let folder = tempfile::tempdir_in(base())?;
    let path = folder.path().join("till.db");
    let open = || Journal::open(&path, false).map_err(std::io::Error::other);
    let journal = open()?;
    let claim =
        Claim::acquire(&Folder::at(folder.path()), TERMINAL, &journal).map_err(std::io::Error::other)?;
    pay(&journal, Some(&claim));
    pay(&journal, Some(&claim));
    drop(claim);
    drop(journal);
    let journal = open()?;
    let claim =
        Claim::acquire(&Folder::at(folder.path()), TERMINAL, &journal).map_err(std::io::Error::other)?;
    pay(&journal, Some(&claim));
    let log = std::fs::read(folder.path().join("till.db-wal"))?;
    let database = std::fs::read(&path)?;
    let markers = std::fs::read_dir(folder.path())?.filter_map(Result::ok).map(|entry| entry.path());
    let marker = markers.into_iter().find(|path| path.extension().is_some_and(|end| end == "marker"));
    let marker = marker.ok_or_else(|| std::io::Error::other("no marker"))?;
    let marker_name = marker.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let marker = std::fs::read(marker)?;
    let markers = tempfile::tempdir_in(base())?;
    Ok(Template { database, log, marker, marker_name, markers, rows: rows(&path) })
}

fn rows(path: &Path) -> Vec<Vec<u8>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let read = || {
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        let mut select = connection.prepare("SELECT body FROM rows ORDER BY height")?;
        select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
    };
    read().unwrap_or_default()
}

/// A sale that is declined. A journal that cannot keep it refuses it.
fn pay(journal: &Journal, claim: Option<&Claim>) {
    let ask = Intent {
        order: Some("2024-0007".to_owned()),
        key: Some("2024-0007".to_owned()),
        ..Intent::asked(Kind::CardApproval, TERMINAL, Amounts::won(15_000), Timestamp::UNIX_EPOCH)
    };
    let begun = journal.begin(&ask, Timestamp::now(), Duration::from_secs(12 * 3_600));
    let Begun::New { intent, .. } = begun else { return };
    let about =
        About { id: intent.ptxid, operation: intent.kind, simulated: intent.simulated, replayed: None };
    let decline = Decline {
        about,
        reason: Default::default(),
        code: "8324".to_owned(),
        message: "한도초과".to_owned(),
        alarms: Vec::new(),
    };
    for fact in [Fact::Intent(intent.clone()), Fact::Ended(Outcome::Declined(decline))] {
        let terminal = TERMINAL.to_owned();
        let record = Record { at: intent.at, terminal, ptxid: Some(intent.ptxid), fact };
        let mark = claim.and_then(|claim| claim.update_for(&record, journal));
        let (told, answer) = channel();
        journal.commit_marked(record, mark, move |result| {
            let _ = told.send(result.is_ok());
        });
        let told = answer.recv_timeout(Duration::from_secs(60));
        assert!(told.is_ok(), "a commit is kept or refused");
    }
}
