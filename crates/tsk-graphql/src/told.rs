//! What a client is told of a request that is not run.

use juniper::{
    GraphQLError,
    parser::{ParseError, SourcePosition, Spanning},
};

/// What a client is told of a request that is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Lines and columns, from 1.
    pub(crate) locations: Vec<(usize, usize)>,
    /// The limit that was exceeded.
    pub(crate) limit: Option<&'static str>,
}

/// What kind of mistake it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// The request is not one of GraphQL over HTTP.
    BadRequest,
    /// The document is not GraphQL.
    Unparsed,
    /// The document is not valid for the schema.
    Invalid,
    /// The operation that is meant is not there.
    Unresolved,
    /// A variable has a value that is not of its type.
    BadInput,
    /// The document asks for more than is allowed.
    LimitExceeded,
    /// The schema may not be asked for.
    IntrospectionDisabled,
    /// A hash is sent whose document is not known.
    PersistedNotFound,
    /// Documents are not taken by their hash.
    PersistedNotSupported,
    /// The document is none of those that are trusted.
    NotTrusted,
    /// An operation of this kind is not taken this way.
    WrongMethod,
    /// There is no more to spend.
    TooMany,
    /// Something is wrong here.
    Internal,
}

impl Code {
    /// The word for it. Those that clients know by now are theirs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unparsed => "GRAPHQL_PARSE_FAILED",
            Self::Invalid => "GRAPHQL_VALIDATION_FAILED",
            Self::Unresolved => "OPERATION_RESOLUTION_FAILURE",
            Self::BadInput => "BAD_USER_INPUT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::PersistedNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::NotTrusted => "DOCUMENT_NOT_TRUSTED",
            Self::WrongMethod => "METHOD_NOT_ALLOWED",
            Self::TooMany => "RATE_LIMITED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// How many mistakes of one document are told: an answer is not to be larger than what was asked.
const MOST: usize = 10;

impl Told {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new(), limit: None }
    }

    /// More is asked for than a limit allows.
    pub(crate) fn limit(name: &'static str, message: String) -> Self {
        Self { limit: Some(name), ..Self::new(Code::LimitExceeded, message) }
    }

    pub(crate) fn at(mut self, position: &SourcePosition) -> Self {
        self.locations.push((position.line() + 1, position.column() + 1));
        self
    }

    /// A document that is not GraphQL, or is more than juniper reads.
    pub(crate) fn unparsed(error: &Spanning<ParseError>) -> Self {
        let told = match error.item {
            ParseError::DepthLimitExceeded(most) => {
                Self::limit("depth", format!("The document is nested more than {most} deep."))
            }
            ParseError::TokenLimitExceeded(most) => {
                Self::limit("tokens", format!("The document has more than {most} tokens."))
            }
            ParseError::FieldLimitExceeded(most) => {
                Self::limit("fields", format!("The operation asks for more than {most} fields."))
            }
            ParseError::UnexpectedToken(_)
            | ParseError::UnexpectedEndOfFile
            | ParseError::LexerError(_)
            | ParseError::ExpectedScalarError(_) => Self::new(
                Code::Unparsed,
                format!("Syntax error: {}.", crate::document::brief(&error.item.to_string())),
            ),
        };
        told.at(&error.start())
    }

    /// What juniper has found wrong, before it ran anything.
    pub(crate) fn of(error: &GraphQLError, code: Code) -> Vec<Self> {
        match error {
            GraphQLError::ParseError(error) => vec![Self::unparsed(error)],
            GraphQLError::ValidationError(errors) => {
                let told = errors.iter().take(MOST).map(|error| {
                    let told = Self::new(code, error.message());
                    error.locations().iter().take(MOST).fold(told, Self::at)
                });
                told.collect()
            }
            GraphQLError::NoOperationProvided
            | GraphQLError::MultipleOperationsProvided
            | GraphQLError::UnknownOperationName
            | GraphQLError::IsSubscription
            | GraphQLError::NotSubscription
            | GraphQLError::NotSupported(_) => vec![Self::new(Code::Unresolved, format!("{error}."))],
        }
    }
}
