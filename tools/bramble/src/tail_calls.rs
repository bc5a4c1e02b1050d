//! Finds tail calls, for which the kernel has to know before it loads a module.
//!
//! Looking for them takes reading every instruction, which the kernel leaves to the host: it
//! translates a function only when it is first called.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// Whether some function of `module` makes a tail call. What cannot be read has none: the
/// kernel will say what is wrong with it.
pub(crate) fn has_tail_calls(module: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(module).map_while(Result::ok);
    payloads.into_iter().any(|payload| match payload {
        Payload::CodeSectionEntry(body) => makes_one(&body).unwrap_or(false),
        _ => false,
    })
}

fn makes_one(body: &FunctionBody<'_>) -> wasmparser::Result<bool> {
    for operator in body.get_operators_reader()? {
        if matches!(operator?, Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_tail_calls_in(body: &str) -> bool {
        let text = format!("(module (table 1 funcref) (type $t (func)) (func {body}))");
        has_tail_calls(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn both_kinds_of_tail_call_are_found() {
        assert!(has_tail_calls_in("(return_call 0)"));
        assert!(has_tail_calls_in("(return_call_indirect (type $t) (i32.const 0))"));
    }

    #[test]
    fn a_number_that_looks_like_one_is_none() {
        assert!(!has_tail_calls_in("(drop (i32.const 0x12)) (drop (i32.const 0x13))"));
        assert!(!has_tail_calls(b"not a module"));
    }
}
