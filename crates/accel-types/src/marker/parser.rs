//! Reading markers: the recursive descent of PEP 508 with the verdicts of `packaging`.

use crate::tokenizer::{SyntaxError, Tokenizer};

use super::expression::{Comparison, Element, Operand, Variable};
use super::string_literal;

/// A whole text that must be a marker.
pub(super) fn parse_whole(tokenizer: &mut Tokenizer<'_>) -> Result<Vec<Element>, SyntaxError> {
    let elements = parse(tokenizer)?;
    if !tokenizer.at_end() {
        return Err(tokenizer.error("Expected end of marker expression"));
    }
    Ok(elements)
}

/// The marker that comes next; what follows is the caller's.
pub(super) fn parse(tokenizer: &mut Tokenizer<'_>) -> Result<Vec<Element>, SyntaxError> {
    let mut elements = vec![atom(tokenizer)?];
    loop {
        if tokenizer.eat_word("or") {
            elements.push(Element::Or);
        } else if tokenizer.eat_word("and") {
            elements.push(Element::And);
        } else {
            return Ok(elements);
        }
        elements.push(atom(tokenizer)?);
    }
}

fn atom(tokenizer: &mut Tokenizer<'_>) -> Result<Element, SyntaxError> {
    tokenizer.skip_blanks();
    let opened_at = tokenizer.position();
    let element = if tokenizer.eat("(") {
        tokenizer.descend()?;
        tokenizer.skip_blanks();
        let inner = parse(tokenizer)?;
        tokenizer.skip_blanks();
        if !tokenizer.eat(")") {
            return Err(tokenizer.error_from(
                "Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after marker expression",
                opened_at,
            ));
        }
        tokenizer.ascend();
        Element::Group(inner)
    } else {
        Element::Comparison(Box::new(comparison(tokenizer)?))
    };
    tokenizer.skip_blanks();
    Ok(element)
}

fn comparison(tokenizer: &mut Tokenizer<'_>) -> Result<Comparison, SyntaxError> {
    let left = operand(tokenizer)?;
    tokenizer.skip_blanks();
    let operator = operator(tokenizer)?;
    tokenizer.skip_blanks();
    let right = operand(tokenizer)?;
    Ok(Comparison::new(left, operator, right))
}

/// Spellings; a dot for an underscore is the spelling of the old PEP 345.
const VARIABLES: &[(&str, Variable)] = &[
    ("python_version", Variable::PythonVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    ("platform_python_implementation", Variable::PlatformPythonImplementation),
    ("platform.python_implementation", Variable::PlatformPythonImplementation),
    ("python_implementation", Variable::PlatformPythonImplementation),
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("extras", Variable::Extras),
    ("extra", Variable::Extra),
    ("dependency_groups", Variable::DependencyGroups),
];

fn operand(tokenizer: &mut Tokenizer<'_>) -> Result<Operand, SyntaxError> {
    for (spelling, variable) in VARIABLES {
        if tokenizer.eat_word(spelling) {
            return Ok(Operand::Variable(*variable));
        }
    }
    let expected = "Expected a marker variable or quoted string";
    let rest = tokenizer.rest();
    let Some(quote @ ('\'' | '"')) = rest.chars().next() else {
        return Err(tokenizer.error(expected));
    };
    let Some(length) = rest[1..].find(quote).map(|end| end + 2) else {
        return Err(tokenizer.error(expected));
    };
    let start = tokenizer.position();
    let literal = tokenizer.take(length);
    match string_literal::evaluate(literal) {
        Some(text) => Ok(Operand::Text(text)),
        None => Err(tokenizer.error_from("Invalid quoted string", start)),
    }
}

const COMPARISONS: &[&str] = &["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

fn operator(tokenizer: &mut Tokenizer<'_>) -> Result<&'static str, SyntaxError> {
    if tokenizer.eat_word("in") {
        return Ok("in");
    }
    if tokenizer.eat_word("not") {
        if !tokenizer.skip_blanks() {
            return Err(tokenizer.error("Expected whitespace after 'not'"));
        }
        if !tokenizer.eat_word("in") {
            return Err(tokenizer.error("Expected 'in' after 'not'"));
        }
        return Ok("not in");
    }
    COMPARISONS.iter().copied().find(|operator| tokenizer.eat(operator)).ok_or_else(|| {
        tokenizer
            .error("Expected marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in")
    })
}
