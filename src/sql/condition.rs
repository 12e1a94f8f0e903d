//! Conditions on rows (the `WHERE` of users), taken apart into tokens and quoted anew.
//!
//! The words of SQL that compare and join are all there is, in brackets that are closed: no
//! functions, no statements within, no comments. Whatever a condition says, it ends where it ends.

use super::engine::{Engine, Name};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(&'static str),
    Name(Vec<Name>),
    Text(String),
    Number(String),
}

/// Words that mean something, and so are no names unless they are quoted.
const WORDS: [&str; 10] = [
    "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL", "TRUE", "FALSE",
];
/// Signs, the longer ones first.
const SIGNS: [&str; 15] = [
    "<=", ">=", "<>", "!=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",",
];
/// How deep brackets may lie in one another: engines give up at some depth.
const DEEPEST: usize = 50;

impl Condition {
    /// Takes a condition apart: names bare or in double quotes or backticks, texts in single
    /// quotes.
    ///
    /// # Errors
    /// What in it is none, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (token, after) = token(rest)?;
            tokens.push(token);
            rest = after.trim_start();
        }
        check(&tokens)?;
        Ok(Self(tokens))
    }

    pub(super) fn text(&self, engine: Engine) -> String {
        let written = |token: &Token| match token {
            Token::Word(word) => (*word).to_owned(),
            Token::Name(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| engine.name(part)).collect();
                parts.join(".")
            }
            Token::Text(text) => engine.text(text),
            Token::Number(number) => number.clone(),
        };
        let written: Vec<_> = self.0.iter().map(written).collect();
        written.join(" ")
    }
}

/// The first token of a text that does not begin with a blank, and what follows it.
fn token(text: &str) -> Result<(Token, &str), String> {
    let first = text.chars().next().unwrap_or_default();
    match first {
        '\'' => {
            let (inner, rest) = quoted(text, '\'')?;
            if inner.contains('\0') {
                return Err("no text of a database has a zero byte".to_owned());
            }
            Ok((Token::Text(inner), rest))
        }
        '0'..='9' | '.' => number(text),
        c if c == '"' || c == '`' || c == '_' || c.is_alphabetic() => name(text),
        _ => {
            let sign = SIGNS.into_iter().find(|sign| text.starts_with(sign));
            let sign = sign.ok_or_else(|| format!("'{}' means nothing", first.escape_debug()))?;
            Ok((Token::Word(sign), &text[sign.len()..]))
        }
    }
}

/// What stands in quotes, of which two are one, and what follows.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut inner = String::new();
    let mut rest = &text[1..];
    loop {
        let end = rest
            .find(quote)
            .ok_or_else(|| format!("a {quote} is not closed"))?;
        inner.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(more) => {
                inner.push(quote);
                rest = more;
            }
            None => return Ok((inner, rest)),
        }
    }
}

fn number(text: &str) -> Result<(Token, &str), String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let mut end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    // The sign of an exponent.
    if text[..end].ends_with(['e', 'E']) && text[end..].starts_with(['+', '-']) {
        let digits = &text[end + 1..];
        end += 1 + digits.find(|c| !is_part(c)).unwrap_or(digits.len());
    }
    let number = &text[..end];
    let is_number = number.parse::<f64>().is_ok_and(f64::is_finite);
    if !is_number || number.ends_with('.') || number.starts_with('.') {
        return Err(format!("'{number}' is no number"));
    }
    Ok((Token::Number(number.to_owned()), &text[end..]))
}

/// A word, or a name with dots between its parts.
fn name(text: &str) -> Result<(Token, &str), String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
        let (part, after) = if let Some(quote) = quote {
            quoted(rest, quote)?
        } else {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        let word = WORDS
            .into_iter()
            .find(|word| word.eq_ignore_ascii_case(&part));
        if let Some(word) = word.filter(|_| quote.is_none()) {
            if parts.is_empty() {
                return Ok((Token::Word(word), after));
            }
            return Err(format!(
                "{word} is a word of SQL: put the name in double quotes"
            ));
        }
        parts.push(Name::new(&part)?);
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Ok((Token::Name(parts), after)),
        }
    }
}

/// Whether brackets are closed, and what stands before one is no function.
fn check(tokens: &[Token]) -> Result<(), String> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        match token {
            Token::Word("(") => {
                if matches!(before, Some(Token::Name(_))) {
                    return Err("there are no functions in conditions".to_owned());
                }
                depth += 1;
            }
            Token::Word(")") => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("a bracket is closed that was never opened")?;
            }
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("brackets lie deeper than {DEEPEST} in one another"));
        }
    }
    match (depth, tokens) {
        (_, []) => Err("it is empty".to_owned()),
        (0, _) => Ok(()),
        _ => Err("a bracket is not closed".to_owned()),
    }
}
