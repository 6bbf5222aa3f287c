//! Journals and claims over processes: held, killed, forked, and on a disk that fails. Each till is a process
//! of its own (`examples/journal_process.rs`).

#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use danmal_journal::{Claim, ClaimRefused, Condition, Folder, Journal, JournalError};

const TERMINAL: &str = "tcp://192.0.2.7:9100";

/// The example, built beside the tests.
fn program() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples").join("journal_process");
    let how = "cargo build -p danmal-journal --example journal_process";
    assert!(program.exists(), "not built: run `{how}` first");
    program
}

struct Till {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Till {
    fn start() -> Self {
        Self::run(Command::new(program()))
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, lines }
    }

    fn holding(path: &Path) -> Self {
        let mut till = Self::start();
        let said = till.say(&format!("open {}", path.display()));
        assert!(said.starts_with("open "), "{said}");
        till
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> String {
        self.lines.next().expect("the till ended").unwrap()
    }

    fn claim(&mut self, folder: &Path) -> String {
        self.say(&format!("claim {} {TERMINAL}", folder.display()))
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn rows(path: &Path) -> u64 {
    let journal = Journal::open(path, false).unwrap();
    assert_eq!(journal.condition(), &Condition::Sound);
    let height = journal.height();
    assert!(journal.close(std::time::Duration::from_secs(20)));
    height
}

#[test]
fn a_journal_is_one_processes_own_until_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let mut till = Till::holding(&path);
    assert!(till.say("intent").starts_with("kept 1"));
    match Journal::open(&path, false) {
        Err(JournalError::Held { holder, .. }) => {
            assert_eq!(holder.pid, Some(till.child.id()));
            assert_eq!(holder.program.as_deref(), Some("journal_process"));
        }
        other => panic!("{other:?}"),
    }
    till.kill();
    let journal = Journal::open(&path, false).unwrap();
    assert_eq!((journal.height(), journal.pending().len()), (1, 1));
}

#[test]
fn rule_4_a_terminal_is_one_processes_own_until_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let mut till = Till::holding(&folder.path().join("till.db"));
    assert_eq!(till.claim(&claims), "claimed ");
    let memory = Journal::memory(false);
    let refused = Claim::acquire(&Folder::at(&claims), TERMINAL, &memory).unwrap_err();
    let said = refused.to_string();
    let expected = format!("held by process {} (journal_process), journal ", till.child.id());
    assert!(said.starts_with(&expected) && said.contains("till.db, since 20"), "{said}");
    let other = Claim::acquire(&Folder::at(&claims), "tcp://192.0.2.8:9100", &memory);
    assert!(other.is_ok(), "the lock is the terminal's, not the file's");
    drop(other);
    // Closing the other must not have let go of anything.
    let mut second = Till::holding(&folder.path().join("second.db"));
    assert!(second.claim(&claims).starts_with("refused held by process"));
    till.kill();
    assert_eq!(second.claim(&claims), "claimed ");
}

#[test]
fn rule_4_what_a_killed_till_left_open_refuses_another_journal() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().canonicalize().unwrap().join("till.db");
    let mut till = Till::holding(&path);
    till.claim(&claims);
    let kept = till.say("intent");
    let ptxid = kept.strip_prefix("kept 1 ").expect(&kept).parse().unwrap();
    till.kill();
    let other = Journal::open(folder.path().join("other.db"), false).unwrap();
    assert_eq!(
        Claim::acquire(&Folder::at(&claims), TERMINAL, &other).unwrap_err(),
        ClaimRefused::OtherJournal { path: path.clone(), ptxid: Some(ptxid) }
    );
    let own = Journal::open(&path, false).unwrap();
    let claim = Claim::acquire(&Folder::at(&claims), TERMINAL, &own).unwrap();
    assert_eq!(claim.safe_mode(), None);
    assert_eq!(own.open_intents(TERMINAL)[0].intent.ptxid, ptxid);
}

