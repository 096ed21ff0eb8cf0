//! What a document says of the service as a whole.

/// The title, the version and the rest of what stands at the head of a document.
///
/// ```
/// use tsk_docs::Info;
///
/// let info = Info::new("Orders", "1.4.0")
///     .description("What was ordered, and by whom.")
///     .contact("Orders team", "https://example.com/orders")
///     .license("MIT", "https://opensource.org/license/mit");
/// # let _ = info;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) terms: Option<String>,
    pub(crate) contact: Option<(String, String)>,
    pub(crate) license: Option<(String, String)>,
}

impl Info {
    /// The name of the service and the version of its API.
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        let (title, version) = (title.into(), version.into());
        Self { title, version, description: None, terms: None, contact: None, license: None }
    }

    /// What the service is for, in CommonMark.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The address of the terms of service.
    #[must_use]
    pub fn terms(mut self, url: impl Into<String>) -> Self {
        self.terms = Some(url.into());
        self
    }

    /// Who answers questions, and where: an address of a page, or one of mail.
    #[must_use]
    pub fn contact(mut self, name: impl Into<String>, url_or_email: impl Into<String>) -> Self {
        self.contact = Some((name.into(), url_or_email.into()));
        self
    }

    /// The licence of the API, and the address of its text.
    #[must_use]
    pub fn license(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.license = Some((name.into(), url.into()));
        self
    }
}
