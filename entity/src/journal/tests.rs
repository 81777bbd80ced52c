//! What a journal keeps, what it recognises as broken off or damaged, and that those who wait together sync together.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;

use super::*;
use crate::ids::{ConsentEventId, CustomerId, GrantId};
use crate::kinds::ConsentActor;
use crate::values::Timestamp;

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn fresh_path() -> PathBuf {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join("rapport-suite").join(format!("journal-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder.join("journal.ndjson")
}

async fn open(path: &Path) -> Journal {
    Journal::open(&format!("file://{}", path.display())).await.unwrap()
}

fn withdrawn(number: u128) -> Ending {
    Ending::Consent(ConsentEnding {
        kind: EndingKind::Withdrawn,
        customer: CustomerId(Uuid::from_u128(1)),
        grant: Some(GrantId(Uuid::from_u128(2))),
        revision: i64::try_from(number).unwrap(),
        event: ConsentEventId(Uuid::from_u128(number)),
        actor: ConsentActor::Customer,
        at: Timestamp::from_millis(1_781_000_000_000),
        remaining: None,
        request: None,
        deletion_wanted: false,
    })
}

/// Everything, and the place behind it.
async fn all(journal: &Journal) -> Result<(Vec<Ending>, Place), JournalFault> {
    let (mut endings, mut place) = (Vec::new(), Place::START);
    loop {
        let batch = journal.read(&place).await?;
        if batch.endings.is_empty() {
            return Ok((endings, place));
        }
        endings.extend(batch.endings);
        place = batch.next;
    }
}

#[tokio::test]
async fn what_was_written_is_read_in_its_order_and_from_any_place_on() {
    let path = fresh_path();
    let journal = open(&path).await;
    assert_eq!(all(&journal).await.unwrap().0, [], "there is no file yet");
    let written: Vec<Ending> = (1..=BATCH as u128 + 3).map(withdrawn).collect();
    journal.write(&written).await.unwrap();
    let (read, end) = all(&journal).await.unwrap();
    assert!(read == written);
    assert_eq!((end.line, end.offset), (written.len() as u64, fs::metadata(&path).unwrap().len()));
    assert!(journal.holds(&end).await.unwrap());
    journal.write(&[withdrawn(9_999)]).await.unwrap();
    assert_eq!(journal.read(&end).await.unwrap().endings, [withdrawn(9_999)]);
    assert_eq!(journal.end(&end).await.unwrap(), all(&journal).await.unwrap().1);
}

#[tokio::test]
async fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let path = fresh_path();
    open(&path).await.write(&[withdrawn(1)]).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_last_line_that_a_crash_broke_off_does_not_count_and_is_cut_away_by_the_next_writer() {
    let path = fresh_path();
    let journal = open(&path).await;
    journal.write(&[withdrawn(1), withdrawn(2)]).await.unwrap();
    let whole = fs::read(&path).unwrap();
    // Cut anywhere within the second line, and once in a tail that is longer than a block.
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [first + 1, first + 40, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(all(&journal).await.unwrap().0, [withdrawn(1)], "cut at {cut}");
        journal.write(&[withdrawn(3)]).await.unwrap();
        assert_eq!(all(&journal).await.unwrap().0, [withdrawn(1), withdrawn(3)], "cut at {cut}");
    }
    fs::write(&path, [&whole[..first], &[0; 3 * line::MOST_BYTES]].concat()).unwrap();
    journal.write(&[withdrawn(4)]).await.unwrap();
    assert_eq!(all(&journal).await.unwrap().0, [withdrawn(1), withdrawn(4)]);
}

#[tokio::test]
async fn a_damaged_line_within_is_named() {
    let path = fresh_path();
    let journal = open(&path).await;
    journal.write(&[withdrawn(1), withdrawn(2), withdrawn(3)]).await.unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replacen("\"revision\":2", "\"revision\":4", 1)).unwrap();
    let fault = all(&journal).await.unwrap_err();
    assert_eq!(fault, JournalFault::Damaged(2));
    assert!(fault.to_string().contains("line 2"), "{fault}");
    // A reader that is beyond it does not mind.
    fs::write(&path, &whole).unwrap();
    let end = all(&journal).await.unwrap().1;
    fs::write(&path, whole.replacen("\"revision\":2", "\"revision\":4", 1)).unwrap();
    assert!(journal.holds(&end).await.unwrap());
    assert_eq!(journal.read(&end).await.unwrap().endings, []);
}

#[tokio::test]
async fn another_or_a_shorter_journal_does_not_hold_the_place() {
    let path = fresh_path();
    let journal = open(&path).await;
    journal.write(&[withdrawn(1), withdrawn(2)]).await.unwrap();
    let end = all(&journal).await.unwrap().1;
    let other = open(&fresh_path()).await;
    assert!(!other.holds(&end).await.unwrap(), "an empty one");
    other.write(&[withdrawn(1), withdrawn(5)]).await.unwrap();
    assert!(!other.holds(&end).await.unwrap(), "one of the same length");
    assert!(other.holds(&Place::START).await.unwrap());
    assert_eq!(other.end(&end).await.unwrap(), all(&other).await.unwrap().1);
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_not_written_to() {
    let path = fresh_path();
    let journal = open(&path).await;
    journal.write(&[withdrawn(1)]).await.unwrap();
    fs::rename(&path, path.with_extension("moved")).unwrap();
    journal.write(&[withdrawn(2)]).await.unwrap();
    assert_eq!(all(&journal).await.unwrap().0, [withdrawn(2)]);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let fault = journal.write(&[withdrawn(3)]).await.unwrap_err();
    assert!(fault.to_string().contains("journal.ndjson"), "{fault}");
    fs::remove_dir(&path).unwrap();
    journal.write(&[withdrawn(4)]).await.unwrap();
    assert_eq!(all(&journal).await.unwrap().0, [withdrawn(4)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_append_whole_lines() {
    let path = fresh_path();
    // Each journal has a file handle and a turn of its own, as processes have.
    let writers: Vec<_> = (0..4_u128)
        .map(|writer| {
            let path = path.clone();
            tokio::spawn(async move {
                let journal = open(&path).await;
                for number in 1..=50 {
                    journal.write(&[withdrawn(writer * 1_000 + number)]).await.unwrap();
                }
            })
        })
        .collect();
    // Somebody whose writes are broken off every now and then.
    let mut broken = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    for _ in 0..20 {
        broken.lock().unwrap();
        broken.write_all(b"{\"kind\":\"WITHD").unwrap();
        broken.unlock().unwrap();
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    open(&path).await.write(&[withdrawn(9_999)]).await.unwrap();
    let (read, _) = all(&open(&path).await).await.unwrap();
    assert_eq!(read.len(), 201, "each of them, whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_while_somebody_writes_is_written_together() {
    let counts = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::new(Turn::new(Sink::Counting(Arc::clone(&counts))));
    let journal = Journal { sink, waiting: Arc::default(), source: Source::File(Path::new("none").into()) };
    let held = Arc::clone(&journal.sink).lock_owned().await;
    let writers: Vec<_> = (1..=64)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.write(&[withdrawn(number)]).await })
        })
        .collect();
    while journal.waiting.lock().unwrap().len() < 64 {
        tokio::task::yield_now().await;
    }
    drop(held);
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(*counts.lock().unwrap(), [64], "one write, one sync");
}

#[tokio::test]
async fn an_unknown_kind_of_address_is_refused() {
    assert_eq!(Journal::open("https://example.org").await.err(), Some(JournalFault::Address));
}

#[test]
fn a_folder_is_no_journal() {
    let folder = fresh_path().parent().unwrap().to_owned();
    assert!(File::open(&folder).is_ok());
    assert!(matches!(file::read(&folder, &Place::START), Err(JournalFault::Away(_))));
}