#[test]
fn what_was_acknowledged_outlives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let mut before = 0;
    for round in 0..6_u64 {
        let mut till = Till::holding(&path);
        let mut told = before;
        for _ in 0..=round * 3 {
            let said = till.say("intent");
            told = said.split(' ').nth(1).expect(&said).parse().unwrap();
        }
        // And some more, of which nobody hears.
        writeln!(till.input, "commits 100").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 7));
        till.kill();
        let found = rows(&path);
        assert!(found >= told, "round {round}: {found} of {told}");
        before = found;
    }
}

#[test]
fn a_forked_child_holds_nothing_and_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().join("till.db");
    let mut till = Till::holding(&path);
    till.claim(&claims);
    assert!(till.say("intent").starts_with("kept 1"));
    let child = till.say("fork");
    let parts: Vec<&str> = child.split(" | ").collect();
    assert!(parts[0].starts_with("child: forked "), "{child}");
    assert!(parts[1].contains("forked child holds nothing"), "{child}");
    assert_eq!(parts[2], "ours false");
    assert!(parts[3].starts_with(&format!("held by process {}", till.child.id())), "{child}");
    assert!(till.hear().starts_with("kept 2"), "the parent goes on");
    // The child has ended, and with it nothing of the parent's.
    let mut second = Till::start();
    assert!(second.say(&format!("open {}", path.display())).starts_with("refused"));
    second.say(&format!("open {}", folder.path().join("second.db").display()));
    assert!(second.claim(&claims).starts_with("refused held by"));
    assert_eq!(till.say("close"), "closed true");
    drop(till);
}

#[test]
fn rule_4_a_backup_of_the_folder_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().join("till.db");
    let mut till = Till::holding(&path);
    till.claim(&claims);
    for of in [folder.path(), &claims] {
        let said = till.say(&format!("backup {}", of.display()));
        assert!(said.starts_with("read ") && said != "read 0", "{said}");
    }
    let mut second = Till::start();
    let said = second.say(&format!("open {}", path.display()));
    assert!(said.contains(&format!("held by process {}", till.child.id())), "{said}");
    second.say(&format!("open {}", folder.path().join("second.db").display()));
    let said = second.claim(&claims);
    assert!(said.starts_with(&format!("refused held by process {}", till.child.id())), "{said}");
    assert!(till.say("intent").starts_with("kept 1"));
}

#[test]
fn rule_4_a_forked_child_that_outlives_its_parent_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().join("till.db");
    let mut till = Till::holding(&path);
    till.claim(&claims);
    let said = till.say("fork and stay");
    let child: i32 = said.strip_prefix("child ").expect(&said).parse().unwrap();
    assert!(till.say("intent").starts_with("kept 1"), "the parent goes on");
    till.kill();
    let mut second = Till::holding(&path);
    let said = second.claim(&claims);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), nix::sys::signal::SIGKILL).unwrap();
    assert_eq!(said, "claimed ");
}

#[test]
fn rule_4_a_deleted_lock_file_lets_no_second_till_pay_beside_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let mut till = Till::holding(&folder.path().join("till.db"));
    till.claim(&claims);
    assert!(till.say("intent").starts_with("kept 1"));
    // Nobody came meanwhile: what found it out is refused, then it is held again.
    let files = || std::fs::read_dir(&claims).unwrap().map(|file| file.unwrap().path());
    for file in files().filter(|path| path.to_string_lossy().contains("terminals.lock")) {
        std::fs::remove_file(file).unwrap();
    }
    let said = till.say("intent");
    assert!(said.starts_with("refused io") && said.contains("deleted or replaced"), "{said}");
    let kept = till.say("intent");
    assert!(kept.starts_with("kept 2"), "{kept}");
    let mut second = Till::holding(&folder.path().join("second.db"));
    assert!(second.claim(&claims).starts_with("refused held by"));
    // Somebody came.
    for file in files() {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(second.claim(&claims), "claimed ");
    assert!(second.say("intent").starts_with("kept 1"));
    for _ in 0..3 {
        let said = till.say("intent");
        assert!(said.starts_with("refused io") && said.contains("another till"), "{said}");
    }
    assert!(second.say("intent").starts_with("kept 2"));
    // Its marker is its own still, and the first is refused for good, even when it is gone.
    second.kill();
    for _ in 0..2 {
        let said = till.say("intent");
        assert!(said.starts_with("refused io") && said.contains("used it meanwhile"), "{said}");
    }
}

