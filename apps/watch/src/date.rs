//! The day in the calendar. Source of the rules: ISO 8601, the proleptic Gregorian calendar.

use std::fmt;

const DAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [(&str, u64); 12] = [
    ("January", 31),
    ("February", 28),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

/// A day, as people write it.
pub(crate) struct Date {
    weekday: &'static str,
    day: u64,
    month: &'static str,
}

impl Date {
    /// The day that is so many after the first of January 1970, a Thursday.
    pub(crate) fn of(day_since_1970: u64) -> Self {
        let weekday = DAYS[(day_since_1970 % 7) as usize];
        let (mut day, mut year) = (day_since_1970, 1970);
        while day >= 365 + leap_days(year) {
            day -= 365 + leap_days(year);
            year += 1;
        }
        for (month, days) in MONTHS {
            let days = days + if month == "February" { leap_days(year) } else { 0 };
            if day < days {
                return Self { weekday, day: day + 1, month };
            }
            day -= days;
        }
        unreachable!("the months are as long as their year")
    }
}

fn leap_days(year: u64) -> u64 {
    u64::from(year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} {}", self.weekday, self.day, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_names_that_people_know() {
        assert_eq!(Date::of(0).to_string(), "Thursday, 1 January");
        assert_eq!(Date::of(11_016).to_string(), "Tuesday, 29 February");
        assert_eq!(Date::of(20_779).to_string(), "Sunday, 22 November");
        assert_eq!(Date::of(20_818).to_string(), "Thursday, 31 December");
    }

    #[test]
    fn a_century_has_no_leap_day_unless_it_is_a_fourth_one() {
        let february_of_2100 = 47_540;
        assert_eq!(Date::of(february_of_2100).to_string(), "Sunday, 28 February");
        assert_eq!(Date::of(february_of_2100 + 1).to_string(), "Monday, 1 March");
    }
}
