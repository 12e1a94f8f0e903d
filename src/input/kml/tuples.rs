//! Tuples of coordinates in text: `lon,lat[,alt]`, with blanks between tuples, as KML has them.
//!
//! Blanks within a tuple are against the standard and common; only those beside a comma are taken
//! for such. Text comes in parts of any length, and no more of it is held than a tuple.

/// The most of a tuple that is held.
const LONGEST: usize = 128;

/// A reader of tuples.
#[derive(Default)]
pub(super) struct Tuples {
    /// The fields of the tuple at hand.
    fields: Vec<String>,
    /// A blank follows the last field, so that the tuple ends unless a comma comes.
    is_over: bool,
    /// A comma was the last thing that is no blank.
    is_open: bool,
}

impl Tuples {
    /// Reads on; `give` gets the fields of every tuple that is complete.
    pub(super) fn read<E>(
        &mut self,
        text: &str,
        mut give: impl FnMut(&[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        for letter in text.chars() {
            if letter == ',' {
                if self.is_open || self.fields.is_empty() {
                    self.fields.push(String::new());
                }
                (self.is_open, self.is_over) = (true, false);
            } else if letter.is_whitespace() {
                self.is_over = !self.fields.is_empty() && !self.is_open;
            } else {
                if self.is_over {
                    self.end(&mut give)?;
                }
                self.add(letter);
            }
        }
        Ok(())
    }

    fn add(&mut self, letter: char) {
        if self.is_open || self.fields.is_empty() {
            self.fields.push(String::new());
        }
        self.is_open = false;
        let length: usize = self.fields.iter().map(String::len).sum();
        if let Some(field) = self.fields.last_mut()
            && length < LONGEST
        {
            field.push(letter);
        }
    }

    /// The text has ended: so has its last tuple.
    pub(super) fn end<E>(
        &mut self,
        mut give: impl FnMut(&[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        let tuple = std::mem::take(self).fields;
        if tuple.is_empty() {
            Ok(())
        } else {
            give(&tuple)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuples(parts: &[&str]) -> Vec<String> {
        let (mut tuples, mut found) = (Tuples::default(), Vec::new());
        let mut give = |tuple: &[String]| {
            found.push(tuple.join("|"));
            Ok::<_, ()>(())
        };
        for part in parts {
            tuples.read(part, &mut give).expect("nothing fails");
        }
        tuples.end(&mut give).expect("nothing fails");
        found
    }

    #[test]
    fn blanks_beside_commas_do_not_end_a_tuple() {
        let expected = ["7.5|46|300", "8|47"];
        assert_eq!(tuples(&["\n 7.5,46,300\n 8,47 "]), expected);
        assert_eq!(tuples(&["7.5, 46 ,300 8 , 47"]), expected);
        assert_eq!(tuples(&["7", ".5,4", "6,300", " 8", ",", "47"]), expected);
        assert_eq!(tuples(&["1 2"]), ["1", "2"]);
        assert_eq!(tuples(&[",1,,2,"]), ["|1||2"]);
        assert_eq!(tuples(&[" \n"]), Vec::<String>::new());
    }
}