#[test]
fn rule_14_rows_of_another_writer_are_never_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().join("till.db");
    let mut first = Till::holding(&path);
    assert_eq!(first.claim(&claims), "claimed ");
    assert!(first.say("intent").starts_with("kept 1"));
    std::fs::remove_file(folder.path().join("till.db.lock")).unwrap();
    let mut second = Till::holding(&path);
    assert!(second.say("intent").starts_with("kept 2"));
    for _ in 0..3 {
        let said = first.say("intent");
        assert!(said.starts_with("refused io"), "{said}");
    }
    assert!(second.say("intent").starts_with("kept 3"));
    // Free again, and yet not the first's.
    second.kill();
    for _ in 0..3 {
        let said = first.say("intent");
        assert!(said.starts_with("refused io"), "{said}");
    }
    first.kill();
    assert_eq!(rows(&path), 3, "what was acknowledged is there");
}

#[test]
fn rule_14_a_journal_that_somebody_else_wrote_is_safe_mode() {
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let path = folder.path().join("till.db");
    let mut till = Till::holding(&path);
    assert_eq!(till.claim(&claims), "claimed ");
    assert!(till.say("intent").starts_with("kept 1"));
    // A program that asks for no lock.
    let stranger = rusqlite::Connection::open(&path).unwrap();
    stranger
        .execute("INSERT INTO rows SELECT 2, at, terminal, ptxid, body, hash FROM rows WHERE height = 1", [])
        .unwrap();
    drop(stranger);
    for _ in 0..3 {
        let said = till.say("intent");
        assert!(said.starts_with("refused io"), "{said}");
    }
    let said = till.say("intent");
    assert!(said.contains("somebody else has written it"), "{said}");
    till.kill();
    let stranger = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(stranger.query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, i64>(0)), Ok(2));
    // The row that it had written would have fitted: the marker alone knows.
    let (other, hash) = (Record::fitting(&stranger), "UPDATE rows SET body = ?1, hash = ?2 WHERE height = 2");
    stranger.execute(hash, rusqlite::params![other.0, other.1]).unwrap();
    drop(stranger);
    let journal = Journal::open(&path, false).unwrap();
    assert_eq!((journal.condition(), journal.height()), (&Condition::Sound, 2));
    let claim = Claim::acquire(&Folder::at(&claims), TERMINAL, &journal).unwrap();
    let said = claim.safe_mode().expect("it is in safe mode");
    assert!(said.contains("went on differently"), "{said}");
}

/// A row that fits the chain.
struct Record;

