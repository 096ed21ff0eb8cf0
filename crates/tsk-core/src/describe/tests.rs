use super::*;

struct Token;

impl DescribeInput for Token {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(401, "There is no token.");
    }
}

fn described<T: DescribeInput>() -> Operation {
    let mut operation = Operation::default();
    T::describe_input(&mut operation, &[]);
    operation
}

#[test]
fn every_argument_has_its_say() {
    let operation = described::<(Method, Token)>();
    assert_eq!(operation.responses.keys().copied().collect::<Vec<_>>(), [401]);
}

#[test]
fn what_the_handler_answers_itself_is_not_said() {
    assert_eq!(described::<Result<Token, ()>>(), Operation::default());
}

#[test]
fn a_result_gives_both() {
    let mut operation = Operation::default();
    <Result<String, Problem>>::describe_output(&mut operation);
    assert!(operation.responses[&200].content.media.contains_key("text/plain"));
    assert!(operation.fallback.is_some_and(|any| any.content.media.contains_key("application/problem+json")));
}
