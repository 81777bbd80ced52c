//! Tests of the auditor: an unaltered log passes, and every edit before the last trusted checkpoint is found.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

/// An entry as an auditor gets it.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    index: u64,
    data: Vec<u8>,
    stored: Hash,
}

/// That many entries, no two alike.
fn log(size: u64) -> Vec<Entry> {
    let entry = |index: u64| {
        let data = format!("disclosure {index}").into_bytes();
        Entry { index, stored: leaf_hash(&data), data }
    };
    (0..size).map(entry).collect()
}

fn head(log: &[Entry]) -> Head {
    log.iter().map(|entry| leaf_hash(&entry.data)).collect::<Frontier>().head()
}

fn audit(log: &[Entry], trusted: impl IntoIterator<Item = Head>, with_stored: bool) -> Result<Audited, AuditFault> {
    let mut auditor = Auditor::new(trusted)?;
    read(&mut auditor, log, with_stored)?;
    auditor.finish()
}

fn read(auditor: &mut Auditor, log: &[Entry], with_stored: bool) -> Result<(), AuditFault> {
    log.iter().try_for_each(|entry| auditor.read(entry.index, &entry.data, with_stored.then_some(entry.stored)))
}

#[test]
fn an_unaltered_log_passes_and_says_how_far_it_is_proven() {
    let log = log(300);
    let heads = [0, 1, 256, 299].map(|size| head(&log[..size]));
    for with_stored in [false, true] {
        let audited = Audited { head: head(&log), proven: 299 };
        assert_eq!(audit(&log, heads, with_stored), Ok(audited));
        assert_eq!(audit(&log, heads.into_iter().rev().chain(heads), with_stored), Ok(audited), "in any order");
        assert_eq!(audit(&log, [], with_stored), Ok(Audited { proven: 0, ..audited }));
    }
    assert_eq!(audit(&[], heads[..1].to_vec(), false), Ok(Audited { head: heads[0], proven: 0 }));
}

#[test]
fn each_fault_is_named_with_its_place() {
    let sound = log(20);
    let heads = [8, 16].map(|size| head(&sound[..size]));
    let mut altered = sound.clone();
    altered[11].data.push(b'!');
    assert_eq!(audit(&altered, heads, true), Err(AuditFault::Altered { index: 11 }));
    assert_eq!(audit(&altered, heads, false), Err(AuditFault::OtherRoot { from: 8, size: 16 }));
    altered[11].stored = leaf_hash(&altered[11].data);
    assert_eq!(audit(&altered, heads, true), Err(AuditFault::OtherRoot { from: 8, size: 16 }));

    let mut forged = sound.clone();
    forged[3].stored = forged[4].stored;
    assert_eq!(audit(&forged, heads, true), Err(AuditFault::Altered { index: 3 }));

    let mut gap = sound.clone();
    gap.remove(5);
    assert_eq!(audit(&gap, heads, false), Err(AuditFault::Order { expected: 5, found: 6 }));
    let mut twice = sound.clone();
    twice.insert(5, twice[4].clone());
    assert_eq!(audit(&twice, heads, false), Err(AuditFault::Order { expected: 5, found: 4 }));

    assert_eq!(audit(&sound[..15], heads, true), Err(AuditFault::Truncated { size: 15, trusted: 16 }));
    assert_eq!(audit(&[], heads, true), Err(AuditFault::Truncated { size: 0, trusted: 8 }));
}

#[test]
fn checkpoints_that_contradict_each_other_are_a_fault_before_any_entry() {
    let log = log(20);
    let other = Head { root: leaf_hash(b"shown to somebody else"), ..head(&log[..8]) };
    assert_eq!(audit(&log, [head(&log), head(&log[..8]), other], true), Err(AuditFault::SplitView { size: 8 }));
    let empty = Head { size: 0, ..other };
    assert_eq!(audit(&log, [empty], true), Err(AuditFault::OtherRoot { from: 0, size: 0 }));
}

#[test]
fn the_first_fault_stays() {
    let log = log(3);
    let mut auditor = Auditor::new([]).unwrap();
    let fault = Err(AuditFault::Order { expected: 0, found: 1 });
    assert_eq!(auditor.read(1, &log[1].data, None), fault);
    assert_eq!(auditor.read(0, &log[0].data, None), fault);
    assert_eq!(auditor.finish().map(|_| ()), fault);
}

#[test]
fn what_comes_after_the_last_checkpoint_is_proven_by_nothing() {
    let sound = log(20);
    let mut altered = sound.clone();
    altered[12].data.push(b'!');
    let audited = audit(&altered, [head(&sound[..12])], false).unwrap();
    assert_eq!(audited.proven, 12);
    assert_ne!(audited.head, head(&sound));
}