impl Record {
    fn fitting(connection: &rusqlite::Connection) -> (Vec<u8>, Vec<u8>) {
        use sha2::{Digest, Sha256};
        let (body, before): (Vec<u8>, Vec<u8>) = connection
            .query_row("SELECT body, hash FROM rows WHERE height = 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        let hash = Sha256::new()
            .chain_update(before)
            .chain_update(2_u64.to_be_bytes())
            .chain_update(&body)
            .finalize();
        (body, hash.to_vec())
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rule_4_another_copy_of_the_library_in_one_process_is_kept_out() {
    use nix::fcntl::{FcntlArg, fcntl};
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims");
    let journal = Journal::open(folder.path().join("till.db"), false).unwrap();
    let claim = Claim::acquire(&Folder::at(&claims), TERMINAL, &journal).unwrap();
    for locked in [claims.join("terminals.lock"), folder.path().join("till.db.lock")] {
        // What another copy does: it opens the file itself, and asks for the lock.
        let file = std::fs::File::options().read(true).write(true).open(&locked).unwrap();
        let everything = nix::libc::flock {
            l_type: nix::libc::F_WRLCK as nix::libc::c_short,
            l_whence: nix::libc::SEEK_SET as nix::libc::c_short,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        // In either way, whatever the age of the copy.
        for ask in [FcntlArg::F_OFD_SETLK(&everything), FcntlArg::F_SETLK(&everything)] {
            let taken = fcntl(&file, ask);
            assert_eq!(taken, Err(nix::errno::Errno::EAGAIN), "{}", locked.display());
        }
    }
    drop(claim);
}

#[test]
fn rule_1_a_row_in_a_file_that_is_gone_is_no_row() {
    for harm in ["delete", "move", "replace", "log", "cut", "cut log"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let mut till = Till::holding(&path);
        assert!(till.say("intent").starts_with("kept 1"), "{harm}");
        let aside = folder.path().join("aside.db");
        match harm {
            "delete" => std::fs::remove_file(&path).unwrap(),
            "move" => std::fs::rename(&path, &aside).unwrap(),
            "cut" | "cut log" => {
                let name = if harm == "cut" { "till.db" } else { "till.db-wal" };
                std::fs::File::options()
                    .write(true)
                    .open(folder.path().join(name))
                    .unwrap()
                    .set_len(0)
                    .unwrap();
            }
            "log" => std::fs::remove_file(folder.path().join("till.db-wal")).unwrap(),
            _ => {
                std::fs::rename(&path, &aside).unwrap();
                std::fs::copy(&aside, &path).unwrap();
            }
        }
        let said = till.say("intent");
        assert!(said.starts_with("refused io"), "{harm}: {said}");
        assert_eq!(till.say("height"), "height 1", "{harm}");
    }
}

#[test]
fn a_folder_that_comes_back_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
    let mut till = Till::holding(&data.join("till.db"));
    assert!(till.say("intent").starts_with("kept 1"));
    std::fs::rename(&data, &elsewhere).unwrap();
    for _ in 0..2 {
        let said = till.say("intent");
        assert!(said.starts_with("refused"), "{said}");
    }
    std::fs::rename(&elsewhere, &data).unwrap();
    let said = till.say("intent");
    assert!(said.starts_with("kept 2"), "{said}");
    till.kill();
    assert_eq!(rows(&data.join("till.db")), 2);
}

#[test]
fn a_file_that_may_not_grow_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\""]).arg(program());
    let mut till = Till::run(command);
    till.say(&format!("open {}", path.display()));
    // A first refusal empties the log into the database, which makes room; at last there is none.
    let mut refused = String::new();
    for _ in 0..50 {
        refused = till.say("commits 1000");
        assert!(refused.starts_with("refused after "), "{refused}");
        if refused.starts_with("refused after 0:") {
            break;
        }
    }
    assert!(refused.starts_with("refused after 0:"), "{refused}");
    let height = till.say("height");
    let told: u64 = height.strip_prefix("height ").expect(&height).parse().unwrap();
    assert!(told > 5, "{told}");
    till.kill();
    assert_eq!(rows(&path), told, "what was refused is not there, what was told is");
}

#[cfg(target_os = "linux")]
mod failing_disk {
    //! A library between the journal and the system that fails as a file tells it to.

    use super::*;

