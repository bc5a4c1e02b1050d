//! Dates as FAT keeps them: years since 1980, in steps of two seconds, here always UTC.
//!
//! Source: *Microsoft FAT Specification* (fatgen103), chapter "Date and Time Formats".

const NS: u64 = 1_000_000_000;
const DAY_SECONDS: u64 = 86_400;

/// 1980-01-01T00:00:00Z, the earliest.
const FIRST_SECONDS: u64 = 315_532_800;

/// 2107-12-31T23:59:58Z, the latest.
const LAST_SECONDS: u64 = 4_354_819_198;

/// A moment in three fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub date: u16,
    pub time: u16,
    /// Hundredths of a second beyond `time`, up to 199.
    pub hundredths: u8,
}

impl Stamp {
    /// The moment `ns` nanoseconds after 1970, or the nearest that can be stored.
    pub(super) fn from_ns(ns: u64) -> Self {
        let exact = ns / NS;
        let seconds = exact.clamp(FIRST_SECONDS, LAST_SECONDS);
        let (year, month, day) = date_of((seconds - FIRST_SECONDS) / DAY_SECONDS);
        let second = seconds % DAY_SECONDS;
        let hundredths = if exact == seconds { ns % NS / 10_000_000 } else { 0 };
        Self {
            date: (year << 9 | month << 5 | day) as u16,
            time: ((second / 3600) << 11 | (second / 60 % 60) << 5 | (second % 60 / 2)) as u16,
            hundredths: (second % 2 * 100 + hundredths) as u8,
        }
    }

    /// Nanoseconds after 1970; 0 for a date that there is not.
    pub(super) fn to_ns(self) -> u64 {
        let date = u64::from(self.date);
        let (year, month, day) = (date >> 9, date >> 5 & 15, date & 31);
        if !(1..=12).contains(&month) || day == 0 {
            return 0;
        }
        let time = u64::from(self.time);
        let seconds = (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2;
        let days = days_before_year(year) + days_before_month(year, month) + day - 1;
        let whole = FIRST_SECONDS + days * DAY_SECONDS + seconds;
        whole * NS + u64::from(self.hundredths) * 10_000_000
    }
}

/// Year since 1980, month and day of the day so many days after 1980-01-01.
fn date_of(days: u64) -> (u64, u64, u64) {
    let mut year = days / 366;
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let day = days - days_before_year(year);
    let mut month = 1;
    while month < 12 && days_before_month(year, month + 1) <= day {
        month += 1;
    }
    (year, month, day - days_before_month(year, month) + 1)
}

/// Years are counted from 1980, a leap year; 2100 is none.
fn days_before_year(year: u64) -> u64 {
    year * 365 + year.div_ceil(4) - u64::from(year > 120)
}

fn days_before_month(year: u64, month: u64) -> u64 {
    const DAYS: [u16; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year.is_multiple_of(4) && year != 120;
    u64::from(DAYS[month as usize - 1]) + u64::from(is_leap && month > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_one_of_the_calendar() {
        // 2024-02-29T12:34:57.89Z: from `date -d … +%s`.
        let stamp = Stamp::from_ns(1_709_210_097_890_000_000);
        assert_eq!(stamp.date, (44 << 9) | (2 << 5) | 29);
        assert_eq!(stamp.time, (12 << 11) | (34 << 5) | 28);
        assert_eq!(stamp.hundredths, 189);
    }

    #[test]
    fn every_day_comes_back_as_it_went() {
        for day in 0..46_751 {
            let ns = (FIRST_SECONDS + day * DAY_SECONDS + 86_398) * NS;
            assert_eq!(Stamp::from_ns(ns).to_ns(), ns, "day {day}");
        }
    }

    #[test]
    fn what_cannot_be_stored_becomes_the_nearest_that_can() {
        assert_eq!(Stamp::from_ns(0).to_ns(), FIRST_SECONDS * NS);
        assert_eq!(Stamp::from_ns(u64::MAX).to_ns(), LAST_SECONDS * NS);
    }

    #[test]
    fn a_date_that_there_is_not_is_the_year_1970() {
        assert_eq!(Stamp { date: 0, time: 0xffff, hundredths: 255 }.to_ns(), 0);
        assert_eq!(Stamp { date: 13 << 5 | 1, time: 0, hundredths: 0 }.to_ns(), 0);
    }
}
