//! A dashboard, in no form of Grafana's.

/// A dashboard.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Dashboard {
    /// By which it is found again.
    pub uid: String,
    /// What it is called.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// What whoever looks can choose.
    pub variables: Vec<Variable>,
    /// What it shows, from the top on.
    pub rows: Vec<Row>,
    /// Links to elsewhere: a title and a URL.
    pub links: Vec<(String, String)>,
    /// When servers were started, as an expression whose value is that time in milliseconds.
    pub starts: Option<String>,
    /// The identifier of the data source in queries.
    pub source: String,
}

/// Something that whoever looks can choose.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Variable {
    /// Which Prometheus is asked.
    Source,
    /// Values of a label, several of them or all.
    Label {
        /// The name of the variable, and of the label.
        name: String,
        /// What it is called.
        label: String,
        /// The series whose label it is.
        series: String,
    },
    /// One of these.
    Of {
        /// The name of the variable.
        name: String,
        /// What it is called.
        label: String,
        /// What there is to choose from, the first at first.
        values: Vec<String>,
    },
}

/// Panels that belong together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// What they are about.
    pub title: String,
    /// From the left to the right.
    pub panels: Vec<Panel>,
}

/// A picture or a number.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// How that is to be read.
    pub description: String,
    /// As what it is shown.
    pub view: View,
    /// The unit, as Grafana names it.
    pub unit: &'static str,
    /// What is shown.
    pub queries: Vec<Query>,
    /// From which values on it has which colour.
    pub steps: Vec<Step>,
}

/// As what something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// Lines over time.
    Lines,
    /// Areas over time, one on top of the other.
    Areas,
    /// The last value.
    Number,
    /// How many there are of each size, over time.
    Heatmap,
    /// The last values as bars.
    Bars,
}

impl View {
    /// Columns of 24, and rows of a height of 30 pixels.
    pub(super) fn size(self) -> (u32, u32) {
        match self {
            Self::Number => (4, 4),
            Self::Bars => (12, 7),
            Self::Lines | Self::Areas | Self::Heatmap => (12, 8),
        }
    }
}

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// In PromQL, with variables of Grafana.
    pub expr: String,
    /// What a series is called: a text, with labels as `{{label}}`.
    pub legend: String,
}

/// From a value on, a colour.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The value.
    pub from: f64,
    /// The colour, as Grafana names it.
    pub colour: &'static str,
}

impl Dashboard {
    /// All panels, with their places: column, row, width, height.
    pub(super) fn placed(row: &Row, top: u32) -> (Vec<(&Panel, [u32; 4])>, u32) {
        let (mut x, mut y, mut height) = (0, top, 0);
        let placed = row.panels.iter().map(|panel| {
            let (w, h) = panel.view.size();
            if x + w > 24 {
                (x, y, height) = (0, y + height, 0);
            }
            let place = [x, y, w, h];
            (x, height) = (x + w, height.max(h));
            (panel, place)
        });
        let placed: Vec<_> = placed.collect();
        (placed, y + height)
    }

    /// All panels, in their order.
    pub fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.rows.iter().flat_map(|row| &row.panels)
    }
}
