//! The console, as somebody sees it who looks at a service.

mod hostile;
mod page;
mod promised;
mod scale;
mod shown;