/// What somebody with the database does to it; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Edit {
    Flip {
        place: usize,
        byte: usize,
        bit: u8,
    },
    Delete {
        place: usize,
    },
    Insert {
        place: usize,
        copied: bool,
    },
    Swap {
        place: usize,
        other: usize,
    },
    Move {
        place: usize,
        other: usize,
    },
    Truncate {
        length: usize,
    },
    /// Alters an entry, then writes everything after it anew.
    Tail {
        place: usize,
    },
    /// Alters the stored hash, not the entry.
    Stored {
        place: usize,
        bit: usize,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = || any::<usize>();
    prop_oneof![
        (place(), place(), 0u8..8).prop_map(|(place, byte, bit)| Edit::Flip { place, byte, bit }),
        place().prop_map(|place| Edit::Delete { place }),
        (place(), any::<bool>()).prop_map(|(place, copied)| Edit::Insert { place, copied }),
        (place(), place()).prop_map(|(place, other)| Edit::Swap { place, other }),
        (place(), place()).prop_map(|(place, other)| Edit::Move { place, other }),
        place().prop_map(|length| Edit::Truncate { length }),
        place().prop_map(|place| Edit::Tail { place }),
        (place(), 0usize..256).prop_map(|(place, bit)| Edit::Stored { place, bit }),
    ]
}

/// Edits entries within the trusted part, which is all of the log.
fn apply(log: &mut Vec<Entry>, edit: &Edit) {
    let count = log.len();
    match *edit {
        Edit::Flip { place, byte, bit } => {
            let data = &mut log[place % count].data;
            let byte = byte % data.len();
            data[byte] ^= 1 << bit;
        }
        Edit::Delete { place } => drop(log.remove(place % count)),
        Edit::Insert { place, copied } => {
            let mut entry = log[place % count].clone();
            if !copied {
                entry.data.push(b'!');
            }
            log.insert(place % count, entry);
        }
        Edit::Swap { place, other } => log.swap(place % count, other % count),
        Edit::Move { place, other } => {
            let entry = log.remove(place % count);
            log.insert(other % count, entry);
        }
        Edit::Truncate { length } => log.truncate(length % count),
        Edit::Tail { place } => log[place % count..].iter_mut().for_each(|entry| entry.data.push(b'!')),
        Edit::Stored { place, bit } => log[place % count].stored.0[bit / 8] ^= 1 << (bit % 8),
    }
}

/// How thoroughly the traces are covered up.
fn cover_up(log: &mut [Entry], edit: &Edit, renumbered: bool, rehashed: bool) {
    if renumbered {
        (0..).zip(log.iter_mut()).for_each(|(index, entry)| entry.index = index);
    }
    if rehashed && !matches!(edit, Edit::Stored { .. }) {
        log.iter_mut().for_each(|entry| entry.stored = leaf_hash(&entry.data));
    }
}

/// Whether the fault fits an edit whose first trace is at that index. Without stored hashes an altered entry shows at the
/// next checkpoint only, and a gap or an end before it is named first.
fn points_to(fault: AuditFault, first: u64) -> bool {
    match fault {
        AuditFault::Altered { index } => index == first,
        AuditFault::Order { expected, .. } => expected >= first,
        AuditFault::OtherRoot { from, size } => (from..size).contains(&first),
        AuditFault::Truncated { size, .. } => size >= first,
        AuditFault::SplitView { .. } => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_global_rejects: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn every_edit_before_the_last_trusted_checkpoint_is_found_and_placed(
        size in 1u64..100,
        checkpoints in btree_set(any::<usize>(), 0..4),
        edit in edit(),
        renumbered: bool,
        rehashed: bool,
        with_stored: bool,
    ) {
        let sound = log(size);
        let trusted: Vec<_> = checkpoints.iter().map(|at| head(&sound[..at % sound.len()])).chain([head(&sound)]).collect();
        let mut edited = sound.clone();
        apply(&mut edited, &edit);
        cover_up(&mut edited, &edit, renumbered, rehashed);
        let seen = |entry: &Entry| (entry.index, entry.data.clone(), with_stored.then_some(entry.stored));
        let sound_part = sound.iter().zip(&edited).take_while(|(was, is)| seen(was) == seen(is)).count();
        // A swap with itself, say.
        prop_assume!(sound_part < sound.len());
        let mut auditor = Auditor::new(trusted).unwrap();
        let outcome = read(&mut auditor, &edited, with_stored);
        prop_assert!(auditor.proven() <= sound_part as u64, "only what was not edited is called proven");
        let fault = auditor.finish().unwrap_err();
        prop_assert!(outcome.is_ok() || outcome == Err(fault));
        prop_assert!(points_to(fault, sound_part as u64), "{:?}", fault);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_unedited_log_passes_whatever_it_holds(entries in vec(vec(any::<u8>(), 0..40), 0..40), at in any::<usize>()) {
        let entry = |(index, data): (u64, Vec<u8>)| Entry { index, stored: leaf_hash(&data), data };
        let log: Vec<_> = (0..).zip(entries).map(entry).collect();
        let part = at % (log.len() + 1);
        let audited = audit(&log, [head(&log[..part])], at % 2 == 0);
        prop_assert_eq!(audited, Ok(Audited { head: head(&log), proven: part as u64 }));
    }
}