    const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What fails now: the text of the file $FAIL, if there is one. */
static int fails(const char *what, int fd) {
    char path[64], name[512], text[64] = "";
    const char *control = getenv("FAIL");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, name, sizeof name - 1);
    if (!control || length < 0) return 0;
    name[length] = 0;
    if (!strstr(name, "till.db")) return 0;
    FILE *file = fopen(control, "r");
    if (!file) return 0;
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
    return strncmp(text, what, strlen(what)) == 0;
}
#define FAIL(error) do { errno = (error); return -1; } while (0)
int fsync(int fd) {
    if (fails("sync", fd)) FAIL(EIO);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
int fdatasync(int fd) {
    if (fails("sync", fd)) FAIL(EIO);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails("full", fd)) FAIL(ENOSPC);
    if (fails("broken", fd)) FAIL(EIO);
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(fd, bytes, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, long at) {
    if (fails("full", fd)) FAIL(ENOSPC);
    if (fails("broken", fd)) FAIL(EIO);
    return ((ssize_t (*)(int, const void *, size_t, long))dlsym(RTLD_NEXT, "pwrite64"))(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, long at) { return pwrite64(fd, bytes, count, at); }
"#;

    struct Disk {
        folder: tempfile::TempDir,
        till: Till,
    }

    impl Disk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (source, shim) = (folder.path().join("shim.c"), folder.path().join("shim.so"));
            std::fs::write(&source, SHIM).unwrap();
            // SQLite itself was compiled by the same compiler.
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(&source).arg("-ldl");
            assert!(compiler.status().unwrap().success());
            let mut command = Command::new(program());
            command.env("LD_PRELOAD", &shim).env("FAIL", folder.path().join("fail"));
            let mut till = Till::run(command);
            let path = folder.path().join("till.db");
            assert!(till.say(&format!("open {}", path.display())).starts_with("open 0"));
            Self { folder, till }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("till.db")
        }

        fn fails(&self, how: &str) {
            std::fs::write(self.folder.path().join("fail"), how).unwrap();
        }

        fn works(&self) {
            std::fs::remove_file(self.folder.path().join("fail")).unwrap();
        }

        fn intent(&mut self) -> String {
            self.till.say("intent")
        }
    }

    #[test]
    fn a_full_disk_is_said_and_works_again_when_there_is_room() {
        let mut disk = Disk::new();
        assert!(disk.intent().starts_with("kept 1"));
        disk.fails("full");
        for _ in 0..3 {
            let said = disk.intent();
            assert!(said.starts_with("refused full"), "{said}");
            assert_eq!(disk.till.say("height"), "height 1");
        }
        disk.works();
        assert!(disk.intent().starts_with("kept 2"));
        let path = disk.path();
        disk.till.kill();
        assert_eq!(rows(&path), 2);
    }

    #[test]
    fn after_a_failed_sync_nothing_is_told_and_the_log_is_begun_anew() {
        for how in ["sync", "broken"] {
            let mut disk = Disk::new();
            for row in 1..=3 {
                assert!(disk.intent().starts_with(&format!("kept {row}")));
            }
            let log = || std::fs::metadata(disk.folder.path().join("till.db-wal")).unwrap().len();
            let before = log();
            assert!(before > 0);
            disk.fails(how);
            for _ in 0..2 {
                let said = disk.intent();
                assert!(said.starts_with("refused io"), "{how}: {said}");
                assert_eq!(disk.till.say("height"), "height 3", "{how}");
            }
            disk.works();
            let said = disk.intent();
            assert!(said.starts_with("kept 4"), "{how}: {said}");
            // What was written and not synced is in no log that later rows stand on.
            let log = std::fs::metadata(disk.folder.path().join("till.db-wal")).unwrap().len();
            assert!(log < before, "{how}: {log} of {before}");
            let path = disk.path();
            disk.till.kill();
            assert_eq!(rows(&path), 4, "{how}");
        }
    }

    #[test]
    fn a_disk_that_is_full_when_it_is_opened_is_no_damage() {
        let mut disk = Disk::new();
        assert!(disk.intent().starts_with("kept 1"));
        assert_eq!(disk.till.say("close"), "closed true");
        disk.fails("full");
        let again = format!("open {}", disk.path().display());
        let said = disk.till.say(&again);
        assert!(said.starts_with("refused") && said.contains("cannot be used"), "{said}");
        disk.works();
        assert_eq!(disk.till.say(&again), "open 1 1");
        let names: Vec<_> =
            std::fs::read_dir(disk.folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(!names.iter().any(|name| name.to_string_lossy().contains("damaged")), "{names:?}");
    }
}
