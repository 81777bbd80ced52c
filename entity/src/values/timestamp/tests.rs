//! Tests of points in time.

use proptest::prelude::*;
use sea_orm::sea_query::{ColumnType, ValueType};

use super::*;

fn parse(text: &str) -> Result<Timestamp, Malformed> {
    text.parse()
}

#[test]
fn every_form_of_rfc_3339_is_accepted_and_written_in_utc_with_three_decimals() {
    for (written, kept) in [
        ("2026-11-23T15:27:24.123Z", "2026-11-23T15:27:24.123Z"),
        ("2026-11-23T15:27:24Z", "2026-11-23T15:27:24.000Z"),
        ("2026-11-23t15:27:24.5z", "2026-11-23T15:27:24.500Z"),
        ("2026-11-23T15:27:24.1239999999999999999999Z", "2026-11-23T15:27:24.123Z"),
        ("2026-11-23T16:27:24+01:00", "2026-11-23T15:27:24.000Z"),
        ("2026-11-23T00:00:00-23:59", "2026-11-23T23:59:00.000Z"),
        ("2026-11-23T15:27:24-00:00", "2026-11-23T15:27:24.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("1969-12-31T23:00:00-05:00", "1970-01-01T04:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"),
        ("1990-12-31T15:59:60.25-08:00", "1991-01-01T00:00:00.250Z"),
    ] {
        assert_eq!(parse(written).unwrap().to_string(), kept, "{written}");
    }
}

#[test]
fn every_other_form_is_refused() {
    for written in [
        "",
        "2026-11-23",
        "2026-11-23T15:27Z",
        "2026-11-23T15:27:24",
        "2026-11-23 15:27:24Z",
        "20261123T152724Z",
        "2026-11-23T15:27:24.Z",
        "2026-11-23T15:27:24,5Z",
        "2026-11-23T15:27:24+0100",
        "2026-11-23T15:27:24+01",
        "2026-11-23T15:27:24+24:00",
        "2026-11-23T15:27:24+01:60",
        "2026-11-23T24:00:00Z",
        "2026-11-23T15:60:00Z",
        "2026-11-23T15:27:60Z",
        "2026-11-30T12:59:60Z",
        "2026-11-29T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "26-11-23T15:27:24Z",
        "+2026-11-23T15:27:24Z",
        "2026-11-23T15:27:24Z ",
        " 2026-11-23T15:27:24Z",
        "2026-11-23T15:27:24Z[UTC]",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "2026-+1-23T15:27:24Z",
        "2026-11-23T15:27:2é",
        "2026-11-23T15:27:24.5",
        "1790000000",
        "２026-11-23T15:27:24Z",
    ] {
        assert_eq!(parse(written), Err(Malformed::new(EXPECTED)), "{written:?}");
    }
}

#[test]
fn arithmetic_moves_by_what_it_says_and_saturates() {
    let at = parse("2026-11-23T15:27:24.123Z").unwrap();
    for (moved, expected) in [
        (at.plus_days(90), "2027-02-21T15:27:24.123Z"),
        (at.minus_days(1), "2026-11-22T15:27:24.123Z"),
        (at.plus_hours(9), "2026-11-24T00:27:24.123Z"),
        (at.minus_hours(-9), "2026-11-24T00:27:24.123Z"),
        (at.plus_minutes(3), "2026-11-23T15:30:24.123Z"),
        (at.minus_minutes(3), "2026-11-23T15:24:24.123Z"),
        (at.plus_seconds(-25), "2026-11-23T15:26:59.123Z"),
        (at.minus_seconds(24), "2026-11-23T15:27:00.123Z"),
        (at.plus_days(i64::MAX), "9999-12-31T23:59:59.999Z"),
        (at.plus_days(i64::MIN), "1970-01-01T00:00:00.000Z"),
        (at.minus_days(i64::MAX), "1970-01-01T00:00:00.000Z"),
        (at.minus_days(i64::MIN), "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(moved.to_string(), expected);
    }
    assert_eq!(at.plus_seconds(2).millis_since(at), 2_000);
    assert_eq!(at.as_seconds(), at.as_millis() / 1_000);
    assert!(at < at.plus_millis(1) && at > at.minus_millis(1));
}

#[test]
fn a_value_is_stored_as_a_bigint_of_milliseconds() {
    let at = parse("2026-11-23T15:27:24.123Z").unwrap();
    assert_eq!(Timestamp::column_type(), ColumnType::BigInteger);
    assert_eq!(sea_orm::Value::from(at), sea_orm::Value::BigInt(Some(1_795_447_644_123)));
    assert_eq!(<Timestamp as ValueType>::unwrap(at.into()), at);
}

#[test]
fn json_holds_the_text_form() {
    let at = parse("2026-11-23T15:27:24.123Z").unwrap();
    assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-11-23T15:27:24.123Z\"");
    assert_eq!(serde_json::from_str::<Timestamp>("\"2026-11-23T15:27:24.123Z\"").unwrap(), at);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", near in "[0-9TZtz:+.é-]{0,30}") {
        let _ = (parse(&text), parse(&near));
    }

    #[test]
    fn what_is_written_reads_back_the_same_and_sorts_the_same(left in 0..=Timestamp::MAX.0, right in 0..=Timestamp::MAX.0) {
        let (left, right) = (Timestamp::from_millis(left), Timestamp::from_millis(right));
        prop_assert_eq!(parse(&left.to_string()), Ok(left));
        prop_assert_eq!(left.cmp(&right), left.to_string().cmp(&right.to_string()));
    }

    #[test]
    fn the_offset_does_not_change_the_point(millis in 86_400_000..=4_102_444_800_000_i64, minutes in 0..1_440_i64) {
        let at = Timestamp::from_millis(millis);
        let local = at.plus_minutes(minutes).to_string().replace('Z', &format!("+{:02}:{:02}", minutes / 60, minutes % 60));
        prop_assert_eq!(parse(&local), Ok(at));
    }
}
